"""One partner floods the line: how long the alerts of another one take, before and meanwhile.

Bedside checks that find another course (ID-01, an alert at once) go out at a steady rate beside
what a courier says; then the courier says fifty times as much.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from confluent_kafka import Consumer, TopicPartition

from connectors.simulator.network import inbound
from schemas import topics
from schemas.alert import Alert, Hazard
from schemas.collection import CheckContext, Comparison, IdentityVerified
from schemas.envelope import Event, Scheme, System
from schemas.wire import decode_contract
from streams.replay import Replay
from tests.faults.line_publisher import Publisher
from tests.words import Arrival, sent

TIMES = 50
STEP_S = 0.05
"""In each step goes out one check."""
EVERY = 5
"""In so many steps the courier says one thing: four a second, and two hundred in the flood."""
COURIER = "courier-1"
EVENTS_OF_A_JOURNEY = 25
"""So many are the courier's, at least."""
IDENTITY = topics.alerts(Hazard.IDENTITY)
NEVER_S = 60.0
NAMES = UUID(int=20)


class Step(NamedTuple):
    """What goes out together: the check first."""

    check: Event
    lines: list[Arrival]


class Latency(NamedTuple):
    """Milliseconds from a check to its alert, as a reader of committed messages sees it."""

    alerts: int
    normal_p50_ms: float
    normal_p99_ms: float
    flood_p50_ms: float
    flood_p99_ms: float


class Flood:
    """The steps of a flood, and what came of them."""

    def __init__(
        self, facts: Sequence[Event], courses: Sequence[str], seconds: float, seed: int
    ) -> None:
        count = int(seconds / STEP_S)
        self._calm = count
        names = itertools.cycle(courses)
        said = _courier(seed, count * TIMES)
        like = next(event for event in facts if isinstance(event, IdentityVerified))
        self.steps = []
        for number in range(2 * count):
            check = _check(number, next(names), like)
            many = TIMES // EVERY if number >= count else number % EVERY == 0
            lines = [sent(check), *map(sent, itertools.islice(said, many))]
            self.steps.append(Step(check, lines))
        self._sent: list[float] = []

    @property
    def lines(self) -> list[Arrival]:
        return [line for step in self.steps for line in step.lines]

    def publish(self, publisher: Publisher, lines: Sequence[Arrival]) -> None:
        """Send the lines, which are those of the steps, each step at its time."""
        left = iter(lines)
        began = time.monotonic()
        for number, step in enumerate(self.steps):
            time.sleep(max(0.0, began + number * STEP_S - time.monotonic()))
            self._sent.append(time.monotonic())
            publisher.publish(list(itertools.islice(left, len(step.lines))))

    def latency(self, seen: dict[str, float], replay: Replay) -> Latency:
        """How long the alerts took that a replay of the same messages raises, too."""
        found = replay.latest.get(IDENTITY, {}).values()
        raised = {decode_contract(Alert, value).anchor for value in found}
        took: dict[bool, list[float]] = {False: [], True: []}
        for number, (step, at) in enumerate(zip(self.steps, self._sent, strict=True)):
            anchor = str(step.check.event_id)
            if anchor in raised:
                took[number >= self._calm].append(seen.get(anchor, at + NEVER_S) - at)
        shares = [_share(took[flood], share) for flood in (False, True) for share in (0.5, 0.99)]
        return Latency(len(took[False]) + len(took[True]), *shares)


class Seen:
    """Notes when each alert about an identity is seen first."""

    def __init__(self, brokers: str, partitions: int) -> None:
        self._reader = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "nobody",  # never joined
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
                "log_level": 0,
            }
        )
        self._reader.assign([TopicPartition(IDENTITY, number, 0) for number in range(partitions)])
        self.at: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Seen:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._reader.close()

    def _read(self) -> None:
        while not self._over.is_set():
            for message in self._reader.consume(500, 0.02):
                if message.error() is None and message.value() is not None:
                    alert = decode_contract(Alert, message.value(), trusted=True)
                    self.at.setdefault(alert.anchor, time.monotonic())


def _check(number: int, course: str, like: IdentityVerified) -> Event:
    """A check at the bedside that finds another course."""
    compared = Comparison(scheme=Scheme.COI, expected=course, found=course[:-1] + "X")
    return IdentityVerified(
        event_id=uuid5(NAMES, f"check {number}"),
        coi=course,
        occurred_at=like.occurred_at,
        system=System.CLINIC,
        partner=like.partner,
        environment=like.environment,
        context=CheckContext.BEDSIDE,
        comparisons=(compared,),
    )


def _courier(seed: int, count: int) -> Iterator[Event]:
    """So much of what the courier says of another network of partners, whose courses nobody here knows."""
    told: list[Event] = []
    journeys = count // EVENTS_OF_A_JOURNEY + 1
    while len(told) < count:
        told = [event for _, event in inbound(journeys, seed) if event.partner == COURIER]
        journeys *= 2
    return iter(told)


def _share(found: list[float], share: float) -> float:
    ranked = sorted(found) or [NEVER_S]
    return round(1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)
