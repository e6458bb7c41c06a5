"""From a partner's message to its alert on the alert's topic, beside one bare transactional hop at the same rate.

A steady mix: what partners have to say about their journeys, and every tenth message a check of
identity at the bedside that finds another course, which is an alert at once (ID-01). The way is two
transactions long: inbound topic, events topic, alert topic.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from schemas import topics
from schemas.alert import Alert, Hazard
from schemas.collection import CheckContext, Comparison, IdentityVerified
from schemas.envelope import Event, Scheme, System, event_id
from schemas.ordering import CoiAssigned
from schemas.wire import decode_contract, to_message
from streams.replay import Replay
from tests.bench.backlog import PAIRS, facts
from tests.bench.full_race import sources
from tests.bench.line_worker import LineWorker
from tests.bench.place import PARTITIONS, Place

RATE = 200
EVERY = 10
WARM_UP_S = 12.0
BAR = 4.0
BARE = "bench.bare"
NEVER_S = 60.0
"""What an alert that was never seen counts as."""


def measure(place: Place, seconds: float) -> dict[str, Any]:
    """p50 and p99 in milliseconds of both, and how many times the bare hop the line takes."""
    bare = _bare(place, seconds)
    line = _line(place, seconds)
    ratio = _share(line, 0.99) / _share(bare, 0.99)
    return {
        "job": "latency",
        "events_per_s": RATE,
        "seconds": seconds,
        "alerts": len(line),
        "never_seen": sum(took >= NEVER_S for took in line),
        "p50_ms": _share(line, 0.5),
        "p99_ms": _share(line, 0.99),
        "bare_p50_ms": _share(bare, 0.5),
        "bare_p99_ms": _share(bare, 0.99),
        "ratio_p99": round(ratio, 2),
        "bars": {f"p99 <= {BAR:g} x bare": ratio <= BAR},
    }


def _share(found: list[float], share: float) -> float:
    ranked = sorted(found)
    return round(1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)


def _bare(place: Place, seconds: float) -> list[float]:
    """One message a transaction, produced and read; nothing between."""
    place.make([BARE])
    producer = Producer(
        {
            "bootstrap.servers": place.brokers,
            "transactional.id": "bench-bare",
            "linger.ms": 0,
        }
    )
    producer.init_transactions(30)
    sent: dict[bytes, float] = {}

    def send(number: int) -> None:
        key = b"%d" % number
        producer.begin_transaction()
        sent[key] = time.perf_counter()
        producer.produce(BARE, b"{}", key)
        producer.commit_transaction(30)

    with Reader(place, BARE, lambda message: message.key() or b"") as reader:
        _steadily(seconds + WARM_UP_S, send)
        reader.await_all(len(sent))
    return reader.took(sent)


def _line(place: Place, seconds: float) -> list[float]:
    """The whole line, with its worker in a process of its own."""
    place.make(topic.name for topic in topics.catalogue(PAIRS))
    total = int((seconds + WARM_UP_S) * RATE)
    mix = _mix(total)
    ready = [(topics.inbound(e.system, e.partner), to_message(e), probe) for e, probe in mix]
    producer = Producer({"bootstrap.servers": place.brokers, "linger.ms": 0})
    sent: dict[bytes, float] = {}

    def send(number: int) -> None:
        topic, message, probe = ready[number]
        if probe:
            sent[message.key or b""] = time.perf_counter()
        producer.produce(topic, message.value, message.key, headers=list(message.headers))
        producer.poll(0)

    with (
        LineWorker(place, "bench-latency", sources()) as worker,
        Reader(place, topics.alerts(Hazard.IDENTITY), _anchor) as reader,
    ):
        worker.await_running(60)
        _steadily(seconds + WARM_UP_S, send)
        producer.flush(30)
        reader.await_all(len(sent), among=sent)
    return reader.took(sent)


def _anchor(message: Message) -> bytes:
    return decode_contract(Alert, message.value(), trusted=True).anchor.encode()


def _mix(total: int) -> list[tuple[Event, bool]]:
    """So many messages; every tenth is a check that finds another course than the one expected.

    Only those count as probes that raise their alert in a replay too: some courses of the story are
    never known by the name that the check gives.
    """
    told = [event for _, event in facts(total)]
    known = {e.coi for e in told if isinstance(e, CoiAssigned) and e.coi is not None}
    courses = itertools.cycle(sorted(known))
    partner = next(name for system, name in PAIRS if system == System.CLINIC)
    mixed = [
        _check(n, next(courses), partner, told[n]) if n % EVERY == 0 else told[n]
        for n in range(total)
    ]
    alone = Replay()
    alone.take_all((topics.inbound(e.system, e.partner), to_message(e)) for e in mixed)
    raised = alone.latest[topics.alerts(Hazard.IDENTITY)].values()
    anchors = {decode_contract(Alert, value, trusted=True).anchor for value in raised}
    return [(e, n % EVERY == 0 and str(e.event_id) in anchors) for n, e in enumerate(mixed)]


def _check(number: int, course: str, partner: str, like: Event) -> Event:
    """A check at the bedside that finds another course."""
    kind = IdentityVerified
    name: UUID = event_id(System.CLINIC, partner, f"bench-{number}", kind.type_name())
    compared = Comparison(scheme=Scheme.COI, expected=course, found=course[:-1] + "X")
    return kind(
        event_id=name,
        coi=course,
        occurred_at=like.occurred_at + timedelta(seconds=1),
        system=System.CLINIC,
        partner=partner,
        environment=like.environment,
        context=CheckContext.BEDSIDE,
        comparisons=(compared,),
    )


def _steadily(seconds: float, send: Callable[[int], None]) -> None:
    """Call `send` at the rate; who is late catches up at once."""
    began = time.perf_counter()
    for number in range(int(seconds * RATE)):
        ahead = began + number / RATE - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        send(number)


class Reader:
    """Notes when each key of a topic can be read by somebody who sees only what is committed."""

    def __init__(self, place: Place, topic: str, key_of: Callable[[Message], bytes]) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": place.brokers,
                "group.id": "bench-reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 50,
            }
        )
        self._consumer.assign([TopicPartition(topic, n, 0) for n in range(PARTITIONS)])
        self._key_of = key_of
        self._seen: dict[bytes, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._consumer.close()

    def _read(self) -> None:
        while not self._over.is_set():
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None and message.value():
                self._seen.setdefault(self._key_of(message), time.perf_counter())

    def await_all(self, count: int, among: dict[bytes, float] | None = None) -> None:
        """Wait until everything that was sent has been seen, half a minute at most."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if len(self._seen.keys() & among.keys() if among else self._seen) >= count:
                return
            time.sleep(0.05)

    def took(self, sent: dict[bytes, float]) -> list[float]:
        """Seconds from sending to seeing, after the warm-up; what never came counts as `NEVER_S`."""
        began = min(sent.values()) + WARM_UP_S
        return [self._seen.get(k, at + NEVER_S) - at for k, at in _after(sent, began)]


def _after(sent: dict[bytes, float], began: float) -> Iterator[tuple[bytes, float]]:
    return ((key, at) for key, at in sent.items() if at >= began)
