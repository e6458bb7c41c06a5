"""What travels, held against what was packed and planned: CU-05, CU-06, CU-07."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.manufacture import MaterialReceived
from schemas.profiles import shipped
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import ProductReceived
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
    withdrawn,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
FINAL = ShipmentKind.FINAL_PRODUCT
ARRIVAL = 40 * HOUR


def about(shipment: str) -> str:
    return f"SHIPMENT:{shipment}"


def packed(*things: str, hour: When = 10, shipment: str = "H-1", **more: Any) -> PackagePacked:
    return said(PackagePacked, about(shipment), *things, coi=COURSE, hour=hour, kind=FINAL, **more)


def received(*things: str, hour: When = ARRIVAL, shipment: str = "H-1", **more: Any):
    return said(ProductReceived, about(shipment), *things, coi=COURSE, hour=hour, **more)


# ------------------------------------------------------------------------------------------ CU-05


def handed(**more: Any) -> CustodyHandedOver:
    return said(CustodyHandedOver, "SHIPMENT:H-1", coi=COURSE, hour=12, from_party="A", **more)


def accepted(**more: Any) -> CustodyAccepted:
    return said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=12, to_party="B", **more)


def unpacked(**more: Any) -> MaterialReceived:
    return said(MaterialReceived, "SHIPMENT:H-1", coi=COURSE, hour=12, **more)


@pytest.mark.parametrize("word", [accepted, unpacked, received])
def test_a_seal_that_is_not_intact_is_raised_by_whoever_says_it(word) -> None:
    for intact, found in ((False, ["open"]), (True, []), (None, [])):
        assert states(told(word(seal_intact=intact)), "CU-05") == found


@pytest.mark.parametrize("word", [handed, accepted, unpacked, received])
def test_a_seal_that_nobody_set_is_raised_by_whoever_finds_it(word) -> None:
    for seal, found in (("S-2", ["open"]), ("S-1", []), (None, [])):
        assert states(told(packed(seal="S-1"), word(seal=seal)), "CU-05") == found


def test_a_seal_says_what_is_wrong_with_it_and_who_looks() -> None:
    late, early = received(seal="S-3"), accepted(seal="S-2")
    alert = the_alert(told(packed(seal="S-1"), late, early), "CU-05")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "receiver-quality")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", "seal")
    assert alert.raised_at == at(12)
    assert alert.evidence == tuple(sorted((early.event_id, late.event_id)))
    assert alert.missing == ("photographs and inspection of the package",)
    assert alert.detail == "shipment H-1: found seal S-2, closed with S-1"
    broken = the_alert(told(accepted(seal_intact=False)), "CU-05")
    assert broken.detail == "shipment H-1: the seal is not intact"


def test_without_a_word_on_the_seal_that_was_set_none_can_be_wrong() -> None:
    assert states(told(packed(), accepted(seal="S-2")), "CU-05") == []
    assert states(told(accepted(seal="S-2")), "CU-05") == []
    assert states(told(packed(seal="S-1", shipment="H-2"), accepted(seal="S-2")), "CU-05") == []


def test_a_package_closed_anew_on_its_way_has_a_second_right_seal_from_then_on() -> None:
    anew = packed(seal="S-2", hour=20)
    assert states(told(packed(seal="S-1"), anew, received(seal="S-2")), "CU-05") == []
    assert states(told(packed(seal="S-1"), anew, accepted(seal="S-2")), "CU-05") == ["open"]
    assert states(told(packed(seal="S-1", hour=12), accepted(seal="S-1")), "CU-05") == []
    at_once = packed(seal="S-2", hour=12)
    assert states(told(packed(seal="S-1"), at_once, accepted(seal="S-2")), "CU-05") == []
    wrong = the_alert(told(packed(seal="S-1"), anew, received(seal="S-9")), "CU-05")
    assert wrong.detail == "shipment H-1: found seal S-9, closed with S-1, S-2"


def test_a_seal_once_broken_stays_broken_until_the_word_is_corrected() -> None:
    broken = accepted(seal_intact=False)
    assert states(told(broken, received(seal_intact=True)), "CU-05") == ["open"]
    assert states(told(broken, corrected(broken, seal_intact=True)), "CU-05") == ["retracted"]


def test_a_whole_seal_does_not_hide_a_broken_one() -> None:
    whole = said(
        CustodyAccepted, "SHIPMENT:H-0", coi=COURSE, hour=12, to_party="B", seal_intact=True
    )
    assert states(told(whole, accepted(seal_intact=False)), "CU-05") == ["open"]


# ------------------------------------------------------------------------------------------ CU-06


def booked(destination: str | None = "CLINIC", shipment: str = "H-1") -> ShipmentBooked:
    return said(
        ShipmentBooked,
        about(shipment),
        coi=COURSE,
        hour=8,
        kind=FINAL,
        destination=destination,
    )


def delivered(
    receiver: str | None, hour: When = ARRIVAL, shipment: str = "H-1", **more: Any
) -> ShipmentDelivered:
    return said(
        ShipmentDelivered, about(shipment), coi=COURSE, hour=hour, receiver=receiver, **more
    )


def test_a_wrong_place_is_raised_when_the_cells_are_there() -> None:
    there = delivered("OTHERS")
    alert = the_alert(told(booked(), there), "CU-06")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "logistics-desk")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(there.event_id))
    assert alert.raised_at == at(ARRIVAL)
    assert alert.evidence == (there.event_id,)
    assert alert.missing == ("logger trace since the delivery", "plan of the way on")
    assert alert.detail == "shipment H-1 was delivered to OTHERS, planned for CLINIC"


def test_the_right_receiver_or_the_right_place_is_right() -> None:
    assert states(told(booked(), delivered("CLINIC")), "CU-06") == []
    assert states(told(booked(), delivered("NURSE", place="CLINIC")), "CU-06") == []
    assert states(told(booked(), delivered(None, place="CLINIC")), "CU-06") == []
    dock = the_alert(told(booked(), delivered(None, place="DOCK")), "CU-06")
    assert dock.detail == "shipment H-1 was delivered to DOCK, planned for CLINIC"


def test_where_the_plan_or_the_delivery_names_no_place_nothing_can_be_compared() -> None:
    assert states(told(delivered("OTHERS")), "CU-06") == []
    assert states(told(booked(None), delivered("OTHERS")), "CU-06") == []
    assert states(told(booked(shipment="H-2"), delivered("OTHERS")), "CU-06") == []
    assert states(told(booked(), delivered(None)), "CU-06") == []


def test_what_was_refused_is_not_delivered() -> None:
    assert states(told(booked(), delivered("OTHERS", refused=True)), "CU-06") == []


def test_a_plan_that_changed_may_name_another_place() -> None:
    assert states(told(booked(), booked("OTHERS"), delivered("OTHERS")), "CU-06") == []


def test_the_way_on_ends_it_by_delivery_or_by_receipt() -> None:
    wrong = delivered("OTHERS")
    for right in (
        delivered("CLINIC", ARRIVAL + 5 * HOUR),
        received(hour=ARRIVAL + 5 * HOUR),
        said(MaterialReceived, "SHIPMENT:H-1", coi=COURSE, hour=ARRIVAL + 5 * HOUR),
    ):
        replay = heard(*ordered(), booked(), wrong, right)
        assert lived(replay, "CU-06") == ["open", "resolved"]
    at_once = heard(*ordered(), booked(), wrong, received())
    assert lived(at_once, "CU-06") == ["open", "retracted"]


def test_neither_an_earlier_receipt_nor_an_earlier_delivery_ends_it() -> None:
    wrong = delivered("OTHERS")
    assert states(told(booked(), wrong, received(hour=ARRIVAL - INSTANT)), "CU-06") == ["open"]
    assert states(told(booked(), delivered("CLINIC", 30 * HOUR), wrong), "CU-06") == ["open"]
    assert states(told(booked(), wrong, received(shipment="H-2")), "CU-06") == ["open"]
    nowhere = delivered(None, ARRIVAL + HOUR)
    assert states(told(booked(), wrong, nowhere), "CU-06") == ["open"]
    assert states(told(booked(), delivered(None, 30 * HOUR), wrong), "CU-06") == ["open"]


def test_a_shipment_that_cannot_be_judged_does_not_hide_the_next() -> None:
    for harmless in (
        [delivered("OTHERS", shipment="H-0")],
        [booked(shipment="H-0"), delivered("CLINIC", shipment="H-0")],
    ):
        assert states(told(*harmless, booked(), delivered("OTHERS")), "CU-06") == ["open"]


# ------------------------------------------------------------------------------------------ CU-07

TWO = ("CONTAINER:C-1", "CONTAINER:C-2")


@PROFILES
def test_a_missing_bag_is_raised_when_every_message_has_had_its_time(profile) -> None:
    window = profile.handover_window.minutes * MINUTE
    for more, found in ((-INSTANT, []), (0 * MINUTE, ["open"]), (INSTANT, ["open"])):
        now = ARRIVAL + window + more
        replay = told(packed(*TWO), received(TWO[0]), product=product_of(profile), now=now)
        assert states(replay, "CU-07") == found


def test_bags_too_few_and_too_many_are_named() -> None:
    list_, found = packed(*TWO), received(TWO[0], "CONTAINER:C-9")
    alert = the_alert(told(list_, found), "CU-07")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "receiver-sender")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", "contents")
    assert alert.raised_at == at(ARRIVAL + 2 * HOUR)
    assert alert.evidence == tuple(sorted((list_.event_id, found.event_id)))
    assert alert.missing == ("scan of every container", "second count")
    assert alert.detail == (
        "shipment H-1: packed and not received: C-2; received and not packed: C-9"
    )
    fewer = the_alert(told(list_, received(TWO[0])), "CU-07")
    assert fewer.detail.endswith("packed and not received: C-2; received and not packed: none")
    more = the_alert(told(packed(TWO[0]), received(*TWO)), "CU-07")
    assert more.detail.endswith("packed and not received: none; received and not packed: C-2")


def test_the_same_bags_in_any_order_and_in_several_messages_are_the_same() -> None:
    assert states(told(packed(*TWO), received(*reversed(TWO))), "CU-07") == []
    parts = (received(TWO[0]), received(TWO[1], hour=ARRIVAL + HOUR))
    assert states(told(packed(*TWO), *parts), "CU-07") == []
    shippers = (packed(TWO[0]), packed(TWO[1], hour=11))
    assert states(told(*shippers, received(*TWO)), "CU-07") == []
    assert states(told(packed(*TWO), received(TWO[0]), unpacked_with(TWO[1])), "CU-07") == []


def unpacked_with(*things: str) -> MaterialReceived:
    return said(MaterialReceived, "SHIPMENT:H-1", *things, coi=COURSE, hour=ARRIVAL)


def test_where_one_side_does_not_count_nothing_can_be_compared() -> None:
    assert states(told(packed(), received(*TWO)), "CU-07") == []
    assert states(told(packed(*TWO), received()), "CU-07") == []
    assert states(told(packed(*TWO, shipment="H-2"), received(TWO[0])), "CU-07") == []
    assert states(told(packed(*TWO), received(TWO[0]), product="NOBODY"), "CU-07") == []


def test_the_rest_ends_it_late_and_takes_it_back_in_time() -> None:
    for hour, end in ((ARRIVAL + 5 * HOUR, "resolved"), (ARRIVAL + HOUR, "retracted")):
        rest = received(TWO[1], hour=hour)
        replay = heard(*ordered(), packed(*TWO), received(TWO[0]), tick(60), rest)
        assert lived(replay, "CU-07") == ["open", end]
        assert the_alert(replay, "CU-07").raised_at == at(ARRIVAL + 2 * HOUR)


def test_the_first_receipt_sets_the_time_whatever_its_kind() -> None:
    first = said(MaterialReceived, "SHIPMENT:H-1", "CONTAINER:C-1", coi=COURSE, hour=ARRIVAL + HOUR)
    replay = told(packed("CONTAINER:C-3"), received(TWO[0]), first)
    assert the_alert(replay, "CU-07").raised_at == at(ARRIVAL + 2 * HOUR)


def test_a_withdrawn_receipt_counts_nothing() -> None:
    found = received(TWO[0])
    assert states(told(packed(*TWO), found, withdrawn(found)), "CU-07") == []


def test_a_shipment_in_order_or_not_yet_due_does_not_hide_the_next_count() -> None:
    fine = (packed("CONTAINER:C-5", shipment="H-0"), received("CONTAINER:C-5", shipment="H-0"))
    assert states(told(*fine, packed(*TWO), received(TWO[0])), "CU-07") == ["open"]
    not_due = (
        packed("CONTAINER:C-5", shipment="H-0"),
        received("CONTAINER:C-6", shipment="H-0", hour=60),
    )
    replay = told(*not_due, packed(*TWO), received(TWO[0]), now=61)
    assert states(replay, "CU-07") == ["open"]
