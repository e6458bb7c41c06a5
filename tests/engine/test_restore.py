"""When a table is up to date: never before what was committed can be in it."""

from __future__ import annotations

import pytest

from streams.engine.local_store import MemoryStore
from streams.engine.overlay import Overlay, Partition
from streams.engine.restore import Behind, Progress

OVERLAY = Overlay("t-changelog", str.encode, bytes.decode, lambda v: v, lambda v: v, 10, 1_000)


def behind(committed, held, *, end=100, stable=-1) -> Behind:
    store = MemoryStore()
    store.write([], held, 0)
    return Behind(OVERLAY, Partition(store), committed, start=0, end=end, stable=stable)


def test_a_reader_that_has_not_come_to_the_stable_end_is_not_done():
    assert not behind(5, 5).up_to_date()


def test_to_hold_as_many_transactions_as_are_committed_is_enough():
    """Others may have transactions open: what they hold is not committed, or not ours."""
    assert behind(5, 5, stable=50).up_to_date()


@pytest.mark.parametrize("held", [0, 4])
def test_a_dying_owners_last_commit_is_waited_for(held):
    assert not behind(5, held, stable=50).up_to_date()


def test_once_all_transactions_of_that_time_are_decided_nothing_can_be_missing():
    """A changelog that was made anew holds no transactions, and never will those of the past."""
    assert behind(5, 0, stable=100).up_to_date()
    assert behind(5, 0, stable=130).up_to_date()


def test_where_nothing_was_committed_there_is_nothing_to_wait_for():
    assert behind(0, 0, end=0, stable=0).up_to_date()


def test_progress_is_a_share():
    assert Progress().ratio == 0.0
    assert Progress(total=0).ratio == 1.0
    assert Progress(done=5, total=20).ratio == 0.25
    assert Progress(done=25, total=20).ratio == 1.0
