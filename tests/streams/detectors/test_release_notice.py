"""The notice to the authority about a product out of specification: RE-05."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.envelope import Event
from schemas.profiles import platform_limits
from schemas.quality import OosCaseChanged, OosState
from tests.streams.detectors.outside import (
    OTHER_BATCH,
    amended,
    case,
    home,
    infused,
    missed,
    path,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    at,
    heard,
    said,
    states,
    the_alert,
    tick,
)

LIMIT = platform_limits().authority_notice.hours_at_most * HOUR
WARN = LIMIT * platform_limits().authority_notice.remind_at[0]
SUPPLIED = 50 * HOUR
TOLD = OosState.AUTHORITY_NOTIFIED


def supplied() -> list[Event]:
    return [missed(), *path(), *home()]


def test_the_notice_is_due_after_two_days_and_told_of_after_half_of_them() -> None:
    assert (WARN, LIMIT) == (24 * HOUR, 48 * HOUR)


@pytest.mark.parametrize(
    ("share", "more", "reminder"),
    [
        (0.5, 0 * HOUR, 50),
        (0.8, -INSTANT, 50),
        (0.8, 0 * HOUR, 80),
        (1.0, -INSTANT, 80),
        (1.0, 0 * HOUR, 100),
    ],
)
def test_it_is_reminded_of_at_the_shares_that_its_clock_names(share, more, reminder) -> None:
    alert = the_alert(heard(*supplied(), tick(SUPPLIED + LIMIT * share + more)), "RE-05")
    reached = at(SUPPLIED + LIMIT * reminder / 100)
    assert (alert.reminder, alert.reminded_at) == (reminder, reached)
    assert (alert.timer, alert.due_at) == ("authority_notice", at(SUPPLIED + LIMIT))


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_a_missing_notice_is_warned_of(more, found) -> None:
    replay = heard(*supplied(), tick(SUPPLIED + WARN + more))
    assert states(replay, "RE-05") == found
    if found:
        alert = the_alert(replay, "RE-05")
        assert (alert.severity, alert.owner) == (Severity.S2, "regulatory-quality")
        assert alert.raised_at == at(SUPPLIED + WARN)
        assert alert.harm_at == at(SUPPLIED + LIMIT)
        assert alert.missing == ("reference of the notice",)


@pytest.mark.parametrize(
    ("more", "severity"), [(-INSTANT, "S2"), (0 * HOUR, "S1"), (INSTANT, "S1")]
)
def test_an_overdue_notice_is_graver_under_the_same_id(more, severity) -> None:
    replay = heard(*supplied(), tick(SUPPLIED + WARN), tick(SUPPLIED + LIMIT + more))
    alert = the_alert(replay, "RE-05")
    assert alert.severity == severity
    assert alert.raised_at == at(SUPPLIED + WARN)


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, "resolved"), (0 * HOUR, "resolved"), (INSTANT, "open")]
)
def test_a_notice_in_its_time_ends_it_and_a_late_one_stays(more, found) -> None:
    notice = case(TOLD, SUPPLIED + LIMIT + more)
    replay = heard(*supplied(), tick(SUPPLIED + WARN), notice, tick(SUPPLIED + 2 * LIMIT))
    assert states(replay, "RE-05") == [found]
    if found == "open":
        assert the_alert(replay, "RE-05").severity is Severity.S1
        assert notice.event_id in the_alert(replay, "RE-05").evidence


def test_a_notice_before_the_warning_is_quiet() -> None:
    assert states(heard(*supplied(), case(TOLD, 60), tick(300)), "RE-05") == []


def test_a_notice_about_another_batch_is_another_notice() -> None:
    other = said(OosCaseChanged, "OOS_CASE:O-2", OTHER_BATCH, coi=COURSE, hour=60, state=TOLD)
    assert states(heard(*supplied(), other, tick(300)), "RE-05") == ["open"]


def test_the_time_runs_from_the_earlier_of_supply_and_infusion() -> None:
    replay = heard(missed(), *path(), *home(), infused(60), tick(300))
    assert the_alert(replay, "RE-05").raised_at == at(SUPPLIED + WARN)
    only = heard(missed(), *path(), infused(60), tick(300))
    assert the_alert(only, "RE-05").raised_at == at(60 * HOUR + WARN)


def test_the_time_runs_from_the_failure_when_the_product_had_left_before() -> None:
    replay = heard(*home(), missed(70), tick(300))
    assert the_alert(replay, "RE-05").raised_at == at(70 * HOUR + WARN)


def test_a_product_that_never_left_needs_no_notice() -> None:
    assert states(heard(missed(), *path(), tick(900)), "RE-05") == []
    assert states(heard(*home(), tick(900)), "RE-05") == []


def test_an_amendment_to_a_pass_ends_the_wait_for_a_notice() -> None:
    replay = heard(*supplied(), tick(300), amended(310))
    assert states(replay, "RE-05") == ["resolved"]
