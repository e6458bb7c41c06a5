"""What the tower counts for Prometheus: how fresh it is, and how much of what stands in it.

It is asked at an address of its own, which only Prometheus needs to reach. No label names a course, a
batch or a person.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from console.tower.tower import Tower

COUNTED: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "v2v_tower_open_alerts",
        "Exceptions that are open, also those on the shelf",
        ("hazard", "severity", "state"),
        "SELECT hazard, severity, state, count(*) FROM alert WHERE open GROUP BY 1, 2, 3",
    ),
    (
        "v2v_tower_courses",
        "Therapy courses, by the phase that they are in",
        ("phase",),
        "SELECT phase, count(*) FROM course GROUP BY 1",
    ),
    (
        "v2v_tower_quarantine_entries",
        "Messages set aside that still stand, by reason",
        ("reason",),
        "SELECT reason, count(*) FROM quarantine WHERE NOT cleared GROUP BY 1",
    ),
    (
        "v2v_tower_waiting_events",
        "Events that wait for what they belong to",
        ("system", "partner"),
        "SELECT system, partner, count(*) FROM waiting GROUP BY 1, 2",
    ),
    (
        "v2v_tower_unreadable_messages",
        "Messages of the log that this tower could not read",
        (),
        "SELECT count(*) FROM unreadable",
    ),
    (
        "v2v_tower_partner_last_event_timestamp_seconds",
        "When the last event of a partner's system happened",
        ("system", "partner"),
        "SELECT system, partner, max(occurred_at) / 1e6 FROM event GROUP BY 1, 2",
    ),
    (
        "v2v_tower_last_message_timestamp_seconds",
        "When the tower last heard a message of the log",
        (),
        "SELECT heard_at / 1e6 FROM state WHERE heard_at IS NOT NULL",
    ),
    (
        "v2v_tower_clock_timestamp_seconds",
        "The time in the stream, as its ticks tell it",
        (),
        "SELECT ticked_at / 1e6 FROM state WHERE ticked_at IS NOT NULL",
    ),
)
"""(name, meaning, labels, question) of everything that is counted in the read model."""


class Counting(Collector):
    """The metrics of one tower, as its read model stands when somebody asks."""

    def __init__(self, tower: Tower) -> None:
        self._tower = tower
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Every metric of the tower."""
        with self._tower.snapshot() as database:
            for name, meaning, labels, question in COUNTED:
                yield _asked(database, name, meaning, labels, question)
        trouble, share = self._tower.reading()
        reading = "1 while the tower reads the log, 0 while it cannot"
        yield _one("v2v_tower_reading", reading, trouble is None)
        yield _one("v2v_tower_read_ratio", "Which share of the partitions it has read", share)
        waiting = self._tower.bell.waiting
        yield _one(
            "v2v_tower_open_streams", "Open pages and dashboards that wait for news", waiting
        )
        failed = CounterMetricFamily(
            "v2v_tower_failures", "Requests that the tower could not answer by its own fault"
        )
        failed.add_metric([], self._tower.failures)
        yield failed


def _asked(
    database: sqlite3.Connection, name: str, meaning: str, labels: tuple[str, ...], question: str
) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for *told, number in database.execute(question):
        family.add_metric([str(word) for word in told], number)
    return family


def _one(name: str, meaning: str, number: float) -> Metric:
    family = GaugeMetricFamily(name, meaning)
    family.add_metric([], number)
    return family


@contextmanager
def counted(tower: Tower, listen: str | None) -> Iterator[None]:
    """Tell Prometheus at this address for the length of the block; nowhere where none is stated."""
    if listen is None:
        yield
        return
    host, _, port = listen.rpartition(":")
    server, thread = start_http_server(int(port), host, Counting(tower).registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
