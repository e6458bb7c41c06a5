"""What a running connector counts and measures, for Prometheus and for its health address.

Counts come from the outbox, so they survive a restart; what left no message there is counted since the
start. No label ever holds content of a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors.kept import Backlog

Counts = Counter[tuple[str, str]]

COUNTED: dict[str, str] = {
    "received": "Messages received; kind tells those that had come before",
    "mapped": "Messages understood",
    "ignored": "Messages of a kind that tells nothing we follow, by kind",
    "held": "Halves of facts that waited for their other half",
    "refused": "Messages that could not be understood, by reason",
    "forwarded": "Events that came in our own form, and went on as they were",
    "published": "Lines that the broker has confirmed",
}


class Metrics(Collector):
    """The metrics of one connector, in a registry of its own."""

    def __init__(self, system: str, partner: str) -> None:
        self.counts: Counts = Counter()
        self._turned_away: Counter[int] = Counter()
        self._answered: Counter[str] = Counter()
        self._about = [system, partner]
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._backlog = self._gauge("outbox_backlog", "Messages and lines the broker does not have")
        self._bytes = self._gauge("outbox_bytes", "Bytes of messages that wait in the outbox")
        self._held = self._gauge("outbox_held", "Halves that wait for their other half")
        self._last = self._gauge("last_message_timestamp_seconds", "When the last message came")
        self._broker = self._gauge("broker_up", "1 while the broker takes what is sent")
        self._behind = self._gauge("source_behind", "Messages at a Kafka source, not taken yet")
        self._missed = self._gauge("source_missed", "Messages that a source deleted unread")

    def collect(self) -> Iterator[Metric]:
        """The counters, as the outbox has them."""
        for what, said in COUNTED.items():
            family = CounterMetricFamily(
                f"v2v_connector_{what}", said, labels=["system", "partner", "kind"]
            )
            for (counted, kind), n in sorted(self.counts.items()):
                if counted == what:
                    family.add_metric([*self._about, kind], n)
            yield family
        turned = CounterMetricFamily(
            "v2v_connector_turned_away",
            "Requests that left no message, by the status of their answer",
            labels=["system", "partner", "status"],
        )
        for status, n in sorted(self._turned_away.items()):
            turned.add_metric([*self._about, str(status)], n)
        yield turned
        answers = CounterMetricFamily(
            "v2v_connector_mllp_messages",
            "Messages by MLLP, by what became of them",
            labels=["system", "partner", "fate"],
        )
        for fate, n in sorted(self._answered.items()):
            answers.add_metric([*self._about, fate], n)
        yield answers

    def turn_away(self, status: int) -> None:
        """Count a request that left no message."""
        self._turned_away[status] += 1

    def answered(self, fate: str) -> None:
        """Count what has become of a message that came by MLLP."""
        self._answered[fate] += 1

    def show(self, backlog: Backlog, last_message: float | None, broker_up: bool) -> None:
        """Bring the gauges up to date."""
        self._backlog.set(backlog.waiting)
        self._bytes.set(backlog.bytes)
        self._held.set(backlog.held)
        self._broker.set(broker_up)
        if last_message is not None:
            self._last.set(last_message)

    def show_source(self, behind: int, missed: int) -> None:
        """Bring up to date how far a Kafka source is ahead of us, and what it has deleted."""
        self._behind.set(behind)
        self._missed.set(missed)

    def sums(self) -> dict[str, int]:
        """The counters without their kinds."""
        return {
            what: sum(n for (counted, _), n in self.counts.items() if counted == what)
            for what in COUNTED
        }

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, said: str) -> Gauge:
        full = f"v2v_connector_{name}"
        family = Gauge(full, said, ["system", "partner"], registry=self._registry)
        return family.labels(*self._about)
