"""Pick-ups and sites that are not there: SC-03, SC-04."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.envelope import Event
from schemas.manufacture import MaterialReceived
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
    OrderCreated,
)
from schemas.profile import MinuteLimit
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
from tests.streams.detectors.limits import judged_by
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
AROUND: tuple[tuple[timedelta, list[str]], ...] = (
    (-INSTANT, []),
    (timedelta(0), ["open"]),
    (INSTANT, ["open"]),
)
CANCELLED = said(OrderChanged, "ORDER:O-1", hour=12, change=OrderChange.CANCELLED)


def minutes(limit: MinuteLimit) -> timedelta:
    return limit.minutes * MINUTE


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
    checklist: dict[str, Any] = {"bed": True, "staff": True, "tocilizumab_doses": 2, **more}
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
    unstated: dict[str, Any] = {item: None}
    assert states(told(planned(), arrived(), ready(**unstated)), "SC-04") == ["open"]
    assert states(told(planned(), arrived(), ready()), "SC-04") == []


@pytest.mark.parametrize(("wanted", "found"), [(0, False), (1, True)])
def test_doses_of_which_nobody_speaks_are_none(wanted: int, found: bool) -> None:
    profile = next(p for p in shipped() if "AXICEL" in p.products)
    assert profile.site_ready is not None
    needs = profile.site_ready.model_copy(update={"tocilizumab_doses": wanted})
    with judged_by(profile.model_copy(update={"site_ready": needs})):
        missing = the_alert(told(planned(), arrived()), "SC-04").missing
    assert ("1 doses of tocilizumab" in missing) is found
    assert set(missing) >= {"bed", "staff"}
    assert len(missing) == 2 + found


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
