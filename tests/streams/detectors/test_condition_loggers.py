"""The logger itself: TC-04 silent, TC-05 the wrong one, TC-06 handled roughly with the cells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.ordering import OrderChange, OrderChanged
from schemas.transport import (
    ConditionFileUploaded,
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentDelivered,
    ShipmentKind,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
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
)

STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
DAY = 24


def packed(kind: ShipmentKind = FINAL, *loggers: str) -> PackagePacked:
    named = loggers or ("LOGGER:L-1",)
    return said(PackagePacked, "SHIPMENT:H-1", *named, coi=COURSE, hour=10, kind=kind)


def delivered(hour: When = 20) -> ShipmentDelivered:
    return said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=hour)


def read(
    *hours: When, value: float = -190, name: str = "LOGGER:L-1", every: int = 1
) -> ConditionRead:
    readings = tuple(Reading(at=at(hour), temperature=value) for hour in hours)
    return said(ConditionRead, name, hour=hours[-1], readings=readings)


def hourly(*, without: tuple[int, ...] = ()) -> ConditionRead:
    return read(*(h for h in range(10, 21) if h not in without))


def file(*names: str, hour: When = 21, **fields: Any) -> ConditionFileUploaded:
    named = names or ("SHIPMENT:H-1", "LOGGER:L-1")
    return said(ConditionFileUploaded, *named, coi=COURSE, hour=hour, **fields)


def seen(*story, hour: When = 900, product: str = "AXICEL"):
    return heard(*ordered(product), *story, tick(hour))


def test_a_leg_that_was_read_and_filed_is_in_order() -> None:
    replay = seen(packed(), hourly(), delivered(), file())
    assert [states(replay, f"TC-0{n}") for n in range(1, 9)] == [[]] * 8


@pytest.mark.parametrize(
    ("later", "found"),
    [(16 * HOUR - INSTANT, []), (16 * HOUR, ["open"]), (16 * HOUR + INSTANT, ["open"])],
)
@pytest.mark.parametrize("heard_at", [None, 15])
def test_a_logger_on_its_way_may_be_silent_for_so_long(later, found, heard_at) -> None:
    """Counted from the packing, or from the last thing that it said."""
    story = [packed()] if heard_at is None else [packed(), read(11, heard_at)]
    since = timedelta(hours=10 if heard_at is None else heard_at)
    replay = seen(*story, hour=since + later)
    assert states(replay, "TC-04") == found
    if found:
        alert = the_alert(replay, "TC-04")
        assert alert.raised_at == at(since + 16 * HOUR)
        assert (alert.severity, alert.object) == (Severity.S2, "SHIPMENT:H-1")


def test_silence_ends_when_the_logger_speaks_again() -> None:
    replay = seen(packed(), read(11), tick(28), read(28))
    assert lived(replay, "TC-04")[:2] == ["open", "resolved"]


def test_nobody_waits_for_the_logger_of_a_cancelled_order() -> None:
    cancelled = said(OrderChanged, "ORDER:O-1", coi=COURSE, hour=20, change=OrderChange.CANCELLED)
    assert states(seen(packed(), read(11), cancelled), "TC-04") == []


@pytest.mark.parametrize(("later", "found"), [(24 * HOUR - INSTANT, []), (24 * HOUR, ["open"])])
def test_a_file_may_come_within_a_day_of_arrival(later, found) -> None:
    replay = seen(packed(), hourly(), delivered(), hour=20 * HOUR + later)
    assert states(replay, "TC-04") == found
    if found:
        alert = the_alert(replay, "TC-04")
        assert alert.severity is Severity.S2
        assert alert.raised_at == at(20 + DAY)
        assert alert.missing == ("the logger's file",)


def test_a_late_file_ends_the_alert() -> None:
    replay = seen(packed(), hourly(), delivered(), tick(60), file(hour=61))
    assert lived(replay, "TC-04") == ["open", "resolved"]
    assert the_alert(replay, "TC-04").state.value == "resolved"


def test_a_file_of_the_shipment_alone_is_its_loggers() -> None:
    assert states(seen(packed(), hourly(), delivered(), file("SHIPMENT:H-1")), "TC-04") == []


def test_a_file_alone_is_a_trace_and_two_readings_have_no_interval() -> None:
    assert states(seen(packed(), delivered(), file()), "TC-04") == []
    assert states(seen(packed(), read(11, 19), delivered(), file()), "TC-04") == []


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (timedelta(0), []), (INSTANT, ["open"])]
)
@pytest.mark.parametrize("place", ["before the first", "between", "after the last"])
def test_a_gap_of_two_intervals_is_none_and_more_is(more, found, place) -> None:
    begin, end = 10 * HOUR, 20 * HOUR
    match place:
        case "before the first":
            hours = [begin + 2 * HOUR + more, *(n * HOUR for n in range(13, 21))]
        case "between":
            hours = [*(n * HOUR for n in range(10, 15)), 16 * HOUR + more]
            hours += [n * HOUR for n in range(17, 21)]
        case _:
            hours = [*(n * HOUR for n in range(10, 18)), end - 2 * HOUR - more]
    assert states(seen(packed(), read(*hours), delivered(), file()), "TC-04") == found


def test_a_hole_of_more_than_an_hour_is_grave_for_frozen_cells_only() -> None:
    hole = hourly(without=(14, 15))
    frozen = the_alert(seen(packed(), hole, delivered(), file()), "TC-04")
    assert frozen.severity is Severity.S1
    assert frozen.missing == (f"readings from {at(13).isoformat()} to {at(16).isoformat()}",)
    fresh = the_alert(seen(packed(STARTING), hole, delivered(), file()), "TC-04")
    assert fresh.severity is Severity.S2


@pytest.mark.parametrize(
    ("longer", "severity"),
    [(-INSTANT, Severity.S2), (0 * HOUR, Severity.S2), (INSTANT, Severity.S1)],
)
def test_a_hole_is_grave_when_it_is_longer_than_an_hour(longer, severity) -> None:
    quarters = [10 * HOUR + n * HOUR / 4 for n in range(41)]
    begins = 14 * HOUR
    before = [q for q in quarters if q <= begins]
    after = [q for q in quarters if q > begins + HOUR]
    trace = read(*before, begins + HOUR + longer, *after)
    assert the_alert(seen(packed(), trace, delivered(), file()), "TC-04").severity is severity


def test_a_hole_and_a_missing_file_are_told_together() -> None:
    alert = the_alert(seen(packed(), hourly(without=(14, 15)), delivered()), "TC-04")
    assert len(alert.missing) == 2
    assert alert.detail == "logger L-1: 1 hole(s) in its readings, file missing"


def test_readings_that_fill_the_hole_end_the_alert() -> None:
    hole, rest = hourly(without=(14, 15)), read(14, 15)
    replay = seen(packed(), hole, delivered(), file(), tick(60), rest)
    assert lived(replay, "TC-04")[0] == "open"
    assert not the_alert(replay, "TC-04").open


def test_each_logger_of_a_shipment_owes_its_own_trace() -> None:
    both = packed(FINAL, "LOGGER:L-1", "LOGGER:L-2")
    replay = seen(both, hourly(), delivered(), file())
    assert the_alert(replay, "TC-04").anchor.startswith("L-2/")


def test_a_file_of_a_logger_that_was_not_packed_is_told_until_the_packing_is_corrected() -> None:
    leg = packed(FINAL, "LOGGER:L-1")
    wrong = file("SHIPMENT:H-1", "LOGGER:L-9")
    alert = the_alert(seen(leg, delivered(), wrong), "TC-05")
    assert alert.open
    assert (alert.severity, alert.object, alert.raised_at) == (
        Severity.S2,
        "SHIPMENT:H-1",
        at(21),
    )
    assert alert.detail == "file of logger L-9, packed was L-1"
    right = said(PackagePacked, "SHIPMENT:H-1", "LOGGER:L-9", coi=COURSE, hour=15, kind=FINAL)
    assert lived(seen(leg, delivered(), wrong, right), "TC-05") == ["open", "retracted"]


def test_a_file_of_a_shipment_that_nobody_packed_yet_proves_no_wrong_logger() -> None:
    assert states(seen(file()), "TC-05") == []
    assert states(seen(packed(), file("SHIPMENT:H-1")), "TC-05") == []


@pytest.mark.parametrize(
    ("until", "found"), [(20 * HOUR - INSTANT, ["open"]), (20 * HOUR, []), (30 * HOUR, [])]
)
def test_a_logger_must_be_calibrated_to_the_end_of_its_trace(until, found) -> None:
    trace = file(last_at=at(20), calibrated_until=at(until))
    replay = seen(packed(), hourly(), delivered(), trace)
    assert states(replay, "TC-05") == found
    if found:
        assert the_alert(replay, "TC-05").object == "LOGGER:L-1"


def test_a_calibration_stated_anew_ends_the_alert() -> None:
    wrong = file(calibrated_until=at(1))
    right = corrected(wrong, calibrated_until=at(999))
    assert lived(seen(packed(), wrong, right), "TC-05") == ["open", "retracted"]


def rough(*said_at: tuple[When, dict[str, object]], name: str = "LOGGER:L-1") -> ConditionRead:
    readings = tuple(
        Reading.model_validate({"at": at(hour), "temperature": -190, **what})
        for hour, what in said_at
    )
    coi = COURSE if name.startswith("SHIPMENT") else None
    return said(ConditionRead, name, coi=coi, hour=said_at[-1][0], readings=readings)


@pytest.mark.parametrize("name", ["LOGGER:L-1", "SHIPMENT:H-1"])
@pytest.mark.parametrize(
    ("tilt", "lasting", "found"),
    [
        (45.0, HOUR, []),
        (45.1, HOUR, ["open"]),
        (90.0, HOUR / 2, []),
        (90.0, HOUR / 2 + INSTANT, ["open"]),
        (90.0, HOUR / 2 - INSTANT, []),
    ],
)
def test_a_shipper_may_lean_so_far_and_so_long(tilt, lasting, found, name) -> None:
    trace = rough(
        (11, {"tilt": 2.0}),
        (12, {"tilt": tilt}),
        (12 * HOUR + lasting, {"tilt": 3.0}),
        (14, {}),
        name=name,
    )
    replay = told(packed(), trace, delivered(), file())
    assert states(replay, "TC-06") == found
    if found:
        alert = the_alert(replay, "TC-06")
        assert (alert.severity, alert.raised_at) == (Severity.S2, at(12.5))
        assert f"tilted 1 time(s), up to {tilt:g} degrees" in alert.detail


def test_a_logger_of_tilt_alone_shows_when_the_shipper_stands_again() -> None:
    trace = said(
        ConditionRead,
        "LOGGER:L-1",
        hour=13,
        readings=(
            Reading(at=at(12), tilt=90),
            Reading(at=at(12.4), tilt=1),
            Reading(at=at(13), tilt=2),
        ),
    )
    assert states(told(packed(), trace), "TC-06") == []


@pytest.mark.parametrize(("shock", "found"), [(24.9, []), (25.0, []), (25.1, ["open"])])
def test_a_shock_may_be_so_hard(shock, found) -> None:
    assert states(told(packed(), rough((12, {"shock": shock}))), "TC-06") == found


@pytest.mark.parametrize(
    ("hour", "found"),
    [
        (10 * HOUR, []),
        (10 * HOUR + INSTANT, ["open"]),
        (20 * HOUR - INSTANT, ["open"]),
        (20 * HOUR, []),
        (21 * HOUR, []),
    ],
)
def test_the_lid_stays_shut_between_packing_and_arrival(hour, found) -> None:
    replay = told(packed(), delivered(), rough((hour, {"lid_open": True})), file())
    assert states(replay, "TC-06") == found
    assert states(told(packed(), rough((hour, {"lid_open": False})), delivered()), "TC-06") == []


def test_each_kind_of_rough_handling_is_one_alert_however_often_it_happened() -> None:
    trace = rough(
        (12, {"shock": 30}), (13, {"shock": 80}), (14, {"lid_open": True}), (15, {"shock": 40})
    )
    replay = told(packed(), trace)
    assert states(replay, "TC-06") == ["open", "open"]
    shock = next(a for a in alerts(replay) if a.code == "TC-06" and a.anchor.endswith("/shock"))
    assert shock.raised_at == at(12)
    assert "3 shock(s), up to 80 g" in shock.detail


def test_an_arrival_that_comes_late_takes_an_open_lid_back() -> None:
    trace = rough((12, {"lid_open": True}))
    assert lived(told(packed(), trace, delivered(11)), "TC-06") == ["open", "retracted"]
