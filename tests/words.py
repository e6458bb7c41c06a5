"""Builders named like the events, so that a test reads like the story it tells.

Times are hours after a fixed start; ids come from what an event says, so the same words give the same
event.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from schemas import topics
from schemas.alert import Alert, AlertState
from schemas.control import ActionKind, AlertAction, Tick
from schemas.envelope import Event, Identifier, Scheme, System, event_id
from schemas.ordering import CoiAssigned, OrderCreated
from schemas.profile import TherapyProfile
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


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
"""The smallest step of time that an event can tell apart."""

When = float | timedelta
"""So many hours after the start, or so long after it, to the microsecond."""


def at(when: When) -> datetime:
    """The moment so long after the start."""
    return START + (when if isinstance(when, timedelta) else timedelta(hours=when))


def named(text: str) -> Identifier:
    """An identifier from SCHEME:value."""
    scheme, _, value = text.partition(":")
    return Identifier(scheme=Scheme(scheme), value=value)


def said(
    kind: type[E],
    /,
    *identifiers: str,
    hour: When = 0,
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


def tick(when: When) -> Arrival:
    """It is now so long after the start."""
    return topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=at(when))))


def did(
    kind: ActionKind, alert: Alert, /, *, hour: When = 500, actor: str = "STAFF-1", **more: Any
) -> Arrival:
    """A person has done something about an alert."""
    key = alert.coi or alert.object
    action = AlertAction(
        action_id=uuid5(alert.alert_id, f"{kind}/{hour}/{actor}/{sorted(more.items())}"),
        alert_id=alert.alert_id,
        key=key,
        kind=kind,
        acted_at=at(hour),
        actor=actor,
        **more,
    )
    return topics.ACTIONS, WireMessage(key.encode(), encode_contract(action))


def corrected(event: E, /, *, hour: When | None = None, **fields: Any) -> E:
    """The same source replaces what it had said, and gives a reason."""
    new = {"occurred_at": at(hour)} if hour is not None else {}
    return event.model_copy(
        update={
            "event_id": uuid5(event.event_id, repr((hour, sorted(fields.items(), key=str)))),
            "corrects": event.event_id,
            "reason_code": "typing-error",
            **new,
            **fields,
        }
    )


def withdrawn(event: E, /, *, hour: When | None = None) -> E:
    """The same source withdraws what it had said, and says nothing instead."""
    return corrected(event, hour=hour, withdraws=True)


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


def the_alert(replay: Replay, code: str, course: str | None = COURSE) -> Alert:
    """The only alert of one code and course."""
    found = [a for a in alerts(replay) if a.code == code and a.coi == course]
    assert len(found) == 1, f"found {len(found)} alerts {code}"
    return found[0]


def lived(replay: Replay, code: str) -> list[str]:
    """Every state that alerts of one code have been issued in, in order.

    What is issued again only because it climbed, or because the forecast of the course moved, is left out.
    """
    told: dict[UUID, Alert] = {}
    found: list[str] = []
    outlook = {"infusion_p50_at": None, "infusion_p90_at": None, "holding": None, "harm_at": None}
    for issued in (a for a in history(replay) if a.code == code):
        alert = unclimbed(issued).model_copy(update=outlook)
        if told.get(alert.alert_id) != alert:
            found.append(alert.state.value)
        told[alert.alert_id] = alert
    return found


def states(replay: Replay, code: str) -> list[str]:
    """The states of the alerts of one code, whatever course they are of and however far they climbed."""
    return [unclimbed(a).state.value for a in alerts(replay) if a.code == code]


def unclimbed(alert: Alert) -> Alert:
    """The alert before nobody had acknowledged it in its time; an escalated one is an open one."""
    open_again = {"state": AlertState.OPEN} if alert.state is AlertState.ESCALATED else {}
    before = {"revision": 1, "tier": 0, "escalated_to": None, "escalated_at": None}
    return alert.model_copy(update={**before, **open_again})


def history(replay: Replay) -> list[Alert]:
    """Every alert as it was issued, in order."""
    return [decode_contract(Alert, raw) for raw in replay.alerts]


def ordered(product: str = "AXICEL", course: str = COURSE, order: str = "O-1") -> Iterable[Event]:
    """An order for a product whose course has been named."""
    return (
        said(OrderCreated, f"ORDER:{order}", product=product),
        said(CoiAssigned, f"ORDER:{order}", coi=course, issuer="maker", hour=0.5),
    )


def product_of(profile: TherapyProfile) -> str:
    """A product code that chooses this profile."""
    return profile.products[0]


def told(*said: Event | Arrival, product: str = "AXICEL", now: When = 900) -> Replay:
    """A course of this product to which all this happens, seen at a moment."""
    return heard(*ordered(product), *said, tick(now))
