"""Labels that nobody can find, and identifiers that break the rules of their own standard."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, LabelApplied, MaterialCryopreserved
from schemas.envelope import Event, Scheme
from schemas.identifiers import Malformed, parse
from schemas.identifiers.isbt128 import DONATION
from schemas.manufacture import LabelsPrinted, LabelsReconciled, MaterialReceived, ProductFilled
from schemas.transport import PackagePacked
from schemas.treatment import ProductReceived, ThawRecorded
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros
from streams.view import View


@detector("ID-07", LabelsPrinted, LabelsReconciled)
def labels_unaccounted(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The printed labels of a batch are not all applied, destroyed or returned.

    Why: a label that nobody can find may be on another patient's bag.
    Act: search the line and the printer log; reconcile again, or open a deviation before release.
    """
    printed: dict[str, list[LabelsPrinted]] = {}
    for print_run in view.of(LabelsPrinted):
        for batch in print_run.named(Scheme.BATCH):
            printed.setdefault(batch, []).append(print_run)
    for batch, runs in sorted(printed.items()):
        since: LabelsReconciled | None = None
        counted: list[LabelsReconciled] = []
        detail = ""
        for count in view.having(LabelsReconciled, Scheme.BATCH, batch):
            counted.append(count)
            out = sum(r.printed for r in runs if r.occurred_at <= count.occurred_at)
            # a batch may be counted as a whole, or each print run by itself
            if out in (_accounted(count), sum(map(_accounted, counted))):
                since = None
            else:
                since = since or count
                detail = f"{out} labels printed, {_accounted(count)} accounted for"
        if since is not None:
            yield Finding(
                object=f"BATCH:{batch}",
                anchor=str(since.event_id),
                raised_at=since.occurred_at,
                detail=detail,
                severity=Severity.S2,
                evidence=tuple(event.event_id for event in (*runs, *counted)),
                missing=("label log", "line clearance"),
            )


def _accounted(count: LabelsReconciled) -> int:
    return count.applied + count.destroyed + count.returned


STATE_A_FORM: tuple[type[Event], ...] = (
    CollectionCompleted,
    LabelApplied,
    MaterialCryopreserved,
    PackagePacked,
    MaterialReceived,
    ProductFilled,
    ProductReceived,
    ThawRecorded,
)

FINAL: tuple[type[Event], ...] = (ProductFilled, ProductReceived, ThawRecorded)


@detector("ID-08", *STATE_A_FORM)
def malformed_identifier(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """An identifier breaks the rules of its own standard.

    Why: a wrong check digit means that somebody typed or printed another number than the true one.
    Act: look at the label, scan it again, and let the producer of the message correct it.
    """
    wrong: dict[tuple[Scheme, str, str], list[Event]] = {}
    for kind in STATE_A_FORM:
        for event in view.of(kind):
            for identifier in event.identifiers:
                scheme, value = identifier.scheme, identifier.value
                trouble = _trouble(scheme, value)
                if trouble is not None:
                    wrong.setdefault((scheme, value, trouble), []).append(event)
    for (scheme, value, trouble), events in sorted(wrong.items()):
        final = scheme is Scheme.CONTAINER and any(isinstance(e, FINAL) for e in events)
        yield Finding(
            object=f"{scheme}:{value}",
            anchor="form",
            raised_at=min(event.occurred_at for event in events),
            detail=trouble,
            severity=Severity.S1 if final else Severity.S2,
            evidence=tuple(event.event_id for event in events),
            missing=("image of the label", "corrected identifier"),
        )


def _trouble(scheme: Scheme, value: str) -> str | None:
    """What is wrong with an identifier by the standard that it claims to follow; None where it claims none."""
    form = _form(scheme, value)
    if form is None:
        return None
    try:
        parse(value, form)
    except Malformed as malformed:
        return f"{scheme}: {malformed}"
    return None


def _form(scheme: Scheme, value: str) -> str | None:
    """The standard by which an identifier can be judged; others are internal, and any text may be right."""
    if scheme is Scheme.SSCC:
        return "gs1-sscc"
    if scheme is Scheme.SEC:
        return "sec"
    if scheme is Scheme.DIN and DONATION.fullmatch(value):
        return "isbt128-din"
    if scheme is Scheme.CONTAINER and value.startswith("(01)"):
        return "gs1-sgtin"
    return None


DETECTORS: tuple[Detector, ...] = (
    labels_unaccounted,
    malformed_identifier,
)
