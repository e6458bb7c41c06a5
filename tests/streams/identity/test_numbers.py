"""Holes in a partner's own numbering: DI-10."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import Severity
from schemas.envelope import System
from schemas.manufacture import MaterialReceived
from schemas.profiles import platform_limits
from streams.identity.partner import MOST_STRETCHES, Partner
from streams.identity.watching import MOST_HOLES, _holes
from streams.messages import Heard
from tests.streams.identity.partner_words import MAKER, beat, of_partner, open_of
from tests.words import HOUR, INSTANT, MINUTE, at, heard, lived, said, tick

GRACE = platform_limits().number_gap.minutes * MINUTE


def numbered(number: int, hour: float):
    """An event with the partner's own running number."""
    return said(
        MaterialReceived,
        f"SHIPMENT:H-{number}",
        hour=hour,
        partner="maker-1",
        sequence=number,
    )


@pytest.mark.parametrize(
    ("now", "raised"),
    [
        (2 * HOUR + GRACE - INSTANT, False),
        (2 * HOUR + GRACE, True),
        (2 * HOUR + GRACE + INSTANT, True),
    ],
)
def test_a_number_that_does_not_come_within_its_grace_is_told(now: timedelta, raised: bool) -> None:
    alert = open_of(heard(numbered(7, 1), numbered(9, 2), tick(now)), "DI-10")
    assert (alert is not None) is raised
    if alert is not None:
        assert (alert.severity, alert.owner) == (Severity.S2, "platform")
        assert (alert.raised_at, alert.anchor) == (at(2 * HOUR + GRACE), "from 8")
        assert alert.missing == ("number 8",)


def test_numbers_in_a_row_and_the_first_number_of_all_leave_no_hole() -> None:
    replay = heard(numbered(7, 1), numbered(8, 2), numbered(9, 2.5), tick(99))
    assert of_partner(replay, "DI-10") == []


def test_the_grace_counts_from_the_first_higher_number() -> None:
    story = [numbered(7, 1), numbered(12, 5), numbered(9, 3), numbered(10, 4)]
    alert = open_of(heard(*story, tick(3 * HOUR + GRACE)), "DI-10")
    assert alert is not None
    assert (alert.anchor, alert.raised_at) == ("from 8", at(3 * HOUR + GRACE))
    both = of_partner(heard(*story, tick(99)), "DI-10")
    assert [a.anchor for a in both] == ["from 11", "from 8"]


def test_what_comes_after_all_ends_it_and_what_came_in_time_shows_that_nothing_was_missing() -> (
    None
):
    story = [numbered(7, 1), numbered(9, 2), tick(4)]
    assert lived(heard(*story, numbered(8, 3.9)), "DI-10") == ["open", "resolved"]
    assert lived(heard(*story, numbered(8, 2)), "DI-10") == ["open", "retracted"]


def test_a_heartbeat_that_knows_of_higher_numbers_shows_that_they_are_missing() -> None:
    said_so = beat(2, last_sequence=10)
    alert = open_of(heard(numbered(7, 1), said_so, tick(2 * HOUR + GRACE)), "DI-10")
    assert alert is not None
    assert (alert.anchor, alert.missing) == ("from 8", ("numbers 8 to 10",))
    fewer = open_of(heard(numbered(7, 1), said_so, numbered(8, 2.5), tick(9)), "DI-10")
    assert fewer is not None
    assert (fewer.anchor, fewer.raised_at) == ("from 9", at(2 * HOUR + GRACE))
    none = heard(numbered(7, 1), beat(2, last_sequence=7), tick(9))
    assert of_partner(none, "DI-10") == []


def test_a_partner_that_numbers_nothing_misses_nothing() -> None:
    assert of_partner(heard(beat(2, last_sequence=10), tick(9)), "DI-10") == []


def test_numbers_are_each_system_s_own() -> None:
    other = said(MaterialReceived, "SHIPMENT:H-1", hour=1, partner="maker-2", sequence=99)
    assert of_partner(heard(numbered(7, 1), numbered(8, 2), other, tick(9)), "DI-10") == []
    assert other.system is System.MES


def test_of_many_holes_the_lowest_are_told() -> None:
    replay = heard(*(numbered(2 * n, 1) for n in range(MOST_HOLES + 5)), tick(9))
    found = of_partner(replay, "DI-10")
    assert len(found) == MOST_HOLES
    assert {a.anchor for a in found} == {f"from {2 * n + 1}" for n in range(MOST_HOLES)}


def test_a_partner_that_does_not_count_in_ones_costs_no_more_than_so_much() -> None:
    replay = heard(*(numbered(7 * n, 1) for n in range(MOST_STRETCHES + 9)), tick(2))
    partner = replay.things[MAKER].partner
    assert partner is not None
    assert len(partner.stretches) == MOST_STRETCHES


words = st.lists(
    st.one_of(
        st.builds(lambda at, n: Heard(at, number=n), st.integers(1, 9), st.integers(0, 12)),
        st.builds(lambda at, n: Heard(at, "b", up_to=n), st.integers(1, 9), st.integers(0, 12)),
    ),
    max_size=12,
)


def by_hand(said_so: list[Heard]) -> list[tuple[int, int, int]]:
    """The holes, counted one number after the other."""
    numbers = {w.number for w in said_so if w.number is not None}
    if not numbers:
        return []
    top = max(*numbers, *(w.up_to or 0 for w in said_so), 0)
    found: list[list[int]] = []
    for number in range(min(numbers), top + 1):
        if number in numbers:
            continue
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
            continue
        known = [w.at for w in said_so if (w.number or -1) > number or (w.up_to or -1) >= number]
        found.append([number, number, min(known)])
    return [(first, last, at) for first, last, at in found]


@settings(max_examples=300, deadline=None)
@given(words, st.randoms(use_true_random=False))
def test_holes_are_those_that_one_counts_by_hand_in_any_order(said_so, random) -> None:
    order = said_so * 2
    random.shuffle(order)
    partner = Partner()
    for word in order:
        partner.hear(word, 99, 1)
    assert _holes(partner) == by_hand(said_so)
