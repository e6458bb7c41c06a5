"""What goes wrong before there is a result: weak cells, critical alarms, a batch that is given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
)
from schemas.ordering import BatchNumberAssigned, OrderChange, OrderChanged, OrderCreated
from schemas.profiles import platform_limits
from schemas.quality import DeviationOpened
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View


def _about_one_batch(one: Event, other: Event) -> bool:
    """Whether two facts of a course concern one batch; who names none speaks of the course's own."""
    batches, others = set(one.named(Scheme.BATCH)), set(other.named(Scheme.BATCH))
    return not batches or not others or bool(batches & others)


def _planned_anew(view: View, end: BatchTerminated) -> bool:
    """Whether there is a plan after a batch was given up: another batch, another apheresis, or none at all."""
    given_up = {b for stop in view.of(BatchTerminated) for b in stop.named(Scheme.BATCH)}
    return (
        any(
            assigned.remanufacture and not set(assigned.named(Scheme.BATCH)) <= given_up
            for assigned in view.of(BatchNumberAssigned)
        )
        or any(p.occurred_at >= end.occurred_at for p in view.of(CollectionScheduled))
        or any(c.change is OrderChange.CANCELLED for c in view.of(OrderChanged))
    )


@detector("QU-04", BatchTerminated, BatchNumberAssigned, CollectionScheduled, OrderChanged)
def batch_terminated(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Manufacture of the batch has been stopped for good, and there is no plan for another one.

    Why: the patient waits for cells that will not come; another attempt succeeds in about half of the cases.
    Act: plan another batch from cells that are left, or another apheresis, or cancel the order.
    """
    for end in view.of(BatchTerminated):
        if _planned_anew(view, end):
            continue
        batch = next(iter(end.named(Scheme.BATCH)), None)
        yield Finding(
            object="batch" if batch is None else f"{Scheme.BATCH}:{batch}",
            anchor=str(end.event_id),
            raised_at=end.occurred_at,
            detail="the batch was terminated, and neither another batch nor another apheresis is planned",
            severity=Severity.S1,
            evidence=(end.event_id,),
            missing=("plan for another batch or another apheresis",),
        )


@detector("QU-05", AlarmChanged, DeviationOpened)
def critical_alarm_without_deviation(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A critical process alarm has been raised, and no deviation has been opened in its time.

    Why: what nobody has written up, nobody will assess before the batch is certified.
    Act: open the deviation, or state why the alarm means nothing for the product.
    """
    wait = timedelta(hours=platform_limits().deviation_after_alarm.hours)
    told: set[tuple[str, tuple[str, ...]]] = set()
    for alarm in view.of(AlarmChanged):
        about = alarm.alarm, alarm.named(Scheme.BATCH)
        if not alarm.critical or alarm.state is not AlarmState.RAISED or about in told:
            continue
        if any(
            opened.occurred_at >= alarm.occurred_at and _about_one_batch(alarm, opened)
            for opened in view.of(DeviationOpened)
        ):
            continue
        told.add(about)  # the same alarm again is one matter until a deviation has been opened
        due = alarm.occurred_at + wait
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        batch = next(iter(alarm.named(Scheme.BATCH)), None)
        yield Finding(
            object="batch" if batch is None else f"{Scheme.BATCH}:{batch}",
            anchor=str(alarm.event_id),
            raised_at=due,
            detail=f"critical alarm {alarm.alarm}, and no deviation has been opened since",
            severity=Severity.S2,
            evidence=(alarm.event_id,),
            missing=("deviation or rationale",),
        )


@detector("QU-06", CollectionCompleted, MaterialDecided, OrderCreated, OrderChanged)
def weak_starting_material(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The collected cells are fewer than the product needs.

    Why: a batch from too few cells often fails, and by then weeks have gone by.
    Act: manufacturer and clinic accept the risk, or collect a second time.
    """
    limit = None if view.profile is None else view.profile.nucleated_cells
    collections = view.of(CollectionCompleted)
    if limit is None or not collections:
        return
    counts = [c.nucleated_cells for c in collections]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts) or sum(known) >= limit.cells:
        return  # a collection whose cells nobody has counted may hold enough
    first = collections[0]
    decided = (MaterialDecision.ACCEPTED_AT_RISK, MaterialDecision.REJECTED)
    if any(
        d.decision in decided and d.occurred_at >= first.occurred_at
        for d in view.of(MaterialDecided)
    ):
        return
    yield Finding(
        object="starting material",
        anchor=str(first.event_id),
        raised_at=first.occurred_at,
        detail=f"{sum(known):.3g} nucleated cells collected, at least {limit.cells:.3g} are needed",
        severity=Severity.S2,
        evidence=tuple(c.event_id for c in collections),
        missing=("acceptance at risk, or a second collection",),
    )


DETECTORS: tuple[Detector, ...] = (
    batch_terminated,
    critical_alarm_without_deviation,
    weak_starting_material,
)
