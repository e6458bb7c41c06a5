"""What a worker counts, once a batch."""

from __future__ import annotations

from collections.abc import Mapping

from faust.types import TP
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
SIZES = (1, 2, 5, 10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000, 50_000)


class Metrics:
    """The engine's metrics, in a registry of the app's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "engine_messages", "Messages handled and committed", ["topic"], registry=registry
        )
        self.quarantined = Counter(
            "engine_quarantined",
            "Messages set aside after failing their agent too often",
            ["topic"],
            registry=registry,
        )
        self.batch = Histogram(
            "engine_batch_messages", "Messages in one transaction", buckets=SIZES, registry=registry
        )
        self.transaction = Histogram(
            "engine_transaction_seconds",
            "From the beginning of a transaction until it is in the local store",
            buckets=SECONDS,
            registry=registry,
        )
        self.lag = Gauge(
            "engine_lag_messages",
            "Messages yet to be handled",
            ["topic", "partition"],
            registry=registry,
        )
        self.restored = Counter(
            "engine_restore_records", "Changelog records restored", registry=registry
        )
        self.restore_progress = Gauge(
            "engine_restore_progress_ratio", "How far the last restore has come", registry=registry
        )
        self.rebalances = Counter(
            "engine_rebalances", "Times that partitions were assigned", registry=registry
        )

    def count(self, by_topic: Mapping[str, int], seconds: float) -> None:
        """Count one committed transaction."""
        total = 0
        for topic, messages in by_topic.items():
            self.messages.labels(topic).inc(messages)
            total += messages
        self.batch.observe(total)
        self.transaction.observe(seconds)

    def show_lags(self, lags: Mapping[TP, int]) -> None:
        """Show the lags of what is assigned now, and of nothing else."""
        self.lag.clear()
        for tp, lag in lags.items():
            self.lag.labels(tp.topic, str(tp.partition)).set(lag)
