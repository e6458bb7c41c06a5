"""The whole pipeline over a file or a list of messages, without a broker and without Faust.

It takes every message through the same line as the live worker, in one partition, until nothing is
left to say. Pure: time is in the messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from schemas import topics
from schemas.wire import SchemaIds, WireMessage
from streams.admission import Admitted
from streams.course import Course
from streams.identity.thing import Thing
from streams.line import Line
from streams.messages import Out
from streams.moments import Micros
from streams.passing_on import INTERNAL


class Replay:
    """One run of the whole chain in memory, with what left it."""

    def __init__(self, ids: SchemaIds | None = None) -> None:
        self.admitted: dict[str, Admitted] = {}
        self.things: dict[str, Thing] = {}
        self.courses: dict[str, Course] = {}
        self.due: dict[str, Micros] = {}
        self.line = Line(self.admitted, self.things, self.courses, self.due, ids)
        self.latest: dict[str, dict[str, bytes]] = {}
        """The last value under each key of each topic that leaves the pipeline."""
        self.alerts: list[bytes] = []
        """Every alert as it was issued, in order: the history."""
        self.events = 0

    def take(self, topic: str, message: WireMessage) -> None:
        """Take one message in, and follow everything that comes of it."""
        waiting: deque[tuple[str, WireMessage]] = deque([(topic, message)])
        while waiting:
            place, said = waiting.popleft()
            for out in self.line.take(place, said):
                self._pass_on(out, waiting)

    def take_all(self, arrivals: Iterable[tuple[str, WireMessage]]) -> None:
        """Take many messages in, one after the other, and publish the records at the end."""
        for topic, message in arrivals:
            self.take(topic, message)
        self.finish()

    def finish(self) -> None:
        """Publish the records that have changed."""
        for out in self.line.finish():
            self._keep(out)

    def _pass_on(self, out: Out, waiting: deque[tuple[str, WireMessage]]) -> None:
        if out.topic in INTERNAL:
            if out.topic == topics.EVENTS:
                self.events += 1
            waiting.append((out.topic, WireMessage(out.key.encode(), out.value, out.headers)))
        else:
            self._keep(out)

    def _keep(self, out: Out) -> None:
        kept = self.latest.setdefault(out.topic, {})
        if out.value is None:
            kept.pop(out.key, None)
            return
        kept[out.key] = out.value
        if out.topic.startswith("v2v.alerts."):
            self.alerts.append(out.value)
