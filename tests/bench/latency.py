"""From a partner's message to its alert on the alert's topic, beside one bare transactional hop at the same moments.

A fleet of therapies under way: what its partners said before is loaded first, then they go on at a
steady rate, and the time is told as in the full job. Every tenth message is a check of identity at the
bedside that finds another course, which is an alert at once (ID-01); with it one message goes over a
topic of its own, one transaction, nothing between. So both meet the same machine and the same broker.
With one worker the way of an alert is one transaction long: it takes what its folds say to each other in memory.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from confluent_kafka import Producer

from schemas import topics
from schemas.alert import Alert, Hazard
from schemas.wire import decode_contract
from streams.replay import Replay
from tests.bench.backlog import PAIRS, Arrival, facts, with_ticks
from tests.bench.checks import NEVER_S, Reader, anchor, check, share, under_way
from tests.bench.full_race import sources
from tests.bench.line_worker import LineWorker
from tests.bench.place import PARTITIONS, Place

RATE = 200
EVERY = 10
FLEET = 30_000
"""Partner events of the whole story: about 220 courses; the steady part is cut from its middle."""
WARM_UP_S = 12.0
BAR = 4.0
BARE = "bench.bare"


class Story(NamedTuple):
    """What is loaded first, and what is said at the steady rate: a message, or a tick and a message."""

    before: list[Arrival]
    steady: list[list[Arrival]]
    probes: frozenset[int]
    """Which of the steady messages must raise an alert."""


def measure(place: Place, seconds: float) -> dict[str, Any]:
    """p50 and p99 in milliseconds of both, and how many times the bare hop the line takes."""
    line, bare = _together(place, _story(int((seconds + WARM_UP_S) * RATE)))
    ratio = share(line, 0.99) / share(bare, 0.99)
    return {
        "job": "latency",
        "events_per_s": RATE,
        "seconds": seconds,
        "alerts": len(line),
        "never_seen": sum(took >= NEVER_S for took in line),
        "p50_ms": share(line, 0.5),
        "p99_ms": share(line, 0.99),
        "bare_p50_ms": share(bare, 0.5),
        "bare_p99_ms": share(bare, 0.99),
        "ratio_p99": round(ratio, 2),
        "bars": {f"p99 <= {BAR:g} x bare": ratio <= BAR},
    }


def _together(place: Place, story: Story) -> tuple[list[float], list[float]]:
    """How long the line and the bare hop took each time; the worker is a process of its own."""
    place.make([BARE, *(topic.name for topic in topics.catalogue(PAIRS))])
    producer = Producer({"bootstrap.servers": place.brokers, "linger.ms": 0})
    sent: dict[bytes, float] = {}

    def send(number: int) -> None:
        *ticks, (topic, message) = story.steady[number]
        for name, tick in ticks:
            for partition in range(PARTITIONS):
                producer.produce(name, tick.value, tick.key, partition)
        if number in story.probes:
            sent[message.key or b""] = time.perf_counter()
            bare.go()
        producer.produce(topic, message.value, message.key, headers=list(message.headers))
        producer.poll(0)

    with (
        LineWorker(place, "bench-latency", sources()) as worker,
        Reader(place, topics.alerts(Hazard.IDENTITY), anchor) as alerts,
        BareHop(place) as bare,
    ):
        worker.await_running(60)
        place.publish(story.before)
        worker.await_idle(600)
        _steadily(len(story.steady), send)
        producer.flush(30)
        alerts.await_all(sent)
        bare.await_all()
    return alerts.took(sent, WARM_UP_S), bare.took()


def _story(total: int) -> Story:
    """So many messages from the middle of a fleet's story; every tenth is a check that finds another course.

    Only those count as probes that raise their alert in a replay too: some courses of the story are
    never known by the name that the check gives.
    """
    told = list(facts(FLEET))
    first = (len(told) - total) // 2
    courses = itertools.cycle(under_way([event for _, event in told[:first]]))
    for n in range(0, total, EVERY):
        at, like = told[first + n]
        told[first + n] = at, check(n, next(courses), like)
    steps = list(with_ticks(told))
    before = [line for step in steps[:first] for line in step]
    steady = steps[first : first + total]
    raised = _anchors([*before, *(line for step in steady for line in step)])
    checks = range(0, total, EVERY)
    names = {n: str(told[first + n][1].event_id) for n in checks}
    return Story(before, steady, frozenset(n for n in checks if names[n] in raised))


def _anchors(lines: list[Arrival]) -> set[str]:
    """What the alerts about identities hang on that a replay of these lines raises."""
    alone = Replay()
    alone.take_all(lines)
    found = alone.latest[topics.alerts(Hazard.IDENTITY)].values()
    return {decode_contract(Alert, value, trusted=True).anchor for value in found}


def _steadily(count: int, send: Callable[[int], None]) -> None:
    """Call `send` at the rate; who is late catches up at once."""
    began = time.perf_counter()
    for number in range(count):
        ahead = began + number / RATE - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        send(number)


class BareHop:
    """One message a transaction, produced and read, whenever it is asked to; nothing between."""

    def __init__(self, place: Place) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": place.brokers,
                "transactional.id": "bench-bare",
                "linger.ms": 0,
            }
        )
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._sent: dict[bytes, float] = {}
        self._reader = Reader(place, BARE, lambda message: message.key() or b"")
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> BareHop:
        self._producer.init_transactions(30)
        self._reader.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.put(False)
        self._thread.join()
        self._reader.__exit__()

    def go(self) -> None:
        """Send one, now."""
        self._asked.put(True)

    def _run(self) -> None:
        while self._asked.get():
            key = b"%d" % len(self._sent)
            self._producer.begin_transaction()
            self._sent[key] = time.perf_counter()
            self._producer.produce(BARE, b"{}", key)
            self._producer.commit_transaction(30)

    def await_all(self) -> None:
        """Wait until all have been read."""
        self._reader.await_all(self._sent)

    def took(self) -> list[float]:
        """Seconds from sending to reading, after the warm-up."""
        return self._reader.took(self._sent, WARM_UP_S)
