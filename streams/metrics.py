"""What the pipeline counts, per batch: nothing that names a course, a batch or a person."""

from __future__ import annotations

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge

from schemas import topics
from streams.engine import Batch
from streams.line import Line
from streams.messages import Out


class StreamMetrics:
    """The counters of one worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.received = Counter(
            "v2v_messages",
            "Messages at the door, by what became of them",
            ["topic", "outcome"],
            registry=registry,
        )
        self.alerts = Counter(
            "v2v_alerts_issued", "Alerts issued, every revision", ["hazard"], registry=registry
        )
        self.quarantined = Counter(
            "v2v_quarantined", "Quarantine entries written", registry=registry
        )
        self.waiting = Counter(
            "v2v_waiting_changes", "Events put to wait, and let go", ["change"], registry=registry
        )
        self.clock = Gauge(
            "v2v_clock_timestamp_seconds",
            "The time of a partition",
            ["partition"],
            registry=registry,
        )

    def sent(self, out: Out) -> None:
        """Count what leaves the pipeline."""
        if out.topic.startswith("v2v.alerts."):
            self.alerts.labels(out.topic.rpartition(".")[2]).inc()
        elif out.topic == topics.QUARANTINE:
            self.quarantined.inc()
        elif out.topic == topics.WAITING:
            self.waiting.labels("let_go" if out.value is None else "put").inc()

    def took(self, line: Line, batch: Batch) -> None:
        """Count what a batch brought."""
        for (topic, outcome), count in line.outcomes.items():
            self.received.labels(topic, outcome.value).inc(count)
        line.outcomes = Tally()
        if batch.topic == topics.TICKS:
            self.clock.labels(batch.partition).set(line.clock / 1e6)
