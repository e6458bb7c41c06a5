"""Shipments that run out of time: TW-03, TW-09, TW-10."""

from __future__ import annotations

from uuid import uuid5

import pytest

from schemas.alert import Severity
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, MaterialDecided, MaterialDecision, MaterialReceived
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import shipped
from schemas.quality import BatchCertified, BatchRejected
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import InfusionStarted, ProductReceived, ProductStored
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    Arrival,
    When,
    at,
    heard,
    lived,
    named,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
Story = tuple[Event | Arrival, ...]
STEPS = pytest.mark.parametrize("more", [-INSTANT, 0 * HOUR, INSTANT])

FINAL, STARTING = ShipmentKind.FINAL_PRODUCT, ShipmentKind.STARTING_MATERIAL
SHIPMENT = "SHIPMENT:4711"
PICK_UP = 100 * HOUR


def booked(when: When = 10, *names: str, kind: ShipmentKind = FINAL, **more) -> ShipmentBooked:
    names = (SHIPMENT, *names)
    return said(ShipmentBooked, *names, coi=COURSE, hour=when, kind=kind, **more)


def certified(when: When, *names: str) -> BatchCertified:
    return said(BatchCertified, *names, coi=COURSE, hour=when)


CANCELLED = said(OrderChanged, coi=COURSE, hour=95, change=OrderChange.CANCELLED)

# ------------------------------------------------------------------------------------------ TW-09


def for_pick_up(when: When = 10, to: When = PICK_UP, *names: str) -> ShipmentBooked:
    return booked(when, *names, pick_up_planned_at=at(to))


@STEPS
@PROFILES
def test_a_pick_up_that_comes_near_without_a_certificate_is_told(profile, more) -> None:
    booking, due = for_pick_up(), PICK_UP - profile.ship_buffer.hours * HOUR
    replay = told(booking, product=product_of(profile), now=due + more)
    assert states(replay, "TW-09") == (["open"] if more >= 0 * HOUR else [])
    if more >= 0 * HOUR:
        alert = the_alert(replay, "TW-09")
        assert (alert.severity, alert.owner) == (Severity.S2, "quality-planner")
        assert (alert.object, alert.anchor) == (SHIPMENT, str(booking.event_id))
        assert (alert.raised_at, alert.harm_at) == (at(due), at(PICK_UP))
        assert alert.evidence == (booking.event_id,)
        assert alert.missing == ("certificate of the quality unit, or a new date",)


def test_a_pick_up_that_is_booked_at_short_notice_is_told_when_it_is_booked() -> None:
    assert the_alert(told(for_pick_up(90)), "TW-09").raised_at == at(90)


def test_a_certificate_ends_an_overdue_release_and_one_in_time_is_quiet() -> None:
    story: Story = (*ordered(), for_pick_up(), tick(90))
    assert lived(heard(*story, certified(91)), "TW-09") == ["open", "resolved"]
    assert lived(heard(*story, certified(70)), "TW-09") == ["open", "retracted"]
    assert lived(heard(*story, said(BatchRejected, coi=COURSE, hour=91)), "TW-09")[-1] == "resolved"
    assert lived(heard(*story, CANCELLED), "TW-09") == ["open", "resolved"]
    assert states(told(for_pick_up(), certified(70)), "TW-09") == []


def test_a_pick_up_that_is_booked_anew_has_a_new_date() -> None:
    story: Story = (*ordered(), for_pick_up(), tick(90), for_pick_up(91, 300))
    assert lived(heard(*story), "TW-09") == ["open", "resolved"]
    assert lived(heard(*story, tick(280)), "TW-09") == ["open", "resolved", "open"]
    assert states(told(for_pick_up(), for_pick_up(5, 2000)), "TW-09") == ["open"]


def test_the_certificate_of_another_batch_releases_nothing() -> None:
    booking = for_pick_up(10, PICK_UP, "BATCH:B-2")
    for names, found in ((("BATCH:B-1",), ["open"]), (("BATCH:B-2",), []), ((), [])):
        assert states(told(booking, certified(20, *names)), "TW-09") == found
    assert states(told(for_pick_up(), certified(20, "BATCH:B-1")), "TW-09") == []


