"""What a decision puts on which topic: events for their inbound topic, refusals for the quarantine.

The bytes of a refused message stay in the connector's outbox and are not published unless the
setting says so, because nobody could turn the patient identifiers in them into tokens; quarantine
gets the reason, the digest and the size. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID, uuid5

from connectors.connector import Decision, Held, Ignored, Mapped, Partner, Refused
from connectors.understand import without_content
from schemas import topics
from schemas.control import Header, QuarantinedMessage
from schemas.envelope import EVENT_NAMESPACE, Event, event_id
from schemas.platform import MessageSetAside
from schemas.reasons import REMEDIES, Reason
from schemas.wire import LIMIT, SchemaIds, encode_contract, to_message

STAGE = "connector"


@dataclass(frozen=True, slots=True)
class Line:
    """One message for the broker."""

    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The partner's message that something is said about."""

    partner: Partner
    message_id: str
    """The digest of its bytes, in hexadecimal."""
    size: int
    body: bytes | None = None
    """Its bytes, where they may be published."""
    part: int = 0
    """Which of the messages that the bytes hold."""
    received_at: datetime | None = None
    """When the message came, where that is known."""


def lines(decision: Decision, origin: Origin, ids: SchemaIds | None = None) -> tuple[Line, ...]:
    """What goes to the broker for this decision."""
    match decision:
        case Mapped(events):
            return tuple(event_line(event, origin, ids) for event in events)
        case Refused(reason, detail):
            entry = quarantine_line(reason, without_content(detail), origin)
            return (entry, *aside_lines(reason, origin, ids))
        case Ignored() | Held():
            return ()
        case _:
            assert_never(decision)


def event_line(event: Event, origin: Origin, ids: SchemaIds | None = None) -> Line:
    """The event on its partner's topic; one too large for anyone to read is refused here already."""
    message = to_message(event, ids=ids)
    assert message.key is not None
    size = len(message.value or b"")
    if size > LIMIT:
        detail = f"{event.type_name()} of {size:,} bytes; at most {LIMIT:,} are read"
        return quarantine_line(Reason.TOO_LARGE, detail, origin)
    topic = topics.inbound(event.system.value, event.partner)
    return Line(topic, message.key, message.value, message.headers)


def aside_lines(reason: Reason, origin: Origin, ids: SchemaIds | None = None) -> tuple[Line, ...]:
    """The word to those who watch the partner that a message of it was refused, where it is known when it came."""
    if origin.received_at is None:
        return ()
    partner, name = origin.partner, MessageSetAside.type_name()
    native = f"{origin.message_id}/{origin.received_at.isoformat()}"
    event = MessageSetAside(
        event_id=event_id(partner.system.value, partner.name, native, name, str(origin.part)),
        occurred_at=origin.received_at,
        system=partner.system,
        partner=partner.name,
        site=partner.site,
        environment=partner.environment,
        quarantine_id=_entry_id(origin),
        reason=reason.value,
    )
    return (event_line(event, origin, ids),)


def _entry_id(origin: Origin) -> UUID:
    system, name = origin.partner.system.value, origin.partner.name
    place = f"{STAGE}\x1f{system}\x1f{name}\x1f{origin.message_id}\x1f{origin.part}"
    return uuid5(EVENT_NAMESPACE, place)


def quarantine_line(reason: Reason, detail: str, origin: Origin) -> Line:
    """The refusal as the quarantine keeps it; refused twice, it is one entry."""
    partner = origin.partner
    system = partner.system.value
    headers = (
        Header(name="sha256", value=origin.message_id.encode()),
        Header(name="size", value=str(origin.size).encode()),
        Header(name="part", value=str(origin.part).encode()),
    )
    entry = QuarantinedMessage(
        quarantine_id=_entry_id(origin),
        reason=reason.value,
        detail=detail[:4000],
        remedy=REMEDIES[reason],
        stage=STAGE,
        topic=topics.inbound(system, partner.name),
        key=None,
        value=origin.body,
        headers=headers,
        system=system,
        partner=partner.name,
    )
    return Line(topics.QUARANTINE, str(entry.quarantine_id).encode(), encode_contract(entry))


def digest_of(body: bytes) -> str:
    """What a message is known by: the sha256 of its bytes, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()
