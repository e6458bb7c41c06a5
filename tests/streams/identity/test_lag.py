"""The pipeline itself: how long messages wait for it (IF-02), and how late it is while they do."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from schemas import topics
from schemas.alert import Severity
from schemas.collection import CollectionCompleted
from schemas.control import ActionKind, Tick
from schemas.profiles import platform_limits
from schemas.transport import CustodyAccepted, CustodyHandedOver
from schemas.wire import WireMessage, encode_contract
from streams.line import CLOCK
from streams.moments import micros
from tests.streams.identity.partner_words import of_partner, open_of
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    Arrival,
    When,
    at,
    did,
    heard,
    history,
    lived,
    open_codes,
    ordered,
    said,
    states,
    tick,
)

LIMIT = platform_limits().processing_lag.minutes * MINUTE
CAP = platform_limits().time_waits.hours * HOUR
THIRD = "PARTITION:3"


def waiting(when: When, since: When, partition: int = 3) -> Arrival:
    """A tick that says since when something waits."""
    tick = Tick(now=at(when), partition=partition, waiting_since=at(since))
    return topics.TICKS, WireMessage(b"3", encode_contract(tick))


def keeping_up(when: When, partition: int = 3) -> Arrival:
    tick = Tick(now=at(when), partition=partition)
    return topics.TICKS, WireMessage(b"3", encode_contract(tick))


@pytest.mark.parametrize(
    ("now", "raised"),
    [(HOUR + LIMIT - INSTANT, False), (HOUR + LIMIT, True), (HOUR + LIMIT + INSTANT, True)],
)
def test_what_waits_for_ten_minutes_is_told(now: timedelta, raised: bool) -> None:
    alert = open_of(heard(waiting(now, HOUR)), "IF-02", THIRD)
    assert (alert is not None) is raised
    if alert is not None:
        assert (alert.severity, alert.owner) == (Severity.S2, "platform")
        assert (alert.raised_at, alert.anchor) == (at(HOUR + LIMIT), "2026-03-02")
        assert "partition 3 does not keep up" in alert.detail


def test_it_ends_with_the_lag_and_is_the_same_matter_when_it_comes_back_that_day() -> None:
    story = [waiting(2, 1), waiting(3, 1.5), keeping_up(4)]
    assert lived(heard(*story), "IF-02") == ["open", "resolved"]
    assert lived(heard(*story, waiting(6, 5)), "IF-02") == ["open", "resolved", "open"]
    assert len(of_partner(heard(*story, waiting(6, 5), waiting(60, 59)), "IF-02", THIRD)) == 2


def test_each_partition_is_told_by_itself() -> None:
    replay = heard(waiting(2, 1), keeping_up(2, partition=4))
    assert open_of(replay, "IF-02", THIRD) is not None
    assert of_partner(replay, "IF-02", "PARTITION:4") == []
    everywhere = open_of(heard(waiting(2, 1, partition=-1)), "IF-02", "PARTITION:-1")
    assert everywhere is not None
    assert "every partition" in everywhere.detail


def test_a_partition_that_keeps_up_is_not_written_down_again_and_again() -> None:
    replay = heard(*(keeping_up(hour) for hour in range(5)))
    assert history(replay) == []
    assert replay.due[f"{CLOCK}/3"] == micros(at(4))
    told = [out for h in range(5, 9) for out in replay.line.take(*keeping_up(h))]
    assert told == []


def test_the_order_of_ticks_does_not_matter() -> None:
    story = [keeping_up(0), waiting(2, 1), keeping_up(3), waiting(6, 5), waiting(7, 5.5)]
    for lines, is_open in ((story, True), ([*story, keeping_up(8)], False)):
        whole = open_of(heard(*lines), "IF-02", THIRD)
        assert (whole is not None) is is_open
        for order in list(permutations(lines))[::5]:
            alert = open_of(heard(*order), "IF-02", THIRD)
            assert (alert is not None) is is_open
            if alert is not None and whole is not None:
                assert alert.model_copy(update={"revision": whole.revision}) == whole


def test_people_act_on_it_as_on_any_other_alert() -> None:
    replay = heard(waiting(2, 1))
    alert = open_of(replay, "IF-02", THIRD)
    assert alert is not None
    replay.take_all([did(ActionKind.ACKNOWLEDGE, alert, hour=2)])
    assert states(replay, "IF-02") == ["acknowledged"]


# ------------------------------------------------------------------------------ time is held back


GIVEN = said(CustodyHandedOver, "SHIPMENT:H-1", coi=COURSE, hour=10, from_party="A", to_party="B")
TAKEN = said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=10.1, to_party="B")


def test_after_an_outage_nothing_counts_as_absent_that_still_waits_to_be_read() -> None:
    story = [*ordered(), GIVEN]
    behind = heard(*story, waiting(20, 10.05))
    assert behind.line.clock == micros(at(10.05))
    assert "CU-03" not in open_codes(behind)
    behind.take_all([(topics.TICKS, keeping_up(20)[1])])
    assert "CU-03" in open_codes(behind)
    caught_up = heard(*story, waiting(20, 10.05), TAKEN, keeping_up(20))
    assert lived(caught_up, "CU-03") == []


def test_time_is_not_held_back_for_ever() -> None:
    assert heard(waiting(10 * HOUR + CAP - INSTANT, 10)).line.clock == micros(at(10))
    assert heard(waiting(10 * HOUR + CAP, 10)).line.clock == micros(at(10))
    assert heard(waiting(10 * HOUR + CAP + INSTANT, 10)).line.clock == micros(at(10)) + 1


def test_what_waits_since_a_time_to_come_does_not_put_time_forward() -> None:
    assert heard(waiting(5, 9)).line.clock == micros(at(5))
    assert heard(tick(7), waiting(9, 3)).line.clock == micros(at(7))


def test_a_partition_that_is_taken_up_again_takes_no_such_note_for_a_deadline() -> None:
    collected = said(CollectionCompleted, coi=COURSE, hour=9, ended_at=at(10))
    replay = heard(*ordered(), collected, keeping_up(11))
    replay.line.remember((key, due) for key, due in replay.due.items())
    assert all(not key.startswith(CLOCK) for _, key in replay.line._heap)
