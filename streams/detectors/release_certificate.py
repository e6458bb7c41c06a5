"""Certificates that should not stand: open items, a wrong signer, changed evidence, or absent on arrival."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultAmended, ResultReported
from schemas.manufacture import BatchRecordCompleted
from schemas.quality import (
    BatchCertified,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.transport import ConditionFileUploaded
from schemas.treatment import ProductReceived
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.release import numbers
from streams.moments import Micros
from streams.view import View, when

DOCUMENTED: tuple[type[Event], ...] = (
    BatchRecordCompleted,
    CertificateOfAnalysisIssued,
    ResultReported,
    ResultAmended,
    ConditionFileUploaded,
)
"""Facts whose documents a certificate may rest on."""


def _name(certificate: BatchCertified) -> str:
    found = certificate.named(Scheme.CERTIFICATE)
    return f"{Scheme.CERTIFICATE}:{found[0]}" if found else "certificate"


def _same_batch(one: Event, other: Event) -> bool:
    """Whether two events may be about one batch; unknown may."""
    ours, theirs = set(one.named(Scheme.BATCH)), set(other.named(Scheme.BATCH))
    return not (ours and theirs) or bool(ours & theirs)


@detector("RE-02", BatchCertified, DeviationOpened, DeviationClosed, HoldPlaced, HoldLifted)
def certified_with_open_items(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The batch was certified while a critical deviation or a hold was open.

    Why: a certificate says that nothing speaks against the use, and something did.
    Act: the qualified person states why the certificate stands, or takes it back.
    """
    for certificate in view.of(BatchCertified):
        if certificate.quarantine_shipment:
            continue  # it allows no use
        open_items = [*_open(view, certificate)]
        if not open_items:
            continue
        yield Finding(
            object=_name(certificate),
            anchor=str(certificate.event_id),
            raised_at=certificate.occurred_at,
            detail="certified while open: " + ", ".join(name for name, _ in open_items),
            severity=Severity.S1,
            harm_at=certificate.occurred_at,
            evidence=(certificate.event_id, *sorted({e.event_id for _, e in open_items})),
            missing=tuple(f"end of {name} before the certificate" for name, _ in open_items),
        )


def _open(view: View, certificate: BatchCertified) -> Iterator[tuple[str, Event]]:
    """Each critical deviation and hold that was open when the certificate was signed."""
    pairs: tuple[tuple[type[Event], type[Event], Scheme, str], ...] = (
        (DeviationOpened, DeviationClosed, Scheme.DEVIATION, "deviation"),
        (HoldPlaced, HoldLifted, Scheme.HOLD, "hold"),
    )
    at = certificate.occurred_at
    for opens, closes, scheme, word in pairs:
        for opened in view.of(opens):
            grave = getattr(opened, "classification", DeviationClass.CRITICAL)
            if grave is not DeviationClass.CRITICAL or opened.occurred_at > at:
                continue
            if not _same_batch(opened, certificate):
                continue
            for number in numbers(opened, scheme):
                ended = any(
                    number in numbers(closed, scheme)
                    and opened.occurred_at <= closed.occurred_at <= at
                    for closed in view.of(closes)
                )
                if not ended:
                    yield f"{word} {number}", opened


@detector("RE-03", BatchCertified)
def signed_without_authority(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The batch was certified in a capacity in which nobody may certify.

    Why: only the quality unit's authorised people release. What is judged is the capacity that the
    quality system states; who holds it, and whether a delegation is over, no partner tells.
    Act: the head of quality proves the authority of the signer, or the certificate is void.
    """
    roles = () if view.profile is None else view.profile.release.signer_roles
    for certificate in view.of(BatchCertified):
        role = certificate.actor_role
        if not roles or role is None or role in roles:
            continue
        yield Finding(
            object=_name(certificate),
            anchor=str(certificate.event_id),
            raised_at=certificate.occurred_at,
            detail=f"certified as {role}; {' or '.join(roles)} may",
            severity=Severity.S1,
            evidence=(certificate.event_id,),
            missing=("proof of the signer's authority",),
        )


@detector("RE-06", BatchCertified, *DOCUMENTED)
def evidence_changed(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A document is not the one that the batch was certified on.

    Why: the certificate rests on what was read; another content was never judged.
    Act: quality assurance and information technology find the original file.
    """
    certificates = [c for c in view.of(BatchCertified) if c.evidence]
    if not certificates:
        return
    stated = [
        (e, reference) for kind in DOCUMENTED for e in view.of(kind) for reference in e.evidence
    ]
    for certificate in certificates:
        for certified in certificate.evidence:
            others = [
                event
                for event, reference in stated
                if reference.uri == certified.uri and reference.sha256 != certified.sha256
            ]
            if not others:
                continue
            other = min(others, key=when)
            yield Finding(
                object=certified.uri,
                anchor=str(certificate.event_id),
                raised_at=max(certificate.occurred_at, other.occurred_at),
                detail=f"certified as sha256 {certified.sha256[:12]}, stated otherwise by "
                f"{other.type_name()} at {other.occurred_at.isoformat()}",
                severity=Severity.S1,
                evidence=(certificate.event_id, other.event_id),
                missing=("original file",),
            )


@detector("RE-08", ProductReceived, BatchCertified)
def certificate_not_with_product(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The product has arrived without its release certificate, or with another one.

    Why: pharmacy may not give out a product that it cannot match with its certificate.
    Act: keep the product in storage until the manufacturer has sent the correct certificate.
    """
    issued = {number for c in view.of(BatchCertified) for number in c.named(Scheme.CERTIFICATE)}
    for received in view.of(ProductReceived):
        brought = received.named(Scheme.CERTIFICATE)
        strange = [number for number in brought if issued and number not in issued]
        if received.certificate_present is False:
            detail = "no certificate came with the product"
        elif strange:
            detail = f"certificate {strange[0]} came with the product, {min(issued)} was issued"
        else:
            continue
        named = received.named(Scheme.SHIPMENT)
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{named[0]}" if named else "product",
            anchor=str(received.event_id),
            raised_at=received.occurred_at,
            detail=detail,
            severity=Severity.S1,
            evidence=(received.event_id,),
            missing=("certificate of this product",),
        )


DETECTORS: tuple[Detector, ...] = (
    certified_with_open_items,
    signed_without_authority,
    evidence_changed,
    certificate_not_with_product,
)
