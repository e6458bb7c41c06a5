"""Alerts: one id wherever and whenever the same thing is found."""

from __future__ import annotations

import pytest

from schemas.alert import OPEN_STATES, AlertState, Severity, alert_id, most_grave

ONE = ("CU-01", "COI-1", "SHIPMENT:H-1", "anchor")


def test_the_same_thing_has_the_same_id() -> None:
    assert alert_id(*ONE) == alert_id(*ONE)


@pytest.mark.parametrize("place", range(4))
def test_another_code_course_thing_or_anchor_is_another_alert(place) -> None:
    other = list(ONE)
    other[place] = "other"
    assert alert_id(*other) != alert_id(*ONE)


def test_parts_that_only_run_together_are_not_the_same() -> None:
    assert alert_id("A", "B", "CD", "E") != alert_id("A", "B", "C", "DE")
    assert alert_id("A", None, "B", "C") == alert_id("A", "", "B", "C")


def test_the_lowest_number_is_the_gravest() -> None:
    assert most_grave([Severity.S3, Severity.S1, Severity.S2]) is Severity.S1


def test_what_ended_is_not_open() -> None:
    ended = {AlertState.RESOLVED, AlertState.CLOSED, AlertState.RETRACTED}
    assert ended.isdisjoint(OPEN_STATES)
    assert OPEN_STATES | ended == set(AlertState) - {AlertState.UNKNOWN_TO_READER}
