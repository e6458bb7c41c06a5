"""Deviations that an authority must hear of: QU-09."""

from __future__ import annotations

import pytest

from schemas.alert import AlertState, Severity
from schemas.envelope import Event
from schemas.profiles import platform_limits
from schemas.quality import DeviationClass, DeviationOpened, DeviationReported
from tests.streams.detectors.outside import BATCH, OTHER_BATCH, home, infused
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    alerts,
    at,
    corrected,
    heard,
    lived,
    said,
    states,
    the_alert,
    tick,
)

LIMITS = platform_limits()
SUPPLIED = 50 * HOUR
"""When `home` leaves the maker."""
DUE = LIMITS.deviation_report.hours_at_most * HOUR
URGENT = LIMITS.deviation_report_urgent.hours * HOUR


def opened(
    hour: When = 20, reportable: bool = True, number: str = "D-1", batch: str = BATCH
) -> DeviationOpened:
    return said(
        DeviationOpened,
        f"DEVIATION:{number}",
        batch,
        coi=COURSE,
        hour=hour,
        classification=DeviationClass.MAJOR,
        reportable=reportable,
    )


def reported(hour: When, number: str = "D-1", batch: str = BATCH) -> Event:
    return said(DeviationReported, f"DEVIATION:{number}", batch, coi=COURSE, hour=hour)


def test_the_report_of_a_distributed_product_is_owed_from_its_supply_on() -> None:
    alert = the_alert(heard(opened(), *home(), tick(51)), "QU-09")
    assert (alert.severity, alert.owner) == (Severity.S3, "regulatory")
    assert (alert.raised_at, alert.object) == (at(SUPPLIED), "DEVIATION:D-1")
    assert (alert.timer, alert.due_at) == ("deviation_report", at(SUPPLIED + DUE))
    assert alert.missing == ("reference of the report",)
    assert opened().event_id in alert.evidence
    assert len(alert.evidence) == 2
    assert "report due by 2026-04-18" in alert.detail
    assert "late" not in alert.detail


def test_it_is_owed_from_the_deviation_when_the_product_had_left_before() -> None:
    alert = the_alert(heard(*home(), opened(70), tick(71)), "QU-09")
    assert (alert.raised_at, alert.due_at) == (at(70), at(70 * HOUR + DUE))
    given = the_alert(heard(infused(60), opened(20), tick(71)), "QU-09")
    assert given.raised_at == at(60)


def test_a_product_that_leaves_and_is_given_counts_from_its_first_supply() -> None:
    alert = the_alert(heard(opened(), *home(), infused(90), tick(91)), "QU-09")
    assert (alert.raised_at, alert.due_at) == (at(SUPPLIED), at(SUPPLIED + DUE))
    assert alert.detail.startswith(f"SHIPMENT:H-1 on {at(SUPPLIED).isoformat()}, report due by")


def test_a_deviation_of_a_batch_that_never_left_does_not_hide_the_next() -> None:
    elsewhere = opened(number="D-0", batch=OTHER_BATCH)
    alert = the_alert(heard(elsewhere, opened(), *home(), tick(60)), "QU-09")
    assert alert.object == "DEVIATION:D-1"


def test_of_two_late_reports_the_first_one_is_told() -> None:
    late, later = (reported(SUPPLIED + DUE + more) for more in (HOUR, 2 * HOUR))
    alert = the_alert(heard(opened(), *home(), late, later), "QU-09")
    assert late.event_id in alert.evidence
    assert later.event_id not in alert.evidence
    assert alert.detail.endswith(f"reported late at {late.occurred_at.isoformat()}")


def test_no_report_is_owed_of_what_never_left_or_need_not_be_reported() -> None:
    assert states(heard(opened(), tick(5000)), "QU-09") == []
    assert states(heard(opened(reportable=False), *home(), tick(5000)), "QU-09") == []
    assert states(heard(opened(batch=OTHER_BATCH), *home(), tick(5000)), "QU-09") == []


@pytest.mark.parametrize(
    ("more", "severity"), [(-INSTANT, "S3"), (0 * HOUR, "S2"), (INSTANT, "S2")]
)
def test_a_missing_report_grows_graver_in_its_last_days(more, severity) -> None:
    replay = heard(opened(), *home(), tick(51), tick(SUPPLIED + URGENT + more))
    alert = the_alert(replay, "QU-09")
    assert (alert.severity, alert.raised_at) == (severity, at(SUPPLIED))


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, "resolved"), (0 * HOUR, "resolved"), (INSTANT, "open")]
)
def test_a_report_in_its_time_ends_it_and_a_late_one_stays(more, found) -> None:
    report = reported(SUPPLIED + DUE + more)
    replay = heard(opened(), *home(), tick(51), report)
    assert states(replay, "QU-09") == [found]
    if found == "open":
        alert = the_alert(replay, "QU-09")
        assert (alert.severity, alert.missing) == (Severity.S2, ())
        assert report.event_id in alert.evidence
        assert "reported late at" in alert.detail


def test_the_first_report_counts_and_a_second_one_changes_nothing() -> None:
    replay = heard(opened(), *home(), reported(60), reported(SUPPLIED + DUE + INSTANT))
    assert states(replay, "QU-09") == ["resolved"]


def test_a_report_about_another_deviation_is_another_report() -> None:
    replay = heard(opened(), opened(21, number="D-2"), *home(), reported(60), tick(70))
    found = [(a.object, a.open) for a in alerts(replay) if a.code == "QU-09"]
    assert found == [("DEVIATION:D-1", False), ("DEVIATION:D-2", True)]


def test_each_deviation_counts_from_the_first_word_that_it_must_be_reported() -> None:
    again = opened(80)
    alert = the_alert(heard(*home(), opened(70), again, tick(90)), "QU-09")
    assert alert.raised_at == at(70)
    first_minor = opened(60, reportable=False)
    assert the_alert(heard(*home(), first_minor, again, tick(90)), "QU-09").raised_at == at(80)


def test_a_deviation_without_a_number_is_told_of_too() -> None:
    nameless = said(
        DeviationOpened, BATCH, coi=COURSE, hour=20, classification="major", reportable=True
    )
    alert = the_alert(heard(nameless, *home(), tick(60)), "QU-09")
    assert alert.object == f"DEVIATION:{nameless.event_id}"


def test_one_that_turns_out_not_to_be_reportable_was_never_owed() -> None:
    wrong = opened()
    replay = heard(wrong, *home(), tick(60), corrected(wrong, reportable=False))
    assert lived(replay, "QU-09") == ["open", "retracted"]


def test_it_is_reminded_of_at_half_of_its_days() -> None:
    replay = heard(opened(), *home(), tick(51), tick(SUPPLIED + DUE / 2))
    alert = the_alert(replay, "QU-09")
    assert (alert.reminder, alert.reminded_at) == (50, at(SUPPLIED + DUE / 2))
    assert alert.state is AlertState.ESCALATED
