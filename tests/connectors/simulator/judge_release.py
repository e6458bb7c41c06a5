"""Judges certificates and the path out of specification by the facts of a course alone, written anew.

It shares no code with the detectors nor with the script of a journey. A play has one batch per course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultAmended, ResultReported, Verdict
from schemas.quality import (
    BatchCertified,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
    OosCaseChanged,
)
from schemas.transport import CustodyAccepted, CustodyHandedOver, PackagePacked
from schemas.treatment import InfusionStarted, ProductReceived

NEVER = datetime.max.replace(tzinfo=UTC)
FOUR_RECORDS = {"physician_requested", "risk_evaluated", "physician_notified", "accepted"}
TWO_DAYS = timedelta(hours=48)


def release_exceptions(events: Sequence[Event]) -> Iterator[tuple[str, bool]]:
    """Each code with whether the facts of one course call for it."""
    certificates = [e for e in events if isinstance(e, BatchCertified)]
    left, infused = _supplied(events)
    latest: dict[tuple[str, ...], ResultReported] = {}
    results = [e for e in events if isinstance(e, ResultReported)]
    for result in sorted(results, key=lambda r: (isinstance(r, ResultAmended), r.occurred_at)):
        latest[result.test, *result.named(Scheme.SAMPLE)] = result
    outside = [result.occurred_at for result in latest.values() if _is_outside(result)]
    yield "RE-02", any(_open_at(events, c.occurred_at) for c in certificates)
    yield "RE-03", any(c.actor_role != "qualified-person" for c in certificates)
    yield (
        "RE-04",
        any(
            at is not NEVER
            and any(o <= at for o in outside)
            and not {state for state, when in _states(events) if when <= at} >= FOUR_RECORDS
            for at in (left, infused)
        ),
    )
    told = min((at for s, at in _states(events) if s == "authority_notified"), default=NEVER)
    yield (
        "RE-05",
        any(
            told > max(o, at) + TWO_DAYS
            for o in outside
            for at in (left, infused)
            if at is not NEVER
        ),
    )
    digests = {
        reference.sha256
        for event in events
        if isinstance(event, BatchCertified | CertificateOfAnalysisIssued)
        for reference in event.evidence
    }
    yield "RE-06", bool(certificates) and len(digests) > 1
    yield "RE-07", any(o > min(left, infused) for o in outside)
    issued = {n for c in certificates for n in c.named(Scheme.CERTIFICATE)}
    yield (
        "RE-08",
        any(
            event.certificate_present is False or not set(event.named(Scheme.CERTIFICATE)) <= issued
            for event in events
            if isinstance(event, ProductReceived)
        ),
    )


def _is_outside(result: ResultReported) -> bool:
    if not result.final:
        return False
    value = result.value
    beyond = value is not None and not (
        (result.low is None or value >= result.low)
        and (result.high is None or value <= result.high)
    )
    return beyond or result.verdict is Verdict.OUT_OF_SPECIFICATION


def _supplied(events: Sequence[Event]) -> tuple[datetime, datetime]:
    """When the product left the maker, and when its infusion began."""
    home = {
        shipment
        for event in events
        if isinstance(event, PackagePacked) and event.kind == "final_product"
        for shipment in event.named(Scheme.SHIPMENT)
    }
    moved = [
        e.occurred_at
        for e in events
        if isinstance(e, CustodyHandedOver | CustodyAccepted)
        and home & set(e.named(Scheme.SHIPMENT))
    ]
    infused = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    return min(moved, default=NEVER), min(infused, default=NEVER)


def _states(events: Sequence[Event]) -> list[tuple[str, datetime]]:
    return [(str(e.state), e.occurred_at) for e in events if isinstance(e, OosCaseChanged)]


def _open_at(events: Sequence[Event], moment: datetime) -> bool:
    """Whether more critical deviations or holds had begun than ended by then."""
    begun = ended = 0
    for event in events:
        if event.occurred_at > moment:
            continue
        grave = getattr(event, "classification", "critical") == "critical"
        begun += grave and isinstance(event, DeviationOpened | HoldPlaced)
        ended += grave and isinstance(event, DeviationClosed | HoldLifted)
    return begun > ended
