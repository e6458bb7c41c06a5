"""A transaction takes on no more than it can finish in time."""

from __future__ import annotations

from streams.engine.pace import FIRST, Pace


def test_easy_batches_grow_to_what_is_allowed():
    pace = Pace(5_000, 10.0)
    sizes = []
    for _ in range(6):
        sizes.append(pace.batch)
        pace.took(pace.batch, 0.1)
    assert sizes == [FIRST, 1_000, 2_000, 4_000, 5_000, 5_000]


def test_small_batches_say_nothing_about_large_ones():
    pace = Pace(5_000, 10.0)
    pace.took(3, 0.001)
    assert pace.batch == FIRST


def test_slow_batches_shrink_down_to_single_messages():
    pace = Pace(5_000, 10.0)
    for _ in range(20):
        pace.took(pace.batch, 3.0)
    assert pace.batch == 1


def test_a_batch_never_exceeds_what_was_set():
    assert Pace(20, 10.0).batch == 20


def test_what_is_neither_slow_nor_easy_stays():
    pace = Pace(5_000, 10.0)
    pace.took(FIRST, 1.0)
    assert pace.batch == FIRST


def test_a_transaction_beyond_its_timeout_is_lost():
    assert Pace(1, 10.0).too_slow(10.1)
    assert not Pace(1, 10.0).too_slow(9.9)
