"""The backlog of the full job: what the simulator's partners have to say, with time between, and what must come of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

from connectors.simulator.network import PARTNERS, ends_at, inbound
from console.outputs import alert_lines, record_lines
from schemas import topics
from schemas.control import Tick
from schemas.envelope import Event
from schemas.wire import WireMessage, encode_contract, to_message
from streams.replay import Replay

Arrival = tuple[str, WireMessage]
SEED = 11
EVENTS_OF_A_JOURNEY = 100
TICKS_APART = timedelta(hours=8)
PAIRS = tuple(sorted((partner.system.value, partner.name) for partner in PARTNERS))


@cache
def facts(events: int) -> tuple[tuple[datetime, Event], ...]:
    """At least so many partner events, repeats and all, in order of sending."""
    journeys = max(1, events // EVENTS_OF_A_JOURNEY)
    found = _said(journeys)
    while len(found) < events:
        journeys += max(1, journeys // 10)
        found = _said(journeys)
    return found


def _said(journeys: int) -> tuple[tuple[datetime, Event], ...]:
    """What the six partners say; a few faults of journeys have a partner of their own, without a topic here."""
    told = inbound(journeys, SEED)
    return tuple((at, e) for at, e in told if (e.system.value, e.partner) in PAIRS)


@cache
def backlog(events: int) -> tuple[Arrival, ...]:
    """The events as messages; every eight hours, and at the end, the time."""
    told = facts(events)
    end = ends_at([event for _, event in told], told[-1][0])
    return (*itertools.chain.from_iterable(with_ticks(told)), _tick(end))


def with_ticks(told: Sequence[tuple[datetime, Event]]) -> Iterator[list[Arrival]]:
    """Each event as a message, behind the ticks that come before it."""
    due = told[0][0]
    for at, event in told:
        step = []
        while due <= at:
            step.append(_tick(due))
            due += TICKS_APART
        yield [*step, (topics.inbound(event.system, event.partner), to_message(event))]


def _tick(now: datetime) -> Arrival:
    """Time for all partitions: whoever publishes sends it to each."""
    return topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=now, partition=-1)))


def told_to(events: int, partitions: int) -> int:
    """How many messages the backlog is on so many partitions."""
    ticks = sum(1 for topic, _ in backlog(events) if topic == topics.TICKS)
    return len(facts(events)) + ticks * partitions


@cache
def expected(events: int) -> tuple[list[str], list[str]]:
    """The records and open alerts that are right: a replay's."""
    replay = Replay()
    replay.take_all(backlog(events))
    return record_lines(replay.latest), alert_lines(replay.latest)
