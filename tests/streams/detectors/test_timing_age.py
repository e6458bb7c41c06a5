"""Frozen cells that grow too old: TW-02."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, CollectionFailed
from schemas.envelope import Event
from schemas.manufacture import BatchStarted
from schemas.ordering import (
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profiles import shipped
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    Arrival,
    When,
    at,
    heard,
    lived,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    told,
)

AGES = [p for p in shipped() if p.frozen_material_age is not None]
Story = tuple[Event | Arrival, ...]
STEPS = pytest.mark.parametrize("more", [-INSTANT, 0 * HOUR, INSTANT])

COLLECTED = 10 * HOUR


def collected(when: When = COLLECTED, *names: str) -> CollectionCompleted:
    return said(CollectionCompleted, *names, coi=COURSE, hour=when, ended_at=at(when))


def reserved(when: When, starts: When) -> SlotReserved:
    return said(SlotReserved, "SLOT:SL-1", coi=COURSE, hour=when, starts_at=at(starts))


def slot(when: When, change: SlotChange, starts: When | None = None) -> SlotChanged:
    to = None if starts is None else at(starts)
    return said(SlotChanged, "SLOT:SL-1", coi=COURSE, hour=when, change=change, starts_at=to)


def started(when: When) -> BatchStarted:
    return said(BatchStarted, coi=COURSE, hour=when)


def age(profile=AGES[0]) -> timedelta:
    return timedelta(hours=profile.frozen_material_age.hours)


@STEPS
@pytest.mark.parametrize("profile", AGES, ids=lambda p: p.name)
def test_a_slot_after_the_cells_are_too_old_is_told(profile, more) -> None:
    cells, plan = collected(), reserved(5, COLLECTED + age(profile) + more)
    replay = told(cells, plan, product=product_of(profile))
    assert states(replay, "TW-02") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-02")
        assert (alert.severity, alert.owner) == (Severity.S2, "manufacturing-planner")
        assert (alert.object, alert.anchor) == ("starting material", str(cells.event_id))
        assert (alert.raised_at, alert.harm_at) == (at(COLLECTED), at(COLLECTED + age(profile)))
        assert alert.evidence == tuple(sorted((cells.event_id, plan.event_id)))
        assert alert.missing == ("stability basis, or a new collection",)
        assert "is planned for" in alert.detail


@STEPS
@pytest.mark.parametrize("profile", AGES, ids=lambda p: p.name)
def test_manufacture_from_cells_that_are_too_old_stays_wrong(profile, more) -> None:
    begun = started(COLLECTED + age(profile) + more)
    replay = told(collected(), begun, product=product_of(profile), now=8000)
    assert states(replay, "TW-02") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-02")
        assert alert.raised_at == begun.occurred_at
        assert alert.evidence == tuple(sorted((collected().event_id, begun.event_id)))
        assert "manufacture began on" in alert.detail


TOO_LATE = COLLECTED + age() + HOUR


def test_a_slot_that_is_moved_forward_or_released_ends_the_age_alert() -> None:
    story: Story = (*ordered("TISACEL"), collected(), reserved(50, TOO_LATE))
    for change in (
        slot(60, SlotChange.MOVED, 600),
        slot(60, SlotChange.MOVED),
        slot(60, SlotChange.RELEASED),
        reserved(60, 600),
        started(600),
        said(CollectionFailed, coi=COURSE, hour=60),
    ):
        assert lived(heard(*story, change), "TW-02") == ["open", "resolved"]
    for change in (
        slot(40, SlotChange.MOVED, 600),
        slot(60, SlotChange.OUTCOME_UNKNOWN, 600),
        started(5),
    ):
        assert lived(heard(*story, change), "TW-02") == ["open"]


def test_manufacture_counts_from_its_first_beginning_after_the_collection() -> None:
    plan = reserved(50, TOO_LATE)
    assert states(told(collected(), started(COLLECTED), plan, product="TISACEL"), "TW-02") == []
    late, later = started(TOO_LATE), started(TOO_LATE + HOUR)
    in_time = told(collected(), started(600), late, product="TISACEL", now=8000)
    assert states(in_time, "TW-02") == []
    alert = the_alert(told(collected(), later, late, product="TISACEL", now=8000), "TW-02")
    assert alert.raised_at == late.occurred_at
    assert late.event_id in alert.evidence


def test_a_slot_that_is_moved_back_too_far_is_told_when_it_is_moved() -> None:
    replay = told(
        collected(), reserved(5, 600), slot(70, SlotChange.MOVED, TOO_LATE), product="TISACEL"
    )
    assert the_alert(replay, "TW-02").raised_at == at(70)


def test_cells_that_were_collected_again_have_an_age_of_their_own() -> None:
    story: Story = (*ordered("TISACEL"), collected(), reserved(50, TOO_LATE))
    again = collected(100, "DIN:D-2")
    assert lived(heard(*story, again), "TW-02") == ["open", "resolved"]


def test_fresh_cells_and_unknown_products_have_no_frozen_age() -> None:
    for product in ("AXICEL", "IDECEL", "NOBODY"):
        replay = told(collected(), reserved(50, TOO_LATE), product=product)
        assert states(replay, "TW-02") == []
    assert states(told(reserved(50, TOO_LATE), product="TISACEL"), "TW-02") == []
    assert states(told(collected(), product="TISACEL", now=9000), "TW-02") == []
