"""Therapies without end: one fleet of courses after the other, each later by as many days, as one stream of events.

The simulator's plays all begin on one day; here every fleet but the first is moved on as a whole. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel

from connectors.simulator.network import inbound
from connectors.simulator.timeline import START
from schemas.envelope import Event
from tests.bench.backlog import PAIRS

JOURNEYS = 250
APART = timedelta(days=100)
"""How long after one fleet the next begins; most of a fleet's words are said by then."""

Said = tuple[datetime, Event]


def endless(journeys: int = JOURNEYS, apart: timedelta = APART) -> Iterator[list[Said]]:
    """What the partners say until the next fleet begins, in order of sending; again and again."""
    left: list[Said] = []
    for number in itertools.count():
        left += fleet(number, journeys, apart)
        left.sort(key=lambda said: (said[0], said[1].event_id.int))
        ends = START + (number + 1) * apart
        yield [said for said in left if said[0] < ends]
        left = [said for said in left if said[0] >= ends]


def fleet(number: int, journeys: int, apart: timedelta) -> list[Said]:
    """What is said of one fleet; every fleet has courses and identifiers of its own."""
    by = number * apart
    told = inbound(journeys, seed=1_000 + number)
    return [(at + by, later(e, by)) for at, e in told if (e.system.value, e.partner) in PAIRS]


def later(value: Any, by: timedelta) -> Any:
    """The same with every time in it moved on, however deep it lies."""
    match value:
        case date():
            return value + by
        case BaseModel():
            moved = {name: later(kept, by) for name, kept in value}
            changed = {name: new for name, new in moved.items() if new is not getattr(value, name)}
            return value.model_copy(update=changed) if changed else value
        case tuple():
            parts = tuple(later(part, by) for part in value)
            return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
        case _:
            return value
