"""Since when messages wait for a worker."""

from __future__ import annotations

from streams.waiting import PATIENCE, Waiting

A, B = ("v2v.in.mes.maker-1", 0), ("v2v.things", 0)
NOW = 10**15


def test_nothing_waits_where_everything_has_been_taken() -> None:
    assert Waiting().since({A: 0, B: 0}, 2, NOW) == 0


def test_what_waits_was_published_after_the_last_that_was_taken() -> None:
    waiting = Waiting()
    waiting.took(A, 500)
    waiting.took(A, 400)
    assert waiting.since({A: 3, B: 0}, 2, NOW) == 500


def test_a_partition_that_said_nothing_for_long_waits_since_it_was_last_caught_up() -> None:
    waiting = Waiting()
    waiting.took(A, 500)
    assert waiting.since({A: 0}, 1, NOW) == 0
    assert waiting.since({A: 1}, 1, NOW + 9) == NOW


def test_the_partition_that_waits_longest_counts() -> None:
    waiting = Waiting()
    waiting.took(A, 500)
    waiting.took(B, 300)
    assert waiting.since({A: 1, B: 1}, 2, NOW) == 300


def test_after_an_assignment_nothing_is_said_until_something_is_known_of_every_partition() -> None:
    waiting = Waiting()
    assert waiting.since({A: 0}, 2, NOW) is None
    assert waiting.since({A: 0, B: 7}, 2, NOW + 1) is None
    waiting.took(B, 300)
    assert waiting.since({A: 0, B: 6}, 2, NOW + 2) == 300
    waiting.assigned()
    assert waiting.since({A: 0, B: 6}, 2, NOW + 3) is None


def test_time_goes_on_although_a_partition_cannot_be_read() -> None:
    waiting = Waiting()
    assert waiting.since({A: 0}, 2, NOW) is None
    assert waiting.since({A: 0}, 2, NOW + PATIENCE - 1) is None
    assert waiting.since({A: 0}, 2, NOW + PATIENCE) == 0
