"""Several partitions of the pipeline at once, their messages delivered in any order that Kafka allows.

Within one partition of one topic messages keep their order; between topics and partitions anything
may overtake anything. That is what live workers meet, and a replay never does.
"""

from __future__ import annotations

import zlib
from collections import deque
from random import Random

from schemas import topics
from schemas.wire import WireMessage
from streams.line import Line
from streams.messages import Out
from streams.replay import INTERNAL
from tests.words import Arrival


class Partitioned:
    """So many lines, and the messages on their way between them."""

    def __init__(self, partitions: int, random: Random) -> None:
        self._random = random
        self.lines = [Line({}, {}, {}, {}) for _ in range(partitions)]
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
            for out in self.lines[partition].take(topic, message):
                self._hear(out)
        for line in self.lines:
            for out in line.finish():
                self._hear(out)

    def _append(self, topic: str, message: WireMessage, partition: int | None = None) -> None:
        if partition is None:
            partition = zlib.crc32(message.key or b"") % len(self.lines)
        self._logs.setdefault((topic, partition), deque()).append(message)

    def _hear(self, out: Out) -> None:
        if out.topic in INTERNAL:
            self._append(out.topic, WireMessage(out.key.encode(), out.value, out.headers))
            return
        kept = self.latest.setdefault(out.topic, {})
        if out.value is None:
            kept.pop(out.key, None)
        else:
            kept[out.key] = out.value
