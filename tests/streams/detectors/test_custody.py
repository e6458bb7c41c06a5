"""Material that nobody, or only one side, states to hold: CU-01, CU-03."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.envelope import System
from schemas.profile import Material, TherapyProfile
from schemas.profiles import shipped
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentKind,
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
    withdrawn,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
PICK_UP = 10 * HOUR


def booked(kind: ShipmentKind = STARTING, shipment: str = "H-1") -> ShipmentBooked:
    return said(ShipmentBooked, f"SHIPMENT:{shipment}", coi=COURSE, hour=8, kind=kind)


def given(hour: When = PICK_UP, shipment: str = "H-1", **more: Any) -> CustodyHandedOver:
    parties: dict[str, Any] = {
        "from_party": "CLINIC",
        "to_party": "COURIER",
        "system": System.CLINIC,
        **more,
    }
    return said(CustodyHandedOver, f"SHIPMENT:{shipment}", coi=COURSE, hour=hour, **parties)


def taken(hour: When = PICK_UP, shipment: str = "H-1", **more: Any) -> CustodyAccepted:
    parties: dict[str, Any] = {"to_party": "COURIER", **more}
    return said(CustodyAccepted, f"SHIPMENT:{shipment}", coi=COURSE, hour=hour, **parties)


def tolerance(profile: TherapyProfile, kind: ShipmentKind):
    """What the profile allows between the two words, for fresh or for frozen cells."""
    fresh = kind is STARTING and profile.material is Material.FRESH
    limit = profile.fresh_custody_gap if fresh else profile.frozen_custody_gap
    return limit.minutes * MINUTE


# ------------------------------------------------------------------------------------------ CU-01


@PROFILES
@pytest.mark.parametrize("kind", [STARTING, FINAL])
@pytest.mark.parametrize("sign", [1, -1], ids=["taker later", "taker earlier"])
def test_a_gap_is_raised_past_the_limit_and_not_at_it(profile, kind, sign) -> None:
    for more, found in ((-INSTANT, []), (0 * MINUTE, []), (INSTANT, ["open"])):
        gap = sign * (tolerance(profile, kind) + more)
        replay = told(booked(kind), given(), taken(PICK_UP + gap), product=product_of(profile))
        assert states(replay, "CU-01") == found


def test_a_gap_names_both_words_and_the_trace_that_is_missing() -> None:
    out, into = given(), taken(PICK_UP + 40 * MINUTE)
    alert = the_alert(told(booked(), out, into), "CU-01")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "logistics-desk")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(out.event_id))
    assert alert.raised_at == at(PICK_UP + 40 * MINUTE)
    assert alert.evidence == tuple(sorted((out.event_id, into.event_id)))
    assert alert.missing == ("logger trace over the gap",)
    assert "CLINIC to COURIER: 0:40:00 apart, limit 15 minutes" in alert.detail
    assert alert.profile == "axi-cel@1.0.0"


def test_the_gap_is_raised_when_the_later_of_both_was_said() -> None:
    alert = the_alert(told(booked(), given(), taken(PICK_UP - 40 * MINUTE)), "CU-01")
    assert alert.raised_at == at(PICK_UP)


def test_a_corrected_time_ends_the_gap_under_the_same_id() -> None:
    into = taken(PICK_UP + 40 * MINUTE)
    before = told(booked(), given(), into)
    after = told(booked(), given(), into, corrected(into, hour=PICK_UP + 5 * MINUTE))
    assert lived(after, "CU-01") == ["open", "retracted"]
    assert the_alert(after, "CU-01").alert_id == the_alert(before, "CU-01").alert_id


def test_what_a_shipment_holds_may_be_said_by_its_packing() -> None:
    packed = said(PackagePacked, "SHIPMENT:H-1", coi=COURSE, hour=9, kind=STARTING)
    assert states(told(packed, given(), taken(PICK_UP + 20 * MINUTE)), "CU-01") == ["open"]


def test_without_a_word_on_what_it_holds_the_wider_tolerance_counts() -> None:
    assert states(told(given(), taken(PICK_UP + 20 * MINUTE)), "CU-01") == []
    assert states(told(given(), taken(PICK_UP + 31 * MINUTE)), "CU-01") == ["open"]


def test_two_shipments_are_not_compared_with_each_other() -> None:
    replay = told(given(shipment="H-1"), taken(PICK_UP + 5 * HOUR, shipment="H-2"))
    assert states(replay, "CU-01") == []
    assert states(replay, "CU-03") == ["open", "open"]


def test_of_two_hand_overs_each_is_compared_with_the_word_of_its_own_party() -> None:
    replay = told(
        booked(),
        given(),
        taken(),
        given(PICK_UP + 9 * HOUR, from_party="COURIER", to_party="MAKER", system=System.LOGISTICS),
        taken(PICK_UP + 9 * HOUR, to_party="MAKER", from_party="COURIER", system=System.MES),
    )
    assert states(replay, "CU-01") == states(replay, "CU-03") == []


def test_a_giver_who_names_nobody_is_matched_by_what_the_taker_says_of_him() -> None:
    out = given(to_party=None)
    assert states(told(booked(), out, taken(from_party="CLINIC")), "CU-03") == []
    assert states(told(booked(), out, taken()), "CU-03") == []
    assert states(told(booked(), out, taken(from_party="SOMEBODY")), "CU-03") == ["open", "open"]


def test_a_product_without_a_profile_is_judged_by_no_limit() -> None:
    replay = told(booked(), given(), taken(PICK_UP + 9 * HOUR), product="NOBODY")
    assert states(replay, "CU-01") == []


# ------------------------------------------------------------------------------------------ CU-03


@PROFILES
@pytest.mark.parametrize("word", [given, taken])
def test_a_silent_side_is_raised_when_its_window_is_over(profile, word) -> None:
    window = profile.handover_window.minutes * MINUTE
    for more, found in ((-INSTANT, []), (0 * MINUTE, ["open"]), (INSTANT, ["open"])):
        now = PICK_UP + window + more
        assert states(told(word(), product=product_of(profile), now=now), "CU-03") == found


@pytest.mark.parametrize(("word", "silent"), [(given, "taker"), (taken, "giver")])
def test_a_silent_side_is_named(word, silent) -> None:
    known = word()
    alert = the_alert(told(known), "CU-03")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "logistics-desk")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(known.event_id))
    assert alert.raised_at == at(PICK_UP + 2 * HOUR)
    assert alert.evidence == (known.event_id,)
    assert alert.missing == (f"the word of the {silent}",)
    assert alert.detail == f"the {silent} of H-1 has not confirmed within 2:00:00"


def test_the_other_side_ends_it_late_and_takes_it_back_when_it_was_in_time() -> None:
    for hour, end in ((PICK_UP + 5 * HOUR, "resolved"), (PICK_UP + MINUTE, "retracted")):
        replay = heard(*ordered(), given(), tick(PICK_UP + 9 * HOUR), taken(hour))
        assert lived(replay, "CU-03") == ["open", end]


def test_a_word_that_was_withdrawn_leaves_the_other_side_silent() -> None:
    into = taken()
    assert states(told(given(), into), "CU-03") == []
    assert states(told(given(), into, withdrawn(into)), "CU-03") == ["open"]


def test_a_hand_over_to_somebody_else_is_two_sided_silence() -> None:
    assert states(told(given(), taken(to_party="OTHERS")), "CU-03") == ["open", "open"]


def test_a_hand_over_that_is_in_order_or_not_yet_due_does_not_hide_the_next() -> None:
    one_sided, whole = given(shipment="H-0"), (given(shipment="H-0"), taken(shipment="H-0"))
    gap = (given(), taken(PICK_UP + 40 * MINUTE))
    assert states(told(one_sided, *gap), "CU-01") == ["open"]
    assert states(told(*whole, given()), "CU-03") == ["open"]
    not_due = given(PICK_UP + 9 * HOUR, shipment="H-0")
    assert states(told(not_due, given(), now=PICK_UP + 10 * HOUR), "CU-03") == ["open"]
