"""What the brokers have lost is told and refused, and nothing else is."""

from __future__ import annotations

import logging

import pytest
from confluent_kafka import OFFSET_BEGINNING
from faust.types import TP

from streams.engine.exits import Refused
from streams.engine.losses import (
    lost_ends,
    lost_places,
    lost_records,
    lost_transactions,
    reading_from,
    refuse_losses,
)

IN, LOG = TP("in", 3), TP("app-t-changelog", 3)
NEVER = -1001


@pytest.mark.parametrize(("position", "end"), [(NEVER, 0), (0, 0), (5, 5), (5, 9)])
def test_a_log_that_reaches_as_far_as_it_was_read_has_lost_nothing(position, end):
    assert list(lost_ends({IN: position}, {IN: (0, end)})) == []


def test_a_source_that_ends_before_the_place_it_was_read_to_has_lost_its_end():
    (loss,) = lost_ends({IN: 500}, {IN: (0, 20)})
    assert "in[3] was read up to 500 and ends at 20 now" in loss


def test_reading_goes_on_at_the_committed_place(caplog):
    assert reading_from({IN: 7}, {IN: (2, 9)}) == {IN: 7}
    assert reading_from({IN: NEVER}, {IN: (2, 9)}) == {IN: OFFSET_BEGINNING}
    assert not caplog.records


def test_what_retention_took_before_it_was_read_is_told(caplog):
    with caplog.at_level(logging.WARNING):
        assert reading_from({IN: 7}, {IN: (10, 20)}) == {IN: OFFSET_BEGINNING}
    assert caplog.messages == ["in[3]: 3 messages were removed by retention before they were read"]


def test_an_accepted_lost_end_is_read_from_the_beginning():
    assert reading_from({IN: 500}, {IN: (0, 20)}) == {IN: OFFSET_BEGINNING}


def test_a_group_without_any_place_has_written_nothing():
    assert list(lost_places({LOG: 0})) == []
    (loss,) = lost_places({LOG: 5, TP("app-t-changelog", 4): 0})
    assert "no place in any source topic" in loss
    assert "1 partitions of its tables" in loss
    assert "offsets.retention.minutes" in loss


def test_a_changelog_that_ends_before_the_local_copy_has_lost_its_end():
    assert list(lost_records(LOG, 2, 9, 10)) == []
    assert list(lost_records(LOG, 0, -1, 0)) == []
    (loss,) = lost_records(LOG, 2, 10, 10)
    assert "app-t-changelog[3] ends at 10" in loss
    assert "committed up to 10 (2 transactions)" in loss


@pytest.mark.parametrize(
    ("held", "committed", "all_decided"),
    [
        (5, 5, True),
        (5, NEVER, True),  # a number that nobody commits for a week expires
        (0, NEVER, True),  # a table that is new to the app
        (4, 5, False),  # a transaction that is still to be decided
    ],
)
def test_numbers_that_may_differ(held, committed, all_decided):
    assert list(lost_transactions(LOG, held, committed, all_decided)) == []


def test_a_changelog_with_fewer_transactions_than_were_committed_has_lost_records():
    (loss,) = lost_transactions(LOG, 4, 5, True)
    assert "the changelog has lost records" in loss


@pytest.mark.parametrize("all_decided", [True, False])
def test_a_group_that_has_committed_fewer_than_the_changelog_holds_went_back(all_decided):
    (loss,) = lost_transactions(LOG, 5, 4, all_decided)
    assert "the group's offsets are older than the changelog" in loss


def test_losses_are_refused_with_a_way_out_and_not_all_listed():
    with pytest.raises(Refused) as told:
        refuse_losses([f"loss {n}" for n in range(5)], accepted=False)
    assert "loss 0; loss 1; loss 2; and 2 more. Put it back, or start every worker once" in str(
        told.value
    )
    refuse_losses([], accepted=False)


def test_accepted_losses_are_said_each(caplog):
    with caplog.at_level(logging.WARNING):
        refuse_losses(["loss 0", "loss 1"], accepted=True)
    assert caplog.messages == ["accepted loss: loss 0", "accepted loss: loss 1"]
