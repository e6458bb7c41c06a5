"""What the pipeline would make of events that somebody has written, asked of the whole pure chain.

The same admission and identity as live, on these events alone: what would be admitted, what would wait
for a link, and what would be set aside, with the reason and the remedy. No broker. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from schemas import topics
from schemas.control import QuarantinedMessage, WaitingEvent
from schemas.envelope import Event
from schemas.lines import BadLine, from_line, parsed
from schemas.reasons import REMEDIES, Reason
from schemas.wire import SchemaIds, WireError, WireMessage, decode, decode_contract, to_message
from streams.quarantine import quarantine_id
from streams.replay import Replay


@dataclass(frozen=True, slots=True)
class Judged:
    """One event that somebody has written, and what would become of it."""

    place: str
    type: str
    outcome: str
    """admitted, waiting or quarantined; or unreadable, where it is no event at all."""
    detail: str = ""
    reason: str | None = None
    remedy: str | None = None
    topic: str | None = None
    message: WireMessage | None = None

    @property
    def well(self) -> bool:
        """Whether it would be believed, now or as soon as its link arrives."""
        return self.outcome in ("admitted", "waiting")

    def row(self) -> dict[str, Any]:
        """What programs are told."""
        told = ("place", "type", "outcome", "detail", "reason", "remedy", "topic")
        return {name: getattr(self, name) for name in told}


def read_events(content: bytes) -> Iterable[tuple[str, dict[str, Any]]]:
    """The events of a file, each with its place: JSON Lines, one JSON object, or an array of them."""
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError:
        for number, line in parsed(content.splitlines()):
            yield f"line {number}", line
        return
    for number, one in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        if not isinstance(one, dict):
            raise BadLine(f"event {number}: expected a JSON object")
        yield f"event {number}", one


def judge(
    events: Iterable[tuple[str, dict[str, Any]]], ids: SchemaIds | None = None
) -> list[Judged]:
    """What would become of each, as if they came together and nothing else ever had."""
    replay = Replay(ids)
    read: list[Judged | tuple[str, str, WireMessage, Event]] = []
    for place, line in events:
        try:
            topic, message = from_line(line)
            event = decode(message.value, message.headers).event
        except (BadLine, WireError) as wrong:
            read.append(_unreadable(place, line, wrong))
            continue
        message = to_message(event, ids=ids)
        read.append((place, topic, message, event))
        replay.take(topic, message)
    replay.finish()
    standing = Standing(replay.latest.get(topics.QUARANTINE, {}))
    waiting = replay.latest.get(topics.WAITING, {})
    return [one if isinstance(one, Judged) else _judged(*one, standing, waiting) for one in read]


def waits_for(event: WaitingEvent) -> str:
    """What an event waits for, in words."""
    return f"until a system of record links {' or '.join(event.identifiers)}"


def _unreadable(place: str, line: dict[str, Any], wrong: BadLine | WireError) -> Judged:
    unknown = isinstance(wrong, BadLine) and str(wrong).startswith("type:")
    reason = (
        wrong.reason
        if isinstance(wrong, WireError)
        else Reason.UNKNOWN_TYPE
        if unknown
        else Reason.CONTRACT_VIOLATION
    )
    detail = wrong.detail if isinstance(wrong, WireError) else str(wrong)
    named = line.get("type") if isinstance(line.get("type"), str) else "no type"
    return Judged(place, str(named), "unreadable", detail, reason.value, REMEDIES[reason])


def _judged(
    place: str,
    topic: str,
    message: WireMessage,
    event: Event,
    standing: Standing,
    waiting: Mapping[str, bytes],
) -> Judged:
    name = event.type_name()
    if entries := standing.about(topic, message, event):
        first = entries[0]
        return Judged(
            place, name, "quarantined", first.detail, first.reason, first.remedy, topic, message
        )
    if held := waiting.get(str(event.event_id)):
        detail = waits_for(decode_contract(WaitingEvent, held))
        return Judged(place, name, "waiting", detail, topic=topic, message=message)
    return Judged(place, name, "admitted", topic=topic, message=message)


BY_EVENT = frozenset({Reason.TWO_COURSES, Reason.SAME_ID_OTHER_CONTENT, Reason.HANDLER_FAILED})
"""Reasons for which every message that says the event is concerned, and not these bytes alone."""


class Standing:
    """What stands in quarantine, findable by the message that it is about."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        entries = [decode_contract(QuarantinedMessage, kept[key]) for key in sorted(kept)]
        self._by_id = {entry.quarantine_id: entry for entry in entries}
        self._by_event: dict[UUID, list[QuarantinedMessage]] = {}
        for entry in entries:
            if entry.event_id is not None and entry.reason in BY_EVENT:
                self._by_event.setdefault(entry.event_id, []).append(entry)

    def about(
        self, topic: str, message: WireMessage, event: Event | None
    ) -> tuple[QuarantinedMessage, ...]:
        """The entries about this message, by its bytes, or else by the event that it says."""
        own = (quarantine_id(reason, topic, message.key, message.value) for reason in Reason)
        found = [self._by_id[name] for name in own if name in self._by_id]
        if event is not None and not found:
            found = self._by_event.get(event.event_id, [])
        return tuple(entry for entry in found if not entry.cleared)
