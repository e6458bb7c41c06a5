"""Several shipments, loggers and readings at once: what is in order hides nothing, and nothing counts twice."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.manufacture import InProcessControlRecorded
from schemas.transport import (
    CheckpointPassed,
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    alerts,
    at,
    heard,
    ordered,
    said,
    states,
    the_alert,
    tick,
    told,
)

STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
SHIPMENT, LOGGER = "SHIPMENT:H-1", "LOGGER:L-1"
FILE = 25


def packed(kind: ShipmentKind, *names: str, hour: When = 10) -> PackagePacked:
    return said(PackagePacked, *(names or (SHIPMENT, LOGGER)), coi=COURSE, hour=hour, kind=kind)


def delivered(hour: When, shipment: str = SHIPMENT) -> ShipmentDelivered:
    return said(ShipmentDelivered, shipment, coi=COURSE, hour=hour)


def read(*values: tuple[When, dict[str, Any]], names: tuple[str, ...] = (LOGGER,)) -> ConditionRead:
    readings = tuple(Reading.model_validate({"at": at(hour), **what}) for hour, what in values)
    coi = None if names == (LOGGER,) else COURSE
    return said(ConditionRead, *names, coi=coi, hour=20, readings=readings)


def warm(*spans: tuple[When, When], names: tuple[str, ...] = (LOGGER,)) -> ConditionRead:
    """In the band of fresh cells, but for these spans."""
    values: list[tuple[When, dict[str, Any]]] = []
    for begins, ends in spans:
        values += [(begins, {"temperature": 20.0}), (ends, {"temperature": 5.0})]
    return read((11 * HOUR, {"temperature": 5.0}), *values, names=names)


OUTSIDE = (12 * HOUR, 13 * HOUR)


# --------------------------------------------------------------------------- the leg and its ends


@pytest.mark.parametrize(("hour", "found"), [(9.9, ["open"]), (10, []), (10.1, [])])
def test_only_an_arrival_after_the_packing_ends_the_leg(hour: float, found: list[str]) -> None:
    assert states(told(packed(FINAL), delivered(hour), now=30), "TC-04") == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (10 * HOUR - INSTANT, []),
        (10 * HOUR, ["open"]),
        (20 * HOUR, ["open"]),
        (20 * HOUR + INSTANT, []),
    ],
)
@pytest.mark.parametrize("what", [{"shock": 80.0}, {"shock": 80.0, "temperature": -190}])
def test_a_shock_counts_from_packing_to_arrival(when: When, found: list[str], what: Any) -> None:
    trace = read((when, what), names=(SHIPMENT,))
    assert states(told(packed(FINAL, SHIPMENT), delivered(20), trace), "TC-06") == found


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (10 * HOUR - INSTANT, []),
        (10 * HOUR, ["open"]),
        (20 * HOUR, ["open"]),
        (20 * HOUR + INSTANT, []),
    ],
)
def test_a_warm_reading_of_a_shipment_counts_from_packing_to_arrival(when: When, found) -> None:
    hot = read((when, {"temperature": 20.0}), names=(SHIPMENT,))
    trace = warm(OUTSIDE, names=(SHIPMENT,))
    alert = the_alert(told(packed(STARTING, SHIPMENT), delivered(20), trace, hot), "TC-01")
    assert (hot.event_id in alert.evidence) is bool(found)


def test_readings_of_another_shipment_are_of_another_leg() -> None:
    other = warm(OUTSIDE, names=("SHIPMENT:H-2",))
    assert states(told(packed(STARTING, SHIPMENT), other), "TC-01") == []
    own = warm(OUTSIDE, names=(SHIPMENT,))
    both = told(packed(STARTING, SHIPMENT), packed(STARTING, "SHIPMENT:H-2"), own)
    assert the_alert(both, "TC-01").object == SHIPMENT


def test_what_a_logger_has_read_is_not_counted_again_for_its_shipment() -> None:
    trace = warm(OUTSIDE, names=(LOGGER, SHIPMENT))
    assert states(told(packed(STARTING), trace), "TC-01") == ["open"]


@pytest.mark.parametrize("values", [(5.0, 20.0), (20.0, 5.0), (0.0, 20.0), (20.0, None)])
def test_of_two_readings_at_one_moment_the_warmer_counts(values: Any) -> None:
    trace = read(
        (11 * HOUR, {"temperature": 5.0}),
        *((12 * HOUR, {"temperature": value, "battery": 50}) for value in values),
        (13 * HOUR, {"temperature": 5.0}),
        names=(SHIPMENT,),
    )
    alert = the_alert(told(packed(STARTING, SHIPMENT), trace), "TC-01")
    assert alert.anchor == f"shipment/{packed(STARTING, SHIPMENT).event_id}"
    assert "warmest 20" in alert.detail


def test_a_reading_at_zero_is_warmer_than_one_below_it() -> None:
    trace = read(
        (11 * HOUR, {"temperature": 5.0}),
        *((12 * HOUR, {"temperature": value}) for value in (0.0, -1.0)),
        (13 * HOUR, {"temperature": 5.0}),
        names=(SHIPMENT,),
    )
    alert = the_alert(told(packed(STARTING, SHIPMENT), trace), "TC-01")
    assert "coldest 0" in alert.detail


@pytest.mark.parametrize("names", [(LOGGER,), (SHIPMENT,)])
def test_a_reading_without_a_temperature_is_read_for_what_it_holds(names: tuple[str, ...]) -> None:
    trace = read((12, {"lid_open": True}), names=names)
    leg = packed(FINAL) if names == (LOGGER,) else packed(FINAL, SHIPMENT)
    assert states(told(leg, trace, delivered(20)), "TC-06") == ["open"]


@pytest.mark.parametrize(("every", "found"), [(15, []), (15.1, ["open"])])
def test_where_readings_are_missing_warmth_lasts_for_two_intervals(every: float, found) -> None:
    step = every * MINUTE
    cool = [(12 * HOUR - n * step, {"temperature": 5.0}) for n in range(6, 0, -1)]
    trace = read(*cool, (12 * HOUR, {"temperature": 20.0}), (20 * HOUR, {"temperature": 5.0}))
    assert states(told(packed(STARTING), trace), "TC-01") == found


# --------------------------------------------------------------------------------- one beside another


def two(kind: ShipmentKind) -> tuple[PackagePacked, PackagePacked]:
    return packed(kind), packed(kind, "SHIPMENT:H-2", "LOGGER:L-2", hour=10.5)


def test_a_leg_in_its_band_or_of_frozen_cells_does_not_hide_the_next() -> None:
    good, bad = two(STARTING)
    trace = warm(OUTSIDE, names=("LOGGER:L-2",)).model_copy(update={"coi": None})
    assert the_alert(told(good, warm(), bad, trace), "TC-01").object == "SHIPMENT:H-2"
    frozen = packed(FINAL)
    cold = read((11, {"temperature": -190}))
    assert the_alert(told(frozen, cold, bad, trace), "TC-01").object == "SHIPMENT:H-2"


def test_when_the_time_outside_was_used_up_is_told_once() -> None:
    spans = (12 * HOUR, 13 * HOUR), (14 * HOUR, 15 * HOUR)
    alert = the_alert(told(packed(STARTING), warm(*spans)), "TC-01")
    assert alert.raised_at == at(12.5)
    assert "120 min outside" in alert.detail


def test_a_leg_that_was_never_thawed_does_not_hide_the_next() -> None:
    good, bad = two(FINAL)
    cold = read((11, {"temperature": -190}))
    refrozen = said(
        ConditionRead,
        "LOGGER:L-2",
        hour=20,
        readings=tuple(
            Reading(at=at(h), temperature=t) for h, t in ((11, -190), (12, -30), (13, -190))
        ),
    )
    assert the_alert(told(good, cold, bad, refrozen), "TC-07").object == "SHIPMENT:H-2"
    fresh = packed(STARTING)
    assert the_alert(told(fresh, cold, bad, refrozen), "TC-07").object == "SHIPMENT:H-2"


def test_a_logger_put_in_warm_may_still_thaw_later() -> None:
    values = [(11, -20.0), (12, -190.0), (13, -30.0), (14, -190.0)]
    trace = read(*((hour, {"temperature": t}) for hour, t in values))
    assert the_alert(told(packed(FINAL), trace), "TC-07").raised_at == at(14)


def control(value: float | None, test: str, hour: float = 12) -> InProcessControlRecorded:
    return said(
        InProcessControlRecorded, coi=COURSE, hour=hour, test=test, value=value, low=0.5, high=2.0
    )


def test_a_good_point_or_another_control_does_not_hide_the_next_point_of_the_curve() -> None:
    for first in (control(1.0, "FREEZING_A"), control(9.0, "GLUCOSE"), control(None, "FREEZING_A")):
        replay = told(first, control(9.0, "FREEZING_B", 13))
        assert the_alert(replay, "TC-08").object == "FREEZING_B"


# ------------------------------------------------------------------------------------------ trends


def booked(arrives: When | None, shipment: str = SHIPMENT, hour: float = 8) -> ShipmentBooked:
    planned = None if arrives is None else at(arrives)
    return said(
        ShipmentBooked, shipment, coi=COURSE, hour=hour, kind=FINAL, arrival_planned_at=planned
    )


def rising(logger: str = LOGGER, slope: float = 2, hours: int = 15) -> ConditionRead:
    readings = tuple(Reading(at=at(10 + n), temperature=-190 + slope * n) for n in range(hours))
    return said(ConditionRead, logger, hour=24, readings=readings)


def flying(*story: Any, now: When = 25) -> list[str]:
    replay = heard(*ordered(), *story, tick(now))
    return [a.object for a in alerts(replay) if a.code == "TC-03" and a.open]


def test_the_arrival_that_is_expected_of_another_shipment_is_not_this_ones() -> None:
    soon, late = booked(26, "SHIPMENT:H-2", 9), booked(60)
    assert flying(packed(FINAL), late, soon, rising()) == [SHIPMENT]
    passing = said(
        CheckpointPassed,
        "SHIPMENT:H-2",
        coi=COURSE,
        hour=12,
        checkpoint="HUB",
        arrival_expected_at=at(26),
    )
    assert flying(packed(FINAL), late, passing, rising()) == [SHIPMENT]
    assert flying(packed(FINAL), booked(60, "SHIPMENT:H-2"), rising()) == []


def test_a_word_about_the_shipment_that_names_no_arrival_changes_none() -> None:
    silent = said(CheckpointPassed, SHIPMENT, coi=COURSE, hour=12, checkpoint="HUB")
    assert flying(packed(FINAL), booked(60), silent, rising()) == [SHIPMENT]
    assert flying(packed(FINAL), booked(60), booked(None, hour=9), rising()) == [SHIPMENT]


def test_a_shipment_that_stays_cold_does_not_hide_one_that_warms() -> None:
    good, bad = two(FINAL)
    plans = booked(60), booked(60, "SHIPMENT:H-2")
    assert flying(good, bad, *plans, rising(slope=0), rising("LOGGER:L-2")) == ["SHIPMENT:H-2"]
    arrived = delivered(24)
    assert flying(good, bad, *plans, rising(), arrived, rising("LOGGER:L-2")) == ["SHIPMENT:H-2"]


def test_a_product_without_a_profile_has_no_trend() -> None:
    replay = told(packed(FINAL), booked(60), rising(), product="NOBODY", now=25)
    assert states(replay, "TC-03") == []


def test_a_trend_is_told_while_the_limit_itself_is_reached_and_not_passed() -> None:
    at_limit = read((24.5 * HOUR, {"temperature": -150.0}))
    assert flying(packed(FINAL), booked(60), rising(slope=39.9 / 14), at_limit) == [SHIPMENT]
    beyond = read((24.5 * HOUR, {"temperature": -149.9}))
    assert flying(packed(FINAL), booked(60), rising(slope=39.9 / 14), beyond) == []


def test_an_arrival_that_was_expected_before_the_trend_is_looked_at_foretells_nothing() -> None:
    assert flying(packed(FINAL), booked(15), rising()) == []
