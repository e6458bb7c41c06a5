"""Cells that may have warmed: TC-02."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.manufacture import MaterialReceived
from schemas.profile import Material
from schemas.profiles import shipped
from schemas.transport import (
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import ProductReceived
from tests.words import (
    COURSE,
    INSTANT,
    MINUTE,
    OTHER,
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
    told,
    withdrawn,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
UNKNOWN = ShipmentKind.UNKNOWN_TO_READER


def packed(
    kind: ShipmentKind = FINAL,
    *,
    hour: When = 10,
    coi: str = COURSE,
    names: tuple[str, ...] = ("SHIPMENT:H-1", "LOGGER:L-1"),
) -> PackagePacked:
    return said(PackagePacked, *names, coi=coi, hour=hour, kind=kind)


def read(*values: float, hour: When = 12, name: str = "LOGGER:L-1", coi: str | None = None):
    """Readings of a logger, ten minutes apart."""
    readings = tuple(
        Reading(at=at(hour) + i * 10 * MINUTE, temperature=value) for i, value in enumerate(values)
    )
    return said(ConditionRead, name, coi=coi, hour=hour, readings=readings)


@PROFILES
@pytest.mark.parametrize(("more", "found"), [(-0.01, []), (0.0, []), (0.01, ["open"])])
@pytest.mark.parametrize("way", ["by its logger", "by its shipment"])
def test_the_product_may_be_as_warm_as_its_limit_and_no_warmer(profile, more, found, way) -> None:
    value = profile.storage.celsius + more
    reading = (
        read(value) if way == "by its logger" else read(value, name="SHIPMENT:H-1", coi=COURSE)
    )
    assert states(told(packed(), reading, product=product_of(profile)), "TC-02") == found


@PROFILES
def test_starting_material_has_the_limit_only_where_it_travels_frozen(profile) -> None:
    frozen = profile.material is Material.FROZEN
    replay = told(packed(STARTING), read(4.0), product=product_of(profile))
    assert states(replay, "TC-02") == (["open"] if frozen else [])


def test_a_warm_leg_says_how_warm_how_often_and_on_what_it_rests() -> None:
    leg, warm = packed(), read(-190, -140, -160, -145.5, -130)
    alert = the_alert(told(leg, warm), "TC-02")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "logistics-quality")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", f"L-1/{leg.event_id}")
    assert alert.raised_at == at(12) + 10 * MINUTE
    assert alert.evidence == tuple(sorted((leg.event_id, warm.event_id)))
    assert alert.missing == ("disposition by quality", "full trace")
    assert alert.detail == "logger L-1: warmest -130 degrees Celsius, limit -150, 2 excursion(s)"


def test_a_warm_reading_of_the_shipment_itself_names_how_many() -> None:
    leg = packed()
    warm = read(-140, -160, -100, name="SHIPMENT:H-1", coi=COURSE)
    alert = the_alert(told(leg, warm), "TC-02")
    assert alert.severity is Severity.S1
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(warm.event_id))
    assert alert.raised_at == at(12)
    assert alert.evidence == tuple(sorted((leg.event_id, warm.event_id)))
    assert alert.missing == ("disposition by quality", "full trace")
    assert alert.detail == "2 reading(s) above -150 degrees Celsius"


def test_readings_of_another_shipment_are_not_this_one() -> None:
    assert states(told(packed(), read(-1, name="SHIPMENT:H-2", coi=COURSE)), "TC-02") == []


def test_a_warm_reading_before_its_packing_is_not_lost() -> None:
    replay = heard(read(-100), packed(), *ordered())
    assert states(replay, "TC-02") == ["open"]


@pytest.mark.parametrize(
    ("hour", "found"),
    [
        (10 * 60 * MINUTE - INSTANT, []),
        (10 * 60 * MINUTE, ["open"]),
        (20 * 60 * MINUTE, ["open"]),
        (20 * 60 * MINUTE + INSTANT, []),
    ],
    ids=["before packing", "at packing", "at arrival", "after arrival"],
)
@pytest.mark.parametrize("arrived", [ShipmentDelivered, MaterialReceived, ProductReceived])
def test_only_readings_between_packing_and_arrival_are_the_cells(hour, found, arrived) -> None:
    arrival = said(arrived, "SHIPMENT:H-1", coi=COURSE, hour=20)
    for story in (
        (packed(), arrival, read(-100, hour=hour)),
        (read(-100, hour=hour), arrival, packed()),
    ):
        assert states(told(*story), "TC-02") == found


def test_an_arrival_that_comes_late_takes_a_warm_reading_after_it_back() -> None:
    arrival = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=11)
    assert lived(told(packed(), read(-100), arrival), "TC-02") == ["open", "retracted"]


def test_an_arrival_before_the_packing_is_of_an_earlier_use() -> None:
    arrival = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=9)
    assert states(told(packed(), arrival, read(-100)), "TC-02") == ["open"]


def test_the_product_is_known_to_be_one_by_its_booking_where_the_packing_does_not_say() -> None:
    booked = said(ShipmentBooked, "SHIPMENT:H-1", coi=COURSE, hour=8, kind=FINAL)
    assert states(told(packed(UNKNOWN), read(-100)), "TC-02") == []
    assert states(told(packed(UNKNOWN), read(-100), booked), "TC-02") == ["open"]


def test_the_word_of_the_packing_outranks_the_booking() -> None:
    booked = said(ShipmentBooked, "SHIPMENT:H-1", coi=COURSE, hour=8, kind=FINAL)
    assert states(told(packed(STARTING), read(4), booked), "TC-02") == []


def test_a_packing_without_a_shipment_is_a_leg_of_its_own() -> None:
    leg = packed(names=("LOGGER:L-1",))
    assert the_alert(told(leg, read(-100)), "TC-02").object == f"PACKING:{leg.event_id}"


def test_two_loggers_of_one_leg_are_two_alerts() -> None:
    leg = packed(names=("SHIPMENT:H-1", "LOGGER:L-1", "LOGGER:L-2"))
    replay = told(leg, read(-100), read(-100, name="LOGGER:L-2"))
    assert states(replay, "TC-02") == ["open", "open"]
    one_cold = told(leg, read(-190), read(-100, name="LOGGER:L-2"))
    assert the_alert(one_cold, "TC-02").anchor == f"L-2/{leg.event_id}"


def test_a_leg_without_a_limit_does_not_hide_the_next() -> None:
    fresh = packed(STARTING, names=("SHIPMENT:H-0", "LOGGER:L-0"), hour=5)
    replay = told(fresh, packed(), read(-100))
    assert the_alert(replay, "TC-02").object == "SHIPMENT:H-1"


def test_a_reading_that_was_corrected_to_cold_is_retracted() -> None:
    warm = read(-100)
    cold = corrected(warm, readings=(Reading(at=at(12), temperature=-190),))
    assert lived(told(packed(), warm, cold), "TC-02") == ["open", "retracted"]
    assert lived(told(packed(), warm, withdrawn(warm)), "TC-02") == ["open", "retracted"]


def test_a_reading_without_a_temperature_is_none() -> None:
    shock = said(ConditionRead, "LOGGER:L-1", hour=12, readings=(Reading(at=at(12), shock=9),))
    direct = said(
        ConditionRead, "SHIPMENT:H-1", coi=COURSE, hour=12, readings=(Reading(at=at(12), shock=9),)
    )
    assert states(told(packed(), shock, direct), "TC-02") == []


def test_a_product_without_a_profile_has_no_limit() -> None:
    assert states(told(packed(), read(20.0), product="NOBODY"), "TC-02") == []


def test_the_next_use_of_the_logger_is_the_other_courses() -> None:
    replay = heard(
        *ordered(),
        *ordered(course=OTHER, order="O-2"),
        read(-100, hour=30),
        packed(hour=25, coi=OTHER, names=("SHIPMENT:H-2", "LOGGER:L-1")),
        packed(),
    )
    assert the_alert(replay, "TC-02", OTHER).open
    assert len(states(replay, "TC-02")) == 1


def test_readings_of_another_shipment_do_not_hide_the_own_ones() -> None:
    other = read(-1, hour=11, name="SHIPMENT:H-2", coi=COURSE)
    own = read(-100, name="SHIPMENT:H-1", coi=COURSE)
    assert the_alert(told(packed(), other, own), "TC-02").anchor == str(own.event_id)


def test_a_shipment_of_which_nobody_says_what_it_holds_has_no_limit() -> None:
    assert states(told(packed(UNKNOWN), read(4.0), product="TISACEL"), "TC-02") == []


def test_a_packing_for_two_shipments_is_named_by_the_first() -> None:
    leg = packed(names=("SHIPMENT:H-1", "SHIPMENT:H-2", "LOGGER:L-1"))
    assert the_alert(told(leg, read(-100)), "TC-02").object == "SHIPMENT:H-1"
