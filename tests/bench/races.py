"""The engines against each other on one job: interleaved rounds, medians, and no figure without the right result."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.place import NoFigure, Place

Report = dict[str, Any]
WITHIN_S = 300.0


@dataclass(frozen=True)
class Race:
    """One job, its engines, and how its runs are prepared and judged."""

    job: str
    engines: tuple[str, ...]
    bars: dict[str, float]
    """How many times as fast as each other engine ours has to be."""
    prepare: Callable[[Place, str, str], tuple[int, int, tuple[str, ...]]]
    """(place, engine, run) -> how many events and messages are there, on which topics."""
    right: Callable[[Place, str, str], bool]


def rounds(place: Place, race: Race, count: int) -> Iterator[Report]:
    """Every run's figures, then the summary."""
    rates: dict[str, list[float]] = {engine: [] for engine in race.engines}
    by_cpu: dict[str, list[float]] = {engine: [] for engine in race.engines}
    for number in range(count):
        for engine in race.engines:
            run = f"{race.job}-{engine}-{os.getpid()}-{number}"
            report = one(place, race, engine, run)
            if report["right"]:
                rates[engine].append(report["events_per_s"])
                by_cpu[engine].append(report["events_per_cpu_s"])
            yield report
    yield {**summary(race, rates), "per_cpu_s": _medians(by_cpu)}


def one(place: Place, race: Race, engine: str, run: str) -> Report:
    """One run of one engine."""
    report: Report = {"job": race.job, "engine": engine, "events_per_s": None, "cpu_s": None}
    try:
        events, messages, topics = race.prepare(place, engine, run)
        ran = place.run(race.job, engine, run, messages, topics, WITHIN_S)
        report.update(events=events, events_per_s=round(events / ran.seconds, 1), cpu_s=ran.cpu_s)
        report["events_per_cpu_s"] = round(events / max(ran.cpu_s, 0.01))
        report["right"] = race.right(place, engine, run)
    except NoFigure as why:
        report.update(right=False, why=str(why))
    return report


def summary(race: Race, rates: dict[str, list[float]]) -> Report:
    """Medians, how many times as fast ours is, and which bars hold."""
    middle = _medians(rates)
    ours = middle.get("v2v")
    ratios = {
        f"v2v/{engine}": round(ours / rate, 2)
        for engine, rate in middle.items()
        if engine != "v2v" and ours is not None and rate
    }
    bars = {
        f"v2v/{engine} >= {bar}": ratios[f"v2v/{engine}"] >= bar
        if f"v2v/{engine}" in ratios
        else None
        for engine, bar in race.bars.items()
    }
    spread = {engine: [round(min(r)), round(max(r))] for engine, r in rates.items() if r}
    return {
        "job": race.job,
        "summary": middle,
        "range": spread,
        "ratios": ratios,
        "bars": bars,
    }


def _medians(rates: dict[str, list[float]]) -> dict[str, int]:
    return {engine: round(median(found)) for engine, found in rates.items() if found}


def course_in(key: bytes) -> str | None:
    """The course that a changelog's key names, however its engine writes keys."""
    found = re.search(rb"COI-\d{6}", key)
    return None if found is None else found[0].decode()
