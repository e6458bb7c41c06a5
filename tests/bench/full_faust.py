"""The full job on Faust as its manual has it: one agent, four RocksDB tables, a write for each change.

The watch stops at the last message, not at its commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import faust
from faust.serializers import codecs

from schemas.wire import WireMessage
from streams import admission, course
from streams.identity import thing
from streams.line import Line
from streams.messages import Out
from streams.passing_on import INTERNAL
from tests.bench.clock import Clock
from tests.bench.told import told


class Bytes(codecs.Codec):
    """A state's own codec, under Faust's name for it."""

    def __init__(self, encode: Callable[[Any], bytes], decode: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._encode, self._decode = encode, decode

    def _dumps(self, obj: Any) -> bytes:
        return self._encode(obj)

    def _loads(self, s: bytes) -> Any:
        return self._decode(s)


said = told()
clock = Clock(said.messages)
app = faust.App(
    said.run,
    broker=f"kafka://{said.brokers}",
    store="rocksdb://?driver=rocksdict",
    datadir=str(said.folder),
    topic_partitions=said.partitions,
    processing_guarantee="at_least_once",
    consumer_max_fetch_size=8 * 1024 * 1024,
    producer_max_request_size=8 * 1024 * 1024,
)
source = app.topic(
    *said.topics, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
)


def table(name: str, encode: Callable[[Any], bytes], decode: Callable[[bytes], Any]) -> Any:
    """One of the line's tables."""
    codecs.register(name, Bytes(encode, decode))
    made: Any = app.Table(name, partitions=said.partitions)
    made.value_serializer = name  # its options know models and JSON only
    return made


admitted = table("admitted", admission.encode_state, admission.decode_state)
things = table("things", thing.encode_state, thing.decode_state)
courses = table("courses", course.encode_state, course.decode_state)
due = table("due", lambda number: b"%d" % number, int)
lines: dict[int, Line] = {}
places: dict[str, Any] = {}


async def send(out: Out) -> None:
    """Send what follows, as Faust sends."""
    if out.topic in INTERNAL:
        clock.left += 1
    place = places.get(out.topic)
    if place is None:
        place = places[out.topic] = app.topic(
            out.topic, key_serializer="raw", value_serializer="raw"
        )
    await place.send(key=out.key.encode(), value=out.value, headers=list(out.headers))


@app.agent(source)
async def supervise(values: Any) -> None:
    async for event in values.events():
        clock.begin()
        message = event.message
        line = lines.get(message.partition)
        if line is None:
            line = lines[message.partition] = Line(admitted, things, courses, due)
        headers: Any = message.headers or ()  # the event's own are a dict, and ours repeat
        for out in line.take(
            message.topic, WireMessage(message.key, message.value, tuple(headers))
        ):
            await send(out)
        for out in line.finish():
            await send(out)
        clock.took()


@app.timer(0.02)  # type: ignore[untyped-decorator]
async def end() -> None:
    """When all is taken: let what was sent arrive, and tell the figures of before."""
    if clock.left <= 0:
        clock.stop()
        await app.producer.flush()
        clock.tell()


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "error", "--without-web"]
    app.main()
