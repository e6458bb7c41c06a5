"""What the folds say to each other: handled at once where the partition is held here, else sent on its topic.

A worker that holds all partitions follows an event through every fold within one transaction, as a replay
does. With several workers the rest travels by topic. Both ways lead to the same states, because no fold
depends on the order in which it hears the others. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from schemas import topics
from schemas.wire import WireMessage
from streams.line import Line
from streams.messages import Out

INTERNAL = frozenset({topics.FACTS, topics.THINGS, topics.COURSES, topics.EVENTS})
"""Topics that the folds say to each other; everything else leaves the pipeline."""

TAKEN = ("v2v_taken", b"1")
"""The header of an event that was handled by the transaction that sent it: readers in a fold pass it by."""

MOST = 1_000
"""So many messages between folds are handled at once for one message; beyond it they travel by topic, so
that an identifier for which many events wait cannot make a transaction that is never done."""


@dataclass(slots=True)
class PassingOn:
    """Takes messages through the lines of the partitions that one worker holds."""

    line_of: Callable[[int], Line]
    partition_of: Callable[[str], int]
    _lines: dict[int, Line] = field(default_factory=dict)

    def take(
        self, held: Container[int], partition: int, topic: str, message: WireMessage
    ) -> list[Out]:
        """Follow one message as far as the partitions reach that are held; what is to be sent."""
        if topic == topics.EVENTS and TAKEN in message.headers:
            return []
        sent: list[Out] = []
        waiting = deque([(partition, topic, message)])
        left = MOST
        while waiting:
            number, place, said = waiting.popleft()
            for out in self._line(number).take(place, said):
                if out.topic not in INTERNAL:
                    sent.append(out)
                    continue
                its = self.partition_of(out.key)
                if its not in held or not left:
                    sent.append(out)
                    continue
                left -= 1
                waiting.append((its, out.topic, _message(out)))
                if out.topic == topics.EVENTS:  # the others are of no use to anybody else
                    sent.append(out._replace(headers=(*out.headers, TAKEN)))
        return sent

    def finish(self) -> list[Out]:
        """The records that have changed in any of the lines since the last call."""
        lines, self._lines = self._lines, {}
        return [out for line in lines.values() for out in line.finish()]

    def _line(self, number: int) -> Line:
        line = self._lines.get(number)
        if line is None:
            line = self._lines[number] = self.line_of(number)
        return line


def _message(out: Out) -> WireMessage:
    return WireMessage(out.key.encode(), out.value, out.headers)
