"""Gives each way a logger and a shipper of a small pool, so that the same ones serve many courses in turn."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.simulator.course import Course, Device

PREPARED = timedelta(hours=2)
"""How long before packing a logger and its shipper are set aside for a course."""

TURN_ROUND = timedelta(hours=26)
"""How long after unpacking they are back, read out, charged and free."""

NEVER = datetime.max.replace(tzinfo=UTC)

WAYS = (("out_packed", "material_received"), ("home_packed", "product_received"))


def equip(courses: Sequence[Course]) -> list[Course]:
    """The same courses, each way with the first logger and shipper that are free at the time."""
    ways: list[tuple[datetime, datetime, int, int]] = []
    for place, course in enumerate(courses):
        for way, (packed, received) in enumerate(WAYS):
            begins = course.timeline[packed] - PREPARED
            ends = course.timeline[received] + TURN_ROUND
            if course.stranded is not None and packed.startswith(course.stranded):
                ends = NEVER
            ways.append((begins, ends, place, way))
    free: list[int] = []
    busy: list[tuple[datetime, int]] = []
    known = 0
    chosen: dict[tuple[int, int], Device] = {}
    for begins, ends, place, way in sorted(ways):
        while busy and busy[0][0] <= begins:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            known += 1
            heapq.heappush(free, known)
        number = heapq.heappop(free)
        heapq.heappush(busy, (ends, number))
        chosen[place, way] = Device(logger=f"LGR-{number:03d}", shipper=f"DSH-{number:03d}")
    return [
        replace(course, devices=(chosen[place, 0], chosen[place, 1]))
        for place, course in enumerate(courses)
    ]
