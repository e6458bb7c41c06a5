"""Setting a message aside: byte for byte, with a reason of the closed list and its remedy."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID, uuid5

from schemas import topics
from schemas.control import Header, QuarantinedMessage
from schemas.envelope import Event
from schemas.reasons import REMEDIES, Reason
from schemas.wire import WireMessage, encode_contract
from streams.messages import Out
from streams.moments import Micros

QUARANTINE_NAMESPACE = UUID("9a0cf4f9-8d0b-5e53-a2c5-5b0f0c2f64d1")


MOST_KEPT = topics.LARGEST_MESSAGE - 64 * 1024
"""The greatest message in bytes that an entry keeps whole, so that the entry fits on its own topic."""

MOST_KEPT_BESIDE = 16 * 1024
"""What is kept of the key, and of the headers, of a message that is larger."""


class Outcome(StrEnum):
    """What became of one received message at the door."""

    ADMITTED = "admitted"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class Released(NamedTuple):
    """A person has released this message from quarantine."""

    released_at: Micros
    quarantine_id: str
    reason: Reason


def quarantine_id(reason: Reason, place: str, key: bytes | None, value: bytes | None) -> UUID:
    """The same entry for the same bytes at the same place, however often they come."""
    content = blake2b(digest_size=16)
    content.update(b"\x00" if key is None else b"\x01" + key)
    content.update(b"\x00" if value is None else b"\x01" + value)
    return uuid5(QUARANTINE_NAMESPACE, f"{reason}\x1f{place}\x1f{content.hexdigest()}")


def set_aside(
    reason: Reason,
    detail: str,
    stage: str,
    topic: str,
    message: WireMessage,
    event: Event | None = None,
    courses: tuple[str, ...] = (),
) -> Out:
    """The quarantine entry of a message, ready to send."""
    entry_id = quarantine_id(reason, topic, message.key, message.value)
    return _entry(entry_id, reason, detail, stage, topic, message, event, courses)


def clear(released: Released, topic: str, message: WireMessage, event: Event) -> Out:
    """The same entry, cleared: a person has released the message and it counts."""
    entry_id = UUID(released.quarantine_id)
    return _entry(
        entry_id, released.reason, "released", "admission", topic, message, event, (), cleared=True
    )


def set_aside_in_course(
    event: Event, value: bytes, course: str, leads_to: tuple[str, ...], *, cleared: bool
) -> Out:
    """The entry of an admitted event that carries identifiers of two courses, as one of them sees it."""
    place = f"{topics.EVENTS}/{course}"
    entry_id = quarantine_id(Reason.TWO_COURSES, place, str(event.event_id).encode(), None)
    detail = f"{event.type_name()} leads to {' and '.join(leads_to) or 'this course only'}"
    message = WireMessage(course.encode(), value, ())
    return _entry(
        entry_id,
        Reason.TWO_COURSES,
        detail,
        "course",
        topics.inbound(event.system, event.partner),
        message,
        event,
        leads_to,
        cleared=cleared,
    )


def _entry(
    entry_id: UUID,
    reason: Reason,
    detail: str,
    stage: str,
    topic: str,
    message: WireMessage,
    event: Event | None,
    courses: tuple[str, ...],
    *,
    cleared: bool = False,
) -> Out:
    system, partner = _sender(topic)
    message, cut = _kept(message)
    entry = QuarantinedMessage(
        quarantine_id=entry_id,
        reason=reason,
        detail=f"{detail[: 4000 - len(cut)]}{cut}",
        remedy=REMEDIES[reason],
        stage=stage,
        topic=topic,
        key=message.key,
        value=message.value,
        headers=tuple(Header(name=n, value=v) for n, v in message.headers),
        system=system,
        partner=partner,
        event_id=None if event is None else event.event_id,
        courses=courses,
        cleared=cleared,
    )
    return Out(topics.QUARANTINE, str(entry.quarantine_id), encode_contract(entry))


def _kept(message: WireMessage) -> tuple[WireMessage, str]:
    """The message as an entry keeps it, and what the detail says where that is not all of it.

    A topic takes larger messages than an entry about them could hold, a compressed one many times so.
    Nothing is lost: the whole message stays where its sender put it.
    """
    key, value = message.key or b"", message.value or b""
    size = len(key) + len(value) + sum(len(n) + len(v or b"") for n, v in message.headers)
    if size <= MOST_KEPT:
        return message, ""
    headers: list[tuple[str, bytes]] = []
    room = MOST_KEPT_BESIDE
    for name, content in message.headers:
        room -= len(name) + len(content or b"")
        if room >= 0:
            headers.append((name, content))
    cut = WireMessage(
        None if message.key is None else key[:MOST_KEPT_BESIDE],
        None if message.value is None else value[: MOST_KEPT - 2 * MOST_KEPT_BESIDE],
        tuple(headers),
    )
    return cut, f"; of {size} bytes only the first are kept here, all of them on the topic"


def _sender(topic: str) -> tuple[str | None, str | None]:
    return topics.partner_of(topic) or (None, None)
