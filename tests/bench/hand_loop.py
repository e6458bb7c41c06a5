"""What somebody writes who wants no framework: consume, fold, changelog, RocksDB, commit. At least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Generic, TypeVar

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from rocksdict import Options, Rdict, WriteBatch

from tests.bench.clock import Clock
from tests.bench.told import Told

S = TypeVar("S")
BATCH = 2_000
LARGEST = 8 * 1024 * 1024
Take = Callable[[str, int, Sequence[Message]], None]


class HandLoop:
    """The loop, with its consumer, its producer and its tables."""

    def __init__(self, said: Told) -> None:
        self.said = said
        common = {"bootstrap.servers": said.brokers, "message.max.bytes": LARGEST}
        self._consumer = Consumer(
            {
                **common,
                "group.id": said.run,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 50,
                "fetch.message.max.bytes": LARGEST,
                "queued.max.messages.kbytes": 65_536,
            }
        )
        self._producer = Producer(
            {
                **common,
                "partitioner": "murmur2_random",
                "linger.ms": 2,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self.tables: list[HandTable[Any]] = []
        self.before_commit: Callable[[], None] = _nothing
        self._consumer.subscribe(list(said.topics))

    def produce(
        self, topic: str, key: bytes, value: bytes | None, headers: Any = None, partition: int = -1
    ) -> None:
        """Send; it arrives by the flush before the commit."""
        while True:
            try:
                self._producer.produce(topic, value, key, partition, headers=headers)
                return
            except BufferError:
                self._producer.poll(0.05)

    def run(self, clock: Clock, take: Take) -> None:
        """Take batch after batch, until the clock has seen the last."""
        while True:
            first = self._consumer.poll(0.2)
            if first is None:
                continue
            messages = [first, *self._consumer.consume(BATCH - 1, 0.005)]
            clock.begin()
            for message in messages:
                if (error := message.error()) is not None:
                    raise KafkaException(error)
            messages.sort(key=lambda m: (m.topic(), m.partition(), m.offset()))
            ends: list[TopicPartition] = []
            for place, part in groupby(messages, key=lambda m: (m.topic(), m.partition())):
                group = list(part)
                take(*place, group)
                ends.append(TopicPartition(*place, (group[-1].offset() or 0) + 1))
            self.before_commit()
            items = [table.stage() for table in self.tables]
            if self._producer.flush(30):
                raise RuntimeError("not everything was delivered")
            for table, changed in zip(self.tables, items, strict=True):
                table.write(changed)
            self._consumer.commit(offsets=ends, asynchronous=False)
            clock.took(len(messages))
            clock.committed()


class HandTable(Generic[S]):
    """One table: decoded values in memory, bytes in RocksDB and on a changelog topic."""

    def __init__(
        self,
        loop: HandLoop,
        name: str,
        encode: Callable[[S], bytes],
        decode: Callable[[bytes], S],
    ) -> None:
        self._loop, self._encode, self._decode = loop, encode, decode
        self._changelog = f"{loop.said.run}-{name}-changelog"
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        self._rocks = Rdict(str(loop.said.folder / name), options)
        self._parts: dict[int, Part[S]] = {}
        loop.tables.append(self)

    def of(self, number: int) -> Part[S]:
        """What one partition sees of the table."""
        return self._parts.setdefault(number, Part(self.read))

    def read(self, key: str) -> S | None:
        """A value that is not in memory."""
        raw = self._rocks.get(key.encode())
        return None if raw is None else self._decode(raw)

    def stage(self) -> list[tuple[bytes, bytes]]:
        """Send the changelog of what has changed; what to write when it has arrived."""
        changed: list[tuple[bytes, bytes]] = []
        for number, part in self._parts.items():
            for key in part.dirty:
                item = key.encode(), self._encode(part.values[key])  # type: ignore[arg-type]
                self._loop.produce(self._changelog, *item, None, number)
                changed.append(item)
            part.dirty.clear()
        return changed

    def write(self, items: list[tuple[bytes, bytes]]) -> None:
        """Write to the disk what a batch has changed."""
        batch = WriteBatch(raw_mode=True)
        for key, value in items:
            batch.put(key, value)
        self._rocks.write(batch)


class Part(Generic[S]):
    """One partition's share of a table."""

    def __init__(self, read: Callable[[str], S | None]) -> None:
        self.values: dict[str, S | None] = {}
        self.dirty: dict[str, None] = {}
        self._read = read

    def get(self, key: str, /) -> S | None:
        try:
            return self.values[key]
        except KeyError:
            value = self.values[key] = self._read(key)
            return value

    def __setitem__(self, key: str, value: S, /) -> None:
        self.values[key] = value
        self.dirty[key] = None


def _nothing() -> None: ...
