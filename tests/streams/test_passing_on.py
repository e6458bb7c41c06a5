"""What the folds say to each other: at once where the partition is held, else by topic."""

from __future__ import annotations

import zlib

import pytest

from schemas import topics
from schemas.wire import WireMessage
from streams import passing_on
from streams.line import Line
from streams.messages import Out
from streams.passing_on import INTERNAL, TAKEN, PassingOn
from tests.words import COURSE, Arrival, ordered, sent

PARTITIONS = 8


def partition_of(key: str) -> int:
    return zlib.crc32(key.encode()) % PARTITIONS


def lines() -> list[Line]:
    return [Line({}, {}, {}, {}) for _ in range(PARTITIONS)]


def taken(passing: PassingOn, held: range | set[int], *arrivals: Arrival) -> list[Out]:
    """What is sent when these arrive at the partitions of their keys."""
    outs: list[Out] = []
    for topic, message in arrivals:
        number = partition_of((message.key or b"").decode())
        outs += passing.take({*held, number}, number, topic, message)
    return outs


@pytest.fixture
def passing() -> PassingOn:
    return PassingOn(lines().__getitem__, partition_of)


def test_a_worker_that_holds_everything_sends_nothing_to_itself_but_the_events(
    passing: PassingOn,
) -> None:
    outs = taken(passing, range(PARTITIONS), *(sent(event) for event in ordered()))
    internal = [out for out in outs if out.topic in INTERNAL]
    assert internal
    assert {out.topic for out in internal} == {topics.EVENTS}
    assert all(TAKEN in out.headers for out in internal)
    assert [out.key for out in passing.finish() if out.topic == topics.RECORDS] == [COURSE]


def test_what_belongs_to_partitions_of_others_travels_by_topic(passing: PassingOn) -> None:
    outs = taken(passing, set(), *(sent(event) for event in ordered()))
    assert {topics.THINGS, topics.EVENTS} <= {o.topic for o in outs if TAKEN not in o.headers}
    assert passing.finish() == []


def test_an_event_that_was_taken_when_it_was_sent_is_passed_by(passing: PassingOn) -> None:
    outs = taken(passing, range(PARTITIONS), *(sent(event) for event in ordered()))
    passing.finish()
    seen_again = [
        (out.topic, WireMessage(out.key.encode(), out.value, out.headers))
        for out in outs
        if out.topic == topics.EVENTS
    ]
    assert taken(passing, range(PARTITIONS), *seen_again) == []
    assert passing.finish() == []


def test_one_message_cannot_make_a_transaction_that_is_never_done(
    passing: PassingOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing_on, "MOST", 1)
    outs = taken(passing, range(PARTITIONS), *(sent(event) for event in ordered()))
    assert any(out.topic in INTERNAL and TAKEN not in out.headers for out in outs)


def test_nothing_is_lost_where_some_travels_by_topic(
    passing: PassingOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = [sent(event) for event in ordered()]
    at_once = PassingOn(lines().__getitem__, partition_of)
    wanted = taken(at_once, range(PARTITIONS), *arrivals)
    monkeypatch.setattr(passing_on, "MOST", 1)
    waiting, found = list(arrivals), list[Out]()
    while waiting:
        outs = taken(passing, range(PARTITIONS), waiting.pop(0))
        found += outs
        waiting += [
            (out.topic, WireMessage(out.key.encode(), out.value, out.headers))
            for out in outs
            if out.topic in INTERNAL and TAKEN not in out.headers
        ]
    assert _events(found) == _events(wanted)
    assert [out.value for out in passing.finish()] == [out.value for out in at_once.finish()]


def _events(outs: list[Out]) -> set[bytes | None]:
    """Which events were sent; one that asks several of its identifiers may come to its course twice."""
    return {out.value for out in outs if out.topic == topics.EVENTS}
