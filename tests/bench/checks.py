"""Checks of identity at the bedside that find another course, and when their alerts can be read.

Such a check is an alert at once (ID-01), so that it tells how long a message takes through the line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from confluent_kafka import Consumer, Message, TopicPartition

from schemas.alert import Alert
from schemas.collection import CheckContext, Comparison, IdentityVerified
from schemas.envelope import Event, Scheme, System, event_id
from schemas.ordering import CoiAssigned
from schemas.treatment import InfusionCompleted
from schemas.wire import decode_contract
from tests.bench.backlog import PAIRS
from tests.bench.place import PARTITIONS, Place

NEVER_S = 60.0
"""What an alert that was never seen counts as."""
PARTNER = next(name for system, name in PAIRS if system == System.CLINIC)


def under_way(told: Iterable[Event]) -> list[str]:
    """The courses that are known by name and not infused yet."""
    named: set[str] = set()
    infused: set[str | None] = set()
    for event in told:
        if isinstance(event, CoiAssigned) and event.coi is not None:
            named.add(event.coi)
        elif isinstance(event, InfusionCompleted):
            infused.add(event.coi)
    return sorted(named - infused)


def check(number: int, course: str, like: Event) -> Event:
    """A check at the bedside that finds another course."""
    kind = IdentityVerified
    name: UUID = event_id(System.CLINIC, PARTNER, f"bench-{number}", kind.type_name())
    compared = Comparison(scheme=Scheme.COI, expected=course, found=course[:-1] + "X")
    return kind(
        event_id=name,
        coi=course,
        occurred_at=like.occurred_at + timedelta(seconds=1),
        system=System.CLINIC,
        partner=PARTNER,
        environment=like.environment,
        context=CheckContext.BEDSIDE,
        comparisons=(compared,),
    )


def share(found: Iterable[float], part: float) -> float:
    """The quantile of so many seconds, in milliseconds; 0 where there is none."""
    ranked = sorted(found)
    return round(1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))], 1) if ranked else 0.0


def anchor(message: Message) -> bytes:
    """What the alert of a check hangs on: the check itself."""
    return decode_contract(Alert, message.value(), trusted=True).anchor.encode()


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

    def seen_at(self, key: bytes) -> float | None:
        """When it could be read; None while it cannot."""
        return self._seen.get(key)

    def await_all(self, sent: Mapping[bytes, float]) -> None:
        """Wait until everything that was sent has been seen, half a minute at most."""
        until = time.monotonic() + 30
        while time.monotonic() < until and sent.keys() - self._seen.keys():
            time.sleep(0.05)

    def took(self, sent: Mapping[bytes, float], warm_up_s: float) -> list[float]:
        """Seconds from sending to seeing, after the warm-up; what never came counts as `NEVER_S`."""
        began = min(sent.values()) + warm_up_s
        after = ((key, at) for key, at in sent.items() if at >= began)
        return [self._seen.get(key, at + NEVER_S) - at for key, at in after]
