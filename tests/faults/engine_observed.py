"""What a read_committed reader sees of the job's outputs, and how far its group has come."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.faults.engine_events import (
    Counts,
    Difference,
    Event,
    Events,
    Expected,
    compare_counts,
    compare_lists,
)

SOURCES = ("events", "by-kind")
OUTPUTS = ("alerts", "quarantine")
TABLES = ("accounts", "kinds")
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": "5000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "5000",
}


def make_topics(brokers: str, app: str, partitions: int, copies: int = 1) -> None:
    """Make all topics of the job; the changelogs are compacted while it runs, as often as can be."""
    topics = [NewTopic(f"{app}.{name}", partitions, copies) for name in (*SOURCES, *OUTPUTS)]
    topics += [
        NewTopic(f"{app}-{name}-changelog", partitions, copies, config=COMPACTED) for name in TABLES
    ]
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    for future in admin.create_topics(topics).values():
        future.result()


class Feeder:
    """Sends events, and keeps count of what must come of them."""

    def __init__(self, brokers: str, app: str, seed: int) -> None:
        self._topic = f"{app}.events"
        self._events = Events(seed)
        self.expected = Expected()
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "enable.idempotence": True,
                "linger.ms": 2,
                "partitioner": "murmur2_random",
                "log_level": 0,
                "delivery.timeout.ms": 180_000,
            }
        )

    def send(self, count: int, mood: str | None = None) -> None:
        """Send so many events more."""
        for _ in range(count):
            event: Event = self._events.next(mood)
            self._producer.produce(self._topic, event.encode(), event.account.encode())
            self.expected.add(event)
            self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the broker has all."""
        if left := self._producer.flush(180):
            raise TimeoutError(f"{left} events could not be sent")


class Observed:
    """Reads everything the job publishes, as any careful reader would."""

    def __init__(self, brokers: str, app: str, partitions: int) -> None:
        config = {
            "bootstrap.servers": brokers,
            "group.id": app,  # never joined: asked for its offsets only
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
        self._app, self._partitions = app, partitions
        self._reader = Consumer(config)
        self._group = Consumer(config)
        topics = [f"{app}.{name}" for name in OUTPUTS] + [f"{app}-{t}-changelog" for t in TABLES]
        self._reader.assign([TopicPartition(t, p, 0) for t in topics for p in range(partitions)])
        self._latest: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in TABLES}
        self.alerts: list[str] = []
        self.quarantined: list[str] = []

    def close(self) -> None:
        self._reader.close()
        self._group.close()

    def read(self) -> int:
        """Take in what has become visible; return how many records."""
        seen = 0
        while messages := self._reader.consume(5_000, 0.1):
            for message in messages:
                if (error := message.error()) is not None:
                    if error.code() != KafkaError._PARTITION_EOF and not error.retriable():
                        raise KafkaException(error)
                    continue
                seen += 1
                self._take(message.topic() or "", message.key() or b"", message.value())
        return seen

    def _take(self, topic: str, key: bytes, value: bytes | None) -> None:
        if topic == f"{self._app}.alerts":
            self.alerts.append(key.decode())
        elif topic == f"{self._app}.quarantine":
            self.quarantined.append(Event.decode(value or b"").id)
        elif not key.startswith(b"\0"):
            table = topic.removeprefix(f"{self._app}-").removesuffix("-changelog")
            counted = json.loads(value or b"")
            self._latest[table][key.decode()] = (counted["events"], counted["amount"])

    def counts(self, table: str) -> Counts:
        """Return a table's counts as they are visible now."""
        counts = Counts()
        for key, (events, amount) in self._latest[table].items():
            counts.events[key], counts.amounts[key] = events, amount
        return counts

    def difference(self, expected: Expected) -> Difference:
        """Compare everything visible with what it must be."""
        return (
            compare_counts(expected.accounts, self.counts("accounts"))
            + compare_counts(expected.kinds, self.counts("kinds"))
            + compare_lists(expected.alerts, self.alerts)
            + compare_lists(expected.quarantined, self.quarantined)
        )

    # ------------------------------------------------------------------ how far the group has come

    def offsets(self) -> list[int]:
        """Return the group's offset of each partition of the events; waits while brokers are away."""
        parts = [TopicPartition(f"{self._app}.events", p) for p in range(self._partitions)]
        until = time.monotonic() + 120
        while True:
            try:
                return [max(0, part.offset) for part in self._group.committed(parts, 10)]
            except KafkaException:
                if time.monotonic() > until:
                    raise

    def caught_up(self) -> bool:
        """Whether every event has been handled."""
        for partition, offset in enumerate(self.offsets()):
            part = TopicPartition(f"{self._app}.events", partition)
            _, end = self._group.get_watermark_offsets(part, timeout=10)
            if offset < end:
                return False
        return True

    def await_progress(
        self, before: list[int], within_s: float, more: Callable[[], None]
    ) -> float | None:
        """Wait until every partition has moved on; return the seconds, or None when some did not."""
        began = time.monotonic()
        more_at = began
        while (took := time.monotonic() - began) < within_s:
            if all(now > then for now, then in zip(self.offsets(), before, strict=True)):
                return took
            if time.monotonic() >= more_at:  # no faster than a slow machine can take it
                more_at = time.monotonic() + 0.3
                more()
            time.sleep(0.1)
        return None

    def settle(self, expected: Expected, within_s: float) -> Difference:
        """Wait until everything has been handled and nothing more is said, then compare.

        What is not right yet is given longer than a dead worker's transaction may stay open; a machine
        that is slow is given as long as it goes on at all.
        """
        quiet_since = time.monotonic()
        while (now := time.monotonic()) < quiet_since + within_s:
            if self.read():
                quiet_since = now
            try:
                done = self.caught_up()
            except KafkaException:
                done = False
            right = self.difference(expected) == Difference(0, 0)
            if done and now - quiet_since > (1.5 if right else 15):
                break
            time.sleep(0.1)
        return self.difference(expected)
