"""Reading topics to the end that they had when the reading began, and no further."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from console.trouble import Trouble

Progress = Callable[[int, int], None]
"""`(read so far, about how many in all)`"""


def reader(brokers: str, librdkafka: Mapping[str, Any] | None = None) -> Consumer:
    """A plain reader of what is committed, outside any group."""
    return Consumer(
        {
            **(librdkafka or {}),
            "bootstrap.servers": brokers,
            "group.id": "v2v-console",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.message.max.bytes": 8 * 1024 * 1024,
            "log_level": 0,
        }
    )


def bounded(
    brokers: str,
    topics: list[str],
    *,
    librdkafka: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    last: int | None = None,
) -> Iterator[Message]:
    """Every committed message of the topics, up to the end they had at the start; by partition in order.

    With `last`, only what lies in so many offsets before each end, transaction markers among them.
    """
    consumer = reader(brokers, librdkafka)
    try:
        there = consumer.list_topics(timeout=15).topics
        missing = [name for name in topics if name not in there]
        if missing:
            raise Trouble(
                f"topic {missing[0]} does not exist", "make the topics with 'v2v topics apply'"
            )
        ends: dict[tuple[str, int], int] = {}
        start: list[TopicPartition] = []
        total = 0
        for name in topics:
            for number in there[name].partitions:
                low, high = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=15)
                low = low if last is None else max(low, high - last)
                if high > low:
                    ends[name, number] = high
                    total += high - low
                    start.append(TopicPartition(name, number, low))
        consumer.assign(start)
        yield from _until(consumer, ends, total, progress)
    except KafkaException as error:
        raise Trouble(
            f"reading from {brokers}: {error.args[0].str()}", "see 'v2v doctor'"
        ) from error
    finally:
        consumer.close()


def _until(
    consumer: Consumer,
    ends: dict[tuple[str, int], int],
    total: int,
    progress: Progress | None,
) -> Iterator[Message]:
    read = 0
    while ends:
        for message in consumer.consume(5_000, 0.2):
            place = (message.topic() or "", message.partition() or 0)
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # the end is passed over a marker
                    ends.pop(place, None)
                elif not error.retriable():
                    raise KafkaException(error)
                continue
            end, offset = ends.get(place), message.offset() or 0
            if end is None or offset >= end:
                ends.pop(place, None)
                continue
            read += 1
            yield message
            if offset + 1 >= end:
                ends.pop(place, None)
        if progress is not None:
            progress(read, total)
