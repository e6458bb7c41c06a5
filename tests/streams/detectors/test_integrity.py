"""Entries that cannot be right, or that nobody can follow: DI-03, DI-04."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Precision
from schemas.manufacture import BatchStarted, MaterialReceived, ProductFilled, StepCompleted
from schemas.profiles import platform_limits
from schemas.transport import ConditionFileUploaded
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    at,
    corrected,
    lived,
    named,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

LATE = platform_limits().late_entry.hours * HOUR
EARLY = platform_limits().clock_tolerance.minutes * MINUTE
BEGAN = 100 * HOUR


def entered(after: timedelta, precision: Precision = Precision.INSTANT, kind=MaterialReceived):
    """A fact that was written down so long after it happened."""
    return said(
        kind,
        "DIN:D-1",
        coi=COURSE,
        hour=BEGAN,
        recorded_at=at(BEGAN + after),
        occurred_precision=precision,
    )


# ------------------------------------------------------------------------------------------ DI-03


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (-EARLY - INSTANT, ["open"]),
        (-EARLY, []),
        (-EARLY + INSTANT, []),
        (timedelta(0), []),
        (LATE - INSTANT, []),
        (LATE, []),
        (LATE + INSTANT, ["open"]),
    ],
)
def test_an_entry_is_made_after_its_act_and_within_days(after, found) -> None:
    assert states(told(entered(after)), "DI-03") == found


def test_a_late_entry_is_raised_when_it_was_made() -> None:
    seen = entered(100 * HOUR)
    alert = the_alert(told(seen), "DI-03")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "producer-quality")
    assert (alert.object, alert.anchor) == ("DIN:D-1", str(seen.event_id))
    assert alert.raised_at == at(200)
    assert alert.evidence == (seen.event_id,)
    assert alert.missing == ("explanation from the producer",)
    assert alert.detail == "manufacture.MaterialReceived: entered 4 days, 4:00:00 after it happened"


def test_an_entry_before_its_act_is_raised_when_it_was_made() -> None:
    alert = the_alert(told(entered(-3 * HOUR)), "DI-03")
    assert alert.raised_at == at(97)
    assert alert.detail == "manufacture.MaterialReceived: entered 3:00:00 before it happened"


@pytest.mark.parametrize(
    ("precision", "exact"),
    [
        (Precision.MINUTE, MINUTE),
        (Precision.DAY, 24 * HOUR),
        (Precision.UNKNOWN_TO_READER, 24 * HOUR),
    ],
)
def test_a_time_is_judged_as_exactly_as_its_partner_knows_it(precision, exact) -> None:
    assert states(told(entered(-EARLY - exact, precision)), "DI-03") == []
    assert states(told(entered(-EARLY - exact - INSTANT, precision)), "DI-03") == ["open"]
    assert states(told(entered(LATE + exact, precision)), "DI-03") == []
    assert states(told(entered(LATE + exact + INSTANT, precision)), "DI-03") == ["open"]


def test_an_entry_whose_moment_nobody_tells_is_unknown() -> None:
    assert states(told(said(MaterialReceived, "DIN:D-1", coi=COURSE, hour=5)), "DI-03") == []


def test_a_plan_may_be_dated_by_the_day_that_is_planned() -> None:
    plan = said(
        CollectionScheduled, coi=COURSE, hour=BEGAN, recorded_at=at(5), planned_at=at(BEGAN)
    )
    assert states(told(plan), "DI-03") == []


def test_a_trace_is_read_out_when_the_logger_arrives_and_never_before_it_ends() -> None:
    def trace(first: float, last: float, recorded: float = 90):
        return said(
            ConditionFileUploaded,
            "SHIPMENT:H-1",
            coi=COURSE,
            hour=5,
            recorded_at=at(recorded),
            first_at=at(first),
            last_at=at(last),
        )

    assert states(told(trace(3, 5)), "DI-03") == []
    assert states(told(trace(5, 3)), "DI-03") == ["open"]
    assert states(told(trace(3, 5, recorded=1)), "DI-03") == ["open"]


def test_a_correction_may_be_entered_long_after_the_act() -> None:
    first = entered(timedelta(0))
    later = corrected(first, recorded_at=at(BEGAN + 2 * LATE))
    assert states(told(first, later), "DI-03") == []


@pytest.mark.parametrize(
    ("began", "found"), [(-INSTANT, []), (timedelta(0), []), (INSTANT, ["open"])]
)
def test_nothing_ends_before_it_begins(began, found) -> None:
    start = at(BEGAN + began)
    step = said(StepCompleted, coi=COURSE, hour=BEGAN, step="HARVEST", started_at=start)
    assert states(told(step), "DI-03") == found
    taken = said(CollectionCompleted, coi=COURSE, hour=BEGAN, started_at=start, ended_at=at(BEGAN))
    assert states(told(taken), "DI-03") == found
    filled = said(ProductFilled, coi=COURSE, hour=BEGAN, expires_at=at(BEGAN - began))
    assert states(told(filled), "DI-03") == found


def test_what_ended_before_it_began_is_raised_at_its_own_time() -> None:
    step = said(StepCompleted, coi=COURSE, hour=9, step="HARVEST", started_at=at(10))
    alert = the_alert(told(step), "DI-03")
    assert (alert.object, alert.raised_at) == (f"COI:{COURSE}", at(9))
    assert "the step began" in alert.detail


def test_a_corrected_time_takes_it_back() -> None:
    wrong = entered(-3 * HOUR)
    right = corrected(wrong, hour=97, recorded_at=at(97))
    assert lived(told(wrong, right), "DI-03") == ["open", "retracted"]


# ------------------------------------------------------------------------------------------ DI-04


def unexplained(event, **fields):
    return corrected(event, **{"reason_code": None, **fields})


FIRST = said(BatchStarted, "BATCH:B-1", coi=COURSE, hour=5, room="GR-01")


def test_a_correction_without_a_reason_is_raised_when_it_was_entered() -> None:
    change = unexplained(FIRST, room="GR-02", recorded_at=at(30))
    alert = the_alert(told(FIRST, change), "DI-04")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "event-producer")
    assert (alert.object, alert.anchor) == ("BATCH:B-1", str(change.event_id))
    assert alert.raised_at == at(30)
    assert alert.evidence == (change.event_id,)
    assert alert.missing == ("reason for the correction",)
    assert alert.detail == (f"manufacture.BatchStarted corrects {FIRST.event_id} without a reason")


def test_a_correction_whose_moment_nobody_tells_is_raised_at_the_time_of_its_fact() -> None:
    assert the_alert(told(FIRST, unexplained(FIRST, hour=6)), "DI-04").raised_at == at(6)


def test_a_withdrawal_needs_a_reason_as_well() -> None:
    assert states(told(FIRST, withdrawn(FIRST)), "DI-04") == []
    alert = the_alert(told(FIRST, unexplained(FIRST, withdraws=True)), "DI-04")
    assert "withdraws" in alert.detail


@pytest.mark.parametrize(
    "reason", [{"reason_code": "TYPING"}, {"reason_text": "read off the wrong line"}]
)
def test_a_reason_in_a_code_or_in_words_is_enough(reason) -> None:
    assert states(told(FIRST, unexplained(FIRST, room="GR-02", **reason)), "DI-04") == []


def test_what_was_never_corrected_needs_no_reason() -> None:
    assert states(told(FIRST), "DI-04") == []


@pytest.mark.parametrize("withdraws", [False, True])
def test_a_further_correction_that_gives_the_reason_ends_it(withdraws) -> None:
    change = unexplained(FIRST, room="GR-02", withdraws=withdraws)
    reason = corrected(change, reason_code="TYPING")
    replay = told(FIRST, change, reason)
    assert "open" in lived(replay, "DI-04")
    assert states(replay, "DI-04") == ["retracted"]


def test_a_further_correction_without_a_reason_is_raised_in_its_place() -> None:
    change = unexplained(FIRST, room="GR-02")
    again = unexplained(change, room="GR-03")
    alerts = states(told(FIRST, change, again), "DI-04")
    assert sorted(alerts) == ["open", "retracted"]


def test_a_correction_that_leads_to_another_course_is_that_ones_matter() -> None:
    change = unexplained(FIRST, coi="CHA999926000009", identifiers=(named("BATCH:B-9"),))
    replay = told(FIRST, change)
    assert the_alert(replay, "DI-04", "CHA999926000009").open
    assert [a for a in states(replay, "DI-04") if a == "open"] == ["open"]


def test_what_is_right_does_not_hide_what_is_not() -> None:
    right, wrong = entered(timedelta(0)), entered(-3 * HOUR)
    early = said(MaterialReceived, "DIN:D-1", coi=COURSE, hour=5)
    assert states(told(early, right, wrong), "DI-03") == ["open"]
    plain = said(StepCompleted, coi=COURSE, hour=9, step="HARVEST")
    assert states(told(plain), "DI-03") == []


def test_the_first_thing_that_an_event_names_is_the_object() -> None:
    both = said(
        MaterialReceived, "DIN:D-1", "SHIPMENT:H-1", coi=COURSE, hour=BEGAN, recorded_at=at(90)
    )
    assert the_alert(told(both), "DI-03").object == "DIN:D-1"
