"""Messages that must be set aside, one kind for each reason that the door knows, and what spoils them.

Each kind makes its message from a sound event, so that the same words give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import uuid5

from schemas import topics
from schemas.collection import CollectionScheduled
from schemas.control import Tick
from schemas.envelope import Event, System
from schemas.ordering import AliasLinked, BatchNumberAssigned
from schemas.reasons import Reason
from schemas.wire import LIMIT, WireMessage, encode_contract, to_message
from tests.words import Arrival, at, named, said

MAKER = "maker-1"


def _with(event: Event, value: bytes | None, key: bytes | None = None) -> Arrival:
    """The message of an event with another value, under its own key or another."""
    sound = to_message(event)
    message = WireMessage(sound.key if key is None else key, value, sound.headers)
    return topics.inbound(event.system, event.partner), message


def _sound(event: Event, topic: str | None = None) -> Arrival:
    return topic or topics.inbound(event.system, event.partner), to_message(event)


def _value(event: Event) -> bytes:
    value = to_message(event).value
    assert value is not None
    return value


def _renamed(event: Event, what: str) -> Event:
    """The same fact under an id of its own."""
    return event.model_copy(update={"event_id": uuid5(event.event_id, what)})


def null_value(event: Event) -> Arrival:
    """A key that says nothing."""
    return _with(event, None)


def too_large(event: Event) -> Arrival:
    """Five megabytes."""
    return _with(event, _value(event) + b"\0" * 5 * LIMIT)


def unknown_framing(event: Event) -> Arrival:
    """JSON where Avro is expected."""
    return _with(event, b'{"event": "' + event.type_name().encode() + b'"}')


def unknown_fingerprint(event: Event) -> Arrival:
    """A schema that nobody has released."""
    value = _value(event)
    return _with(event, value[:2] + b"\x01\x02\x03\x04\x05\x06\x07\x08" + value[10:])


def unknown_type(event: Event) -> Arrival:
    """A contract of ours that is no event."""
    value = encode_contract(Tick(now=event.occurred_at))
    return topics.inbound(event.system, event.partner), WireMessage(
        str(event.event_id).encode(), value
    )


def schema_violation(event: Event) -> Arrival:
    """A value that breaks off."""
    return _with(event, _value(event)[:-3])


def contract_violation(event: Event) -> Arrival:
    """Sound Avro whose content the contract refuses."""
    return _with(event, _value(event.model_copy(update={"partner": " of no name "})))


def wrong_key(event: Event) -> Arrival:
    """The key of another event."""
    return _with(event, _value(event), str(uuid5(event.event_id, "another")).encode())


def wrong_topic(event: Event) -> Arrival:
    """The topic of another system."""
    other = System.QMS if event.system is not System.QMS else System.MES
    return _sound(_renamed(event, "astray"), topics.inbound(other, MAKER))


def wrong_owner(event: Event) -> Arrival:
    """A fact from a system that may say nothing of the kind."""
    usurped = said(
        CollectionScheduled, "ORDER:O-1", system=System.QMS, partner=MAKER, planned_at=at(9)
    )
    return _sound(_renamed(usurped, str(event.event_id)))


def correction_without_reason(event: Event) -> Arrival:
    """A system that may only correct, and names no reason."""
    assigned = said(
        BatchNumberAssigned, "BATCH:B-0", "ORDER:O-1", system=System.MES, partner=MAKER, hour=1
    )
    corrects = {"corrects": uuid5(event.event_id, "what it corrects")}
    return _sound(_renamed(assigned.model_copy(update=corrects), str(event.event_id)))


def no_identifier(event: Event) -> Arrival:
    """A fact about nothing."""
    nothing = said(CollectionScheduled, partner="hospital-1", planned_at=at(9))
    return _sound(_renamed(nothing, str(event.event_id)))


def upward_link(event: Event) -> Arrival:
    """A link that leads away from the course."""
    link = said(AliasLinked, alias=named("ORDER:O-1"), target=named("SAMPLE:S-1"), system=System.ERP,
                partner=MAKER)  # fmt: skip
    return _sound(_renamed(link, str(event.event_id)))


SPOILED: Mapping[str, tuple[Callable[[Event], Arrival], Reason]] = {
    "null value": (null_value, Reason.EMPTY_VALUE),
    "too large": (too_large, Reason.TOO_LARGE),
    "unknown framing": (unknown_framing, Reason.UNKNOWN_FRAMING),
    "unknown fingerprint": (unknown_fingerprint, Reason.UNKNOWN_FINGERPRINT),
    "unknown type": (unknown_type, Reason.UNKNOWN_TYPE),
    "schema violation": (schema_violation, Reason.SCHEMA_VIOLATION),
    "contract violation": (contract_violation, Reason.CONTRACT_VIOLATION),
    "wrong key": (wrong_key, Reason.WRONG_KEY),
    "wrong topic": (wrong_topic, Reason.WRONG_TOPIC),
    "wrong owner": (wrong_owner, Reason.WRONG_OWNER),
    "correction without reason": (correction_without_reason, Reason.WRONG_OWNER),
    "no identifier": (no_identifier, Reason.NO_IDENTIFIER),
    "link away from the course": (upward_link, Reason.CONTRACT_VIOLATION),
}
"""Each kind by name: what makes it of a sound event, and the reason under which it must be found."""


def other_content(event: Event) -> Arrival:
    """The id of a sound event with other content; only what was heard second is set aside."""
    return _sound(event.model_copy(update={"site": "ANOTHER-SITE"}))
