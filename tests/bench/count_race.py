"""The counting job on all engines."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.bench import counting
from tests.bench.place import Place
from tests.bench.races import Race, course_in

TOPIC = "bench.count"
SLOWER = 10
"""Faust gets so many times fewer events; its figure is per second like the others."""


def race(events: int) -> Race:
    """The race over so many events."""

    def share(engine: str) -> int:
        return max(1_000, events // SLOWER) if engine == "faust" else events

    def prepare(place: Place, engine: str, run: str) -> tuple[int, int, tuple[str, ...]]:
        count = share(engine)
        topic = f"{TOPIC}.{count}"
        if topic not in place.admin.list_topics(timeout=15).topics:
            place.make([topic])
            place.fill(topic, _messages(count))
        names = [f"{run}.alerts"]
        if engine in ("faust", "hand"):
            names.append(f"{run}-records-changelog")
        place.make(names)
        return count, count, (topic,)

    def right(place: Place, engine: str, run: str) -> bool:
        records, alerts = _expected(share(engine))
        found: dict[str, Any] = {}
        name = f"{run}-records-changelog"
        if engine == "quix":
            name = f"changelog__{run}--{TOPIC}.{share(engine)}--default"
        for key, value in place.latest(name).items():
            if (course := course_in(key)) is not None:
                found[course] = counting.decode_record(value)
        return found == records and place.keys(f"{run}.alerts") == alerts

    bars = {"faust": 15.0, "quix": 1.4, "hand": 0.8}
    return Race("count", ("v2v", "faust", "quix", "hand"), bars, prepare, right)


@cache
def _messages(count: int) -> list[tuple[bytes, bytes]]:
    return [(e["course"].encode(), counting.encode(e)) for e in counting.events(count)]


@cache
def _expected(count: int) -> tuple[dict[str, Any], list[str]]:
    return counting.expected(count)