def test_only_a_product_with_a_planned_pick_up_waits_for_a_certificate() -> None:
    assert states(told(booked()), "TW-09") == []
    assert states(told(booked(kind=STARTING, pick_up_planned_at=at(100))), "TW-09") == []
    assert states(told(for_pick_up(), product="NOBODY"), "TW-09") == []


# ------------------------------------------------------------------------------------------ TW-10

LEFT = 50 * HOUR


def handed(when: When, to: str = "courier-1") -> CustodyHandedOver:
    return said(
        CustodyHandedOver, SHIPMENT, coi=COURSE, hour=when, from_party="maker-1", to_party=to
    )


def taken(when: When, to: str = "courier-1") -> CustodyAccepted:
    return said(CustodyAccepted, SHIPMENT, coi=COURSE, hour=when, to_party=to)


def passed(when: When, place: str = "HUB-1", **more) -> CheckpointPassed:
    return said(CheckpointPassed, SHIPMENT, coi=COURSE, hour=when, checkpoint=place, **more)


def delivered(when: When, **more) -> ShipmentDelivered:
    return said(ShipmentDelivered, SHIPMENT, coi=COURSE, hour=when, **more)


MOVES = {"handed-over": handed, "accepted": taken, "checkpoint": passed}


@STEPS
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
@PROFILES
def test_a_shipment_that_stands_still_is_told_after_its_dwell(profile, move, more) -> None:
    last, due = move(LEFT), LEFT + profile.dwell.hours * HOUR
    replay = told(last, product=product_of(profile), now=due + more)
    assert states(replay, "TW-10") == (["open"] if more >= 0 * HOUR else [])
    if more >= 0 * HOUR:
        alert = the_alert(replay, "TW-10")
        assert (alert.severity, alert.owner) == (Severity.S2, "logistics-desk")
        assert (alert.object, alert.anchor) == (SHIPMENT, str(last.event_id))
        assert alert.raised_at == at(due)
        assert alert.evidence == (last.event_id,)
        assert alert.missing == ("reply of the carrier",)
        assert ("HUB-1" if move is passed else "its last hand-over") in alert.detail


def test_the_next_point_of_the_way_ends_the_dwell_and_starts_another() -> None:
    story: Story = (*ordered(), booked(), taken(50), tick(90))
    assert lived(heard(*story, passed(91)), "TW-10") == ["open", "resolved"]
    assert lived(heard(*story, passed(70)), "TW-10") == ["open", "retracted"]
    again = (passed(91), tick(91 + 36))
    assert lived(heard(*story, *again), "TW-10") == ["open", "resolved", "open"]


def test_a_second_scan_at_the_same_point_is_no_progress() -> None:
    first, again = passed(50), passed(80, held=True)
    assert the_alert(told(first, again, now=87), "TW-10").anchor == str(first.event_id)
    assert states(told(first, passed(80, "HUB-2"), now=87), "TW-10") == []
    assert states(told(first, passed(60, "HUB-2"), passed(80), now=87), "TW-10") == []


ARRIVED: dict[str, tuple[ShipmentKind, Event]] = {
    "delivered": (FINAL, delivered(91)),
    "taken-by-the-receiver": (FINAL, taken(91, "hospital-1")),
    "product-received": (FINAL, said(ProductReceived, coi=COURSE, hour=91)),
    "product-received-by-number": (FINAL, said(ProductReceived, SHIPMENT, coi=COURSE, hour=91)),
    "stored": (FINAL, said(ProductStored, coi=COURSE, hour=91)),
    "infused": (FINAL, said(InfusionStarted, coi=COURSE, hour=91)),
    "cells-received": (STARTING, said(MaterialReceived, coi=COURSE, hour=91)),
    "cells-accepted": (
        STARTING,
        said(MaterialDecided, coi=COURSE, hour=91, decision=MaterialDecision.ACCEPTED),
    ),
    "batch-started": (STARTING, said(BatchStarted, coi=COURSE, hour=91)),
}


