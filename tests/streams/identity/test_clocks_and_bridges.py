"""Partners whose clock is off (IF-07), and whose interface is bridged by hand (IF-06)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from schemas.alert import Severity
from schemas.envelope import System
from schemas.profiles import platform_limits
from schemas.treatment import ThawPhase, ThawRecorded
from tests.streams.identity.partner_words import beat, beats, fresh, of_partner, open_of
from tests.words import COURSE, HOUR, INSTANT, MINUTE, at, heard, lived, said, tick

TOLERANCE = platform_limits().clock_offset.minutes * MINUTE
BRIDGE = platform_limits().manual_bridge.hours * HOUR


def off(hour: float, by: timedelta, **more):
    """A heartbeat of a partner whose own clock is so far off."""
    return beat(hour, partner_clock=at(hour * HOUR + by), **more)


# ------------------------------------------------------------------------------ IF-07


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("by", "raised"),
    [(TOLERANCE - INSTANT, False), (TOLERANCE, False), (TOLERANCE + INSTANT, True)],
)
def test_a_clock_is_off_when_it_is_further_than_the_tolerance(
    by: timedelta, side: int, raised: bool
) -> None:
    assert (open_of(heard(off(1, side * by), tick(1)), "IF-07") is not None) is raised


def test_it_says_how_far_the_clock_was_off_and_since_when() -> None:
    first = off(1, timedelta(seconds=90))
    alert = open_of(heard(first, off(2, timedelta(seconds=95)), tick(2)), "IF-07")
    assert alert is not None
    assert (alert.severity, alert.owner) == (Severity.S3, "partner-it")
    assert (alert.raised_at, alert.anchor) == (at(1), "2026-03-02")
    assert alert.evidence == (first.event_id,)
    assert "was 0:01:30 ahead" in alert.detail
    behind = open_of(heard(off(1, timedelta(seconds=-90)), tick(1)), "IF-07")
    assert behind is not None
    assert "was 0:01:30 behind" in behind.detail


def test_a_clock_that_is_right_again_ends_it_and_a_heartbeat_without_a_clock_does_not() -> None:
    story = [off(1, HOUR), tick(1)]
    assert lived(heard(*story, off(2, 0 * HOUR), tick(2)), "IF-07") == ["open", "resolved"]
    assert open_of(heard(*story, beat(2), tick(2)), "IF-07") is not None


def test_days_in_a_row_are_one_matter_and_a_day_between_makes_two() -> None:
    row = heard(*(off(hour, HOUR) for hour in (1, 20, 44)), tick(44))
    assert [a.anchor for a in of_partner(row, "IF-07")] == ["2026-03-02"]
    apart = heard(*(off(hour, HOUR) for hour in (1, 68)), tick(68))
    alert = open_of(apart, "IF-07")
    assert alert is not None
    assert (alert.anchor, alert.raised_at) == ("2026-03-05", at(68))


def test_a_clock_that_is_off_is_grave_while_thawed_cells_wait_for_its_word() -> None:
    clinic, place = "PARTNER:clinic/h-1", {"system": System.CLINIC, "partner": "h-1"}
    thaw = said(
        ThawRecorded, "CONTAINER:C-1", coi=COURSE, hour=4, phase=ThawPhase.COMPLETED, partner="h-1"
    )
    alert = open_of(heard(*fresh(), thaw, off(4.1, HOUR, **place), tick(4.2)), "IF-07", clinic)
    assert alert is not None
    assert alert.severity is Severity.S1
    assert [h.coi for h in alert.harmed] == [COURSE]
    assert alert.harm_at == alert.harmed[0].harm_at
    before = open_of(heard(*fresh(), off(4.1, HOUR, **place), tick(4.2)), "IF-07", clinic)
    assert before is not None
    assert (before.severity, before.harmed) == (Severity.S3, ())
    long_after = open_of(heard(*fresh(), thaw, off(30, HOUR, **place), tick(30)), "IF-07", clinic)
    assert long_after is not None
    assert long_after.severity is Severity.S3


def test_another_clock_than_that_of_thawed_cells_makes_it_no_graver() -> None:
    alert = open_of(heard(*fresh(), off(3, HOUR), tick(3)), "IF-07")
    assert alert is not None
    assert (alert.severity, alert.harmed) == (Severity.S3, ())


def test_the_order_of_heartbeats_does_not_matter() -> None:
    story = [off(1, HOUR), off(2, 0 * HOUR), off(3, HOUR), off(26, 2 * HOUR), tick(27)]
    found = {
        alert.model_copy(update={"revision": 1})
        for order in list(permutations(story))[::7]
        if (alert := open_of(heard(*order, *order), "IF-07")) is not None
    }
    (alert,) = found
    assert (alert.raised_at, alert.anchor) == (at(1), "2026-03-02")


# ------------------------------------------------------------------------------ IF-06


def bridged(hour: float, since: float = 1.0, **more):
    """A heartbeat that says since when people enter by hand."""
    return beat(hour, manual_bridge_since=at(since), **more)


@pytest.mark.parametrize(
    ("now", "raised"),
    [(HOUR + BRIDGE - INSTANT, False), (HOUR + BRIDGE, True), (HOUR + BRIDGE + INSTANT, True)],
)
def test_a_bridge_is_told_once_it_has_lasted_for_hours(now: timedelta, raised: bool) -> None:
    replay = heard(bridged(1.5), bridged(2.5), tick(now))
    alert = open_of(replay, "IF-06")
    assert (alert is not None) is raised
    if alert is not None:
        assert (alert.severity, alert.owner) == (Severity.S3, "integration")
        assert (alert.raised_at, alert.anchor) == (at(HOUR + BRIDGE), at(1).isoformat())
        assert alert.evidence == (bridged(1.5).event_id,)
        assert alert.missing == ("check of what was entered by hand", "end of the bridge")


def test_a_bridge_that_is_over_in_time_is_nobody_s_trouble_and_a_later_end_resolves() -> None:
    assert of_partner(heard(bridged(2), *beats(20, since=3), tick(20)), "IF-06") == []
    assert lived(heard(bridged(2), tick(6), beat(7), tick(7)), "IF-06") == ["open", "resolved"]


def test_a_second_bridge_is_a_matter_of_its_own() -> None:
    replay = heard(bridged(2), tick(6), beat(7), tick(7), bridged(9, since=8), tick(13))
    assert [a.state.value for a in of_partner(replay, "IF-06")] == ["resolved", "open"]


def test_the_order_of_what_is_said_of_bridges_does_not_matter() -> None:
    story = [bridged(2), bridged(3), beat(7), bridged(9, since=8), tick(5.5), tick(13)]
    found = {
        alert.model_copy(update={"revision": 1})
        for order in list(permutations(story))[::7]
        if (alert := open_of(heard(*order, *order), "IF-06")) is not None
    }
    (alert,) = found
    assert alert.anchor == at(8).isoformat()
