"""Therapies follow one another without end, and each fleet is as the first was, only later."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from connectors.simulator.timeline import START
from schemas.catalogue import EVENT_BY_NAME
from schemas.examples import example
from tests.bench.fleets import endless, fleet, later

APART = timedelta(days=30)


def test_every_time_of_an_event_is_moved_on_and_nothing_else() -> None:
    by = timedelta(days=3)
    for kind in EVENT_BY_NAME.values():
        event = example(kind)
        moved = later(event, by)
        assert moved != event
        assert later(moved, -by) == event
        assert moved.event_id == event.event_id


def test_a_later_fleet_has_courses_of_its_own() -> None:
    first, second = fleet(0, 3, APART), fleet(1, 3, APART)
    assert not {e.event_id for _, e in first} & {e.event_id for _, e in second}
    assert min(at for at, _ in second) >= START + APART


def test_nothing_is_said_twice_or_left_out_and_all_in_order() -> None:
    parts = list(islice(endless(3, APART), 4))
    told = [said for part in parts for said in part]
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    ends = START + 4 * APART
    expected = [said for n in range(4) for said in fleet(n, 3, APART) if said[0] < ends]
    assert sorted(map(repr, told)) == sorted(map(repr, expected))