@pytest.mark.parametrize(("kind", "arrival"), ARRIVED.values(), ids=ARRIVED)
def test_what_happens_only_to_cells_that_have_arrived_ends_the_dwell(kind, arrival) -> None:
    booking = booked(kind=kind, destination="hospital-1")
    story: Story = (*ordered(), booking, handed(50), tick(90))
    assert lived(heard(*story, arrival), "TW-10") == ["open", "resolved"]


def test_the_arrival_of_something_else_ends_nothing() -> None:
    for other in (
        said(ProductReceived, "SHIPMENT:OTHER", coi=COURSE, hour=91),
        said(MaterialReceived, coi=COURSE, hour=91),
        said(ShipmentDelivered, "SHIPMENT:OTHER", coi=COURSE, hour=91),
        taken(50, "courier-2"),
    ):
        replay = told(booked(destination="hospital-1"), handed(50), other, now=100)
        assert states(replay, "TW-10") == ["open"], other
    unknown = said(MaterialReceived, coi=COURSE, hour=91)
    assert states(told(handed(50), unknown, now=100), "TW-10") == []


def test_a_refused_delivery_is_a_move_and_no_arrival() -> None:
    refused = delivered(80, refused=True)
    assert states(told(handed(50), refused, now=115), "TW-10") == []
    assert the_alert(told(handed(50), refused, now=116), "TW-10").anchor == str(refused.event_id)


def test_what_has_not_left_or_is_nobodys_any_more_does_not_dwell() -> None:
    assert states(told(booked()), "TW-10") == []
    story: Story = (*ordered(), handed(50), tick(90), CANCELLED)
    assert lived(heard(*story), "TW-10") == ["open", "resolved"]
    assert states(told(handed(50), product="NOBODY"), "TW-10") == []


# ------------------------------------------------------------------------------------------ TW-03

PACKED, HOLD = 40 * HOUR, 100.0
EMPTY = PACKED + HOLD * HOUR


def packed(when: When = PACKED) -> PackagePacked:
    return said(PackagePacked, SHIPMENT, coi=COURSE, hour=when, kind=FINAL)


def held(arrives: When | None = None, when: When = 10, hold: float | None = HOLD) -> ShipmentBooked:
    planned = None if arrives is None else at(arrives)
    return booked(when, shipper_hold=hold, arrival_planned_at=planned)


@STEPS
@PROFILES
def test_an_arrival_planned_after_the_shippers_hold_less_its_margin_is_told(profile, more) -> None:
    spare = EMPTY - profile.shipper_margin.hours * HOUR
    booking, package = held(spare + more), packed()
    replay = told(booking, package, product=product_of(profile), now=PACKED)
    assert states(replay, "TW-03") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-03")
        assert (alert.severity, alert.owner) == (Severity.S1, "logistics-desk")
        assert (alert.object, alert.anchor) == (SHIPMENT, str(package.event_id))
        assert (alert.raised_at, alert.harm_at) == (at(PACKED), at(EMPTY))
        assert alert.evidence == tuple(sorted((booking.event_id, package.event_id)))
        assert alert.missing == ("record of a refill or a swap",)
        assert f"expected on {at(spare + more).isoformat()}" in alert.detail


@STEPS
@PROFILES
def test_a_shipment_that_has_not_arrived_when_only_the_margin_is_left_is_told(
    profile, more
) -> None:
    spare = EMPTY - profile.shipper_margin.hours * HOUR
    for booking in (held(), held(60)):
        replay = told(booking, packed(), product=product_of(profile), now=spare + more)
        assert states(replay, "TW-03") == (["open"] if more >= 0 * HOUR else [])
        if more >= 0 * HOUR:
            assert the_alert(replay, "TW-03").raised_at == at(spare)
            assert the_alert(replay, "TW-03").detail.endswith("it has not arrived")


