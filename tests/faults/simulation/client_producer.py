"""`confluent_kafka.Producer` with a transactional id, the brokers of the simulation behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, TopicPartition
from faust.types import TP

from tests.faults.simulation.client_admin import metadata_of
from tests.faults.simulation.clients import Message, Process
from tests.faults.simulation.group import Metadata
from tests.faults.simulation.transactions import refused


class Delivery(NamedTuple):
    """One record on its way to the brokers."""

    tp: TP
    record: tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
    heard: Callable[[Any, Any], None] | None


class Producer:
    """`confluent_kafka.Producer` with a transactional id."""

    def __init__(self, process: Process, config: Mapping[str, Any]) -> None:
        self._process, self._cluster = process, process.cluster
        self._name = str(config["transactional.id"])
        self._timeout_s = config["transaction.timeout.ms"] / 1000
        self._epoch = 0
        self._queue: list[Delivery] = []

    def init_transactions(self, timeout: float = -1) -> None:
        while True:
            self._process.point("take the transactional id")
            self._answer()
            epoch = self._cluster.transactions.initialise(self._name, self._timeout_s)
            if epoch is not None:
                self._epoch = epoch
                return
            self._process.sleep(0.05)

    def begin_transaction(self) -> None:
        """Nothing that brokers hear of."""

    def produce(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int = -1,
        on_delivery: Callable[[Any, Any], None] | None = None,
        timestamp: int = 0,
        headers: Iterable[tuple[str, bytes]] = (),
    ) -> None:
        tp = self._cluster.place(topic, key, partition)
        self._queue.append(Delivery(tp, (key, value, tuple(headers or ())), on_delivery))

    def poll(self, timeout: float = -1) -> int:
        return 0

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> Any:
        self._process.point("list topics")
        self._answer()
        return metadata_of(self._cluster)

    def send_offsets_to_transaction(
        self, positions: list[TopicPartition], group_metadata: Metadata, timeout: float = -1
    ) -> None:
        self._process.point("send some records")
        self._write(self._process.chance.randint(0, len(self._queue)))
        self._process.point("send offsets")
        self._answer()
        self._await_ready()
        self._cluster.group.check(group_metadata)
        offsets = {TP(p.topic, p.partition): p.offset for p in positions}
        self._cluster.transactions.take_offsets(self._name, self._epoch, self._cluster.now, offsets)

    def commit_transaction(self, timeout: float = -1) -> None:
        self._process.point("send the rest")
        self._answer()
        self._write(len(self._queue))
        self._process.point("before the commit")
        self._answer()
        self._cluster.transactions.end(self._name, self._epoch, commit=True)
        self._process.point("after the commit")
        if self._process.chance.random() < 0.03:  # the answer is lost on its way
            raise refused(KafkaError._TIMED_OUT, "no answer to the commit", retriable=True)

    def abort_transaction(self, timeout: float = -1) -> None:
        self._queue.clear()
        self._process.point("abort")
        self._answer()
        self._cluster.transactions.end(self._name, self._epoch, commit=False)

    def _answer(self) -> None:
        """Wait for brokers to answer; give up when they are away for as long as a client would wait."""
        until = self._cluster.now + 10
        while self._process.away:
            if self._cluster.now > until:
                raise refused(KafkaError._TIMED_OUT, "no broker answers", retriable=True)
            self._process.sleep(0.2)

    def _await_ready(self) -> None:
        while not self._cluster.transactions.ready(self._name, self._epoch):
            self._process.sleep(0.02)

    def _write(self, count: int) -> None:
        if not count:
            return
        self._await_ready()
        sent, self._queue = self._queue[:count], self._queue[count:]
        for tp, record, heard in sent:
            offset = self._cluster.transactions.write(
                self._name, self._epoch, self._cluster.now, tp, record
            )
            if heard is not None:
                heard(None, Message(tp, None, offset))
