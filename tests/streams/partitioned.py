"""Several partitions of the pipeline at once, their messages delivered in any order that Kafka allows.

Within one partition of one topic messages keep their order; between topics and partitions anything
may overtake anything. Partitions change hands all the time: with every message its worker holds some
others, and passes on to them at once. That is what live workers meet, and a replay never does.
"""

from __future__ import annotations

import zlib
from collections import deque
from random import Random

from schemas import topics
from schemas.wire import WireMessage
from streams.line import Line
from streams.messages import Out
from streams.passing_on import INTERNAL, PassingOn
from tests.words import Arrival


class Partitioned:
    """So many lines, and the messages on their way between them."""

    def __init__(self, partitions: int, random: Random) -> None:
        self._random = random
        self.lines = [Line({}, {}, {}, {}) for _ in range(partitions)]
        self._passing = PassingOn(self.lines.__getitem__, self._partition_of)
        self._logs: dict[tuple[str, int], deque[WireMessage]] = {}
        self.latest: dict[str, dict[str, bytes]] = {}

    def take_all(self, lines: list[Arrival]) -> None:
        """Append everything to its topic, and deliver until nothing is on its way."""
        for topic, message in lines:
            if topic == topics.TICKS:
                for partition in range(len(self.lines)):
                    self._append(topic, message, partition)
            else:
                self._append(topic, message)
        while waiting := [place for place, log in self._logs.items() if log]:
            topic, partition = self._random.choice(waiting)
            message = self._logs[topic, partition].popleft()
            others = range(len(self.lines))
            held = {partition, *self._random.sample(others, self._random.randrange(len(others)))}
            for out in self._passing.take(held, partition, topic, message):
                self._hear(out)
        for out in self._passing.finish():
            self._hear(out)

    def _append(self, topic: str, message: WireMessage, partition: int | None = None) -> None:
        if partition is None:
            partition = self._partition_of((message.key or b"").decode())
        self._logs.setdefault((topic, partition), deque()).append(message)

    def _partition_of(self, key: str) -> int:
        return zlib.crc32(key.encode()) % len(self.lines)

    def _hear(self, out: Out) -> None:
        if out.topic in INTERNAL:
            self._append(out.topic, WireMessage(out.key.encode(), out.value, out.headers))
            return
        kept = self.latest.setdefault(out.topic, {})
        if out.value is None:
            kept.pop(out.key, None)
        else:
            kept[out.key] = out.value
