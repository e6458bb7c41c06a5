"""Partners who contradict each other, and facts entered after the decision they speak against: IF-04, IF-05."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.laboratory import ResultReported, SampleRegistered, Verdict
from schemas.ordering import AvailabilityConfirmed, BatchNumberAssigned, GoodsIssued
from schemas.profiles import platform_limits
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.treatment import LymphodepletionStarted
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    at,
    heard,
    lived,
    ordered,
    said,
    sent,
    states,
    the_alert,
    tick,
    told,
)

GRACE = platform_limits().orphan_grace.minutes * MINUTE
TOLERANCE = platform_limits().clock_tolerance.minutes * MINUTE
BATCH = said(BatchNumberAssigned, "BATCH:B-1", coi=COURSE, hour=1)
HELD = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10)
ISSUED = said(GoodsIssued, "DELIVERY:D-1", "BATCH:B-1", hour=12)
CERTIFIED = said(BatchCertified, "CERTIFICATE:C-1", "BATCH:B-1", hour=20)


def lifted(when, hold="HOLD:H-1"):
    return said(HoldLifted, hold, "BATCH:B-1", hour=when)


# ------------------------------------------------------------------------------------------ IF-05


@pytest.mark.parametrize(
    ("now", "found"), [(GRACE - INSTANT, []), (GRACE, ["open"]), (GRACE + INSTANT, ["open"])]
)
def test_the_end_of_a_hold_is_waited_for_as_long_as_a_link(now, found) -> None:
    assert states(told(BATCH, HELD, ISSUED, now=12 * HOUR + now), "IF-05") == found


def test_goods_issued_on_hold_name_both_systems() -> None:
    alert = the_alert(told(BATCH, HELD, ISSUED), "IF-05")
    assert (alert.severity, alert.owner, alert.open) == (Severity.S1, "data-owners", True)
    assert alert.object == "DELIVERY:D-1"
    assert alert.anchor == f"{ISSUED.event_id}/{HELD.event_id}"
    assert alert.raised_at == at(12 * HOUR + GRACE)
    assert alert.evidence == tuple(sorted((ISSUED.event_id, HELD.event_id)))
    assert alert.missing == ("word of erp and qms on which is true",)
    assert "of erp" in alert.detail
    assert "on hold by qms" in alert.detail


@pytest.mark.parametrize(
    ("end", "found"),
    [(12 * HOUR - INSTANT, []), (12 * HOUR, []), (12 * HOUR + INSTANT, ["open"])],
)
def test_a_hold_has_to_be_over_before_the_goods_leave(end, found) -> None:
    seen = told(BATCH, HELD, ISSUED, lifted(end))
    assert states(seen, "IF-05") == found
    if found:
        assert the_alert(seen, "IF-05").raised_at == at(12)


def test_an_end_that_came_too_late_is_waited_for_no_longer() -> None:
    assert states(heard(*ordered(), BATCH, HELD, ISSUED, lifted(12.1)), "IF-05") == ["open"]
    second = said(HoldPlaced, "HOLD:H-2", "BATCH:B-1", hour=11)
    story = BATCH, HELD, second, ISSUED, lifted(12.1, "HOLD:H-2")
    alert = the_alert(told(*story, now=12.2), "IF-05")
    assert alert.anchor == f"{ISSUED.event_id}/{second.event_id}"


def test_a_hold_from_the_moment_in_which_the_goods_leave_contradicts() -> None:
    held = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=12)
    assert states(told(BATCH, held, ISSUED), "IF-05") == ["open"]


def test_a_hold_that_ends_in_its_own_moment_holds_nothing() -> None:
    assert states(told(BATCH, HELD, lifted(10), ISSUED), "IF-05") == []


@pytest.mark.parametrize("hour", [12 * HOUR + INSTANT, 30])
def test_a_hold_after_the_goods_have_left_contradicts_nobody(hour) -> None:
    later = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=hour)
    assert states(told(BATCH, later, ISSUED), "IF-05") == []


def test_the_end_of_another_hold_does_not_count() -> None:
    assert states(told(BATCH, HELD, lifted(11, "HOLD:H-2"), ISSUED), "IF-05") == ["open"]
    assert states(told(BATCH, HELD, lifted(9), ISSUED), "IF-05") == ["open"]


def test_another_batch_may_be_on_hold() -> None:
    other = said(BatchNumberAssigned, "BATCH:B-2", coi=COURSE, hour=2, remanufacture=True)
    held = said(HoldPlaced, "HOLD:H-0", "BATCH:B-2", hour=9)
    assert states(told(BATCH, other, held, ISSUED), "IF-05") == []
    rejected = said(BatchRejected, "BATCH:B-2", hour=9)
    assert states(told(BATCH, other, rejected, ISSUED), "IF-05") == []
    # and hides nothing about this one
    assert states(told(BATCH, other, held, HELD, ISSUED), "IF-05") == ["open"]
    late = said(HoldPlaced, "HOLD:H-0", "BATCH:B-2", hour=10, recorded_at=at(21))
    assert states(told(BATCH, other, CERTIFIED, late), "IF-04") == []


def test_who_names_no_batch_speaks_of_the_batch_of_the_course() -> None:
    held = said(HoldPlaced, "HOLD:H-1", coi=COURSE, hour=10)
    assert states(told(BATCH, held, ISSUED), "IF-05") == ["open"]
    issued = said(GoodsIssued, "DELIVERY:D-1", coi=COURSE, hour=12)
    assert states(told(BATCH, HELD, issued), "IF-05") == ["open"]


@pytest.mark.parametrize(("available", "found"), [(True, ["open"]), (False, [])])
def test_what_is_called_available_must_not_be_on_hold(available, found) -> None:
    word = said(AvailabilityConfirmed, "BATCH:B-1", hour=12, available=available)
    assert states(told(BATCH, HELD, word), "IF-05") == found


@pytest.mark.parametrize(
    ("hour", "found"), [(12 * HOUR, ["open"]), (12 * HOUR + INSTANT, []), (9, ["open"])]
)
def test_what_was_rejected_must_not_leave(hour, found) -> None:
    rejected = said(BatchRejected, "BATCH:B-1", hour=hour)
    seen = told(BATCH, ISSUED, rejected)
    assert states(seen, "IF-05") == found
    if found:
        assert the_alert(seen, "IF-05").raised_at == at(12)
        assert "rejected by qms" in the_alert(seen, "IF-05").detail


def test_the_end_that_arrives_late_takes_the_alert_back() -> None:
    seen = told(BATCH, HELD, ISSUED, tick(50), lifted(11))
    assert lived(seen, "IF-05") == ["open", "retracted"]


# ------------------------------------------------------------------------------------------ IF-04


@pytest.mark.parametrize(
    ("after", "found"),
    [(TOLERANCE - INSTANT, []), (TOLERANCE, []), (TOLERANCE + INSTANT, ["open"])],
)
def test_what_is_entered_after_the_certificate_was_not_known_to_it(after, found) -> None:
    late = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=at(20 * HOUR + after))
    assert states(told(BATCH, CERTIFIED, late), "IF-04") == found


@pytest.mark.parametrize(
    ("happened", "found"),
    [(20 * HOUR - INSTANT, ["open"]), (20 * HOUR, ["open"]), (20 * HOUR + INSTANT, [])],
)
def test_what_happened_after_the_certificate_does_not_change_it(happened, found) -> None:
    late = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=happened, recorded_at=at(22))
    assert states(told(BATCH, CERTIFIED, late), "IF-04") == found


def test_a_late_fact_names_the_decision_and_when_it_was_entered() -> None:
    late = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=at(21))
    alert = the_alert(told(BATCH, CERTIFIED, late), "IF-04")
    assert (alert.severity, alert.owner) == (Severity.S2, "gate-owner")
    assert (alert.object, alert.raised_at) == ("CERTIFICATE:C-1", at(21))
    assert alert.anchor == f"{CERTIFIED.event_id}/{late.event_id}"
    assert alert.evidence == tuple(sorted((CERTIFIED.event_id, late.event_id)))
    assert alert.missing == ("decision of the gate's owner on the late fact",)
    assert "was entered at" in alert.detail


def test_when_a_message_comes_does_not_matter() -> None:
    in_time = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=at(11))
    unknown = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10)
    for fact in (in_time, unknown):
        assert states(told(BATCH, CERTIFIED, tick(100), fact), "IF-04") == []


def test_a_certificate_that_allows_no_use_decides_nothing() -> None:
    partial = said(BatchCertified, "BATCH:B-1", hour=20, quarantine_shipment=True)
    late = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=at(21))
    assert states(told(BATCH, partial, late), "IF-04") == []


@pytest.mark.parametrize(
    ("grave", "found"),
    [
        (DeviationClass.MINOR, []),
        (DeviationClass.MAJOR, ["open"]),
        (DeviationClass.CRITICAL, ["open"]),
    ],
)
def test_a_deviation_speaks_against_a_certificate_unless_it_is_minor(grave, found) -> None:
    late = said(
        DeviationOpened,
        "DEVIATION:V-1",
        "BATCH:B-1",
        hour=10,
        recorded_at=at(21),
        classification=grave,
    )
    assert states(told(BATCH, CERTIFIED, late), "IF-04") == found


@pytest.mark.parametrize(("closed", "found"), [(20 * HOUR, []), (20 * HOUR + INSTANT, ["open"])])
def test_what_was_over_before_the_certificate_changes_nothing(closed, found) -> None:
    late = said(
        DeviationOpened,
        "DEVIATION:V-1",
        "BATCH:B-1",
        hour=10,
        recorded_at=at(21),
        classification=DeviationClass.MAJOR,
    )
    end = said(DeviationClosed, "DEVIATION:V-1", "BATCH:B-1", hour=closed)
    assert states(told(BATCH, end, CERTIFIED, late), "IF-04") == found


@pytest.mark.parametrize(
    ("verdict", "found"), [(Verdict.OUT_OF_SPECIFICATION, ["open"]), (Verdict.PASS, [])]
)
def test_a_failed_result_that_is_entered_late_speaks_against_a_certificate(verdict, found) -> None:
    sample = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", hour=5)
    late = said(
        ResultReported,
        "SAMPLE:S-1",
        hour=15,
        recorded_at=at(25),
        test="VIABILITY",
        verdict=verdict,
    )
    assert states(told(BATCH, sample, CERTIFIED, late), "IF-04") == found


@pytest.mark.parametrize(("available", "found"), [(False, ["open"]), (True, [])])
def test_a_product_called_off_before_lymphodepletion_and_entered_after_it(available, found) -> None:
    first = said(AvailabilityConfirmed, "BATCH:B-1", hour=20, recorded_at=at(20))
    late = said(
        AvailabilityConfirmed, "BATCH:B-1", hour=30, recorded_at=at(41), available=available
    )
    start = said(LymphodepletionStarted, coi=COURSE, hour=40)
    assert states(told(BATCH, first, late, start), "IF-04") == found


def test_an_end_before_the_certificate_takes_the_alert_back() -> None:
    late = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=at(21))
    end = sent(lifted(19))
    assert lived(told(BATCH, CERTIFIED, late, end), "IF-04") == ["open", "retracted"]


def test_a_fact_that_was_known_in_time_does_not_hide_a_late_one() -> None:
    late = said(HoldPlaced, "HOLD:H-9", "BATCH:B-1", hour=12, recorded_at=at(21))
    for entered in (None, at(11)):
        known = said(HoldPlaced, "HOLD:H-1", "BATCH:B-1", hour=10, recorded_at=entered)
        assert states(told(BATCH, CERTIFIED, known, late), "IF-04") == ["open"]


def called_off(hour, recorded=41, *, available: bool = False) -> AvailabilityConfirmed:
    return said(
        AvailabilityConfirmed,
        "BATCH:B-1",
        hour=hour,
        recorded_at=at(recorded),
        available=available,
    )


@pytest.mark.parametrize(
    ("hour", "found"),
    [(40 * HOUR - INSTANT, ["open"]), (40 * HOUR, ["open"]), (40 * HOUR + INSTANT, [])],
)
def test_what_is_called_off_until_lymphodepletion_begins_speaks_against_it(hour, found) -> None:
    start = said(LymphodepletionStarted, coi=COURSE, hour=40)
    assert states(told(BATCH, called_off(hour), start), "IF-04") == found


def test_what_is_available_again_after_lymphodepletion_began_does_not_mend_its_beginning() -> None:
    start = said(LymphodepletionStarted, coi=COURSE, hour=40)
    again = called_off(50, 50, available=True)
    assert states(told(BATCH, called_off(30), start, again), "IF-04") == ["open"]
