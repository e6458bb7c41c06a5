"""`python -m tests.bench.endurance`: whether a worker of the whole line stays as it is, hour after hour.

python -m tests.bench.endurance                              an hour at 300 events/s
python -m tests.bench.endurance --minutes 10 --warm-up 3     shorter

Therapies follow one another without end; once a second a check of identity finds another course, which is an
alert at once. What the worker holds in memory and how long alerts take are told each minute, at the end
as one JSON line. It exits 1 where memory grows, alerts slow down, or one never comes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.queues import Queue
from typing import Any, NamedTuple

from confluent_kafka import Producer

from schemas import topics
from schemas.alert import Hazard
from schemas.wire import WireMessage
from tests.bench.backlog import PAIRS, Arrival, with_ticks
from tests.bench.checks import Reader, anchor, check, share, under_way
from tests.bench.fleets import Said, endless
from tests.bench.full_race import sources
from tests.bench.line_worker import LineWorker
from tests.bench.place import PARTITIONS, NoFigure, Place, place

GROWTH = 1.05
"""What the worker may hold at the end, times what it held after the warm-up."""
SLOWER = 1.25
"""The p99 of the last third, times that of the first; a machine of two cores is no steadier."""
PARTS_AHEAD = 2


class Minute(NamedTuple):
    """What was seen in one minute."""

    resident_mb: float
    lag: float
    p50_ms: float
    p99_ms: float


def measure(where: Place, minutes: float, warm_up: float, rate: int) -> dict[str, Any]:
    """Say it all at the rate, and look once a minute."""
    where.make(topic.name for topic in topics.catalogue(PAIRS))
    spawn = get_context("spawn")
    stories: Queue[list[Step]] = spawn.Queue(PARTS_AHEAD)
    teller = spawn.Process(target=_tell, args=(stories, rate), daemon=True)
    teller.start()
    try:
        with (
            LineWorker(where, "bench-endurance", sources()) as worker,
            Reader(where, topics.alerts(Hazard.IDENTITY), anchor) as alerts,
        ):
            worker.await_running(60)
            steps = itertools.chain.from_iterable(iter(stories.get, None))
            told = _Telling(where, rate, worker, alerts)
            seen = told.go(steps, minutes)
            alerts.await_all(told.sent)
            lost = sum(alerts.seen_at(key) is None for key in told.sent)
    finally:
        teller.terminate()
        teller.join()
    return summary(seen, warm_up, rate, told.messages, lost)


Step = tuple[list[Arrival], bytes | None]
"""What is said at one moment, and the key of the check among it, if there is one."""


def _tell(stories: Queue[list[Step]], rate: int) -> None:
    """Make the stories ahead of their telling, in a process of its own."""
    numbers = itertools.count()
    before: list[Said] = []
    for part in endless():
        stories.put(list(_steps(part, before, rate, numbers)))
        before = part


def _steps(
    part: Sequence[Said], before: Sequence[Said], rate: int, numbers: Iterator[int]
) -> Iterator[Step]:
    """The words of a part with the time between, and once a second a check in place of a word."""
    said, keys = list(part), dict[int, bytes]()
    known = itertools.cycle(under_way(event for _, event in before) or [""])
    for place_ in range(0, len(said), rate):
        at, like = said[place_]
        if course := next(known):
            said[place_] = at, check(next(numbers), course, like)
            keys[place_] = str(said[place_][1].event_id).encode()
    for number, step in enumerate(with_ticks(said)):
        yield step, keys.get(number)


class _Telling:
    """Sends at the rate, and notes each minute how the worker is."""

    def __init__(self, where: Place, rate: int, worker: LineWorker, alerts: Reader) -> None:
        self._rate, self._worker, self._alerts = rate, worker, alerts
        self._producer = Producer({"bootstrap.servers": where.brokers, "linger.ms": 0})
        self.sent: dict[bytes, float] = {}
        self.messages = 0

    def go(self, steps: Iterator[Step], minutes: float) -> list[Minute]:
        """Tell them for so long; a minute's alerts are looked at in the minute after it."""
        seen: list[Minute] = []
        began, looked = time.perf_counter(), 0.0
        waiting: list[bytes] = []
        for step, probe in steps:
            ahead = began + self.messages / self._rate - time.perf_counter()
            if ahead > 0:
                time.sleep(ahead)
            if probe is not None:
                self.sent[probe] = time.perf_counter()
                waiting.append(probe)
            for topic, message in step:
                self._send(topic, message)
            self._producer.poll(0)
            self.messages += 1
            passed = (time.perf_counter() - began) / 60
            if passed >= looked + 1:
                looked += 1
                seen.append(self._look(waiting))
                waiting = [key for key in waiting if self._alerts.seen_at(key) is None]
                print(f"minute {looked:.0f}: {seen[-1]}", file=sys.stderr, flush=True)
            if passed >= minutes:
                break
        self._producer.flush(30)
        return seen

    def _send(self, topic: str, message: WireMessage) -> None:
        if topic == topics.TICKS:
            for partition in range(PARTITIONS):
                self._producer.produce(topic, message.value, message.key, partition)
        else:
            headers: Any = list(message.headers)
            self._producer.produce(topic, message.value, message.key, headers=headers)

    def _look(self, checks: list[bytes]) -> Minute:
        seen = ((self.sent[key], self._alerts.seen_at(key)) for key in checks)
        took = [at - sent for sent, at in seen if at is not None]
        mb = round(self._worker.resident() / 1e6, 1)
        return Minute(mb, self._worker.lag() or 0.0, share(took, 0.5), share(took, 0.99))


def summary(
    seen: Sequence[Minute], warm_up: float, rate: int, messages: int, lost: int
) -> dict[str, Any]:
    """The figures of the whole, and whether it stayed as it was. Needs six minutes after the warm-up."""
    after = seen[int(warm_up) :]
    if len(after) < 6:
        raise NoFigure(f"{len(after)} minutes after the warm-up tell nothing: give it six or more")
    third = len(after) // 3
    first, last = after[:third], after[-third:]
    held = [sum(m.resident_mb for m in part) / len(part) for part in (first, last)]
    slow = [sorted(m.p99_ms for m in part)[len(part) // 2] for part in (first, last)]
    return {
        "job": "endurance",
        "events_per_s": rate,
        "minutes": len(seen),
        "messages": messages,
        "resident_mb": [round(one, 1) for one in held],
        "most_resident_mb": max(m.resident_mb for m in after),
        "p99_ms": slow,
        "most_lag": max(m.lag for m in after),
        "never_seen": lost,
        "bars": {
            f"memory <= {GROWTH:g} x": held[1] <= GROWTH * held[0],
            f"p99 <= {SLOWER:g} x": slow[1] <= SLOWER * slow[0],
            "every alert came": lost == 0,
        },
    }


def main() -> int:
    """Run it; the exit code says whether every bar held."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.endurance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=12.0, help="minutes that do not count")
    parser.add_argument("--rate", type=int, default=300, help="partner events per second")
    args = parser.parse_args()
    with place() as where:
        found = measure(where, args.minutes, args.warm_up, args.rate)
    print(json.dumps(found))
    return 0 if all(found["bars"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
