"""What a logger measures on its way: curves that look like those of real shippers.

A dry vapour shipper starts near the temperature of liquid nitrogen and warms slowly; a box for fresh
cells swings between two and eight degrees. Before packing and after unpacking the logger tells
the temperature of the room it lies in, and that must not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from schemas.transport import Reading

PER_MESSAGE = 6
"""How many readings a logger gathers before it sends them."""

ROOM = 21.0
MARGIN_WHEN_NEAR = 0.6
"""How many degrees below its limit the warmest reading stays when a course comes close."""


@dataclass(frozen=True, slots=True)
class Way:
    """One logger's way: from packing to delivery, cold or fresh."""

    packed: datetime
    delivered: datetime
    unpacked: datetime
    """When the receiver takes the logger out; what it measures from then on is a warm room."""
    limit: float | None
    """The warmest the material may get; None for fresh cells."""
    near: bool = False
    gauge_started_early: bool = False


def measured(way: Way, chance: Random) -> list[tuple[Reading, ...]]:
    """The readings of one way, gathered into messages."""
    every = timedelta(minutes=chance.choice((30, 45, 60)))
    moments: list[datetime] = []
    at = way.packed + timedelta(minutes=chance.randrange(3, 15))
    while at < way.delivered:
        moments.append(at)
        at += every
    values = _fresh(len(moments), chance) if way.limit is None else _cold(way, moments, chance)
    battery = chance.randrange(70, 99)
    found = [
        Reading(
            at=moment,
            temperature=round(value, 1),
            tilt=float(chance.randrange(0, 9)),
            battery=float(battery - number // 30),
        )
        for number, (moment, value) in enumerate(zip(moments, values, strict=True))
    ]
    groups = [found[i : i + PER_MESSAGE] for i in range(0, len(found), PER_MESSAGE)]
    if way.gauge_started_early:
        early = way.packed - timedelta(minutes=chance.randrange(20, 50))
        groups[0].insert(0, Reading(at=early, temperature=ROOM))
        late = way.unpacked + timedelta(minutes=chance.randrange(15, 40))
        groups[-1].append(Reading(at=late, temperature=ROOM, lid_open=True))
    return [tuple(group) for group in groups]


def _fresh(count: int, chance: Random) -> list[float]:
    middle = chance.uniform(4.2, 5.6)
    return [min(7.6, max(2.4, middle + chance.gauss(0, 0.5))) for _ in range(count)]


def _cold(way: Way, moments: list[datetime], chance: Random) -> list[float]:
    assert way.limit is not None
    start = chance.uniform(-194, -188)
    hours = max(1.0, (way.delivered - way.packed).total_seconds() / 3600)
    # the slope that ends well below the strictest limit, however long the way
    rise = chance.uniform(4, 14) / hours
    values = [
        start + rise * (at - way.packed).total_seconds() / 3600 + chance.gauss(0, 0.6)
        for at in moments
    ]
    if way.near:
        peak = len(values) // 2
        values[peak] = way.limit - MARGIN_WHEN_NEAR
        for place in (peak - 1, peak + 1):
            if 0 <= place < len(values):
                values[place] = way.limit - 6
    return values
