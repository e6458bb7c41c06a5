"""The full job on Quix Streams, at least once: one line for each partition, over Quix's own state.

Quix binds state to the key of the message in hand, and to one topic; the line folds messages of
eleven topics into states under their keys, and a tick wakes states of other keys. `concat` would merge the topics, at
the price of aligning them in time. So each message is handed to the line by Quix's data frames, and
the line's tables are prefixes of one of Quix's stores, reached through the checkpoint's transaction:
its changelog, its RocksDB, its commit. Decoded states stay in memory, and messages go straight to
its producer. Quix hands over one message at a time and has no hook for the end of a batch, so `quix`
publishes a record with each message that changes it. `quix_tuned` also reaches into its checkpoint and
publishes each record once for that; no application of Quix is written so, but the difference is worth
knowing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from quixstreams import Application, message_context

from schemas import topics
from schemas.wire import WireMessage
from streams import admission, course
from streams.identity import thing
from streams.line import Line
from streams.messages import Out
from streams.passing_on import INTERNAL
from tests.bench.clock import Clock
from tests.bench.quix_watch import watch
from tests.bench.told import told

S = TypeVar("S")
Transaction = Callable[[], Any]


class QuixTable(Generic[S]):
    """One table of one partition: decoded states in memory, bytes in Quix's store."""

    def __init__(
        self,
        prefix: bytes,
        transaction: Transaction,
        encode: Callable[[S], bytes],
        decode: Callable[[bytes], S],
    ) -> None:
        self._prefix, self._transaction = prefix, transaction
        self._encode, self._decode = encode, decode
        self._values: dict[str, S | None] = {}

    def get(self, key: str, /) -> S | None:
        try:
            return self._values[key]
        except KeyError:
            raw = self._transaction().get_bytes(key, self._prefix)
            value = self._values[key] = None if raw is None else self._decode(raw)
            return value

    def __setitem__(self, key: str, value: S, /) -> None:
        self._values[key] = value
        self._transaction().set_bytes(key, self._encode(value), self._prefix)


def main(*, tuned: bool = False) -> None:
    """Run until nothing is left, the messages to itself included."""
    said = told()
    clock = Clock(said.messages)
    app = Application(
        broker_address=said.brokers,
        consumer_group=said.run,
        auto_offset_reset="earliest",
        state_dir=said.folder,
        commit_every=2_000,
        loglevel="ERROR",
        producer_extra_config={"compression.type": "lz4", "linger.ms": 2},
    )
    context = app._processing_context
    producer = context.producer
    kept: dict[str, str] = {}
    lines: dict[int, Line] = {}

    def line_of(number: int) -> Line:
        if number not in lines:

            def transaction() -> Any:
                return context.checkpoint.get_store_transaction(kept["stream"], number)

            lines[number] = Line(
                QuixTable(b"a", transaction, admission.encode_state, admission.decode_state),
                QuixTable(b"t", transaction, thing.encode_state, thing.decode_state),
                QuixTable(b"c", transaction, course.encode_state, course.decode_state),
                QuixTable(b"d", transaction, encode_number, int),
            )
        return lines[number]

    def send(out: Out) -> None:
        if out.topic in INTERNAL:
            clock.left += 1
        producer.produce(out.topic, out.value, out.key.encode(), list(out.headers))

    def finish() -> None:
        for line in lines.values():
            for out in line.finish():
                send(out)

    def reader(name: str) -> Callable[..., None]:
        def take(value: Any, key: Any, timestamp: int, headers: Any) -> None:
            clock.took()
            message = WireMessage(key, value, tuple(headers or ()))
            line = line_of(message_context().partition)
            for out in line.take(name, message):
                send(out)
            if not tuned:
                for out in line.finish():
                    send(out)

        return take

    def holder(take: Callable[..., None]) -> Callable[..., None]:
        def stateful(value: Any, key: Any, timestamp: int, headers: Any, state: Any) -> None:
            take(value, key, timestamp, headers)

        return stateful

    watch(clock, finish if tuned else None)
    for name in said.topics:
        topic = app.topic(name, key_deserializer="bytes", value_deserializer="bytes")
        frame = app.dataframe(topic)
        if name == topics.EVENTS:  # its store, with its changelog, holds the tables of all
            kept["stream"] = frame.stream_id
            frame.update(holder(reader(name)), stateful=True, metadata=True)
        else:
            frame.update(reader(name), metadata=True)
    app.run()


def encode_number(number: int) -> bytes:
    """A deadline as its table keeps it."""
    return b"%d" % number


if __name__ == "__main__":
    main()
