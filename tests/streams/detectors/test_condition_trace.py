"""What a trace tells beside the limit itself: TC-01, TC-03, TC-07 and the freezing curve, TC-08."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.manufacture import InProcessControlRecorded
from schemas.profile import Material
from schemas.profiles import shipped
from schemas.transport import (
    CheckpointPassed,
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import ProductStored, ThawPhase, ThawRecorded
from tests.streams.detectors.limits import judged_by
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    alerts,
    at,
    corrected,
    heard,
    lived,
    ordered,
    said,
    states,
    the_alert,
    tick,
    told,
    withdrawn,
)

STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
FRESH = "AXICEL"
FROZEN = [p for p in shipped() if p.fresh_band is None]


def packed(kind: ShipmentKind, *, hour: When = 10) -> PackagePacked:
    return said(PackagePacked, "SHIPMENT:H-1", "LOGGER:L-1", coi=COURSE, hour=hour, kind=kind)


def read(values: Sequence[tuple[When, float]], *, name: str = "LOGGER:L-1") -> ConditionRead:
    """Readings at these hours."""
    readings = tuple(Reading(at=at(hour), temperature=value) for hour, value in values)
    coi = COURSE if name.startswith("SHIPMENT") else None
    return said(ConditionRead, name, coi=coi, hour=values[-1][0], readings=readings)


def outside(value: float, lasting: When) -> list[tuple[When, float]]:
    """In the band, then outside it for so long, then back in it."""
    begins = 12 * 60 * MINUTE
    assert not isinstance(lasting, float)
    return [(11, 5.0), (begins, value), (begins + lasting, 5.0), (14, 5.0)]


@pytest.mark.parametrize("value", [1.9, 8.1])
@pytest.mark.parametrize(
    ("lasting", "found"),
    [(30 * MINUTE - INSTANT, []), (30 * MINUTE, []), (30 * MINUTE + INSTANT, ["open"])],
)
@pytest.mark.parametrize("name", ["LOGGER:L-1", "SHIPMENT:H-1"])
def test_fresh_cells_may_be_outside_their_band_for_so_long(value, lasting, found, name) -> None:
    replay = told(packed(STARTING), read(outside(value, lasting), name=name), product=FRESH)
    assert states(replay, "TC-01") == found


@pytest.mark.parametrize(
    ("value", "found"), [(1.99, ["open"]), (2.0, []), (8.0, []), (8.01, ["open"])]
)
def test_the_edges_of_the_band_belong_to_it(value, found) -> None:
    replay = told(packed(STARTING), read(outside(value, 60 * MINUTE)), product=FRESH)
    assert states(replay, "TC-01") == found


def test_time_outside_adds_up_warm_and_cold_and_tells_when_it_was_too_much() -> None:
    trace = read(
        [
            (11.0, 5.0),
            (11.25, 9.0),
            (11.5, 5.0),
            (12.0, 1.0),
            (12.2, 5.0),
            (13.0, 12.0),
            (13.25, 5.0),
        ]
    )
    alert = the_alert(told(packed(STARTING), trace, product=FRESH), "TC-01")
    assert (alert.severity, alert.object) == (Severity.S1, "SHIPMENT:H-1")
    assert alert.raised_at == at(13) + 3 * MINUTE
    assert alert.detail == (
        "logger L-1: 42 min outside 2 to 8 degrees Celsius, 30 min tolerated, coldest 1, warmest 12"
    )


def test_a_missing_reading_does_not_make_an_excursion_last_longer_than_two_intervals() -> None:
    """What nobody measured is told as a hole, and not as warmth."""
    brief = [(11 + n / 10, 5.0) for n in range(10)] + [(12.0, 9.0), (20.0, 5.0)]
    assert states(told(packed(STARTING), read(brief), product=FRESH), "TC-01") == []


def test_a_trace_that_ends_outside_counts_as_far_as_it_goes() -> None:
    ends = [(11, 5.0), (12, 9.0), (12.4, 9.0)]
    assert states(told(packed(STARTING), read(ends), product=FRESH), "TC-01") == []
    later = [*ends, (12.6, 9.0)]
    assert states(told(packed(STARTING), read(later), product=FRESH), "TC-01") == ["open"]


@pytest.mark.parametrize("kind", [STARTING, FINAL])
def test_frozen_cells_have_no_band(kind) -> None:
    for profile in FROZEN:
        trace = read(outside(20.0, 60 * MINUTE))
        assert states(told(packed(kind), trace, product=profile.products[0]), "TC-01") == []
    assert states(told(packed(FINAL), read(outside(20, 60 * MINUTE))), "TC-01") == []


def test_starting_material_that_travels_frozen_has_no_band_although_its_profile_names_one() -> None:
    (fresh,) = (profile for profile in shipped() if FRESH in profile.products)
    story = packed(STARTING), read(outside(20.0, 60 * MINUTE))
    with judged_by(fresh.model_copy(update={"material": Material.FROZEN})):
        assert states(told(*story, product=FRESH), "TC-01") == []


def test_warm_readings_after_arrival_are_of_the_room() -> None:
    trace = read(outside(20.0, 60 * MINUTE))
    arrival = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=11.5)
    story = (packed(STARTING), trace, arrival)
    assert lived(told(*story, product=FRESH), "TC-01") == ["open", "retracted"]


def test_an_excursion_that_was_a_typing_error_is_retracted() -> None:
    trace = read(outside(20.0, 60 * MINUTE))
    story = (packed(STARTING), trace, withdrawn(trace))
    assert lived(told(*story, product=FRESH), "TC-01") == ["open", "retracted"]


def booked(arrives: When, kind: ShipmentKind = FINAL) -> ShipmentBooked:
    return said(
        ShipmentBooked,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=8,
        kind=kind,
        arrival_planned_at=at(arrives),
    )


def rising(
    slope: float, *, start: float = -190, hours: int = 15, wrong: float | None = None
) -> ConditionRead:
    """A reading every hour from hour 10 on, each so much warmer; the tenth may be an odd one."""
    values = [(10.0 + n, start + slope * n) for n in range(hours)]
    if wrong is not None:
        values[9] = (19.0, wrong)
    return read(values)


def flying(*story, now: When = 25):
    """A product on its way, seen at this hour."""
    return heard(*ordered(FRESH), packed(FINAL), *story, tick(now))


def test_a_shipper_that_warms_towards_its_limit_is_told_before_it_gets_there() -> None:
    replay = flying(booked(60), rising(2))
    alert = the_alert(replay, "TC-03")
    assert alert.open
    assert (alert.severity, alert.object, alert.anchor[:4]) == (Severity.S2, "SHIPMENT:H-1", "L-1/")
    # looked at every three hours: at -166 the limit is eight hours away, three hours earlier eleven
    assert alert.raised_at == at(19)
    assert alert.harm_at == at(30)
    assert alert.missing == ("plan to cool again or to swap",)


@pytest.mark.parametrize(
    ("arrives", "found"), [(30, []), (30 * 60 * MINUTE + MINUTE, ["open"])], ids=["at", "after"]
)
def test_a_limit_that_is_reached_at_arrival_and_no_sooner_is_no_harm(arrives, found) -> None:
    assert states(flying(booked(arrives), rising(2)), "TC-03") == found


def test_a_rise_that_slows_down_is_known_since_it_began_and_judged_by_its_latest_look() -> None:
    fast = [(10.0 + n, -190.0 + 2 * n) for n in range(13)]
    slow = [(23.0 + n, -165.0 + n) for n in range(12)]
    alert = the_alert(flying(booked(60), read([*fast, *slow]), now=35), "TC-03")
    assert alert.raised_at == at(19)
    assert alert.harm_at == at(38)
    assert alert.detail.startswith("logger L-1: -154.0 degrees Celsius, +1.00 an hour; ")


LOOKED = 22 * HOUR
"""When a trace that begins at hour 10 is looked at for the last time before hour 25."""


@pytest.mark.parametrize(
    ("arrives", "found"),
    [(LOOKED - 30 * MINUTE, []), (LOOKED, []), (LOOKED + INSTANT, ["open"])],
)
def test_what_was_expected_before_the_trend_was_looked_at_is_late_and_no_trend(
    arrives, found
) -> None:
    """The line of the trend runs above a shipper that has stopped at its limit."""
    stopped = read([(10.0 + n, min(-150.0, -168.0 + 2 * n)) for n in range(13)])
    replay = flying(booked(arrives), stopped)
    assert states(replay, "TC-03") == found
    if found:
        assert the_alert(replay, "TC-03").harm_at == at(LOOKED)


def test_nothing_is_foretold_further_ahead_than_it_was_watched() -> None:
    # at hour 22: -190 + 12 * slope, and twelve hours more; the limit of -150 is 40 degrees away
    assert states(flying(booked(200), rising(40 / 24)), "TC-03") == []
    assert states(flying(booked(200), rising(40 / 24 + 0.01)), "TC-03") == ["open"]


def test_a_last_word_about_the_arrival_counts() -> None:
    sooner = said(
        CheckpointPassed,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=20,
        checkpoint="HUB",
        arrival_expected_at=at(28),
    )
    replay = flying(booked(60), rising(2), sooner)
    assert lived(replay, "TC-03") == ["open", "resolved"]


def test_nobody_can_say_what_comes_before_an_arrival_that_nobody_expects() -> None:
    assert states(flying(rising(2)), "TC-03") == []


def test_one_odd_reading_or_too_few_hours_make_no_trend() -> None:
    assert states(flying(booked(60), rising(0, wrong=-151)), "TC-03") == []
    assert states(flying(booked(60), rising(5, hours=6)), "TC-03") == []
    assert states(flying(booked(60), rising(-1, start=-160)), "TC-03") == []


def test_a_shipper_that_is_filled_ends_the_trend() -> None:
    cooled = read([(25.0 + n, -190.0) for n in range(12)])
    assert lived(flying(booked(60), rising(2), cooled, now=40), "TC-03") == ["open", "resolved"]


def test_an_arrival_ends_the_trend() -> None:
    arrival = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=26)
    assert lived(flying(booked(60), rising(2), arrival), "TC-03") == ["open", "resolved"]


def test_beyond_the_limit_it_is_an_excursion_and_no_trend() -> None:
    replay = flying(booked(60), rising(2), read([(25, -149.9)]))
    assert states(replay, "TC-02") == ["open"]
    assert lived(replay, "TC-03") == ["open", "resolved"]


def test_fresh_cells_have_a_trend_too() -> None:
    story = (packed(STARTING), booked(60, STARTING), rising(0.3, start=3))
    replay = heard(*ordered(FRESH), *story, tick(25))
    assert states(replay, "TC-03") == ["open"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((-190, -59.9, -60), ["open"]),
        ((-190, -60, -190), []),
        ((-190, -59.9, -59.9), []),
        ((-20, -20, -190), []),
    ],
    ids=["thawed and frozen", "at the border", "not frozen again", "a logger put in warm"],
)
@pytest.mark.parametrize("name", ["LOGGER:L-1", "SHIPMENT:H-1"])
def test_a_trace_that_thaws_and_freezes_again_is_told(values, found, name) -> None:
    trace = read([(11 + n, value) for n, value in enumerate(values)], name=name)
    assert states(told(packed(FINAL), trace), "TC-07") == found


def test_a_refreezing_is_known_from_the_first_cold_reading_on_and_stays() -> None:
    trace = read([(11, -190), (12, -30), (13, -120), (14, -190), (15, -20), (16, -190)])
    arrival = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=30)
    alert = the_alert(told(packed(FINAL), trace, arrival), "TC-07")
    assert alert.open
    assert (alert.severity, alert.raised_at) == (Severity.S1, at(13))
    assert "as warm as -30" in alert.detail


def test_fresh_cells_are_never_refrozen_by_their_box() -> None:
    trace = read([(11, -190), (12, -30), (13, -120)])
    assert states(told(packed(STARTING), trace, product=FRESH), "TC-07") == []


def thaw(bag: str, *, hour: When, phase: ThawPhase = ThawPhase.STARTED) -> ThawRecorded:
    return said(ThawRecorded, f"CONTAINER:{bag}", coi=COURSE, hour=hour, phase=phase)


def stored(bag: str, *, hour: When) -> ProductStored:
    return said(ProductStored, f"CONTAINER:{bag}", coi=COURSE, hour=hour)


@pytest.mark.parametrize(("bag", "found"), [("B-1", ["open"]), ("B-2", [])])
def test_a_bag_put_back_after_its_thaw_began_is_told_and_its_neighbour_is_not(bag, found) -> None:
    replay = told(thaw("B-1", hour=20), stored(bag, hour=21))
    assert states(replay, "TC-07") == found
    if found:
        alert = the_alert(replay, "TC-07")
        assert (alert.object, alert.raised_at) == ("CONTAINER:B-1", at(21))


@pytest.mark.parametrize(
    ("moment", "found"),
    [(20 * 60 * MINUTE - INSTANT, []), (20, []), (20 * 60 * MINUTE + INSTANT, ["open"])],
)
def test_a_bag_stored_up_to_its_thaw_is_in_order(moment, found) -> None:
    assert states(told(thaw("B-1", hour=20), stored("B-1", hour=moment)), "TC-07") == found


def test_every_bag_that_was_put_back_is_told() -> None:
    thaws = thaw("B-2", hour=19), thaw("B-1", hour=20)
    both = said(ProductStored, "CONTAINER:B-1", "CONTAINER:B-2", coi=COURSE, hour=21)
    found = [a.object for a in alerts(told(*thaws, both)) if a.code == "TC-07"]
    assert found == ["CONTAINER:B-1", "CONTAINER:B-2"]


def test_the_end_of_a_thaw_alone_is_no_beginning() -> None:
    ended = thaw("B-1", hour=20, phase=ThawPhase.COMPLETED)
    assert states(told(ended, stored("B-1", hour=21)), "TC-07") == []


def test_a_thaw_that_was_noted_at_the_wrong_time_is_retracted() -> None:
    wrong = thaw("B-1", hour=20)
    replay = told(wrong, stored("B-1", hour=21), corrected(wrong, hour=30))
    assert lived(replay, "TC-07") == ["open", "retracted"]


def control(value: float | None, *, test: str = "FREEZING_RATE", **limits: Any):
    limits = limits or {"low": 0.5, "high": 2.0}
    return said(
        InProcessControlRecorded, coi=COURSE, hour=12, test=test, value=value, unit="K", **limits
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [(0.49, ["open"]), (0.5, []), (1.0, []), (2.0, []), (2.01, ["open"]), (None, [])],
)
def test_a_freezing_curve_may_reach_its_limits_and_no_further(value, found) -> None:
    assert states(told(control(value)), "TC-08") == found


def test_one_limit_is_enough_and_none_judges_nothing() -> None:
    assert states(told(control(9, low=None, high=2.0)), "TC-08") == ["open"]
    assert states(told(control(0, low=0.5, high=None)), "TC-08") == ["open"]
    assert states(told(control(9, low=None, high=None)), "TC-08") == []


def test_other_controls_are_no_freezing_curve() -> None:
    assert states(told(control(9, test="GLUCOSE")), "TC-08") == []


def test_a_deviating_curve_says_what_and_how_far_and_ends_by_correction_only() -> None:
    wrong = control(3.5)
    alert = the_alert(told(wrong, control(1.0, test="FREEZING_END")), "TC-08")
    assert (alert.object, alert.severity) == ("FREEZING_RATE", Severity.S2)
    assert alert.detail == "FREEZING_RATE 3.5 K, limits 0.5 to 2"
    assert lived(told(wrong, corrected(wrong, value=1.5)), "TC-08") == ["open", "retracted"]
