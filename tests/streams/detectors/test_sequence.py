"""Steps that come too early: SQ-04, SQ-05."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted
from schemas.envelope import System
from schemas.ordering import AvailabilityConfirmed
from schemas.quality import BatchCertified
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentKind,
)
from schemas.treatment import LymphodepletionStarted
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    at,
    corrected,
    heard,
    lived,
    said,
    states,
    the_alert,
    withdrawn,
)

# ------------------------------------------------------------------------------------------ SQ-04


def begun(when: When = 50) -> LymphodepletionStarted:
    return said(LymphodepletionStarted, coi=COURSE, hour=when)


def confirmed(when: When, *, available: bool = True) -> AvailabilityConfirmed:
    return said(AvailabilityConfirmed, coi=COURSE, hour=when, available=available)


def test_lymphodepletion_without_availability_is_raised_when_it_begins() -> None:
    start = begun()
    alert = the_alert(heard(start), "SQ-04")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "physician-manufacturer")
    assert (alert.object, alert.anchor) == ("lymphodepletion", str(start.event_id))
    assert alert.raised_at == alert.harm_at == at(50)
    assert alert.evidence == (start.event_id,)
    assert alert.missing == ("confirmation that the product is available",)
    assert alert.detail.endswith("not confirmed")
    assert alert.profile == "none"


@pytest.mark.parametrize(
    ("hour", "found"),
    [
        (50 * HOUR - INSTANT, ["retracted"]),
        (50 * HOUR, ["retracted"]),
        (50 * HOUR + INSTANT, ["resolved"]),
    ],
)
def test_a_confirmation_dated_at_or_before_takes_it_back_and_a_later_one_ends_it(
    hour, found
) -> None:
    assert states(heard(begun(), confirmed(hour)), "SQ-04") == found
    assert states(heard(confirmed(hour), begun()), "SQ-04") == []


def test_a_confirmation_that_was_taken_back_before_does_not_count() -> None:
    yes, no = confirmed(10), confirmed(20, available=False)
    alert = the_alert(heard(no, yes, begun()), "SQ-04")
    assert alert.detail.endswith("withdrawn")
    assert alert.evidence == tuple(sorted(e.event_id for e in (yes, no, begun())))
    assert states(heard(confirmed(30), no, yes, begun()), "SQ-04") == []


def test_a_later_word_that_it_is_not_available_ends_nothing() -> None:
    assert states(heard(begun(), confirmed(60, available=False)), "SQ-04") == ["open"]
    later = heard(begun(), confirmed(60), confirmed(70, available=False))
    assert states(later, "SQ-04") == ["open"]


def test_a_product_that_was_available_when_it_began_stays_quiet_whatever_comes_later() -> None:
    for hour in (40, 50):
        story = confirmed(hour), begun(), confirmed(60, available=False)
        assert states(heard(*story), "SQ-04") == []


def test_a_start_that_was_withdrawn_is_retracted() -> None:
    assert lived(heard(begun(), withdrawn(begun())), "SQ-04") == ["open", "retracted"]


def test_each_start_is_judged_by_itself() -> None:
    replay = heard(begun(5), confirmed(40, available=True), begun(50), confirmed(45))
    assert states(replay, "SQ-04") == ["resolved"]
    assert states(heard(begun(5), begun(6)), "SQ-04") == ["open", "open"]


# ------------------------------------------------------------------------------------------ SQ-05

FINAL, STARTING = ShipmentKind.FINAL_PRODUCT, ShipmentKind.STARTING_MATERIAL


def booked(kind: ShipmentKind = FINAL) -> ShipmentBooked:
    return said(ShipmentBooked, "SHIPMENT:H-1", coi=COURSE, hour=30, kind=kind)


def given(when: When = 50) -> CustodyHandedOver:
    return said(
        CustodyHandedOver,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=when,
        from_party="MAKER",
        to_party="COURIER",
        system=System.MES,
    )


def taken(when: When = 50) -> CustodyAccepted:
    return said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=when, to_party="COURIER")


def certified(when: When) -> BatchCertified:
    return said(BatchCertified, coi=COURSE, hour=when)


@pytest.mark.parametrize("word", [given, taken])
def test_a_product_picked_up_uncertified_is_raised_by_either_side_alone(word) -> None:
    left = word()
    alert = the_alert(heard(booked(), left), "SQ-05")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "quality-logistics")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", "pick-up")
    assert alert.raised_at == at(50)
    assert alert.evidence == (left.event_id,)
    assert alert.missing == ("certificate of the quality unit",)
    assert alert.detail == f"shipment H-1 left on {at(50).isoformat()} uncertified"


@pytest.mark.parametrize(
    ("hour", "found"),
    [
        (50 * HOUR - INSTANT, ["retracted"]),
        (50 * HOUR, ["retracted"]),
        (50 * HOUR + INSTANT, ["open"]),
    ],
)
def test_only_a_certificate_dated_at_or_before_takes_it_back(hour, found) -> None:
    assert states(heard(booked(), given(), certified(hour)), "SQ-05") == found
    kept = [state for state in found if state == "open"]
    assert states(heard(certified(hour), booked(), given()), "SQ-05") == kept


def test_the_first_word_of_either_side_is_the_pick_up() -> None:
    for first, second in ((given(49), taken(50)), (taken(49), given(50))):
        alert = the_alert(heard(booked(), second, first), "SQ-05")
        assert alert.raised_at == at(49)
        assert alert.evidence == (first.event_id,)


def test_starting_material_needs_no_certificate() -> None:
    assert states(heard(booked(STARTING), given()), "SQ-05") == []
    assert states(heard(given(), taken()), "SQ-05") == []


def test_what_a_shipment_holds_may_become_known_after_it_left() -> None:
    assert states(heard(given(), booked()), "SQ-05") == ["open"]
    packed = said(PackagePacked, "SHIPMENT:H-1", coi=COURSE, hour=49, kind=FINAL)
    assert states(heard(given(), packed), "SQ-05") == ["open"]


def test_a_certificate_that_was_withdrawn_raises_it_again_under_the_same_id() -> None:
    paper = certified(40)
    replay = heard(booked(), given(), paper, withdrawn(paper))
    assert lived(replay, "SQ-05") == ["open", "retracted", "open"]
    assert the_alert(replay, "SQ-05").revision == 3


def test_a_pick_up_corrected_to_after_the_certificate_is_retracted() -> None:
    left = given()
    replay = heard(booked(), certified(60), left, corrected(left, hour=70))
    assert lived(replay, "SQ-05") == ["open", "retracted"]


def test_a_shipment_that_is_certified_does_not_hide_another() -> None:
    other = said(ShipmentBooked, "SHIPMENT:H-2", coi=COURSE, hour=30, kind=FINAL)
    late = said(CustodyAccepted, "SHIPMENT:H-2", coi=COURSE, hour=90, to_party="COURIER")
    replay = heard(booked(), other, certified(60), given(), late)
    assert the_alert(replay, "SQ-05").object == "SHIPMENT:H-1"
    early = heard(booked(), other, certified(93), given(95), late)
    assert the_alert(early, "SQ-05").object == "SHIPMENT:H-2"


def test_the_collection_is_no_pick_up() -> None:
    collected = said(CollectionCompleted, coi=COURSE, hour=1, ended_at=at(1))
    assert states(heard(booked(), collected), "SQ-05") == []


def test_a_start_that_was_allowed_does_not_hide_one_that_was_not() -> None:
    story = confirmed(5), begun(6), confirmed(7, available=False), begun(8)
    assert the_alert(heard(*story), "SQ-04").raised_at == at(8)
