"""What a logger read while a course used it, reduced to what limits are asked about.

A summary knows the limits of all products and judges by none: it says when each was exceeded, where
readings are missing, how fast it got warmer. It is a function of the set of readings. Pure: no clock,
no broker, no randomness.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby, pairwise
from statistics import median, median_low

from schemas.profiles import platform_limits, temperature_floors, temperature_ladder
from streams.messages import Excursion, Handling, Hole, Leg, Trend
from streams.moments import Micros

MOST_EVENTS = 8
"""A summary names at most this many events as its evidence; the readings themselves stay in the log."""

MOST_STRETCHES = 32
"""At most so many holes and rough handlings are told, the first ones."""

HOUR = 3_600_000_000
WINDOW = 12
"""A trend looks back over so many hours."""
LEAST = 8
"""So many of those hours need a reading, or there is no trend."""
LATEST = 3
"""One of so many last hours needs a reading: a message that is late must not leave a rise to be drawn on."""
EVERY = 3 * HOUR
MOST_TRENDS = 16

Point = tuple[Micros, float, str]
Rough = tuple[Micros, str, float, str]


def summarise(logger: str, leg: str, points: list[Point], rough: list[Rough]) -> Leg:
    """The readings of one interval, in order of time."""
    moments = [point[0] for point in points]
    handled = _handlings(moments, rough)
    if not points:
        return Leg(logger, leg, 0, 0, 0, 0, 0.0, 0.0, 0, (), handled=handled)
    warmest_at, warmest, _ = max(points, key=lambda p: (p[1], -p[0]))
    coldest = min(p[1] for p in points)
    above = tuple(
        (limit, _stretches(points, limit, 1.0)) for limit in temperature_ladder() if warmest > limit
    )
    below = tuple(
        (limit, _stretches(points, limit, -1.0))
        for limit in temperature_floors()
        if coldest < limit
    )
    culprits = tuple(dict.fromkeys(e for _, v, e in points if above and v > above[0][0]))
    interval = interval_of(moments)
    return Leg(
        logger,
        leg,
        0,
        len(points),
        moments[0],
        moments[-1],
        coldest,
        warmest,
        warmest_at,
        above,
        culprits[:MOST_EVENTS],
        below,
        interval,
        _holes(moments, interval),
        handled,
        trends(points),
    )


def interval_of(moments: list[Micros]) -> Micros:
    """The median time between readings; not known from fewer than three."""
    if len(moments) < 3:
        return 0
    return median_low(later - earlier for earlier, later in pairwise(moments))


def _holes(moments: list[Micros], interval: Micros) -> tuple[Hole, ...]:
    if not interval:
        return ()
    apart = (Hole(a, b) for a, b in pairwise(moments) if b - a > 2 * interval)
    return tuple(apart)[:MOST_STRETCHES]


def _stretches(points: list[Point], limit: float, sign: float) -> tuple[Excursion, ...]:
    """Every run of readings above a limit, or with -1 below it, with the one that is farthest outside."""
    found: list[Excursion] = []
    outside = groupby(points, key=lambda p: sign * p[1] > sign * limit)
    runs = [(out, list(run)) for out, run in outside]
    for place, (out, run) in enumerate(runs):
        if out:
            at, value, _ = max(run, key=lambda p: (sign * p[1], -p[0]))
            back = runs[place + 1][1][0][0] if place + 1 < len(runs) else run[-1][0]
            found.append(Excursion(run[0][0], run[-1][0], value, at, len(run), back))
    return tuple(found)


def _handlings(moments: list[Micros], rough: list[Rough]) -> tuple[Handling, ...]:
    limit = platform_limits().tilt.degrees
    found = [
        Handling(kind, at, at, at, worst, by) for at, kind, worst, by in rough if kind != "tilt"
    ]
    told = {at: (value, by) for at, kind, value, by in rough if kind == "tilt"}
    # a reading of temperature alone says that the logger spoke and was not tilted beyond the limit
    tilts = [(at, *told.get(at, (0.0, ""))) for at in sorted({*moments, *told})] if told else []
    runs = [(over, list(run)) for over, run in groupby(tilts, key=lambda t: t[1] > limit)]
    for place, (over, run) in enumerate(runs):
        if over:
            back = runs[place + 1][1][0][0] if place + 1 < len(runs) else run[-1][0]
            _, worst, by = max(run, key=lambda t: (t[1], -t[0]))
            found.append(Handling("tilt", run[0][0], run[-1][0], back, worst, by))
    return tuple(sorted(found, key=lambda h: (h.start, h.kind, h.worst, h.event)))[:MOST_STRETCHES]


def trends(points: list[Point]) -> tuple[Trend, ...]:
    """How fast it got warmer, looked at every few hours since the first reading, the latest looks only."""
    first, last = points[0][0], points[-1][0]
    looks = range(max(1, (last - first) // EVERY - MOST_TRENDS + 1), (last - first) // EVERY + 1)
    found: list[Trend] = []
    moments = [when for when, _, _ in points]
    for look in looks:
        at = first + look * EVERY
        window = slice(bisect_right(moments, at - WINDOW * HOUR), bisect_right(moments, at))
        hours: dict[int, list[tuple[float, float]]] = {}
        for when, value, _ in points[window]:
            ago = (at - when) / HOUR
            hours.setdefault(int(ago), []).append((value, ago))
        if len(hours) >= LEAST and min(hours) < LATEST:
            level, slope = _line([median_low(hour) for hour in hours.values()])
            found.append(Trend(at, level, slope))
    return tuple(found)


def _line(values: list[tuple[float, float]]) -> tuple[float, float]:
    """Level now and slope an hour by Theil and Sen: medians, so that a few odd readings make no trend.

    Written here because the library that has it (scipy) is large and this is its whole use.
    """
    slopes = [
        (value - other) / (before - ago)
        for place, (value, ago) in enumerate(values)
        for other, before in values[:place]
        if before != ago
    ]
    slope = median(slopes)
    return median(value + slope * ago for value, ago in values), slope
