"""Material that two parties state to hold at the same time: CU-02."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.profile import Material
from schemas.profiles import shipped
from schemas.transport import ShipmentKind
from tests.streams.detectors.test_custody import booked, given, taken
from tests.words import (
    HOUR,
    INSTANT,
    MINUTE,
    at,
    corrected,
    heard,
    lived,
    ordered,
    product_of,
    states,
    the_alert,
    tick,
    told,
    withdrawn,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
FIRST, SECOND = 10 * HOUR, 13 * HOUR


def first():
    """A courier has taken the cells from the clinic."""
    return taken(FIRST, from_party="CLINIC")


def second(hour=SECOND, giver="CLINIC"):
    """Another one has taken them too."""
    return taken(hour, to_party="OTHERS", from_party=giver)


@PROFILES
def test_two_holders_are_raised_when_the_first_has_had_time_to_say_that_it_let_go(profile) -> None:
    window = profile.handover_window.minutes * MINUTE
    for more, found in ((-INSTANT, []), (0 * MINUTE, ["open"]), (INSTANT, ["open"])):
        replay = told(first(), second(), product=product_of(profile), now=SECOND + window + more)
        assert states(replay, "CU-02") == found


def test_both_holders_are_named() -> None:
    one, two = first(), second()
    alert = the_alert(told(one, two), "CU-02")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "both-parties")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", f"{one.event_id}/{two.event_id}")
    assert alert.raised_at == at(SECOND + 2 * HOUR)
    assert alert.evidence == tuple(sorted((one.event_id, two.event_id)))
    assert alert.missing == ("corrected times or parties",)
    assert alert.detail == (
        "OTHERS took H-1 from CLINIC, while COURIER held it and has not let go of it"
    )


@PROFILES
@pytest.mark.parametrize("kind", [ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT])
def test_letting_go_may_be_as_late_as_a_hand_over_may_gape(profile, kind) -> None:
    fresh = kind is ShipmentKind.STARTING_MATERIAL and profile.material is Material.FRESH
    limit = profile.fresh_custody_gap if fresh else profile.frozen_custody_gap
    for more, found in ((-INSTANT, []), (0 * MINUTE, []), (INSTANT, ["open"])):
        end = SECOND + limit.minutes * MINUTE + more
        gave = given(end, from_party="COURIER", to_party="CLINIC", system="logistics")
        replay = told(booked(kind), first(), second(), gave, product=product_of(profile))
        assert states(replay, "CU-02") == found


def test_a_late_end_is_raised_at_once_and_stays_as_a_fact() -> None:
    gave = given(SECOND + HOUR, from_party="COURIER", to_party="CLINIC", system="logistics")
    one, two = first(), second()
    alert = the_alert(told(one, two, gave, now=SECOND + HOUR), "CU-02")
    assert alert.raised_at == at(SECOND + HOUR)
    assert alert.evidence == tuple(sorted((one.event_id, two.event_id, gave.event_id)))
    assert alert.detail.endswith("COURIER held it and let go of it only later")
    assert states(told(one, two, gave), "CU-02") == ["open"]


def test_an_end_after_the_window_changes_nothing_about_when_it_was_sure() -> None:
    gave = given(SECOND + 5 * HOUR, from_party="COURIER", to_party="CLINIC", system="logistics")
    assert the_alert(told(first(), second(), gave), "CU-02").raised_at == at(SECOND + 2 * HOUR)


def test_a_holder_that_let_go_before_is_no_second_holder() -> None:
    back = given(12 * HOUR, from_party="COURIER", to_party="CLINIC", system="logistics")
    assert states(told(first(), back, second()), "CU-02") == []
    replay = heard(*ordered(), first(), second(), tick(30), back)
    assert lived(replay, "CU-02") == ["open", "retracted"]
    before = given(9 * HOUR, from_party="COURIER", to_party="CLINIC", system="logistics")
    assert states(told(before, first(), second()), "CU-02") == ["open"]


def test_only_the_first_time_that_a_holder_let_go_counts() -> None:
    back = given(12 * HOUR, from_party="COURIER", to_party="CLINIC", system="logistics")
    again = given(20 * HOUR, from_party="COURIER", to_party="MAKER", system="logistics")
    assert states(told(first(), back, again, second()), "CU-02") == []


def test_taking_it_from_its_holder_is_no_second_holding() -> None:
    assert states(told(first(), second(giver="COURIER")), "CU-02") == []
    assert states(told(first(), taken(SECOND, from_party="CLINIC")), "CU-02") == []


def test_every_holder_before_is_looked_at() -> None:
    own = given(12 * HOUR, from_party="COURIER", to_party="THIRD", system="logistics")
    third = taken(12 * HOUR, to_party="THIRD", from_party="COURIER")
    last = taken(SECOND, to_party="OTHERS", from_party="COURIER")
    alert = the_alert(told(first(), own, third, last), "CU-02")
    assert alert.anchor == f"{third.event_id}/{last.event_id}"


def test_where_nobody_says_who_gave_it_nobody_is_accused() -> None:
    unnamed = taken(SECOND, to_party="OTHERS")
    assert states(told(first(), unnamed), "CU-02") == []
    earlier = given(FIRST, from_party="CLINIC", to_party="COURIER")
    assert states(told(earlier, first(), unnamed), "CU-02") == []
    word = given(SECOND, from_party="CLINIC", to_party="OTHERS")
    assert states(told(first(), unnamed, word), "CU-02") == ["open"]
    own = given(SECOND, from_party="COURIER", to_party="OTHERS", system="logistics")
    assert states(told(first(), unnamed, own), "CU-02") == []


def test_each_shipment_has_its_own_holders() -> None:
    elsewhere = taken(SECOND, shipment="H-2", to_party="OTHERS", from_party="CLINIC")
    assert states(told(first(), elsewhere), "CU-02") == []


def test_a_corrected_party_ends_it() -> None:
    two = second()
    assert states(told(first(), two, withdrawn(two)), "CU-02") == []
    replay = heard(*ordered(), first(), two, tick(30), corrected(two, from_party="COURIER"))
    assert lived(replay, "CU-02") == ["open", "retracted"]


def test_what_is_not_yet_sure_does_not_hide_the_next() -> None:
    ahead = (
        taken(20 * HOUR, shipment="H-0", from_party="CLINIC"),
        taken(30 * HOUR, shipment="H-0", to_party="OTHERS", from_party="CLINIC"),
    )
    assert states(told(*ahead, first(), second(), now=31 * HOUR), "CU-02") == ["open"]


def test_a_product_without_a_profile_has_no_tolerance() -> None:
    assert states(told(first(), second(), product="NOBODY"), "CU-02") == []
