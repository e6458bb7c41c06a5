"""A courier tells its whole list of scans every time; each scan is one fact, told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.logistics import CONNECTOR
from connectors.logistics.translate import translate
from schemas.envelope import Environment, Event, Precision, Scheme, System
from schemas.reasons import Reason
from schemas.transport import CheckpointPassed, ShipmentDelivered
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]
COURIER = Partner("cold-express", System.LOGISTICS, zone="Europe/Berlin")


def scan(status: str = "in_transit", **more: object) -> Json:
    return {
        "object": "TrackingDetail",
        "message": "Scanned",
        "status": status,
        "datetime": "2026-03-05T13:05:00Z",
        "tracking_location": {"city": "LEIPZIG", "state": None, "country": "DE", "zip": "04435"},
        **more,
    }


def tracker(*scans: Json, **more: object) -> Json:
    return {
        "id": "trk_1",
        "object": "Tracker",
        "mode": "production",
        "tracking_code": "CRY-1",
        "carrier": "ColdExpress",
        "signed_by": None,
        "tracking_details": list(scans),
        **more,
    }


def said(document: Json, partner: Partner = COURIER) -> tuple[Decision, ...]:
    return translate(Raw("m.json", orjson.dumps(document)), partner, OpenTokens())


def facts(document: Json, partner: Partner = COURIER) -> tuple[Event, ...]:
    (decision,) = said(document, partner)
    assert isinstance(decision, Mapped), decision
    return decision.events


def fact(**more: object) -> Event:
    (found,) = facts(tracker(scan(**more)))  # type: ignore[arg-type]
    return found


def passed(event: Event) -> CheckpointPassed:
    assert isinstance(event, CheckpointPassed)
    return event


@pytest.mark.parametrize(
    ("status", "detail", "held", "cause"),
    [
        ("in_transit", "departed_facility", False, None),
        ("in_transit", "weather_delay", False, "weather_delay"),
        ("in_transit", "held", True, "held"),
        ("out_for_delivery", None, False, None),
        ("available_for_pickup", None, True, None),
        ("return_to_sender", "return", False, "return_to_sender"),
        ("failure", "lost", True, "lost"),
        ("error", None, True, "error"),
        ("cancelled", None, True, "cancelled"),
    ],
)
def test_a_scan_on_the_way_is_a_point_that_was_passed(
    status: str, detail: str | None, held: bool, cause: str | None
) -> None:
    found = passed(fact(status=status, status_detail=detail))
    assert (found.held, found.delay_code) == (held, cause)
    assert found.checkpoint == "LEIPZIG, DE"


@pytest.mark.parametrize("status", ["pre_transit", "unknown"])
def test_a_label_is_no_point_of_the_way(status: str) -> None:
    (decision,) = said(tracker(scan(status)))
    assert isinstance(decision, Ignored)


def test_a_receiver_who_refuses_ends_the_way() -> None:
    found = fact(status="failure", status_detail="refused")
    assert isinstance(found, ShipmentDelivered)
    assert found.refused


def test_who_signed_for_the_delivery_is_a_token_and_no_party() -> None:
    earlier = scan("delivered", datetime="2026-03-05T09:00:00Z")
    first, last = facts(tracker(earlier, scan("delivered"), signed_by="Hilde Beispiel"))
    assert isinstance(last, ShipmentDelivered)
    assert last.receiver is None
    assert last.second_actor == OpenTokens().staff(COURIER.name, "Hilde Beispiel")
    assert first.second_actor is None  # the tracker has one signature, that of the last delivery


def test_a_town_is_the_place_of_a_delivery_only_where_its_code_is_agreed() -> None:
    agreed = Partner(
        "cold-express", System.LOGISTICS, mapping={"places": {"LEIPZIG, DE": "SITE-3"}}
    )
    document = tracker(scan(), scan("delivered"))
    (_, town), (point, place) = facts(document), facts(document, agreed)
    assert isinstance(town, ShipmentDelivered)
    assert town.place is None
    assert isinstance(place, ShipmentDelivered)
    assert place.place == "SITE-3" == passed(point).checkpoint


def test_a_scan_without_a_place_has_its_status_for_one() -> None:
    assert passed(fact(tracking_location=None)).checkpoint == "in_transit"


def test_a_postcode_stays_with_the_courier() -> None:
    assert "04435" not in fact().model_dump_json()


@given(st.permutations([0, 1, 2, 3]), st.integers(1, 4))
def test_the_same_scans_are_the_same_facts_in_whatever_order_and_message(
    order: list[int], told: int
) -> None:
    scans = [
        scan(datetime="2026-03-05T13:05:00Z"),
        scan(datetime="2026-03-05T13:05:00Z", message="Scanned again"),
        scan(datetime="2026-03-05T15:00:00Z", status="out_for_delivery"),
        scan(datetime="2026-03-05T16:00:00Z", status="delivered"),
    ]
    whole = {event.event_id: event for event in facts(tracker(*scans))}
    assert len(whole) == 4
    some = [scans[place] for place in order[:told]] * 2
    webhook = {"object": "Event", "id": "evt", "description": "tracker.updated"}
    for event in facts({**webhook, "result": tracker(*some)}):
        assert whole[event.event_id] == event


def test_what_a_scan_states_anew_is_another_fact() -> None:
    assert fact().event_id != fact(est_delivery_date="2026-03-06T09:00:00Z").event_id


def test_a_time_without_a_zone_is_of_the_partners_zone() -> None:
    found = fact(datetime="2026-07-05T13:05:00")
    assert found.occurred_at.hour == 11
    assert found.occurred_offset_minutes is None
    assert found.occurred_precision is Precision.INSTANT


def test_the_test_mode_of_the_courier_is_about_no_real_shipment() -> None:
    (found,) = facts(tracker(scan(), mode="test"))
    assert found.environment is Environment.TEST


def test_a_tracking_number_is_what_the_partner_says_it_is() -> None:
    agreed: Mapping[str, Scheme] = {
        "tracking_code": Scheme.SHIPMENT,
        "shipment_id": Scheme.DELIVERY,
    }
    partner = Partner("cold-express", System.LOGISTICS, identifier_systems=agreed)
    (found,) = facts(tracker(scan(), shipment_id="shp_1"), partner)
    assert [str(one) for one in found.identifiers] == ["SHIPMENT:CRY-1", "DELIVERY:shp_1"]


def test_one_bad_scan_hides_no_other() -> None:
    told, no_time, unknown = said(tracker(scan(), scan(datetime=None), scan("beamed")))
    assert isinstance(told, Mapped)
    assert isinstance(no_time, Refused)
    assert no_time.reason is Reason.FIELD_MISSING
    assert isinstance(unknown, Refused)
    assert "beamed" in unknown.detail


@pytest.mark.parametrize("code", [None, ""])
def test_a_tracker_without_a_number_is_set_aside(code: object) -> None:
    (decision,) = said(tracker(scan(), tracking_code=code))
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.NO_IDENTIFIER


def test_settings_that_nothing_reads_are_refused_at_start() -> None:
    assert CONNECTOR.check is not None
    wrong: tuple[Json, ...] = (
        {"place": {}},
        {"date_order": "ymd"},
        {"logger_columns": {"T1": "warmth"}},
    )
    for mapping in wrong:
        with pytest.raises(ValueError, match="mapping: "):
            CONNECTOR.check(Partner("x", System.LOGISTICS, mapping=mapping))
