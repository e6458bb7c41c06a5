"""The time from vein to vein against the target of the product: TW-04."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import AlertState, Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, BatchTerminated, MaterialReceived
from schemas.ordering import AvailabilityConfirmed
from schemas.profiles import versions
from schemas.treatment import InfusionChange, InfusionChanged, InfusionCompleted, InfusionStarted
from tests.streams.detectors.limits import judged_by
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    at,
    corrected,
    heard,
    lived,
    ordered,
    records,
    said,
    states,
    the_alert,
    tick,
    told,
)

FRESH = next(p for p in versions() if "AXICEL" in p.products)
assert FRESH.vein_to_vein is not None
TARGET = FRESH.vein_to_vein.hours * HOUR
COLLECTED = 10 * HOUR
LIMIT = COLLECTED + TARGET


def collected(hour: When = COLLECTED) -> CollectionCompleted:
    return said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=9, ended_at=at(hour))


def planned(to: When, hour: When = 30) -> Event:
    return said(
        AvailabilityConfirmed, coi=COURSE, hour=hour, available=True, infusion_planned_at=at(to)
    )


def moved(to: When, hour: When = 40) -> Event:
    change = InfusionChange.RESCHEDULED
    return said(InfusionChanged, coi=COURSE, hour=hour, change=change, planned_at=at(to))


@pytest.mark.parametrize(("more", "found"), [(-INSTANT, []), (0 * HOUR, []), (INSTANT, ["open"])])
def test_an_infusion_that_is_expected_after_the_target_is_told_of(more, found) -> None:
    replay = told(collected(), planned(LIMIT + more), now=50)
    assert states(replay, "TW-04") == found
    if found:
        alert = the_alert(replay, "TW-04")
        assert (alert.severity, alert.owner) == (Severity.S3, "patient-operations")
        assert (alert.raised_at, alert.object) == (at(30), "vein to vein")
        assert alert.evidence == (collected().event_id,)
        assert alert.infusion_p50_at == at(LIMIT + more)
        assert f"and is expected on {at(LIMIT + more).isoformat()}; " in alert.detail


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_a_target_that_has_passed_is_told_of_whatever_was_forecast(more, found) -> None:
    replay = told(collected(), now=LIMIT + more)
    assert states(replay, "TW-04") == found
    if found:
        alert = the_alert(replay, "TW-04")
        assert (alert.severity, alert.raised_at) == (Severity.S2, at(LIMIT))


def test_the_alert_grows_graver_when_the_target_passes_under_the_same_id() -> None:
    replay = told(collected(), planned(LIMIT + 90 * HOUR), tick(50), tick(LIMIT - INSTANT))
    replay = told(collected(), planned(LIMIT + 90 * HOUR), tick(50), now=LIMIT)
    alert = the_alert(replay, "TW-04")
    assert (alert.severity, alert.raised_at) == (Severity.S2, at(30))
    before = told(collected(), planned(LIMIT + 90 * HOUR), now=LIMIT - INSTANT)
    assert the_alert(before, "TW-04").severity is Severity.S3


def test_a_late_step_is_why_and_since_then() -> None:
    start = said(BatchStarted, "BATCH:B-1", coi=COURSE, hour=TARGET - 100 * HOUR)
    on_time = said(MaterialReceived, "DIN:D-1", coi=COURSE, hour=20)
    replay = told(collected(), on_time, start, now=TARGET - 99 * HOUR)
    alert = the_alert(replay, "TW-04")
    assert (alert.raised_at, alert.severity) == (start.occurred_at, Severity.S3)
    assert "; manufacture.ProductFilled holds the course back" in alert.detail


def test_what_was_late_and_then_in_time_again_counts_from_the_last_delay() -> None:
    story = (planned(LIMIT + HOUR, 30), moved(LIMIT - HOUR, 40), moved(LIMIT + 2 * HOUR, 45))
    alert = the_alert(told(collected(), *story, now=50), "TW-04")
    assert alert.raised_at == at(45)


def test_it_is_late_since_the_first_fact_that_made_it_so() -> None:
    kept = said(CollectionScheduled, coi=COURSE, hour=1, planned_at=at(COLLECTED))
    received = said(MaterialReceived, "DIN:D-1", coi=COURSE, hour=35)
    story = kept, collected(), planned(LIMIT + HOUR, 30), received
    assert the_alert(told(*story, now=50), "TW-04").raised_at == at(30)


def test_an_infusion_that_was_expected_on_the_target_itself_was_not_late_by_then() -> None:
    forecast = records(told(collected(), now=20))[COURSE].forecast
    assert forecast is not None
    assert FRESH.vein_to_vein is not None
    expected = forecast.infusion_p50_at - at(COLLECTED)
    target = FRESH.vein_to_vein.model_copy(update={"hours": expected / HOUR})
    with judged_by(FRESH.model_copy(update={"vein_to_vein": target})):
        assert states(told(collected(), now=20), "TW-04") == []
        late = planned(COLLECTED + expected + HOUR, 30)
        assert the_alert(told(collected(), late, now=50), "TW-04").raised_at == at(30)


def test_a_new_plan_in_time_ends_it() -> None:
    story = (collected(), planned(LIMIT + HOUR), moved(LIMIT, 40))
    assert lived(heard(*ordered(), *story), "TW-04") == ["open", "resolved"]


@pytest.mark.parametrize("kind", [InfusionStarted, InfusionCompleted])
def test_the_infusion_ends_it(kind) -> None:
    more: dict[str, Any] = {"outcome": "complete"} if kind is InfusionCompleted else {}
    given = said(kind, "BATCH:B-1", coi=COURSE, hour=LIMIT + 5 * HOUR, **more)
    replay = heard(*ordered(), collected(), tick(LIMIT + HOUR), given)
    assert the_alert(replay, "TW-04").state is AlertState.RESOLVED


def test_a_course_that_ended_is_not_late() -> None:
    ended = said(BatchTerminated, "BATCH:B-1", coi=COURSE, hour=60, reason_code="NO-GROWTH")
    assert states(told(collected(), ended, now=LIMIT + HOUR), "TW-04") == []


def test_nothing_is_late_before_the_collection_or_without_a_target() -> None:
    assert states(told(planned(LIMIT + 900 * HOUR), now=50), "TW-04") == []
    assert states(heard(collected(), tick(LIMIT + HOUR)), "TW-04") == []
    with judged_by(FRESH.model_copy(update={"vein_to_vein": None})):
        assert states(told(collected(), planned(LIMIT + HOUR), now=LIMIT + HOUR), "TW-04") == []


def test_a_product_without_standard_times_is_judged_by_the_clock_alone() -> None:
    with judged_by(FRESH.model_copy(update={"path": ()})):
        assert states(told(collected(), planned(LIMIT + HOUR), now=50), "TW-04") == []
        alert = the_alert(told(collected(), planned(LIMIT + HOUR), now=LIMIT), "TW-04")
        assert (alert.raised_at, alert.severity) == (at(LIMIT), Severity.S2)
        assert "expected" not in alert.detail


def test_a_corrected_collection_moves_the_target() -> None:
    wrong = collected()
    right = corrected(wrong, ended_at=at(COLLECTED + HOUR))
    replay = told(wrong, planned(LIMIT + HOUR), right, now=50)
    assert not any(a == "open" for a in states(replay, "TW-04"))


def test_the_standard_times_of_each_product_keep_its_target() -> None:
    for profile in versions():
        assert profile.vein_to_vein is not None
        start = collected()
        replay = told(start, product=profile.products[0], now=20)
        forecast = records(replay)[COURSE].forecast
        assert forecast is not None
        target = timedelta(hours=profile.vein_to_vein.hours)
        assert forecast.infusion_p50_at < start.ended_at + target
        assert states(replay, "TW-04") == []
