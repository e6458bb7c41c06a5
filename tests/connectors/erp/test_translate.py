"""What the ERP says is understood by its message type, its dates and its agreements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.erp import CONNECTOR
from connectors.erp.zones import zone
from schemas.envelope import Event, Scheme
from schemas.ordering import CoiAssigned, GoodsIssued, OrderApproved, OrderCreated
from tests.connectors.erp.partner import PARTNER
from tests.connectors.specimens import HERE, TOKENS

SAMPLES = HERE / "erp" / "samples"


def decided(file: Path | str, partner: Partner = PARTNER) -> tuple[Decision, ...]:
    path = SAMPLES / file if isinstance(file, str) else file
    return CONNECTOR.translate(Raw(path.name, path.read_bytes()), partner, TOKENS, ())


def events(file: str, partner: Partner = PARTNER) -> list[Event]:
    return [e for d in decided(file, partner) if isinstance(d, Mapped) for e in d.events]


def test_several_idocs_in_one_payload_are_decided_one_by_one() -> None:
    kinds = [type(event) for event in events("several_idocs.xml")]
    assert kinds == [OrderCreated, OrderApproved, CoiAssigned]
    assert decided("several_idocs.xml")[-1] == Ignored("INVOIC02/INVOIC")


def test_one_wrong_idoc_does_not_stop_the_others() -> None:
    said = [type(decision) for decision in decided("batch_masters.xml")]
    assert said == [Mapped, Ignored, Refused]


def test_batch_waybill_and_handling_unit_keep_their_leading_zeros() -> None:
    (issued,) = events("goods_issued.xml")
    assert isinstance(issued, GoodsIssued)
    assert issued.named(Scheme.DELIVERY) == ("0080000849",)
    assert issued.named(Scheme.BATCH) == ("B26000123",)
    assert issued.named(Scheme.SSCC) == ("395212340000000427",)


def test_a_handling_unit_with_a_number_of_the_erps_own_is_no_sscc() -> None:
    (issued,) = events("goods_issued_on_a_day.xml")
    assert issued.named(Scheme.SSCC) == ()


def test_the_customers_order_number_counts_where_partners_agree_on_it() -> None:
    agreeing = replace(PARTNER, identifier_systems={"E1EDK02:001": Scheme.ORDER})
    assert events("several_idocs.xml")[1].named(Scheme.ORDER) == ("0045000123",)
    assert events("several_idocs.xml", agreeing)[1].named(Scheme.ORDER) == ("0045000123", "PO-8812")


def test_a_list_of_products_names_ours_and_leaves_other_goods_out() -> None:
    agreeing = replace(PARTNER, mapping={"products": {"tisa-cel": "KYM-01"}})
    created, approved, _ = events("several_idocs.xml", agreeing)
    assert isinstance(created, OrderCreated)
    assert created.product == "KYM-01"
    assert isinstance(approved, OrderApproved)
    assert approved.product == "KYM-01"
    (other,) = decided("order_of_goods.xml", agreeing)
    assert other == Ignored("ORDERS05/ORDERS: an order without any product we follow")


def test_a_list_of_products_picks_the_therapy_among_several_lines() -> None:
    agreeing = replace(PARTNER, mapping={"products": {"tisa-cel": "KYM-01"}})
    (created,) = events("order_of_two_therapies.xml", agreeing)
    assert isinstance(created, OrderCreated)
    assert created.product == "KYM-01"


def test_the_same_content_without_a_number_is_the_same_message() -> None:
    body = (SAMPLES / "without_number.xml").read_bytes()
    ids = set()
    for same in (body, body.replace(b"    <", b"\n<")):
        (decision,) = CONNECTOR.translate(Raw("same", same), PARTNER, TOKENS, ())
        assert isinstance(decision, Mapped)
        ids.add(decision.events[0].event_id)
    (other,) = CONNECTOR.translate(
        Raw("other", body.replace(b"0045000134", b"0045000199")), PARTNER, TOKENS, ()
    )
    assert isinstance(other, Mapped)
    assert len(ids) == 1
    assert other.events[0].event_id not in ids


def test_one_document_number_of_two_senders_is_two_messages() -> None:
    body = (SAMPLES / "goods_issued.xml").read_bytes()
    found = {
        d.events[0].event_id
        for sent in (body, body.replace(b"P01CLNT100", b"Q01CLNT100"))
        for d in CONNECTOR.translate(Raw("a", sent), PARTNER, TOKENS, ())
        if isinstance(d, Mapped)
    }
    assert len(found) == 2


def test_a_correction_is_of_the_event_that_the_earlier_idoc_became() -> None:
    earlier = (SAMPLES / "order_changed.xml").read_bytes()
    earlier = earlier.replace(b"0000000000700013", b"0000000000700010")
    (first,) = CONNECTOR.translate(Raw("a", earlier), PARTNER, TOKENS, ())
    assert isinstance(first, Mapped)
    assert events("order_changed.xml")[0].corrects == first.events[0].event_id


@pytest.mark.parametrize(
    ("name", "winter"), [("CET", 60), ("EST", -300), ("UTC", 0), ("UTC+8", 480), ("UTC-3:30", -210)]
)
def test_zones_of_sap_are_known_by_their_own_names(name: str, winter: int) -> None:
    from datetime import UTC, datetime

    offset = datetime(2026, 1, 15, tzinfo=UTC).astimezone(zone(name, UTC)).utcoffset()
    assert offset is not None
    assert offset.total_seconds() / 60 == winter
