"""Shipments on a lane whose qualification has ended: CU-08."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.transport import CustodyAccepted, CustodyHandedOver, ShipmentBooked, ShipmentKind
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    at,
    heard,
    lived,
    ordered,
    said,
    states,
    the_alert,
    told,
)

LEAVES = 12 * HOUR


def on_lane(
    until: When | None, planned: When | None = None, hour: When = 8, shipment: str = "H-1"
) -> ShipmentBooked:
    return said(
        ShipmentBooked,
        f"SHIPMENT:{shipment}",
        coi=COURSE,
        hour=hour,
        kind=ShipmentKind.FINAL_PRODUCT,
        lane_plan="LANE-7",
        lane_qualified_until=None if until is None else at(until),
        pick_up_planned_at=None if planned is None else at(planned),
    )


def handed(shipment: str = "H-1") -> CustodyHandedOver:
    return said(CustodyHandedOver, f"SHIPMENT:{shipment}", coi=COURSE, hour=12, from_party="A")


def accepted(hour: When = 12) -> CustodyAccepted:
    return said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=hour, to_party="B")


@pytest.mark.parametrize("word", [handed, accepted])
def test_a_lane_may_end_when_the_shipment_leaves_and_not_before(word) -> None:
    for more, found in ((-INSTANT, ["open"]), (0 * MINUTE, []), (INSTANT, [])):
        assert states(told(on_lane(LEAVES + more), word()), "CU-08") == found
        assert states(told(on_lane(LEAVES + more, LEAVES)), "CU-08") == found


def test_an_ended_lane_names_the_booking_and_the_departure() -> None:
    booking, left = on_lane(11), handed()
    alert = the_alert(told(booking, accepted(13), left), "CU-08")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "logistics")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(booking.event_id))
    assert alert.raised_at == at(12)
    assert alert.evidence == tuple(sorted((booking.event_id, left.event_id)))
    assert alert.missing == ("qualified lane, or documented exception",)
    assert alert.detail == (
        f"lane LANE-7 is qualified until {at(11).isoformat()}, "
        f"shipment H-1 leaves at {at(12).isoformat()}"
    )


def test_a_departure_that_is_planned_too_late_is_raised_with_its_booking() -> None:
    late = on_lane(11, 13)
    alert = the_alert(told(late), "CU-08")
    assert (alert.raised_at, alert.evidence) == (at(8), (late.event_id,))
    assert the_alert(told(late, handed()), "CU-08").raised_at == at(8)
    assert the_alert(told(on_lane(11, 11), handed()), "CU-08").raised_at == at(12)
    assert states(told(handed(), on_lane(12.5, 13)), "CU-08") == []


def test_a_lane_without_a_number_is_judged_too() -> None:
    nameless = on_lane(11, 13).model_copy(update={"lane_plan": None})
    alert = the_alert(told(nameless), "CU-08")
    assert alert.detail.startswith("lane without a number is qualified until")


def test_another_lane_ends_it_and_without_an_end_no_lane_is_judged() -> None:
    replay = heard(*ordered(), on_lane(11, 13), on_lane(20, 13, hour=9))
    assert lived(replay, "CU-08") == ["open", "resolved"]
    assert states(told(on_lane(None), handed()), "CU-08") == []
    assert states(told(on_lane(11)), "CU-08") == []
    assert states(told(handed()), "CU-08") == []
    assert states(told(on_lane(11), handed("H-2")), "CU-08") == []


@pytest.mark.parametrize("until", [None, 100])
def test_a_lane_in_order_or_unknown_does_not_hide_the_next(until) -> None:
    fine = on_lane(until, 13, shipment="H-0")
    assert states(told(fine, on_lane(11), handed()), "CU-08") == ["open"]
