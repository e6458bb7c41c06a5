"""Judges what partners say against each other and against themselves by the facts of a course alone, written anew.

It shares no code with the detectors nor with the script of a journey. A play has one batch per course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from schemas.envelope import Environment, Event, Scheme
from schemas.ordering import AvailabilityConfirmed, GoodsIssued
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)

TWO_MINUTES = timedelta(minutes=2)


def interface_exceptions(events: Sequence[Event]) -> Iterator[tuple[str, bool]]:
    """Each code with whether the facts of one course call for it."""
    ids = [event.event_id for event in events]
    yield "DI-02", len(ids) > len(set(ids))
    environments = {event.environment for event in events}
    yield "DI-11", len(environments) > 1 and Environment.PRODUCTION in environments
    certified = [e.occurred_at for e in events if isinstance(e, BatchCertified)]
    yield "IF-04", any(_entered_later(events, at) for at in certified)
    out = [
        e.occurred_at
        for e in events
        if isinstance(e, GoodsIssued) or (isinstance(e, AvailabilityConfirmed) and e.available)
    ]
    yield "IF-05", any(_withheld(events, at) for at in out)


def _entered_later(events: Sequence[Event], decided: datetime) -> bool:
    """Whether a hold or a grave deviation was open at the decision and written down after it."""
    for event in events:
        grave = isinstance(event, HoldPlaced) or (
            isinstance(event, DeviationOpened) and event.classification is not DeviationClass.MINOR
        )
        if not grave or event.recorded_at is None:
            continue
        if event.occurred_at <= decided < event.recorded_at - TWO_MINUTES and not _over(
            events, event, decided
        ):
            return True
    return False


def _withheld(events: Sequence[Event], at: datetime) -> bool:
    """Whether the quality unit held or had rejected the batch at this moment."""
    said = [e for e in events if e.occurred_at <= at]
    held = [e for e in said if isinstance(e, HoldPlaced) and not _over(events, e, at)]
    return bool(held) or any(isinstance(e, BatchRejected) for e in said)


def _over(events: Sequence[Event], opened: Event, at: datetime) -> bool:
    """Whether what was opened had ended at this moment."""
    names = {*opened.named(Scheme.HOLD), *opened.named(Scheme.DEVIATION)}
    return any(
        isinstance(end, HoldLifted | DeviationClosed)
        and opened.occurred_at <= end.occurred_at <= at
        and names & {*end.named(Scheme.HOLD), *end.named(Scheme.DEVIATION)}
        for end in events
    )