@STEPS
def test_an_arrival_within_the_hold_ends_it_and_a_later_one_stays(more) -> None:
    late = delivered(EMPTY + more)
    story: Story = (*ordered(), held(130), packed(), tick(120), late)
    lives = ["open", "resolved"] if more <= 0 * HOUR else ["open", "open"]
    assert lived(heard(*story), "TW-03") == lives
    if more > 0 * HOUR:
        alert = the_alert(heard(*story), "TW-03")
        assert late.event_id in alert.evidence
        assert f"arrived on {late.occurred_at.isoformat()}" in alert.detail


def test_an_arrival_after_the_hold_stays_wrong_even_when_the_course_is_over() -> None:
    replay = told(held(), packed(), delivered(EMPTY + INSTANT), CANCELLED)
    assert states(replay, "TW-03") == ["open"]
    assert states(told(held(), packed(), CANCELLED, now=100), "TW-03") == []


def test_the_arrival_that_was_expected_last_counts() -> None:
    later, sooner = (
        passed(50, arrival_expected_at=at(130)),
        passed(60, "HUB-2", arrival_expected_at=at(110)),
    )
    silent = passed(70, "HUB-3")
    story: Story = (*ordered(), held(110), packed())
    assert lived(heard(*story, later), "TW-03") == ["open"]
    assert the_alert(heard(*story, later), "TW-03").raised_at == at(50)
    assert later.event_id in the_alert(heard(*story, later), "TW-03").evidence
    assert lived(heard(*story, later, sooner), "TW-03") == ["open", "resolved"]
    assert lived(heard(*story, later, silent), "TW-03") == ["open"]
    anew = held(110, 55)
    assert lived(heard(*story, later, anew), "TW-03") == ["open", "resolved"]


def test_a_shipper_that_was_packed_anew_holds_anew() -> None:
    story: Story = (*ordered(), held(130), packed(), tick(45), packed(80))
    assert lived(heard(*story), "TW-03") == ["open", "resolved"]


def test_a_shipper_without_a_known_hold_or_packing_is_not_judged() -> None:
    for story in (
        (held(), packed(), CANCELLED),
        (held(hold=None), packed()),
        (held(),),
        (packed(),),
    ):
        assert states(told(*story, now=115), "TW-03") == []
    assert states(told(held(), packed(), product="NOBODY"), "TW-03") == []


# ----------------------------------------------------------------------------------- one beside another

OTHER = "SHIPMENT:4710"
"""It is looked at before the other one."""


def of_the_other(event: Event) -> Event:
    """The same word about another shipment."""
    identifiers = tuple(named(OTHER) if str(i) == SHIPMENT else i for i in event.identifiers)
    changed = {"identifiers": identifiers, "event_id": uuid5(event.event_id, OTHER)}
    return event.model_copy(update=changed)


def test_a_booking_of_several_shipments_is_about_the_first() -> None:
    assert the_alert(told(for_pick_up(10, PICK_UP, OTHER)), "TW-09").object == SHIPMENT


def test_a_shipment_that_has_arrived_or_moves_does_not_hide_one_that_stands_still() -> None:
    for first in ([handed(50), delivered(60)], [handed(80)]):
        replay = told(*map(of_the_other, first), handed(50), now=90)
        assert the_alert(replay, "TW-10").object == SHIPMENT


def test_a_shipper_in_order_does_not_hide_one_that_does_not_hold() -> None:
    late = packed(), held(EMPTY)
    for first in (
        [packed(), held(hold=None)],
        [delivered(50), packed(), held(EMPTY)],
        [packed(), held(60)],
    ):
        replay = told(*map(of_the_other, first), *late, now=70)
        assert the_alert(replay, "TW-03").object == SHIPMENT


def test_an_arrival_after_the_hold_is_told_before_any_clock_has_ticked() -> None:
    story = *ordered(), held(), packed(), delivered(EMPTY + INSTANT)
    assert states(heard(*story), "TW-03") == ["open"]


def test_a_shipment_arrives_where_it_was_booked_to_go_last() -> None:
    rebooked = booked(10, destination="hospital-1"), booked(20, destination="hospital-2")
    for receiver, found in (("hospital-1", ["open"]), ("hospital-2", [])):
        replay = told(*rebooked, handed(50), taken(60, receiver), now=100)
        assert states(replay, "TW-10") == found
