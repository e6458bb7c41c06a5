"""Builders named like the events, so that a test reads like the story it tells.

Times are hours after a fixed start; ids come from what an event says, so the same words give the same
event.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schemas import topics
from schemas.alert import Alert
from schemas.control import Tick
from schemas.envelope import Event, Identifier, Scheme, System, event_id
from schemas.record import PatientBatchRecord
from schemas.wire import WireMessage, decode_contract, encode_contract, to_message
from streams.replay import Replay

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
COURSE, OTHER = "CHA999926000001", "CHA999926000002"
PARTNER = "partner-1"

E = TypeVar("E", bound=Event)

OWNER = {
    "enrolment": System.CLINIC,
    "collection": System.CLINIC,
    "treatment": System.CLINIC,
    "ordering": System.ERP,
    "manufacture": System.MES,
    "laboratory": System.LIMS,
    "quality": System.QMS,
    "transport": System.LOGISTICS,
    "platform": System.CLINIC,
}


def at(hours: float) -> datetime:
    """The moment so many hours after the start."""
    return START + timedelta(hours=hours)


def named(text: str) -> Identifier:
    """An identifier from SCHEME:value."""
    scheme, _, value = text.partition(":")
    return Identifier(scheme=Scheme(scheme), value=value)


def said(
    kind: type[E],
    /,
    *identifiers: str,
    hour: float = 0,
    coi: str | None = None,
    system: System | None = None,
    native: str | None = None,
    partner: str = PARTNER,
    **fields: Any,
) -> E:
    """An event that its system of record states."""
    system = system or OWNER[kind.type_name().partition(".")[0]]
    native = native or repr((identifiers, hour, coi, system, sorted(fields.items(), key=str)))
    return kind(
        event_id=event_id(system, partner, native, kind.type_name()),
        coi=coi,
        identifiers=tuple(named(i) for i in identifiers),
        occurred_at=at(hour),
        system=system,
        partner=partner,
        **fields,
    )


Arrival = tuple[str, WireMessage]


def sent(event: Event) -> Arrival:
    """An event as it arrives on its inbound topic."""
    return topics.inbound(event.system, event.partner), to_message(event)


def tick(hours: float) -> Arrival:
    """It is now so many hours after the start."""
    return topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=at(hours))))


def heard(*said: Event | Arrival) -> Replay:
    """The whole chain after these events and ticks, in this order."""
    replay = Replay()
    replay.take_all(x if isinstance(x, tuple) else sent(x) for x in said)
    return replay


def records(replay: Replay) -> dict[str, PatientBatchRecord]:
    """Every record, by course."""
    found = replay.latest.get(topics.RECORDS, {})
    return {coi: decode_contract(PatientBatchRecord, value) for coi, value in found.items()}


def alerts(replay: Replay) -> list[Alert]:
    """The latest word on every alert, by code and course."""
    found = [
        decode_contract(Alert, value)
        for topic, kept in replay.latest.items()
        if topic.startswith("v2v.alerts.")
        for value in kept.values()
    ]
    return sorted(found, key=lambda a: (a.code, a.coi or "", a.object, a.anchor))


def open_codes(replay: Replay, course: str | None = COURSE) -> list[str]:
    """The codes of the open alerts of one course."""
    return [a.code for a in alerts(replay) if a.open and a.coi == course]


def states(replay: Replay, code: str) -> list[str]:
    """The states of the alerts of one code, whatever course they are of."""
    return [a.state.value for a in alerts(replay) if a.code == code]


def history(replay: Replay) -> list[Alert]:
    """Every alert as it was issued, in order."""
    return [decode_contract(Alert, raw) for raw in replay.alerts]


def ordered(product: str = "AXICEL", course: str = COURSE, order: str = "O-1") -> Iterable[Event]:
    """An order for a product whose course has been named."""
    from schemas.ordering import CoiAssigned, OrderCreated

    return (
        said(OrderCreated, f"ORDER:{order}", product=product),
        said(CoiAssigned, f"ORDER:{order}", coi=course, issuer="maker", hour=0.5),
    )
