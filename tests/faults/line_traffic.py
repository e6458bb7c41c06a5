"""What the partners of the line send while it is under fault: disorder, repeats, spoiled messages, time and people.

All of it follows from a seed. The order of what is sent here is the order in which it is published.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid5

from connectors.simulator.network import PARTNERS, ends_at, inbound
from schemas import topics
from schemas.alert import Alert
from schemas.control import ActionKind, AlertAction, QuarantinedMessage, Tick
from schemas.envelope import Event
from schemas.wire import WireError, WireMessage, decode, decode_contract, encode_contract
from schemas.wire_schemas import PREFIX
from streams.moments import micros
from tests.faults.line_spoiled import SPOILED, other_content
from tests.words import Arrival, sent

EVENTS_OF_A_JOURNEY = 100
TICKS_APART = timedelta(hours=8)
WINDOW = 60
"""Messages change places with others so near; on several partitions that is disorder of minutes to hours."""
REPEATED = 0.05
REPEATED_WITHIN = 2_000
CONTESTED = 6


def traffic(events: int, seed: int, partitions: int) -> list[Arrival]:
    """At least so many partner events, and everything else that comes between them, in order of publishing."""
    chance = random.Random(seed)
    facts = list(inbound(-(-events // EVENTS_OF_A_JOURNEY), seed))
    while len(facts) < events:
        facts = list(inbound(len(facts) // EVENTS_OF_A_JOURNEY + 5, seed))
    lines = list(_with_time(facts, partitions))
    lines = [line for window in _windows(lines) for line in _mixed(window, chance)]
    lines = _with_repeats(lines, chance)
    lines = _with_spoiled(lines, [event for _, event in facts], chance)
    end = ends_at([event for _, event in facts], facts[-1][0])
    return [*lines, *_ticks(end, partitions)]


def published(lines: Iterable[Arrival], at: datetime) -> list[Arrival]:
    """The lines as they are published at a moment; a replay has to know it as the workers do."""
    stamp = micros(at) // 1000 * 1000
    return [(topic, replace(message, published_at=stamp)) for topic, message in lines]


def partners_of(lines: Iterable[Arrival]) -> tuple[tuple[str, str], ...]:
    """Every partner that has a connector, and every other whose topic a line is for.

    A story may tell of a partner beside those of the play, as of a second clinic.
    """
    before = topics.inbound("", "").split(".")[:-2]
    named = (topic.split(".", len(before) + 1) for topic, _ in lines)
    told = {(system, name) for *start, system, name in named if start == before}
    return tuple(sorted(told | {(partner.system.value, partner.name) for partner in PARTNERS}))


def facts_of(lines: Iterable[Arrival]) -> list[Event]:
    """The events of the partners that can be read, in order of publishing."""
    found: list[Event] = []
    for topic, message in lines:
        if topic.startswith("v2v.in."):
            with suppress(WireError):
                found.append(decode(message.value, message.headers).event)
    return found


def of_type(kind: type[Event], lines: Iterable[Arrival]) -> list[Arrival]:
    """The messages that say by their headers that they are such an event."""
    named = ("ce_type", f"{PREFIX}{kind.type_name()}".encode())
    return [(topic, message) for topic, message in lines if named in message.headers]


def _with_time(facts: Iterable[tuple[datetime, Event]], partitions: int) -> Iterator[Arrival]:
    due: datetime | None = None
    for at, event in facts:
        due = at if due is None else due
        while due <= at:
            yield from _ticks(due, partitions)
            due += TICKS_APART
        yield sent(event)


def _ticks(now: datetime, partitions: int) -> Iterator[Arrival]:
    for partition in range(partitions):
        tick = encode_contract(Tick(now=now, partition=partition))
        yield topics.TICKS, WireMessage(str(partition).encode(), tick)


def _windows(lines: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    for start in range(0, len(lines), WINDOW):
        yield list(lines[start : start + WINDOW])


def _mixed(window: list[Arrival], chance: random.Random) -> list[Arrival]:
    chance.shuffle(window)
    return window


def _with_repeats(lines: Sequence[Arrival], chance: random.Random) -> list[Arrival]:
    places = [(float(place), line) for place, line in enumerate(lines)]
    again = chance.sample(range(len(lines)), int(len(lines) * REPEATED))
    places += [(place + 0.5 + chance.randrange(REPEATED_WITHIN), lines[place]) for place in again]
    return [line for _, line in sorted(places, key=lambda one: one[0])]


def _with_spoiled(
    lines: Sequence[Arrival], events: Sequence[Event], chance: random.Random
) -> list[Arrival]:
    """Each kind of spoiled message three times, the largest once; and a few ids said with other content."""
    more: list[Arrival] = []
    for name, (spoil, _) in SPOILED.items():
        more += [spoil(chance.choice(events)) for _ in range(1 if name == "too large" else 3)]
    places = [(float(place), line) for place, line in enumerate(lines)]
    places += [(chance.uniform(0, len(lines)), line) for line in more]
    early = events[: len(events) // 4]
    contested = [*chance.sample(early, 1), *chance.sample(events[len(early) :], CONTESTED - 1)]
    places += [
        (chance.uniform(0, (0.4 if event in early else 1.0) * len(lines)), other_content(event))
        for event in contested
    ]
    return [line for _, line in sorted(places, key=lambda one: one[0])]


def parted(
    lines: Sequence[Arrival], shares: Sequence[float], partitions: int
) -> list[list[Arrival]]:
    """The lines in parts, by what is said besides time; each ends with the greatest time so far everywhere.

    A network's end is long and quiet: parts by their lines would hold little else than time. Without that
    time at its end a part could end between the ticks of one moment, and the partitions would not agree how
    late it is.
    """
    parts: list[list[Arrival]] = []
    latest: Tick | None = None
    places = [place for place, (topic, _) in enumerate(lines) if topic != topics.TICKS]
    ends = [places[round(sum(shares[: n + 1]) * len(places)) - 1] + 1 for n in range(len(shares))]
    start = 0
    for end in [*ends[:-1], len(lines)]:
        part = list(lines[start:end])
        ticks = [decode_contract(Tick, said.value) for topic, said in part if topic == topics.TICKS]
        latest = max([*ticks, *([latest] if latest else [])], key=lambda tick: tick.now)
        parts.append([*part, *_ticks(latest.now, partitions)])
        start = end
    return parts


def actions(alerts: Sequence[Alert]) -> list[Arrival]:
    """People acknowledge, assign, comment, close, and reopen what they closed."""
    kinds = [kind for kind in ActionKind if kind is not ActionKind.UNKNOWN_TO_READER]
    lines: list[Arrival] = []
    for place, alert in enumerate(alerts):
        kind = kinds[place % len(kinds)]
        done = [ActionKind.CLOSE, kind] if kind is ActionKind.REOPEN else [kind]
        for hours, one in enumerate(done, start=1):
            action = AlertAction(
                action_id=uuid5(alert.alert_id, one),
                alert_id=alert.alert_id,
                key=alert.coi or alert.object,
                kind=one,
                acted_at=alert.raised_at + timedelta(hours=hours),
                actor="STAFF-1",
                reason="seen by the quality unit",
                assignee="STAFF-2" if one is ActionKind.ASSIGN else None,
            )
            message = WireMessage(action.key.encode(), encode_contract(action))
            lines.append((topics.ACTIONS, message))
    return lines


def released(entry: QuarantinedMessage, at: datetime) -> Arrival:
    """A person lets a message of quarantine count, as `v2v quarantine release` does."""
    headers = (
        *((header.name, header.value) for header in entry.headers),
        ("v2v_topic", entry.topic.encode()),
        ("v2v_released_at", str(micros(at)).encode()),
        ("v2v_quarantine_id", str(entry.quarantine_id).encode()),
        ("v2v_reason", entry.reason.encode()),
    )
    return topics.RELEASED, WireMessage(str(entry.event_id).encode(), entry.value, headers)
