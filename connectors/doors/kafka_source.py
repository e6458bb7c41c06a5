"""Takes what a partner publishes on a cluster or topics of its own, from where it was, in order.

How far it has read is written in the same transaction as the messages, so that a crash repeats and
leaves out nothing. `messages` are in the partner's format and are translated; `events` are ours, in
Avro, and go on byte for byte: admission judges them as it judges all. What the source has deleted before
it was read is told, because nobody else would notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from connectors.connector import Raw
from connectors.doors import clock
from connectors.doors.room import Room
from connectors.lines import Line, digest_of

MESSAGES_AT_ONCE = 500
QUEUED_KILOBYTES = 16_384
LOOK_SECONDS = 30.0
"""How often it is asked whether the topics have more partitions."""
PATIENCE = 10.0
RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class SourceTopics:
    """What is read, and where it goes."""

    servers: str
    topics: tuple[str, ...]
    kafka: Mapping[str, str]
    forward_to: str | None = None
    """The inbound topic that our own events go to; None where messages are translated."""


class KafkaSource:
    """The one reader of a partner's topics."""

    def __init__(self, source: SourceTopics) -> None:
        self._source = source
        self._consumer: Consumer | None = None
        self._looked_at = float("-inf")
        self._assigned: dict[tuple[str, int], int] = {}
        self.behind = 0
        """Messages at the source that are not in the outbox."""
        self.missed = 0
        """Messages that the source had deleted before they were read."""

    async def run(self, room: Room) -> None:
        """Read until the end; whatever fails is tried again from the last safe place."""
        try:
            while not room.stop.is_set():
                if room.full():
                    await room.wait(RETRY_SECONDS)
                    continue
                try:
                    await self._step(room)
                except (KafkaException, OSError) as error:  # the outbox is among these
                    room.complain(f"the partner's topics wait: {_told(error)}")
                    await room.in_thread(self._close)
                    await room.wait(RETRY_SECONDS)
        finally:
            await room.in_thread(self._close)

    async def _step(self, room: Room) -> None:
        if self._consumer is None or clock.elapsed() - self._looked_at > LOOK_SECONDS:
            await self._look(room)
        found = await room.in_thread(self._read)
        if not found:
            return
        places = {_place(m.topic(), m.partition()): str((m.offset() or 0) + 1) for m in found}
        to = self._source.forward_to
        if to is None:
            await room.keep([_raw(message) for message in found], places)
        else:
            await room.forward([_line(to, message) for message in found], places)
        for message in found:
            self._assigned[message.topic() or "", message.partition() or 0] = (
                message.offset() or 0
            ) + 1
        await room.in_thread(self._count)

    async def _look(self, room: Room) -> None:
        """Find the partitions, and begin at the new ones where the outbox says."""
        there = await room.in_thread(self._partitions)
        for name, number in there:
            if (name, number) not in self._assigned:
                said = await room.place(_place(name, number))
                begin = await room.in_thread(self._begin, name, number, said, room)
                await room.in_thread(self._add, name, number, begin)
        self._looked_at = clock.elapsed()
        await room.in_thread(self._count)

    def _partitions(self) -> list[tuple[str, int]]:
        if self._consumer is None:
            self._consumer = Consumer(source_config(self._source))
        there = self._consumer.list_topics(timeout=PATIENCE).topics
        missing = [name for name in self._source.topics if name not in there]
        if missing:
            raise OSError(f"there is no topic {missing[0]}")
        return [(name, number) for name in self._source.topics for number in there[name].partitions]

    def _begin(self, name: str, number: int, said: str | None, room: Room) -> int:
        """Where to begin: where it was, unless the source begins later, or anew."""
        assert self._consumer is not None
        low, high = self._consumer.get_watermark_offsets(
            TopicPartition(name, number), timeout=PATIENCE
        )
        if said is None:
            return low
        was = int(said)
        if was < low:
            self.missed += low - was
            room.complain(
                f"the partner's topic {name} has deleted offsets {was} to {low - 1} of partition"
                f" {number} before they were read; have them sent again"
            )
            return low
        if was > high:
            room.complain(f"the partner's topic {name} begins anew; it is read from its beginning")
            return low
        return was

    def _add(self, name: str, number: int, begin: int) -> None:
        assert self._consumer is not None
        self._consumer.incremental_assign([TopicPartition(name, number, begin)])
        self._assigned[name, number] = begin

    def _read(self) -> list[Message]:
        assert self._consumer is not None
        found = []
        for message in self._consumer.consume(MESSAGES_AT_ONCE, 0.5):
            error = message.error()
            if error is None:
                found.append(message)
            elif not error.retriable():
                raise KafkaException(error)
        return found

    def _count(self) -> None:
        assert self._consumer is not None
        behind = 0
        for (name, number), offset in self._assigned.items():
            ends = self._consumer.get_watermark_offsets(TopicPartition(name, number), cached=True)
            behind += max(0, ends[1] - offset)
        self.behind = behind

    def _close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = None
        self._assigned.clear()


def source_config(source: SourceTopics) -> dict[str, Any]:
    """What librdkafka is told; the place in the topics is kept by the outbox and by nobody else."""
    return {
        "queued.max.messages.kbytes": QUEUED_KILOBYTES,
        "fetch.message.max.bytes": 8 * 1024 * 1024,
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 3,
        **source.kafka,
        "bootstrap.servers": source.servers,
        "group.id": "v2v-connector",  # librdkafka wants one; the group is never joined
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
    }


HELD_BY_THE_SOURCE = frozenset(
    {
        "bootstrap.servers",
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "auto.offset.reset",
        "isolation.level",
    }
)
"""The promise rests on these; nobody may set them from outside."""


def _place(topic: str | None, partition: int | None) -> str:
    return f"kafka/{topic}/{partition}"


def _raw(message: Message) -> Raw:
    body = message.value() or b""
    return Raw(f"kafka/{digest_of(body)[:16]}", body)


def _line(topic: str, message: Message) -> Line:
    told: Any = message.headers() or ()
    headers = tuple((name, content or b"") for name, content in told)
    return Line(topic, message.key() or b"", message.value(), headers)


def _told(error: KafkaException | OSError) -> str:
    if isinstance(error, KafkaException) and isinstance(error.args[0], KafkaError):
        return f"{error.args[0].name()}: {error.args[0].str()}"
    return str(error)
