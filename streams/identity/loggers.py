"""Loggers are used again and again: a reading belongs to the course that used the logger at that moment.

Courses state from when to when they use a logger; the logger keeps its readings and tells each course
the summary of its own interval. Whichever comes first, the packing or the reading, the summary is
the same. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import groupby

import msgspec

from schemas import topics
from schemas.profiles import temperature_ladder
from streams import messages
from streams.identity.thing import Thing
from streams.messages import NEVER, Excursion, Leg, Micros, Occupy, Out, Readings

MOST_EVENTS = 8
"""A summary names at most this many events as its evidence; the readings themselves stay in the log."""

Point = tuple[Micros, float, str]


def read(identifier: str, thing: Thing, readings: Readings) -> list[Out]:
    """Take readings in, and tell the courses whose summary they change."""
    said = thing.readings.get(readings.event_id, [])
    if any(r.digest == readings.digest for r in said):
        return []
    both = sorted([*said, readings], key=lambda r: r.digest)
    thing.readings = {**thing.readings, readings.event_id: both}
    return _tell(identifier, thing)


def occupy(identifier: str, thing: Thing, stated: Occupy) -> list[Out]:
    """Take in from when to when a course uses the logger, and tell whose summaries change."""
    key = f"{stated.course}/{stated.leg}"
    known = thing.occupied.get(key)
    if known is not None and known.version >= stated.version:
        return []
    thing.occupied = {**thing.occupied, key: stated}
    return _tell(identifier, thing)


def retell(identifier: str, thing: Thing) -> list[Out]:
    """Tell the courses whose summary has changed because an event of the logger counts no more, or again."""
    return _tell(identifier, thing) if thing.readings else []


def unclaimed(thing: Thing) -> list[tuple[str, Micros]]:
    """The first event of a logger that no course has ever stated to use."""
    if not thing.readings or any(o.start is not None for o in thing.occupied.values()):
        return []
    read = (
        (said[0].known_by, event_id)
        for event_id, said in thing.readings.items()
        if said[0].known_by != NEVER and not thing.replaced(event_id, len(said))
    )
    return [(event_id, known_by) for known_by, event_id in sorted(read)[:1]]


def _points(thing: Thing) -> list[Point]:
    """Every reading that counts, once per moment; of two for one moment the warmer."""
    warmest: dict[Micros, tuple[float, str]] = {}
    for event_id, said in thing.readings.items():
        belief = thing.beliefs.get(event_id)
        counted = (
            (said if len(said) == 1 else [])
            if belief is None
            else [r for r in said if r.digest == belief.digest]
        )
        for readings in counted:
            for at, value in readings.points:
                known = warmest.get(at)
                if known is None or (-value, event_id) < (-known[0], known[1]):
                    warmest[at] = (value, event_id)
    return sorted((at, value, event_id) for at, (value, event_id) in warmest.items())


def _shares(thing: Thing) -> dict[str, list[Point]]:
    """Each use's own readings: of all uses that had begun at a moment, it is the one that began last, if not over."""
    shares: dict[str, list[Point]] = {key: [] for key in thing.occupied}
    uses = sorted(
        (stated.start, key, stated.end)
        for key, stated in thing.occupied.items()
        if stated.start is not None
    )
    points = _points(thing) if uses else []
    moments = [point[0] for point in points]
    for place, (start, key, end) in enumerate(uses):
        first = bisect_left(moments, start)
        last = len(points)
        if place + 1 < len(uses):
            last = bisect_left(moments, uses[place + 1][0], first)
        if end is not None:
            last = min(last, bisect_right(moments, end))
        shares[key] = points[first:last]
    return shares


def _tell(identifier: str, thing: Thing) -> list[Out]:
    outs: list[Out] = []
    legs = dict(thing.legs)
    for key, own in _shares(thing).items():
        stated = thing.occupied[key]
        summary = summarise(identifier, stated.leg, own)
        content = messages.encode(summary)
        if legs.get(key) == content or (key not in legs and not own):
            continue
        legs[key] = content
        thing.version += 1
        told = msgspec.structs.replace(summary, version=thing.version)
        outs.append(Out(topics.COURSES, stated.course, messages.encode(told)))
    thing.legs = legs
    return outs


def summarise(logger: str, leg: str, points: list[Point]) -> Leg:
    """The readings of one interval, reduced to what limits are asked about; independent of any limit of one product."""
    if not points:
        return Leg(logger, leg, 0, 0, 0, 0, 0.0, 0.0, 0, ())
    warmest_at, warmest, _ = max(points, key=lambda p: (p[1], -p[0]))
    above = tuple(
        (limit, _excursions(points, limit)) for limit in temperature_ladder() if warmest > limit
    )
    culprits = tuple(dict.fromkeys(e for _, v, e in points if above and v > above[0][0]))[
        :MOST_EVENTS
    ]
    return Leg(
        logger,
        leg,
        0,
        len(points),
        points[0][0],
        points[-1][0],
        min(p[1] for p in points),
        warmest,
        warmest_at,
        above,
        culprits,
    )


def _excursions(points: list[Point], limit: float) -> tuple[Excursion, ...]:
    found: list[Excursion] = []
    for warm, stretch in groupby(points, key=lambda p: p[1] > limit):
        if warm:
            run = list(stretch)
            at, value, _ = max(run, key=lambda p: (p[1], -p[0]))
            found.append(Excursion(run[0][0], run[-1][0], value, at, len(run)))
    return tuple(found)
