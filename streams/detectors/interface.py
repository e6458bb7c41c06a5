"""Partners who contradict each other, and facts that were written down after what they should have decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported
from schemas.ordering import AvailabilityConfirmed, GoodsIssued
from schemas.profiles import platform_limits
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.record import Answer
from schemas.treatment import LymphodepletionStarted
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.quality import latest_results, meets
from streams.detectors.release import numbers
from streams.moments import Micros, micros
from streams.view import View


def _same_batch(one: Event, other: Event) -> bool:
    """Whether two events may be about one batch; unknown may."""
    ours, theirs = set(one.named(Scheme.BATCH)), set(other.named(Scheme.BATCH))
    return not (ours and theirs) or bool(ours & theirs)


def _ends(view: View, opened: HoldPlaced | DeviationOpened) -> list[Event]:
    """What has ended a hold or a deviation: each of its numbers must be named, or none exist."""
    kind, scheme = (
        (HoldLifted, Scheme.HOLD)
        if isinstance(opened, HoldPlaced)
        else (DeviationClosed, Scheme.DEVIATION)
    )
    wanted = set(numbers(opened, scheme))
    closes: list[Event] = [*view.of(kind)]
    return [
        closed
        for closed in closes
        if wanted & set(numbers(closed, scheme)) and closed.occurred_at >= opened.occurred_at
    ]


@detector("IF-05", AvailabilityConfirmed, GoodsIssued, HoldPlaced, HoldLifted, BatchRejected)
def planning_contradicts_quality(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The order system says that the product is available or has left, and the quality system holds or rejects it.

    Why: one of the two is wrong, and whoever reads only the other treats with what nobody released.
    Act: both owners compare what they hold, and the wrong one corrects it. The end of a hold may
    travel for a while, so that a hold nobody has ended is told of only after the grace for links.
    """
    said: list[Event] = [a for a in view.of(AvailabilityConfirmed) if a.available]
    grace = timedelta(minutes=platform_limits().orphan_grace.minutes)
    for step in (*said, *view.of(GoodsIssued)):
        for against in _against(view, step):
            settled = isinstance(against, BatchRejected) or bool(_ends(view, against))
            raised_at = step.occurred_at if settled else step.occurred_at + grace
            if not settled and now < micros(raised_at):
                yield AskAgain(micros(raised_at))
                continue
            word = "rejected" if isinstance(against, BatchRejected) else "on hold"
            yield Finding(
                object=str(step.identifiers[0]) if step.identifiers else f"COI:{view.coi}",
                anchor=f"{step.event_id}/{against.event_id}",
                raised_at=raised_at,
                detail=f"{step.type_name()} of {step.system} at {step.occurred_at.isoformat()}, and "
                f"{word} by {against.system} since {against.occurred_at.isoformat()}",
                severity=Severity.S1,
                evidence=(step.event_id, against.event_id),
                missing=(f"word of {step.system} and {against.system} on which is true",),
            )


def _against(view: View, step: Event) -> Iterator[HoldPlaced | BatchRejected]:
    """Each hold that was open, and each rejection that was said, when the other system spoke."""
    for rejected in view.of(BatchRejected):
        if rejected.occurred_at <= step.occurred_at and _same_batch(rejected, step):
            yield rejected
    for placed in view.of(HoldPlaced):
        if placed.occurred_at > step.occurred_at or not _same_batch(placed, step):
            continue
        if all(end.occurred_at > step.occurred_at for end in _ends(view, placed)):
            yield placed


@detector(
    "IF-04",
    BatchCertified,
    LymphodepletionStarted,
    AvailabilityConfirmed,
    ResultReported,
    ResultAmended,
    HoldPlaced,
    HoldLifted,
    DeviationOpened,
    DeviationClosed,
)
def decided_without_a_late_fact(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A gate was passed, and a fact that would have closed it was entered only afterwards.

    Why: the decision was right by what was known and wrong by what was true, and it still stands.
    Act: the owner of the gate decides again on both. What counts is when the fact's own system
    recorded it, and never when its message came.
    """
    tolerance = timedelta(minutes=platform_limits().clock_tolerance.minutes)
    for decision, facts in _gates(view):
        for fact in facts:
            entered = fact.recorded_at
            if entered is None or fact.occurred_at > decision.occurred_at:
                continue
            if entered <= decision.occurred_at + tolerance:
                continue
            yield Finding(
                object=str(decision.identifiers[0]) if decision.identifiers else f"COI:{view.coi}",
                anchor=f"{decision.event_id}/{fact.event_id}",
                raised_at=entered,
                detail=f"{fact.type_name()} of {fact.occurred_at.isoformat()} was entered at "
                f"{entered.isoformat()}, after {decision.type_name()} at "
                f"{decision.occurred_at.isoformat()}",
                severity=Severity.S2,
                evidence=(decision.event_id, fact.event_id),
                missing=("decision of the gate's owner on the late fact",),
            )


def _gates(view: View) -> Iterator[tuple[Event, list[Event]]]:
    """Each gate that was passed, with the facts that would have kept it closed."""
    for certificate in view.of(BatchCertified):
        if not certificate.quarantine_shipment:
            yield certificate, [*_speak_against(view, certificate)]
    for start in view.of(LymphodepletionStarted):
        known = [a for a in view.of(AvailabilityConfirmed) if a.occurred_at <= start.occurred_at]
        if known and not known[-1].available:
            yield start, [known[-1]]


def _speak_against(view: View, certificate: BatchCertified) -> Iterator[Event]:
    """Failed results, holds and deviations that were not over when the certificate was signed."""
    results = {result.event_id: result for result in latest_results(view).values()}
    yield from (r for r in results.values() if meets(r) is Answer.NOT_SATISFIED)
    opened: list[HoldPlaced | DeviationOpened] = [*view.of(HoldPlaced)]
    opened += [d for d in view.of(DeviationOpened) if d.classification is not DeviationClass.MINOR]
    for one in opened:
        ended = any(end.occurred_at <= certificate.occurred_at for end in _ends(view, one))
        if not ended and _same_batch(one, certificate):
            yield one


DETECTORS: tuple[Detector, ...] = (planning_contradicts_quality, decided_without_a_late_fact)
