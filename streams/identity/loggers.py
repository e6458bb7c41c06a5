"""Loggers are used again and again: a reading belongs to the course that used the logger at that moment.

Courses state from when to when they use a logger; the logger keeps its readings and tells each course
the summary of its own interval. Whichever comes first, the packing or the reading, the summary is
the same. Pure: no clock, no broker, no randomness.

Nothing that was read is ever forgotten, since a late packing or a correction may still ask for it: a
reading costs about twenty bytes of state, a message about a hundred and thirty more. Each message's readings
are a row of their own in the worker's table, so what is written for one does not grow with the others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import msgspec

from schemas import topics
from streams import messages
from streams.identity.thing import Thing
from streams.messages import Occupy, Out, Readings
from streams.moments import NEVER, Micros
from streams.trace import Point, Rough, summarise


def read(identifier: str, thing: Thing, readings: Readings) -> list[Out]:
    """Take readings in, and tell the courses whose summary they change."""
    said = thing.readings.get(readings.event_id, [])
    if any(r.digest == readings.digest for r in said):
        return []
    # the event itself stays in the log; here only what it measured is ever asked for
    kept = msgspec.structs.replace(readings, value=b"")
    both = sorted([*said, kept], key=lambda r: r.digest)
    thing.readings = {**thing.readings, readings.event_id: both}
    counted: Counted | None = thing.__dict__.get("counted")
    if said or readings.event_id in thing.beliefs:
        thing.__dict__.pop("counted", None)  # what counted before may count no more
    elif counted is not None:
        counted.take(kept)
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
    thing.__dict__.pop("counted", None)
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


def _counted(thing: Thing) -> Iterator[Readings]:
    """The readings that count: of each event the one content that is believed."""
    for event_id, said in thing.readings.items():
        belief = thing.beliefs.get(event_id)
        if belief is None:
            yield from said if len(said) == 1 else ()
        else:
            yield from (r for r in said if r.digest == belief.digest)


class Counted:
    """What counts of all readings, once per moment, in order of time; kept beside the thing while it is in memory.

    Of two readings for one moment the warmer counts, of two rough handlings of a kind the worse.
    """

    def __init__(self, thing: Thing) -> None:
        self.moments: list[Micros] = []
        self.points: list[Point] = []
        self.rough_moments: list[Micros] = []
        self.rough: list[Rough] = []
        self._worst: dict[tuple[Micros, str], tuple[float, str]] = {}
        for readings in _counted(thing):
            self.take(readings)

    def take(self, readings: Readings) -> None:
        """Take in what one event reported."""
        by = readings.event_id
        for at, value in readings.points:
            place = bisect_left(self.moments, at)
            if place == len(self.moments) or self.moments[place] != at:
                self.moments.insert(place, at)
                self.points.insert(place, (at, value, by))
            elif (-value, by) < (-self.points[place][1], self.points[place][2]):
                self.points[place] = (at, value, by)
        for at, kind, value in readings.handled:
            known = self._worst.get((at, kind))
            if known is not None and (-value, by) >= (-known[0], known[1]):
                continue
            self._worst[at, kind] = value, by
            self.rough = sorted((*key, *worst) for key, worst in self._worst.items())
            self.rough_moments = [one[0] for one in self.rough]


def _shares(thing: Thing) -> dict[str, tuple[list[Point], list[Rough]]]:
    """Each use's own readings: of all uses that had begun at a moment, it is the one that began last, if not over."""
    shares: dict[str, tuple[list[Point], list[Rough]]] = {key: ([], []) for key in thing.occupied}
    uses = sorted(
        (stated.start, key, stated.end)
        for key, stated in thing.occupied.items()
        if stated.start is not None
    )
    if not uses:
        return shares
    counted: Counted | None = thing.__dict__.get("counted")
    if counted is None:
        counted = thing.__dict__["counted"] = Counted(thing)
    for place, (start, key, end) in enumerate(uses):
        until = uses[place + 1][0] if place + 1 < len(uses) else NEVER
        own = _between(counted.moments, start, until, end)
        handled = _between(counted.rough_moments, start, until, end)
        shares[key] = (counted.points[own], counted.rough[handled])
    return shares


def _between(moments: list[Micros], start: Micros, until: Micros, end: Micros | None) -> slice:
    """From the start to before the next use, and not after the end."""
    first = bisect_left(moments, start)
    last = bisect_left(moments, until, first)
    return slice(first, last if end is None else min(last, bisect_right(moments, end)))


def _tell(identifier: str, thing: Thing) -> list[Out]:
    outs: list[Out] = []
    legs = dict(thing.legs)
    seen: dict[str, tuple[list[Point], list[Rough]]] = thing.__dict__.get("shares", {})
    shares = thing.__dict__["shares"] = _shares(thing)
    for key, (own, rough) in shares.items():
        if key in legs and seen.get(key) == (own, rough):
            continue  # most readings change the use in hand only
        stated = thing.occupied[key]
        summary = summarise(identifier, stated.leg, own, rough)
        content = messages.encode(summary)
        if legs.get(key) == content or (key not in legs and not own and not rough):
            continue
        legs[key] = content
        thing.version += 1
        told = msgspec.structs.replace(summary, version=thing.version)
        outs.append(Out(topics.COURSES, stated.course, messages.encode(told)))
    thing.legs = legs
    return outs
