"""How far the path of a product out of specification is: a state for each batch, from its records.

The path is walked record by record and stops at the first that is missing, so that neither the order
in which they arrive nor a later record can skip one. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.profiles import platform_limits
from schemas.quality import OosState
from schemas.record import OutsidePath, OutsideState
from streams.detectors.release_outside import (
    READS,
    RECORDS,
    About,
    cases,
    known_outside,
    supplies,
)
from streams.view import View, when

__all__ = ["READS", "USABLE", "paths"]

STATE: dict[OosState, OutsideState] = {
    OosState.PHYSICIAN_REQUESTED: OutsideState.REQUESTED,
    OosState.RISK_EVALUATED: OutsideState.EVALUATED,
    OosState.PHYSICIAN_NOTIFIED: OutsideState.NOTIFIED,
    OosState.ACCEPTED: OutsideState.ACCEPTED,
}
"""Where the path is once a record, and all before it, are there."""

USABLE = frozenset({OutsideState.ACCEPTED, OutsideState.SUPPLIED, OutsideState.AUTHORITY_NOTIFIED})


def paths(view: View) -> tuple[OutsidePath, ...]:
    """The path of each batch that is out of specification."""
    outside = known_outside(view)
    if not outside:
        return ()
    batches = sorted({batch for about in outside for batch in about.batches})
    return tuple(_path(view, outside, batch) for batch in batches or (None,))


def _path(view: View, outside: list[About], batch: str | None) -> OutsidePath:
    me = frozenset({batch} if batch else ())

    def mine(found: list[About]) -> list[About]:
        return [about for about in found if not (me and about.batches) or me & about.batches]

    records = {state: mine(cases(view, state)) for state in RECORDS}
    closed = mine(cases(view, OosState.CLOSED))
    void = bool(closed) and not records[OosState.PHYSICIAN_REQUESTED]
    supplied = mine(supplies(view))
    told = mine(cases(view, OosState.AUTHORITY_NOTIFIED))
    known = mine(outside)
    first = min(known, key=lambda about: when(about.event))
    state = OutsideState.OUTSIDE
    for record, reached in STATE.items():
        if not records[record]:
            break
        state = reached
    missing = tuple(name for record, name in RECORDS.items() if not records[record])
    if state is OutsideState.ACCEPTED and supplied:
        state = OutsideState.AUTHORITY_NOTIFIED if told else OutsideState.SUPPLIED
    if void or (closed and state in USABLE):
        state = OutsideState.CLOSED
    rests_on = [*known, *(about for found in records.values() for about in found), *told, *closed]
    return OutsidePath(
        batch=batch,
        state=state,
        since=first.at,
        evidence=tuple(sorted({about.event.event_id for about in rests_on})),
        missing=() if void else missing,
        notice_due_at=None if void or told else _notice_due(first, supplied),
    )


def _notice_due(first: About, supplied: list[About]) -> datetime | None:
    """Until when the authorities must know: counted from the supply, or from the result after it."""
    if not supplied:
        return None
    begins = max(first.at, min(about.at for about in supplied))
    return begins + timedelta(hours=platform_limits().authority_notice.hours)
