"""An event of S/4HANA and the record that was fetched for it are one fact, in either order."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors.connector import Decision, Held, Ignored, Mapped, Partner, Raw, Refused
from connectors.erp import CONNECTOR
from connectors.odata import clock, day, entities, padded
from connectors.understand import understand
from schemas.envelope import Event, Precision, Scheme, System
from schemas.ordering import (
    BatchNumberAssigned,
    GoodsIssued,
    OrderChange,
    OrderChanged,
    OrderCreated,
)
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]
MAKER = Partner("maker-erp", System.ERP, zone="Europe/Berlin")
SOURCE = "/default/sap.s4.beh/1"


def event(kind: str, change: str, **data: str) -> Json:
    return {
        "specversion": "1.0",
        "type": f"sap.s4.beh.{kind.lower()}.v1.{kind}.{change}.v1",
        "source": SOURCE,
        "id": "e1",
        "time": "2026-03-02T09:14:59Z",
        "data": data,
    }


def fetched(record: Json) -> Json:
    return {"fetched_for": f"{SOURCE}/e1", "d": record}


def said(document: object, *companions: object, partner: Partner = MAKER) -> tuple[Decision, ...]:
    raws = tuple(Raw("half", orjson.dumps(one)) for one in companions)
    raw = Raw("m.json", orjson.dumps(document))
    return understand(CONNECTOR, raw, partner, OpenTokens(), raws)


def fact(*documents: Json, partner: Partner = MAKER) -> Event:
    (decision,) = said(*documents, partner=partner)
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    assert said(*reversed(documents), partner=partner) == (decision,)  # in either order
    return found


def refused(*documents: Json) -> Refused:
    (decision,) = said(*documents)
    assert isinstance(decision, Refused), decision
    return decision


CREATED = event("SalesOrder", "Created", SalesOrder="45000123")
ORDER: Json = {
    "SalesOrder": "45000123",
    "to_Item": {"results": [{"Material": "KYM-01", "SalesDocumentRjcnReason": ""}]},
}


def test_each_half_waits_for_the_other() -> None:
    assert said(CREATED) == (Held(f"{SOURCE}/e1", "record of SalesOrder"),)
    assert said(fetched(ORDER)) == (Held(f"{SOURCE}/e1", "notice"),)
    found = fact(CREATED, fetched(ORDER))
    assert isinstance(found, OrderCreated)
    assert found.product == "KYM-01"
    assert found.named(Scheme.ORDER) == ("0045000123",)
    assert found.occurred_at.isoformat() == "2026-03-02T09:14:59+00:00"


def test_an_event_of_another_message_does_not_let_the_record_go() -> None:
    assert said(fetched(ORDER), CREATED | {"id": "e2"}) == (Held(f"{SOURCE}/e1", "notice"),)


def test_a_record_of_another_object_is_never_taken_for_the_events() -> None:
    assert refused(CREATED, fetched(ORDER | {"SalesOrder": "1"})).reason is Reason.FIELD_INVALID


@pytest.mark.parametrize(
    ("reasons", "change"),
    [
        (("", ""), OrderChange.CHANGED),
        (("Z1", ""), OrderChange.CHANGED),
        (("Z1", "Z2"), OrderChange.CANCELLED),
    ],
)
def test_an_order_is_cancelled_when_every_item_is_rejected(
    reasons: tuple[str, str], change: OrderChange
) -> None:
    items = [{"Material": "KYM-01", "SalesDocumentRjcnReason": reason} for reason in reasons]
    changed = event("SalesOrder", "Changed", SalesOrder="45000123")
    found = fact(changed, fetched(ORDER | {"to_Item": items}))
    assert isinstance(found, OrderChanged)
    assert found.change is change


def test_a_deleted_order_is_cancelled_without_any_record() -> None:
    found = fact(event("SalesOrder", "Deleted", SalesOrder="45000123"))
    assert isinstance(found, OrderChanged)
    assert found.change is OrderChange.CANCELLED


DELIVERY: Json = {
    "DeliveryDocument": "80000849",
    "OverallGoodsMovementStatus": "C",
    "ActualGoodsMovementDate": "/Date(1776211200000)/",
    "ActualGoodsMovementTime": "PT14H25M00S",
    "Shippinglocationtimezone": "CET",
}
ISSUED = event("OutboundDelivery", "Changed", OutboundDelivery="80000849")


def test_goods_are_issued_at_the_local_time_of_the_shipping_point() -> None:
    found = fact(ISSUED, fetched(DELIVERY))
    assert isinstance(found, GoodsIssued)
    assert found.occurred_at.isoformat() == "2026-04-15T12:25:00+00:00"
    assert found.occurred_offset_minutes == 120


@pytest.mark.parametrize("status", ["A", "B", ""])
def test_a_delivery_that_is_not_all_issued_says_nothing_yet(status: str) -> None:
    (decision,) = said(ISSUED, fetched(DELIVERY | {"OverallGoodsMovementStatus": status}))
    assert isinstance(decision, Ignored)


def test_a_delivery_alone_is_a_whole_fact_and_the_same_one_each_time() -> None:
    found = fact(DELIVERY)
    assert isinstance(found, GoodsIssued)
    assert fact({"value": [DELIVERY | {"LastChangeDate": "x"}]}) == found


@pytest.mark.parametrize("record", [ORDER, {"ManufacturingOrder": "1"}, {"Batch": "B1"}])
def test_another_record_alone_does_not_say_what_happened(record: Json) -> None:
    assert refused({"d": record}).reason is Reason.FIELD_MISSING


def test_a_batch_of_a_production_order_is_that_of_its_sales_order() -> None:
    notice = event("ProductionOrder", "Changed", ManufacturingOrder="1003464")
    record = {"ManufacturingOrder": "1003464", "SalesOrder": "45000123", "Batch": "B26000123"}
    found = fact(notice, fetched(record))
    assert isinstance(found, BatchNumberAssigned)
    assert [str(i) for i in found.identifiers] == ["BATCH:B26000123", "ORDER:0045000123"]


def test_fields_of_the_customer_are_ours_where_the_settings_name_them() -> None:
    agreed = Partner("maker-erp", System.ERP, mapping={"added": {"YY1_COI_SDH": "COI"}})
    record = fetched(ORDER | {"YY1_COI_SDH": "COI-1"})
    assert fact(CREATED, record, partner=agreed).coi == "COI-1"
    assert fact(CREATED, record).coi is None


def test_the_order_is_one_order_in_an_idoc_and_in_a_record() -> None:
    assert padded("45000123", 10) == "0045000123"
    assert padded("P8218007", 10) == "P8218007"
    assert padded("", 10) == ""


@pytest.mark.parametrize(
    "change",
    [{"id": ""}, {"source": None}, {"type": 5}, {"time": "2024-05-06 10:10:00"}],
)
def test_an_event_that_cloudevents_does_not_allow_is_refused(change: Json) -> None:
    assert refused(CREATED | change).reason is Reason.STANDARD_VIOLATED


def test_an_event_about_something_else_is_ignored() -> None:
    partner = event("BusinessPartner", "Changed", BusinessPartner="1000667")
    assert said(partner) == (
        Ignored("CloudEvent sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1"),
    )


def test_an_event_that_names_no_object_is_refused() -> None:
    assert refused(event("SalesOrder", "Changed")).reason is Reason.FIELD_MISSING


def test_several_events_in_one_message_are_sent_one_by_one() -> None:
    (decision,) = said([CREATED, CREATED])
    assert isinstance(decision, Refused)
    assert said([CREATED]) == said(CREATED)


@pytest.mark.parametrize(
    "stated",
    [
        "/Date(1776211200000)/",
        "/Date(1776211200000+0000)/",
        "2026-04-15",
        "2026-04-15T09:00:00+09:00",
        "2026-04-15T00:00:00Z",
    ],
)
def test_a_date_is_its_day_however_it_was_written(stated: str) -> None:
    assert day({"D": stated}, "D") == "20260415"


@pytest.mark.parametrize("stated", ["/Date(1776211200001)/", "2026-04-15T09:00:00Z", "soon"])
def test_a_date_with_a_time_of_day_was_never_saps(stated: str) -> None:
    found = refused(ISSUED, fetched(DELIVERY | {"ActualGoodsMovementDate": stated}))
    assert found.reason is Reason.FIELD_INVALID


@pytest.mark.parametrize(
    ("stated", "read"), [("PT12H32M29S", "123229"), ("07:05:00", "070500"), ("", "")]
)
def test_a_time_is_read_in_both_versions(stated: str, read: str) -> None:
    assert clock({"T": stated}, "T") == read


def test_a_time_that_nobody_entered_leaves_the_day() -> None:
    found = fact(ISSUED, fetched(DELIVERY | {"ActualGoodsMovementTime": "PT00H00M00S"}))
    assert found.occurred_precision is Precision.DAY


@pytest.mark.parametrize(
    "document",
    [
        {"d": {"results": [ORDER]}},
        {"d": ORDER},
        {"value": [ORDER]},
        {"message": [ORDER]},
        [ORDER],
        ORDER,
    ],
)
def test_a_record_is_found_in_whatever_wraps_it(document: object) -> None:
    assert entities(document) == (ORDER,)
