"""What many open courses cost: bytes of each on disk and in memory, and how long a restore on an empty disk takes.

Each course is an order, its chain-of-identity identifier and its batch: three events, two identifiers,
straight onto the inbound topics, through the whole line.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import topics
from schemas.envelope import Event, Identifier, Scheme, System, event_id
from schemas.ordering import BatchNumberAssigned, CoiAssigned, OrderCreated
from schemas.wire import to_message
from tests.bench.backlog import PAIRS, Arrival
from tests.bench.full_race import sources
from tests.bench.line_worker import LineWorker
from tests.bench.place import NoFigure, Place

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WITHIN_S = 1_500.0
RUN = "bench-memory"


def measure(place: Place, courses: int) -> dict[str, Any]:
    """Load the courses, look at the worker, and let a new one restore everything."""
    place.make(topic.name for topic in topics.catalogue(PAIRS))
    with LineWorker(place, RUN, sources()) as worker:
        worker.await_running(60)
        empty = worker.resident(), worker.on_disk()
        place.publish(_opened(courses))
        began = time.monotonic()
        worker.await_idle(WITHIN_S)
        loading = time.monotonic() - began
        _complete(place, courses)
        full = worker.resident(), worker.on_disk()
    shutil.rmtree(worker.data)
    began = time.monotonic()
    with LineWorker(place, RUN, sources()) as again:
        again.await_running(WITHIN_S)
        recovery = time.monotonic() - began
        restored = again.health().get("restore", {}).get("records")
        resident = again.resident()
    return {
        "job": "memory",
        "courses": courses,
        "ram_bytes_per_course": round((full[0] - empty[0]) / courses),
        "disk_bytes_per_course": round((full[1] - empty[1]) / courses),
        "ram_mb": round(full[0] / 1e6),
        "disk_mb": round(full[1] / 1e6),
        "loading_s": round(loading, 1),
        "recovery_s": round(recovery, 1),
        "restored_records": restored,
        "ram_mb_restored": round(resident / 1e6),
    }


def _complete(place: Place, courses: int) -> None:
    """Every course has its record."""
    found = len(place.latest(topics.RECORDS))
    if found != courses:
        raise NoFigure(f"{found} records of {courses} courses")


def _opened(courses: int) -> Iterator[Arrival]:
    partner = next(name for system, name in PAIRS if system == System.ERP)
    for number in range(courses):
        for event in _opening(number, partner):
            yield topics.inbound(event.system, event.partner), to_message(event)


def _opening(number: int, partner: str) -> Iterator[Event]:
    """How one course begins."""
    order = Identifier(scheme=Scheme.ORDER, value=f"O-{number:07d}")
    batch = Identifier(scheme=Scheme.BATCH, value=f"B-{number:07d}")
    coi = f"BENCH{number:09d}"

    def common(kind: type[Event], minutes: int) -> dict[str, Any]:
        return {
            "event_id": event_id(System.ERP, partner, f"{number}", kind.type_name()),
            "system": System.ERP,
            "partner": partner,
            "occurred_at": START + timedelta(seconds=number, minutes=minutes),
        }

    yield OrderCreated(**common(OrderCreated, 0), identifiers=(order,), product="AXICEL")
    yield CoiAssigned(**common(CoiAssigned, 5), identifiers=(order,), coi=coi, issuer="maker")
    yield BatchNumberAssigned(**common(BatchNumberAssigned, 9), identifiers=(batch, order))
