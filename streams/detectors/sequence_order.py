"""Steps in the wrong order: before their precondition, twice, or after everything had ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, MaterialCryopreserved
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
)
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import platform_limits
from schemas.quality import BatchCertified, BatchRejected, OosCaseChanged
from schemas.treatment import (
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionStarted,
    ProductReceived,
    ThawPhase,
    ThawRecorded,
)
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import Standing, View, when

UNSURE = (Standing.CONTESTED, Standing.DISPUTED)
"""Words that were said and do not count yet; what rests on them is neither there nor missing."""


def word_due(event: Event) -> datetime:
    """Until when the word of what must have come before an event is waited for."""
    known = max(event.occurred_at, event.recorded_at or event.occurred_at)
    return known + timedelta(minutes=platform_limits().word_grace.minutes)


def in_doubt(view: View, *kinds: type[Event]) -> bool:
    """Whether something of these types was said that does not count for now."""
    return any(isinstance(known.event, kinds) for known in view.standing_as(*UNSURE))


def _any(event: Event) -> bool:
    return True


def _accepts(event: Event) -> bool:
    accepted = (MaterialDecision.ACCEPTED, MaterialDecision.ACCEPTED_AT_RISK)
    return isinstance(event, MaterialDecided) and event.decision in accepted


def _thaw_starts(event: Event) -> bool:
    return isinstance(event, ThawRecorded) and event.phase is ThawPhase.STARTED


class Order(NamedTuple):
    """A step, and what must have happened at or before it."""

    step: type[Event]
    needs: type[Event]
    needed: str
    severity: Severity
    counts: Callable[[Event], bool] = _any
    """Which events of the step's type are the step."""
    allows: Callable[[Event], bool] = _any
    """Which events of the other type are the precondition."""


ORDER: tuple[Order, ...] = (
    Order(MaterialCryopreserved, CollectionCompleted, "end of the collection", Severity.S2),
    Order(MaterialReceived, CollectionCompleted, "end of the collection", Severity.S2),
    Order(
        MaterialDecided, MaterialReceived, "receipt of the material", Severity.S2, counts=_accepts
    ),
    Order(
        BatchStarted, MaterialDecided, "acceptance of the material", Severity.S1, allows=_accepts
    ),
    Order(ProductFilled, BatchStarted, "start of the batch", Severity.S2),
    Order(BatchCertified, ProductFilled, "fill of the product", Severity.S2),
    Order(
        ThawRecorded, ProductReceived, "receipt of the product", Severity.S1, counts=_thaw_starts
    ),
    Order(InfusionStarted, ThawRecorded, "thaw of the product", Severity.S1),
)


