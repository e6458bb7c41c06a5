"""What became of a partner's latest messages: each is admitted, doubled, waiting, set aside or not read yet.

Received = admitted + doubled + quarantined + waiting is what the pipeline promises; so a message that
a worker has read, and that neither waits nor stands in quarantine nor was said before, is admitted.
Pure: what the topics hold is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.judging import Standing, waits_for
from schemas.control import QuarantinedMessage, WaitingEvent
from schemas.envelope import Event
from schemas.json_form import rfc3339
from schemas.reasons import Reason
from schemas.wire import SchemaIds, WireError, WireMessage, decode, decode_contract

OUTCOMES = ("admitted", "doubled", "waiting", "quarantined", "not read yet")


@dataclass(frozen=True, slots=True)
class Received:
    """A message on a partner's topic."""

    topic: str
    partition: int
    offset: int
    at: datetime
    message: WireMessage


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one message."""

    received: Received
    outcome: str
    type: str
    event_id: str | None = None
    detail: str = ""
    reason: str | None = None
    remedy: str | None = None
    quarantine_id: str | None = None

    def row(self) -> dict[str, Any]:
        """What programs are told."""
        place = self.received
        told = ("outcome", "type", "event_id", "detail", "reason", "remedy", "quarantine_id")
        return {
            "topic": place.topic,
            "partition": place.partition,
            "offset": place.offset,
            "at": rfc3339(place.at),
            **{name: getattr(self, name) for name in told},
        }


Said = Mapping[tuple[str, int, bytes], Iterable[Received]]
"""Earlier messages with the same key, by topic, partition and key."""


def fates(
    latest: Iterable[Received],
    earlier: Said,
    read_to: Mapping[tuple[str, int], int],
    quarantine: Mapping[str, bytes],
    waiting: Mapping[str, bytes],
    ids: SchemaIds | None = None,
) -> list[Fate]:
    """What became of these messages; `read_to` is how far workers have read each partition."""
    standing = Standing(quarantine)
    found = []
    for one in latest:
        place = (one.topic, one.partition)
        event, digest, name = _read(one.message, ids)
        told = None if event is None else str(event.event_id)
        if one.offset >= read_to.get(place, 0):
            found.append(Fate(one, "not read yet", name, told, "no worker has read so far"))
        elif entries := standing.about(one.topic, one.message, event):
            entry = entries[0]
            told = told or (str(entry.event_id) if entry.event_id else None)
            found.append(
                Fate(
                    one,
                    "quarantined",
                    name,
                    told,
                    entry.detail,
                    entry.reason,
                    entry.remedy,
                    str(entry.quarantine_id),
                )
            )
        elif digest is not None and _before(one, digest, earlier, ids):
            found.append(Fate(one, "doubled", name, told, "said before with the same content"))
        elif told is not None and told in waiting:
            detail = waits_for(decode_contract(WaitingEvent, waiting[told]))
            found.append(Fate(one, "waiting", name, told, detail))
        else:
            found.append(Fate(one, "admitted", name, told))
    return found


def counted(found: Iterable[Fate]) -> dict[str, int]:
    """How many of each outcome."""
    counts = Counter(fate.outcome for fate in found)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def connector_refusals(quarantine: Mapping[str, bytes], partner: str) -> dict[str, int]:
    """How many messages of the partner a connector could not understand, by reason."""
    entries = (decode_contract(QuarantinedMessage, value) for value in quarantine.values())
    own = (e for e in entries if e.stage == "connector" and e.partner == partner and not e.cleared)
    return dict(sorted(Counter(entry.reason for entry in own).items()))


def _read(message: WireMessage, ids: SchemaIds | None) -> tuple[Event | None, bytes | None, str]:
    try:
        decoded = decode(message.value, message.headers, ids=ids)
    except WireError as wrong:
        return None, None, f"unreadable ({Reason(wrong.reason).value})"
    return decoded.event, decoded.digest, decoded.event.type_name()


def _before(one: Received, digest: bytes, earlier: Said, ids: SchemaIds | None) -> bool:
    key = (one.topic, one.partition, one.message.key or b"")
    return any(
        other.offset < one.offset and _read(other.message, ids)[1] == digest
        for other in earlier.get(key, ())
    )
