"""The full job in a loop by hand: at least once, batches of 2,000, four tables in RocksDB."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Message

from schemas.wire import WireMessage
from streams import admission, course
from streams.engine.partitioner import partition_of
from streams.identity import thing
from streams.line import Line
from streams.messages import Out
from streams.passing_on import INTERNAL, PassingOn
from tests.bench.clock import Clock
from tests.bench.hand_loop import HandLoop, HandTable
from tests.bench.told import told


def main() -> None:
    """Run until nothing is left, the messages to itself included."""
    said = told()
    loop, clock = HandLoop(said), Clock(said.messages)
    admitted = HandTable(loop, "admitted", admission.encode_state, admission.decode_state)
    things = HandTable(loop, "things", thing.encode_state, thing.decode_state)
    courses = HandTable(loop, "courses", course.encode_state, course.decode_state)
    due = HandTable(loop, "due", encode_number, int)
    lines = [
        Line(admitted.of(number), things.of(number), courses.of(number), due.of(number))
        for number in range(said.partitions)
    ]

    held = range(said.partitions)
    passing = PassingOn(lines.__getitem__, lambda key: partition_of(key.encode(), said.partitions))

    def send(out: Out) -> None:
        if out.topic in INTERNAL:
            clock.left += 1
        loop.produce(out.topic, out.key.encode(), out.value, list(out.headers))

    def take(topic: str, partition: int, messages: Sequence[Message]) -> None:
        for message in messages:
            for out in passing.take(held, partition, topic, wire(message)):
                send(out)

    def finish() -> None:
        for out in passing.finish():
            send(out)

    loop.before_commit = finish
    loop.run(clock, take)


def wire(message: Message) -> WireMessage:
    """A message of the log as the line takes it."""
    return WireMessage(message.key(), message.value(), tuple(message.headers() or ()))  # type: ignore[arg-type]


def encode_number(number: int) -> bytes:
    """A deadline as its table keeps it."""
    return b"%d" % number


if __name__ == "__main__":
    main()
