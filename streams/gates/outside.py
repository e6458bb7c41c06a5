"""How far the path of a product out of specification is: a state for each batch, from its records.

The path is walked record by record and stops at the first that is missing, so that neither the order
in which they arrive nor a later record can skip one. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.envelope import Event
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered
from schemas.profiles import platform_limits
from schemas.quality import OosCaseChanged, OosState
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

__all__ = ["JUDGED_BY", "READS", "accepted", "paths", "what_says_so"]

JUDGED_BY: tuple[type[Event], ...] = (
    SampleRegistered,
    ResultReported,
    ResultAmended,
    OosCaseChanged,
)
"""What says whether a batch is out of specification, and which records there are; its supply does not."""

STATE: dict[OosState, OutsideState] = {
    OosState.PHYSICIAN_REQUESTED: OutsideState.REQUESTED,
    OosState.RISK_EVALUATED: OutsideState.EVALUATED,
    OosState.PHYSICIAN_NOTIFIED: OutsideState.NOTIFIED,
    OosState.ACCEPTED: OutsideState.ACCEPTED,
}
"""Where the path is once a record, and all before it, are there."""


def paths(view: View) -> tuple[OutsidePath, ...]:
    """The path of each batch that is out of specification."""
    outside = known_outside(view)
    return tuple(_path(view, outside, batch) for batch in _batches(outside))


def accepted(view: View) -> frozenset[str | None]:
    """The batches out of specification whose four records are there, so that they may be used."""
    return frozenset(
        batch
        for batch in _batches(known_outside(view))
        if all(_mine(cases(view, state), batch) for state in RECORDS)
    )


def what_says_so(view: View, batch: str | None) -> tuple[UUID, ...]:
    """The results and cases that say of a batch that it is out of specification."""
    return tuple(about.event.event_id for about in _mine(known_outside(view), batch))


def _batches(outside: list[About]) -> list[str | None]:
    """The batches that are named as out of specification; none named is one that nobody has named."""
    named = sorted({batch for about in outside for batch in about.batches})
    return [*named] if named or not outside else [None]


def _mine(found: list[About], batch: str | None) -> list[About]:
    """What may be about a batch: what names it, and what names none."""
    return [
        about for about in found if batch is None or not about.batches or batch in about.batches
    ]


def _path(view: View, outside: list[About], batch: str | None) -> OutsidePath:
    records = {state: _mine(cases(view, state), batch) for state in RECORDS}
    closed = _mine(cases(view, OosState.CLOSED), batch)
    void = bool(closed) and not records[OosState.PHYSICIAN_REQUESTED]
    supplied = _mine(supplies(view), batch)
    told = _mine(cases(view, OosState.AUTHORITY_NOTIFIED), batch)
    known = _mine(outside, batch)
    first = min(known, key=lambda about: when(about.event))
    state = OutsideState.OUTSIDE
    for record, reached in STATE.items():
        if not records[record]:
            break
        state = reached
    missing = tuple(name for record, name in RECORDS.items() if not records[record])
    if state is OutsideState.ACCEPTED and supplied:
        state = OutsideState.AUTHORITY_NOTIFIED if told else OutsideState.SUPPLIED
    if void or (closed and not missing):
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
    return platform_limits().authority_notice.due(begins)
