"""Slots, pick-ups and sites that are not there: SC-02, SC-03, SC-04, SC-07."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profiles import platform_limits, shipped
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionStarted,
    ProductReceived,
    SiteReadinessConfirmed,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    at,
    corrected,
    heard,
    lived,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
AROUND = ((-INSTANT, []), (timedelta(0), ["open"]), (INSTANT, ["open"]))
CANCELLED = said(OrderChanged, "ORDER:O-1", hour=12, change=OrderChange.CANCELLED)


def minutes(limit) -> timedelta:
    return limit.minutes * MINUTE


# ------------------------------------------------------------------------------------------ SC-02

WORD, REBOOKED = minutes(platform_limits().word_grace), minutes(platform_limits().orphan_grace)


def scheduled(hour: When = 10) -> CollectionScheduled:
    return said(CollectionScheduled, coi=COURSE, hour=hour, planned_at=at(100))


def collected(hour: When = 30) -> CollectionCompleted:
    return said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=hour, ended_at=at(hour))


def reserved(hour: When = 5, slot: str | None = "SL-1", **more: Any) -> SlotReserved:
    named = () if slot is None else (f"SLOT:{slot}",)
    return said(SlotReserved, "ORDER:O-1", *named, hour=hour, starts_at=at(200), **more)


def changed(change: SlotChange, hour: When = 40, slot: str | None = "SL-1") -> SlotChanged:
    named = () if slot is None else (f"SLOT:{slot}",)
    return said(SlotChanged, "ORDER:O-1", *named, hour=hour, change=change)


def freed(hour: When = 40, slot: str | None = "SL-1") -> SlotChanged:
    return changed(SlotChange.RELEASED, hour, slot)


def test_a_collection_without_a_slot_is_raised_when_the_word_has_had_its_time() -> None:
    for more, found in AROUND:
        assert states(told(scheduled(), now=10 * HOUR + WORD + more), "SC-02") == found


def test_a_missing_slot_names_the_plan_that_needs_it() -> None:
    plan = scheduled()
    alert = the_alert(told(plan), "SC-02")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "planner")
    assert (alert.object, alert.anchor) == ("manufacturing slot", str(plan.event_id))
    assert alert.raised_at == at(10 * HOUR + WORD)
    assert alert.evidence == (plan.event_id,)
    assert alert.missing == ("slot that is kept for the course",)
    assert alert.detail == f"no slot is kept since {at(10).isoformat()}"
    assert alert.harm_at is None


def test_a_slot_that_is_kept_is_enough_whenever_it_was_reserved_and_by_whatever_word() -> None:
    moved = changed(SlotChange.MOVED, 8)
    for slot in (reserved(), reserved(15), reserved(slot=None), moved):
        assert states(told(scheduled(), slot), "SC-02") == []


def test_a_freed_slot_is_raised_when_another_has_had_time_to_take_its_place() -> None:
    for more, found in AROUND:
        replay = told(scheduled(), reserved(), freed(), now=40 * HOUR + REBOOKED + more)
        assert states(replay, "SC-02") == found


def test_a_freed_slot_with_fresh_cells_waiting_is_graver_and_says_until_when() -> None:
    end, cells = freed(), collected()
    alert = the_alert(told(scheduled(), reserved(), cells, end), "SC-02")
    assert (alert.severity, alert.anchor) == (Severity.S1, str(end.event_id))
    assert alert.raised_at == at(40 * HOUR + REBOOKED)
    assert alert.harm_at == at(30 + 48)
    assert alert.evidence == tuple(sorted((end.event_id, cells.event_id)))
    assert alert.detail.endswith(", and fresh cells wait")
    frozen = the_alert(told(scheduled(), reserved(), cells, end, product="TISACEL"), "SC-02")
    assert (frozen.severity, frozen.harm_at) == (Severity.S2, None)
    assert frozen.evidence == (end.event_id,)
    nobody = the_alert(told(scheduled(), reserved(), cells, end, product="NOBODY"), "SC-02")
    assert nobody.severity is Severity.S2


def test_a_slot_freed_after_a_collection_that_nobody_had_planned_is_missed_too() -> None:
    assert states(told(reserved(), collected(), freed()), "SC-02") == ["open"]
    assert states(told(collected()), "SC-02") == []
    assert states(told(reserved(), freed()), "SC-02") == []


def test_a_slot_freed_before_the_plan_is_no_slot_and_counts_from_the_plan() -> None:
    alert = the_alert(told(reserved(), freed(7), scheduled()), "SC-02")
    assert alert.raised_at == at(10 * HOUR + WORD)


def test_freeing_one_of_two_slots_leaves_the_other() -> None:
    two = (scheduled(), reserved(), reserved(6, "SL-2"))
    assert states(told(*two, freed()), "SC-02") == []
    assert states(told(*two, freed(), freed(41, "SL-2")), "SC-02") == ["open"]
    assert states(told(*two, freed(slot=None)), "SC-02") == ["open"]
    assert states(told(*two, changed(SlotChange.OUTCOME_UNKNOWN)), "SC-02") == []


def test_a_new_slot_ends_it_late_and_takes_it_back_in_time() -> None:
    for hour, end in ((40, "resolved"), (11, "retracted")):
        replay = heard(*ordered(), scheduled(), tick(30), reserved(hour))
        assert lived(replay, "SC-02") == ["open", end]


@pytest.mark.parametrize("end", [said(BatchStarted, coi=COURSE, hour=50), CANCELLED])
def test_once_the_batch_runs_or_the_course_is_over_no_slot_is_needed(end: Event) -> None:
    assert states(told(scheduled(), end), "SC-02") == []


# ------------------------------------------------------------------------------------------ SC-03

TOLERANCE = minutes(platform_limits().pick_up_tolerance)
PLANNED = 20 * HOUR


def booked(
    planned: When | None = PLANNED, shipment: str = "H-1", hour: When = 8, **more: Any
) -> ShipmentBooked:
    due = None if planned is None else at(planned)
    return said(
        ShipmentBooked,
        f"SHIPMENT:{shipment}",
        coi=COURSE,
        hour=hour,
        kind=ShipmentKind.FINAL_PRODUCT,
        pick_up_planned_at=due,
        **more,
    )


PICK_UPS: dict[type[Event], dict[str, Any]] = {
    CustodyHandedOver: {"from_party": "A"},
    CustodyAccepted: {"to_party": "B"},
    CheckpointPassed: {"checkpoint": "HUB"},
    ShipmentDelivered: {},
    MaterialReceived: {},
    ProductReceived: {},
}


def picked_up(kind: type[Event], hour: When = 20, shipment: str = "H-1") -> Event:
    return said(kind, f"SHIPMENT:{shipment}", coi=COURSE, hour=hour, **PICK_UPS[kind])


def test_a_missed_pick_up_is_raised_when_its_tolerance_is_over() -> None:
    for more, found in AROUND:
        assert states(told(booked(), now=PLANNED + TOLERANCE + more), "SC-03") == found


def test_a_missed_pick_up_names_the_booking() -> None:
    booking = booked()
    alert = the_alert(told(booking), "SC-03")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "logistics")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(booking.event_id))
    assert alert.raised_at == at(PLANNED + TOLERANCE)
    assert alert.evidence == (booking.event_id,)
    assert alert.missing == ("pick-up, or another courier",)
    assert alert.detail == f"shipment H-1 was to be picked up at {at(PLANNED).isoformat()}"


@pytest.mark.parametrize("kind", PICK_UPS)
def test_whoever_tells_that_it_is_on_its_way_ends_it(kind: type[Event]) -> None:
    assert states(told(booked(), picked_up(kind)), "SC-03") == []
    for hour, end in ((30, "resolved"), (PLANNED, "retracted")):
        replay = heard(*ordered(), booked(), tick(25), picked_up(kind, hour))
        assert lived(replay, "SC-03") == ["open", end]


def test_another_shipment_that_left_ends_nothing() -> None:
    replay = told(booked(), picked_up(CustodyAccepted, shipment="H-2"))
    assert states(replay, "SC-03") == ["open"]


def test_the_latest_plan_counts() -> None:
    moved = booked(60 * HOUR, hour=9)
    assert states(told(booked(), moved, now=40), "SC-03") == []
    assert the_alert(told(booked(), moved), "SC-03").raised_at == at(60 * HOUR + TOLERANCE)
    first = booked()
    replay = heard(*ordered(), first, tick(25), corrected(first, pick_up_planned_at=at(60)))
    assert lived(replay, "SC-03")[0] == "open"
    assert states(replay, "SC-03") == ["retracted"]


def test_without_a_plan_nothing_is_missed_and_after_the_end_nobody_waits() -> None:
    assert states(told(booked(None)), "SC-03") == []
    assert states(told(booked(), CANCELLED), "SC-03") == []


def test_a_shipment_that_left_or_is_not_yet_due_does_not_hide_the_next() -> None:
    left = (booked(shipment="H-0"), picked_up(CustodyAccepted, shipment="H-0"))
    assert states(told(*left, booked()), "SC-03") == ["open"]
    assert states(told(booked(60, "H-0"), booked(), now=30), "SC-03") == ["open"]


# ------------------------------------------------------------------------------------------ SC-04

DAY_OF_INFUSION = 300 * HOUR
NEAR = DAY_OF_INFUSION - 24 * HOUR


def planned(hour: When = DAY_OF_INFUSION, said_at: When = 50) -> AvailabilityConfirmed:
    return said(AvailabilityConfirmed, "ORDER:O-1", hour=said_at, infusion_planned_at=at(hour))


def arrived(hour: When = 100) -> ProductReceived:
    return said(ProductReceived, coi=COURSE, hour=hour)


def ready(hour: When = 120, **more: Any) -> SiteReadinessConfirmed:
    checklist = {"bed": True, "staff": True, "tocilizumab_doses": 2, **more}
    return said(SiteReadinessConfirmed, coi=COURSE, hour=hour, **checklist)


@PROFILES
def test_a_silent_site_is_raised_when_the_infusion_is_near(profile) -> None:
    near = DAY_OF_INFUSION - profile.site_ready.hours_before_infusion * HOUR
    for more, found in AROUND:
        replay = told(planned(), arrived(), product=product_of(profile), now=near + more)
        assert states(replay, "SC-04") == found


def test_an_unready_site_names_what_it_lacks() -> None:
    plan, product, word = planned(), arrived(), ready(bed=False)
    alert = the_alert(told(plan, product, word), "SC-04")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "clinic")
    assert (alert.object, alert.anchor) == ("treatment centre", str(plan.event_id))
    assert alert.raised_at == at(NEAR)
    assert alert.evidence == tuple(sorted(e.event_id for e in (plan, product, word)))
    assert alert.missing == ("bed",)
    when = at(DAY_OF_INFUSION).isoformat()
    assert alert.detail == f"infusion planned for {when}; not stated: bed"
    silent = the_alert(told(plan, product), "SC-04")
    assert silent.missing == ("2 doses of tocilizumab", "bed", "staff")
    assert silent.evidence == tuple(sorted((plan.event_id, product.event_id)))


@PROFILES
def test_one_dose_fewer_is_too_few(profile) -> None:
    wanted = profile.site_ready.tocilizumab_doses
    for doses, found in ((wanted - 1, ["open"]), (wanted, []), (wanted + 1, [])):
        word = ready(tocilizumab_doses=doses)
        replay = told(planned(), arrived(), word, product=product_of(profile))
        assert states(replay, "SC-04") == found


@pytest.mark.parametrize("item", ["bed", "staff", "tocilizumab_doses"])
def test_what_is_not_stated_is_not_there(item: str) -> None:
    assert states(told(planned(), arrived(), ready(**{item: None})), "SC-04") == ["open"]
    assert states(told(planned(), arrived(), ready()), "SC-04") == []


def test_the_latest_word_counts_and_ends_it() -> None:
    lacking = ready(bed=False)
    assert states(told(planned(), arrived(), ready(), ready(130, staff=False)), "SC-04") == ["open"]
    for hour, end in ((290, "resolved"), (NEAR, "retracted")):
        replay = heard(*ordered(), planned(), arrived(), lacking, tick(280), ready(hour))
        assert lived(replay, "SC-04") == ["open", end]


def test_nobody_asks_before_the_product_is_there_or_where_no_day_is_planned() -> None:
    assert states(told(planned()), "SC-04") == []
    assert states(told(arrived()), "SC-04") == []
    assert states(told(planned(), arrived(), product="NOBODY"), "SC-04") == []


def test_a_product_or_a_plan_that_comes_when_the_day_is_near_is_asked_for_at_once() -> None:
    assert the_alert(told(planned(), arrived(290)), "SC-04").raised_at == at(290)
    late = (planned(said_at=280), arrived())
    assert the_alert(told(*late), "SC-04").raised_at == at(280)


def test_a_new_day_is_waited_for_and_a_cancelled_one_is_not() -> None:
    moved, gone = (
        said(InfusionChanged, coi=COURSE, hour=270, change=change, planned_at=day)
        for change, day in (
            (InfusionChange.RESCHEDULED, at(400)),
            (InfusionChange.CANCELLED, None),
        )
    )
    assert states(told(planned(), arrived(), moved, now=300), "SC-04") == []
    assert the_alert(told(planned(), arrived(), moved), "SC-04").raised_at == at(376)
    assert states(told(planned(), arrived(), gone), "SC-04") == []
    order = said(OrderCreated, "ORDER:O-1", product="AXICEL", infusion_planned_at=at(200))
    assert the_alert(told(order, arrived()), "SC-04").raised_at == at(176)


@pytest.mark.parametrize("end", [said(InfusionStarted, coi=COURSE, hour=290), CANCELLED])
def test_once_the_infusion_has_begun_or_the_course_is_over_nobody_asks(end: Event) -> None:
    assert states(told(planned(), arrived(), end), "SC-04") == []


# ------------------------------------------------------------------------------------------ SC-07


def unanswered(hour: When = 20, slot: str | None = "SL-1") -> SlotChanged:
    return changed(SlotChange.OUTCOME_UNKNOWN, hour, slot)


def test_a_missing_answer_is_raised_at_once() -> None:
    word = unanswered()
    alert = the_alert(told(reserved(), word, now=20), "SC-07")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "integration-planner")
    assert (alert.object, alert.anchor) == ("SLOT:SL-1", str(word.event_id))
    assert alert.raised_at == at(20)
    assert alert.evidence == (word.event_id,)
    assert alert.missing == ("how the slot stands",)
    assert alert.detail == "no answer came about slot SL-1"


@pytest.mark.parametrize(
    "answer",
    [reserved(25), changed(SlotChange.MOVED, 25), freed(25), reserved(25, slot=None)],
    ids=["reserved", "moved", "freed", "without a number"],
)
def test_any_later_word_about_the_slot_ends_it(answer: Event) -> None:
    assert lived(heard(*ordered(), unanswered(), answer), "SC-07") == ["open", "resolved"]


def test_only_a_later_word_says_how_the_slot_stands() -> None:
    for more, found in ((-INSTANT, ["open"]), (timedelta(0), ["open"]), (INSTANT, [])):
        assert states(told(reserved(20 * HOUR + more), unanswered()), "SC-07") == found
    looked_up = reserved(19, recorded_at=at(22))
    assert states(told(looked_up, unanswered()), "SC-07") == []


def test_a_word_about_another_slot_or_another_silence_answers_nothing() -> None:
    assert states(told(unanswered(), reserved(25, "SL-2")), "SC-07") == ["open"]
    assert states(told(unanswered(), unanswered(25)), "SC-07") == ["open", "open"]
    assert states(told(reserved(25, "SL-2"), unanswered(slot=None)), "SC-07") == []
    assert the_alert(told(unanswered(slot=None)), "SC-07").object == "SLOT:without a number"


def test_other_changes_are_answers() -> None:
    assert states(told(reserved(), changed(SlotChange.MOVED), freed(50)), "SC-07") == []


def test_an_answered_change_does_not_hide_the_next() -> None:
    replay = told(reserved(25), unanswered(), unanswered(30))
    assert states(replay, "SC-07") == ["open"]
