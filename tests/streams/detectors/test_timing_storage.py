"""Time outside controlled storage: TW-08."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.profiles import shipped
from schemas.transport import PackagePacked, ShipmentBooked, ShipmentKind
from schemas.treatment import ProductStored
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
    told,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
STEPS = pytest.mark.parametrize("more", [-INSTANT, 0 * HOUR, INSTANT])
FINAL, STARTING = ShipmentKind.FINAL_PRODUCT, ShipmentKind.STARTING_MATERIAL

PACKED, STORED = 40 * HOUR, 90 * HOUR


def packed(
    out: When | None, when: When = PACKED, kind: ShipmentKind = FINAL, number: str = "1"
) -> PackagePacked:
    left = None if out is None else at(out)
    name = f"SHIPMENT:{number}"
    return said(PackagePacked, name, coi=COURSE, hour=when, kind=kind, out_of_storage_at=left)


def stored(out: When | None, when: When = STORED) -> ProductStored:
    left = None if out is None else at(out)
    return said(ProductStored, coi=COURSE, hour=when, out_of_storage_at=left)


@STEPS
@PROFILES
@pytest.mark.parametrize("kind", [FINAL, STARTING])
def test_one_step_that_is_longer_than_all_may_be_together(profile, kind, more) -> None:
    limit = profile.out_of_storage.minutes * MINUTE
    step = packed(PACKED - limit - more, kind=kind)
    replay = told(step, product=product_of(profile))
    assert states(replay, "TW-08") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-08")
        assert (alert.severity, alert.owner) == (Severity.S2, "holder")
        assert alert.object == kind.value.replace("_", " ")
        assert alert.raised_at == at(PACKED - more)
        assert alert.evidence == (step.event_id,)
        assert alert.missing == ("stability basis",)


@STEPS
@PROFILES
def test_steps_that_are_too_long_only_together(profile, more) -> None:
    limit = profile.out_of_storage.minutes * MINUTE
    first, second = packed(PACKED - limit / 3), stored(STORED - limit * 2 / 3 - more)
    replay = told(first, second, product=product_of(profile))
    assert states(replay, "TW-08") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-08")
        assert alert.raised_at == at(STORED - more)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.detail.startswith("2 step(s)")


def test_time_that_two_steps_state_counts_once() -> None:
    bags = [packed(PACKED - 20 * MINUTE, number=n) for n in "12"]
    assert states(told(*bags), "TW-08") == []
    later = packed(PACKED - 12 * MINUTE, PACKED + 10 * MINUTE, number="3")
    assert states(told(*bags, later), "TW-08") == []
    latest = packed(PACKED - 12 * MINUTE, PACKED + 11 * MINUTE, number="4")
    assert the_alert(told(*bags, later, latest), "TW-08").raised_at == at(PACKED + 10 * MINUTE)
    within = packed(PACKED - 60 * MINUTE, PACKED - 40 * MINUTE, number="5")
    inside = packed(PACKED - 55 * MINUTE, PACKED - 50 * MINUTE, number="6")
    assert states(told(within, inside), "TW-08") == []


def test_cells_and_product_are_counted_apart() -> None:
    cells, product = packed(PACKED - 20 * MINUTE, kind=STARTING), stored(STORED - 20 * MINUTE)
    assert states(told(cells, product), "TW-08") == []


def test_a_step_without_a_stated_time_proves_nothing() -> None:
    assert states(told(packed(None), stored(None), stored(STORED - 20 * MINUTE)), "TW-08") == []
    assert states(told(packed(PACKED + HOUR)), "TW-08") == []
    assert states(told(packed(PACKED - HOUR), product="NOBODY"), "TW-08") == []


def test_the_booking_says_what_was_packed_where_the_packing_does_not() -> None:
    unknown = packed(PACKED - HOUR, kind=ShipmentKind.UNKNOWN_TO_READER)
    assert states(told(unknown), "TW-08") == []
    booking = said(ShipmentBooked, "SHIPMENT:1", coi=COURSE, hour=10, kind=STARTING)
    assert the_alert(told(unknown, booking), "TW-08").object == "starting material"


def test_a_time_out_of_storage_stays_until_its_step_is_corrected() -> None:
    step = packed(PACKED - HOUR)
    story = (*ordered(), step, stored(STORED - MINUTE))
    assert lived(heard(*story), "TW-08")[-1] == "open"
    mended = corrected(step, out_of_storage_at=at(PACKED - 10 * MINUTE))
    assert states(heard(*story, mended), "TW-08")[-1] in ("resolved", "retracted")
