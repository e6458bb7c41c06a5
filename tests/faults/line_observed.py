"""What a read_committed reader sees of the line's outputs, and whether its workers have taken everything."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from console import outputs
from schemas import topics
from schemas.alert import Alert
from schemas.control import QuarantinedMessage
from schemas.wire import decode_contract
from streams.app import APP_ID
from streams.replay import Replay

KINDS = ("records", "alerts", "quarantine", "waiting")
OUTGOING = (
    topics.RECORDS,
    topics.QUARANTINE,
    topics.WAITING,
    *(topics.alerts(hazard) for hazard in topics.HAZARDS),
)
QUIET_FOR_S = 1.0


def lines_of(latest: outputs.Latest) -> dict[str, list[str]]:
    """The lines of each kind of file."""
    return {
        "records": outputs.record_lines(latest),
        "alerts": outputs.alert_lines(latest),
        "quarantine": outputs.quarantine_lines(latest),
        "waiting": outputs.waiting_lines(latest),
    }


class Observed:
    """Reads what leaves the line, and asks how far its group has come."""

    def __init__(self, brokers: str, sources: Sequence[str], partitions: int) -> None:
        self._sources = [TopicPartition(t, p) for t in sources for p in range(partitions)]
        self._next = {(t, p): 0 for t in OUTGOING for p in range(partitions)}
        self._raw = Consumer(_reading(brokers, "read_uncommitted"))
        self._committed = Consumer(_reading(brokers, "read_committed"))
        self.latest: dict[str, dict[str, bytes]] = {name: {} for name in OUTGOING}
        self.issued: Counter[tuple[str, int]] = Counter()
        """How often each revision of each alert was issued; never more than once."""

    def close(self) -> None:
        self._raw.close()
        self._committed.close()

    def read(self) -> None:
        """Take in everything that has become visible since."""
        for message in self._from(self._next):
            self._next[message.topic() or "", message.partition() or 0] = (
                message.offset() or 0
            ) + 1
            self._take(message)

    def _take(self, message: Message) -> None:
        topic, key, value = message.topic() or "", (message.key() or b"").decode(), message.value()
        kept = self.latest[topic]
        if value is None:
            kept.pop(key, None)
            return
        kept[key] = value
        if topic.startswith("v2v.alerts."):
            self.issued[key, decode_contract(Alert, value, trusted=True).revision] += 1

    def alerts(self) -> list[Alert]:
        """The open alerts as they are visible now, by id."""
        found = [
            decode_contract(Alert, value)
            for topic, kept in self.latest.items()
            if topic.startswith("v2v.alerts.")
            for value in kept.values()
        ]
        return sorted((a for a in found if a.open), key=lambda a: a.alert_id)

    def quarantine(self) -> list[QuarantinedMessage]:
        """What stands in quarantine now, by id."""
        found = [
            decode_contract(QuarantinedMessage, v) for v in self.latest[topics.QUARANTINE].values()
        ]
        return sorted((e for e in found if not e.cleared), key=lambda e: e.quarantine_id)

    def difference(self, replay: Replay) -> tuple[int, int]:
        """How many lines the topics lack of the replay's, and how many they have beyond them.

        A line that is there with other content counts in both; so does, in the second, every repeat of
        a revision of an alert.
        """
        expected, found = lines_of(replay.latest), lines_of(self.latest)
        lost = sum((Counter(expected[k]) - Counter(found[k])).total() for k in KINDS)
        beyond = sum((Counter(found[k]) - Counter(expected[k])).total() for k in KINDS)
        return lost, beyond + sum(n - 1 for n in self.issued.values())

    # ------------------------------------------------------------------ how far the group has come

    def offsets(self) -> dict[tuple[str, int], int]:
        """How far the group has committed each partition of the sources; 0 where it never did."""
        found = self._committed.committed(self._sources, 20)
        return {(part.topic, part.partition): max(0, part.offset) for part in found}

    def all_taken(self) -> bool:
        """Whether no message lies between what the group has committed and the end of any source.

        The end itself tells nothing, since markers of transactions lie there too; so the rest is read.
        While a transaction is open, what it wrote is not readable yet: then not all is taken either.
        """
        rest: dict[tuple[str, int], int] = {}
        for (topic, partition), offset in self.offsets().items():
            place = TopicPartition(topic, partition)
            _, end = self._raw.get_watermark_offsets(place, timeout=20)
            if offset < end:
                _, stable = self._committed.get_watermark_offsets(place, timeout=20)
                if stable < end:
                    return False
                rest[topic, partition] = offset
        return next(self._from(rest), None) is None

    def _from(self, offsets: Mapping[tuple[str, int], int]) -> Iterator[Message]:
        """Every committed message from these offsets to the ends, the markers passed over."""
        begin = [TopicPartition(topic, partition, at) for (topic, partition), at in offsets.items()]
        self._committed.assign(begin)
        ended: set[tuple[str | None, int | None]] = set()
        try:
            while len(ended) < len(begin):
                message = self._committed.poll(5.0)
                if message is None:
                    continue
                if _is_message(message):
                    yield message
                elif _is_end(message):
                    ended.add((message.topic(), message.partition()))
        finally:
            self._committed.unassign()

    def await_all_taken(self, within_s: float) -> bool:
        """Wait until everything has been taken, and stays so; whether it came to that."""
        until = time.monotonic() + within_s
        quiet_since: float | None = None
        before = self.offsets()
        while time.monotonic() < until:
            now = self.offsets()
            if now != before or not self.all_taken():
                before, quiet_since = now, None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_FOR_S:
                return True
            time.sleep(0.1)
        return False

    def left(self) -> dict[str, int]:
        """How far the group is behind on each topic, markers included; for people who ask why."""
        behind: Counter[str] = Counter()
        for (topic, partition), offset in self.offsets().items():
            _, end = self._raw.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
            behind[topic] += max(0, end - offset)
        return {topic: count for topic, count in behind.items() if count}

    def behind(self) -> int:
        """How many partner messages lie before the workers; partners write no markers."""
        return sum(count for topic, count in self.left().items() if topic.startswith("v2v.in."))


def _reading(brokers: str, isolation: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": brokers,
        "group.id": APP_ID,  # never joined: asked for its offsets only
        "isolation.level": isolation,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "fetch.message.max.bytes": topics.LARGEST_MESSAGE,
        "fetch.wait.max.ms": 20,
        "log_level": 0,
    }


def _is_end(message: Message) -> bool:
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def _is_message(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if not _is_end(message) and not error.retriable():
        raise KafkaException(error)
    return False