@detector("SQ-01", *{kind for order in ORDER for kind in (order.step, order.needs)})
def step_before_precondition(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A step has happened and what must come before it had not.

    Why: what a step rests on was not there, so its result may not be what it seems.
    Act: find out in which order it really happened, and explain it or judge the material anew.
    """
    for order in ORDER:
        steps = [event for event in view.of(order.step) if order.counts(event)]
        if not steps:
            continue
        allowing = [event for event in view.of(order.needs) if order.allows(event)]
        if not allowing and in_doubt(view, order.needs):
            continue
        for step in steps:
            if not any(event.occurred_at <= step.occurred_at for event in allowing):
                yield _out_of_order(order, step, allowing, now)


def _out_of_order(order: Order, step: Event, later: list[Event], now: Micros) -> Finding | AskAgain:
    """What is wrong with a step: at once when the order is known, after a wait when only one side is."""
    raised_at = step.occurred_at if later else word_due(step)
    if now < micros(raised_at) and not later:
        return AskAgain(micros(raised_at))
    return Finding(
        object=order.step.type_name(),
        anchor=f"{order.needs.type_name()}/{step.event_id}",
        raised_at=raised_at,
        detail=f"{order.step.type_name()} at {step.occurred_at.isoformat()}; {order.needed} "
        + (f"only at {later[0].occurred_at.isoformat()}" if later else "is not known"),
        severity=order.severity,
        evidence=(step.event_id, *(event.event_id for event in later[:1])),
        missing=(order.needed,),
    )


@detector("SQ-03", InfusionStarted, ThawRecorded, BatchCertified)
def irreversible_step_twice(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A step that cannot be undone is stated a second time for the same thing.

    Why: a bag is thawed and infused once, a batch certified once; one of the two words is false,
    or another bag is meant.
    Act: both statements are reconciled at the bedside or by the quality unit.
    """
    done: dict[tuple[str, str], Event] = {}
    for kind in (InfusionStarted, ThawRecorded, BatchCertified):
        for event in view.of(kind):
            if isinstance(event, ThawRecorded) and event.phase is not ThawPhase.STARTED:
                continue
            for thing in _things(event):
                first = done.setdefault((kind.type_name(), thing), event)
                if not _says_more(first, event):
                    continue
                yield Finding(
                    object=thing,
                    anchor=f"{kind.type_name()}/{event.event_id}",
                    raised_at=event.occurred_at,
                    detail=f"{kind.type_name()} of {thing} at {first.occurred_at.isoformat()} "
                    f"and again at {event.occurred_at.isoformat()}",
                    severity=Severity.S1,
                    evidence=(first.event_id, event.event_id),
                    missing=("reconciliation of both statements",),
                )


def _things(event: Event) -> list[str]:
    """What the step is done to: each container, or the batch; a certificate for shipment under
    quarantine is a step of its own, which the certificate for use may follow."""
    if isinstance(event, BatchCertified):
        mark = " under quarantine" if event.quarantine_shipment else ""
        return [f"{Scheme.BATCH}:{b}{mark}" for b in event.named(Scheme.BATCH)] or [f"batch{mark}"]
    return [f"{Scheme.CONTAINER}:{c}" for c in event.named(Scheme.CONTAINER)] or ["dose"]


def _says_more(first: Event, again: Event) -> bool:
    """Whether the later word is more than the same one said once more."""
    if isinstance(again, BatchCertified):
        return _certified(first) != _certified(again)
    return first.occurred_at != again.occurred_at


def _certified(event: Event) -> tuple[object, ...]:
    """What a certificate states, whenever it is stated."""
    documents = {(reference.uri, reference.sha256) for reference in event.evidence}
    return set(event.named(Scheme.CERTIFICATE)), documents, event.signature


class End(NamedTuple):
    """That a course or a batch has ended."""

    event: Event
    how: str
    batches: frozenset[str] | None
    """The batches that ended; None when the whole course has."""


AFTERWARDS: tuple[type[Event], ...] = (
    CollectionCompleted,
    BatchStarted,
    ProductFilled,
    BatchCertified,
    LymphodepletionStarted,
    ThawRecorded,
    InfusionStarted,
)
"""Steps that nobody takes in a therapy that has ended; returning and reporting go on."""

OF_A_BATCH = (BatchStarted, ProductFilled, BatchCertified, ThawRecorded, InfusionStarted)
AFTER_INFUSION = (CollectionCompleted, BatchStarted, ProductFilled, LymphodepletionStarted)
"""Further bags are thawed and infused after the first one, and papers follow."""


@detector(
    "SQ-07",
    OrderChanged,
    BatchTerminated,
    BatchRejected,
    InfusionCompleted,
    OosCaseChanged,
    *AFTERWARDS,
)
def step_after_the_end(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A step has happened although the course or the batch had already ended.

    Why: somebody works on a therapy that was cancelled, rejected or given, or its end is not true.
    Act: the producer of the step says why; stop it unless there is a reason.
    """
    ends = list(_ends(view))
    if not ends:
        return
    for kind in AFTERWARDS:
        for event in view.of(kind):
            before = [end for end in ends if _ended(end, event)]
            if not before:
                continue
            end = before[0]
            yield Finding(
                object=kind.type_name(),
                anchor=str(event.event_id),
                raised_at=event.occurred_at,
                detail=f"{kind.type_name()} at {event.occurred_at.isoformat()}, {end.how} since "
                + end.event.occurred_at.isoformat(),
                severity=Severity.S2,
                evidence=(event.event_id, end.event.event_id),
                missing=("reason for the step",),
            )


def _ends(view: View) -> Iterator[End]:
    """Every end that is known, the earliest first."""
    found: list[End] = []
    for change in view.of(OrderChanged):
        if change.change is OrderChange.CANCELLED:
            found.append(End(change, "order cancelled", None))
    for stopped in view.of(BatchTerminated):
        found.append(End(stopped, "batch terminated", frozenset(stopped.named(Scheme.BATCH))))
    # a batch out of specification may be given at the physician's request; RE-04 watches that path
    if not view.of(OosCaseChanged):
        for rejected in view.of(BatchRejected):
            found.append(End(rejected, "batch rejected", frozenset(rejected.named(Scheme.BATCH))))
    for infused in view.of(InfusionCompleted):
        found.append(End(infused, "product infused", None))
    return iter(sorted(found, key=lambda end: when(end.event)))


def _ended(end: End, event: Event) -> bool:
    """Whether an end forbids an event that happened after it."""
    if event.occurred_at <= end.event.occurred_at:
        return False
    if isinstance(end.event, InfusionCompleted):
        return isinstance(event, AFTER_INFUSION)
    if end.batches is None:
        return True
    about = set(event.named(Scheme.BATCH))
    return isinstance(event, OF_A_BATCH) and bool(about & end.batches)


DETECTORS: tuple[Detector, ...] = (
    step_before_precondition,
    irreversible_step_twice,
    step_after_the_end,
)
