"""Slots that are kept for two courses at the same time: SC-01."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionFailed
from schemas.manufacture import BatchTerminated, MaterialDecided, MaterialDecision
from schemas.ordering import OrderChange, OrderChanged, SlotChange, SlotChanged, SlotReserved
from schemas.quality import BatchRejected
from schemas.treatment import InfusionCompleted, InfusionOutcome
from tests.words import (
    COURSE,
    OTHER,
    at,
    heard,
    open_codes,
    said,
    sent,
    states,
    the_alert,
    withdrawn,
)


def kept_for(
    course: str, *slots: str, hour: float = 1, starts: float = 100, ends: float | None = 340
):
    """A slot reserved for a course."""
    return said(
        SlotReserved,
        *(slots or ("SLOT:X-1",)),
        coi=course,
        hour=hour,
        starts_at=at(starts),
        ends_at=None if ends is None else at(ends),
    )


def slot_change(course: str, change: SlotChange, *slots: str, hour: float = 9, **more: Any):
    return said(SlotChanged, *slots, coi=course, hour=hour, change=change, **more)


def test_a_slot_of_two_courses_is_raised_on_both_when_the_second_was_reserved() -> None:
    ours, theirs = kept_for(COURSE), kept_for(OTHER, hour=3)
    for story in ([ours, theirs], [theirs, ours]):
        replay = heard(*story)
        for own, course, other in ((ours, COURSE, OTHER), (theirs, OTHER, COURSE)):
            alert = the_alert(replay, "SC-01", course)
            assert alert.open
            assert (alert.severity, alert.owner) == (Severity.S2, "planner")
            assert (alert.object, alert.anchor) == ("SLOT:X-1", "courses")
            assert (alert.raised_at, alert.harm_at) == (at(3), at(100))
            assert alert.evidence == (own.event_id,)
            assert alert.missing == ("corrected slots",)
            assert alert.detail == f"slot X-1 is also kept for {other}"


def test_a_third_course_changes_nothing_about_when_the_second_reserved() -> None:
    third = kept_for("CHA999926000003", hour=20)
    replay = heard(kept_for(COURSE), kept_for(OTHER, hour=3), third)
    alert = the_alert(replay, "SC-01")
    assert alert.raised_at == at(3)
    assert alert.detail == f"slot X-1 is also kept for {OTHER}, CHA999926000003"


def test_of_two_slots_the_second_may_be_the_one_that_is_taken() -> None:
    both = kept_for(COURSE, "SLOT:X-1", "SLOT:X-2")
    replay = heard(both, kept_for(OTHER, "SLOT:X-2", hour=3))
    assert the_alert(replay, "SC-01").object == "SLOT:X-2"


def test_a_slot_that_is_free_again_when_the_other_begins_is_quiet() -> None:
    for ends, raised in ((201, True), (200, False), (199, False)):
        replay = heard(kept_for(COURSE, ends=ends), kept_for(OTHER, starts=200))
        assert bool(states(replay, "SC-01")) is raised


def test_a_slot_whose_end_nobody_states_is_kept_until_the_course_is_over() -> None:
    infused = said(InfusionCompleted, coi=COURSE, hour=500, outcome=InfusionOutcome.COMPLETE)
    for starts, raised in ((499, True), (500, False)):
        late = kept_for(OTHER, starts=starts, ends=900)
        for story in (
            [kept_for(COURSE, ends=None), infused, late],
            [late, infused, kept_for(COURSE, ends=None)],
        ):
            assert ("SC-01" in open_codes(heard(*story))) is raised
    assert "SC-01" in open_codes(heard(kept_for(COURSE, ends=None), late))


def test_a_slot_that_ends_when_it_begins_has_no_end() -> None:
    replay = heard(kept_for(COURSE, ends=100), kept_for(OTHER, starts=200))
    assert "SC-01" in open_codes(replay)


def test_two_slots_of_two_courses_are_nobodys_business() -> None:
    replay = heard(kept_for(COURSE, "SLOT:X-1"), kept_for(OTHER, "SLOT:X-2"))
    assert states(replay, "SC-01") == []


def test_a_course_that_reserves_its_slot_twice_has_it_once() -> None:
    assert states(heard(kept_for(COURSE), kept_for(COURSE, hour=4)), "SC-01") == []


@pytest.mark.parametrize("freed", [("SLOT:X-1",), ()])
def test_a_slot_that_is_freed_for_one_ends_it_for_both(freed: tuple[str, ...]) -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    release = slot_change(OTHER, SlotChange.RELEASED, *freed)
    assert states(heard(*both, release), "SC-01") == ["resolved", "resolved"]
    for story in ([release, *both], [both[1], release, both[0]]):
        assert "SC-01" not in open_codes(heard(*story))


def test_another_slot_that_is_freed_ends_nothing() -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    release = slot_change(OTHER, SlotChange.RELEASED, "SLOT:X-2")
    assert states(heard(*both, release), "SC-01") == ["open", "open"]


def test_a_slot_that_was_freed_before_the_other_reserved_it_is_quiet_in_any_order() -> None:
    release = slot_change(COURSE, SlotChange.RELEASED, "SLOT:X-1", hour=2)
    story = [kept_for(COURSE), release, kept_for(OTHER, hour=3)]
    assert states(heard(*story), "SC-01") == []
    assert "SC-01" not in open_codes(heard(*story[::-1]))


def test_a_move_to_another_slot_frees_the_one_before() -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    moved = slot_change(OTHER, SlotChange.MOVED, "SLOT:X-2", starts_at=at(100))
    assert states(heard(*both, moved), "SC-01") == ["resolved", "resolved"]
    third = kept_for("CHA999926000003", "SLOT:X-2", hour=12, starts=300)
    replay = heard(*both, moved, third)
    assert the_alert(replay, "SC-01", "CHA999926000003").raised_at == at(12)


@pytest.mark.parametrize("named_slot", [("SLOT:X-1",), ()])
def test_a_move_in_time_keeps_the_slot_as_long_as_before(named_slot: tuple[str, ...]) -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    for starts, raised in ((339, True), (340, False)):
        moved = slot_change(OTHER, SlotChange.MOVED, *named_slot, starts_at=at(starts))
        assert ("SC-01" in open_codes(heard(*both, moved))) is raised
    moved = slot_change(OTHER, SlotChange.MOVED, *named_slot, starts_at=at(-139))
    assert "SC-01" in open_codes(heard(*both, moved))
    moved = slot_change(OTHER, SlotChange.MOVED, *named_slot, starts_at=at(-140))
    assert "SC-01" not in open_codes(heard(*both, moved))


def test_a_move_that_states_no_time_changes_nothing() -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    moved = slot_change(OTHER, SlotChange.MOVED, "SLOT:X-1")
    alert = the_alert(heard(*both, moved), "SC-01")
    assert (alert.open, alert.raised_at) == (True, at(9))


def test_a_slot_of_which_only_a_move_is_known_is_kept_from_then_on() -> None:
    for ends, raised in ((10, True), (9, False)):
        moved = slot_change(OTHER, SlotChange.MOVED, "SLOT:X-1", hour=9)
        replay = heard(kept_for(COURSE, starts=0, ends=ends), moved)
        assert ("SC-01" in open_codes(replay)) is raised
    moved = slot_change(OTHER, SlotChange.MOVED, "SLOT:X-1", starts_at=at(500))
    assert states(heard(kept_for(COURSE), moved), "SC-01") == []


def test_an_answer_that_never_came_frees_nothing() -> None:
    unknown = slot_change(OTHER, SlotChange.OUTCOME_UNKNOWN, "SLOT:X-1")
    assert "SC-01" in open_codes(heard(kept_for(COURSE), kept_for(OTHER), unknown))


def test_a_course_that_is_over_before_its_slot_begins_needs_it_no_more() -> None:
    both = (kept_for(COURSE), kept_for(OTHER, hour=3))
    for hour, raised in ((101, True), (100, False)):
        for end in (
            said(OrderChanged, coi=OTHER, hour=hour, change=OrderChange.CANCELLED),
            said(MaterialDecided, coi=OTHER, hour=hour, decision=MaterialDecision.REJECTED),
            said(CollectionFailed, coi=OTHER, hour=hour),
            said(BatchTerminated, coi=OTHER, hour=hour),
            said(BatchRejected, coi=OTHER, hour=hour),
        ):
            assert ("SC-01" in open_codes(heard(*both, end))) is raised
    for going_on in (
        said(OrderChanged, coi=OTHER, hour=50, change=OrderChange.CHANGED),
        said(MaterialDecided, coi=OTHER, hour=50, decision=MaterialDecision.ACCEPTED),
    ):
        assert "SC-01" in open_codes(heard(*both, going_on))


def test_a_slot_for_a_new_try_is_kept_although_the_first_has_ended() -> None:
    rejected = said(BatchRejected, coi=OTHER, hour=50)
    again = kept_for(OTHER, hour=51)
    assert "SC-01" in open_codes(heard(kept_for(COURSE), rejected, again))
    early = kept_for(OTHER, hour=49)
    assert "SC-01" not in open_codes(heard(kept_for(COURSE), rejected, early))


def test_a_reservation_that_was_withdrawn_or_is_contested_never_was() -> None:
    ours, theirs = kept_for(COURSE), kept_for(OTHER, hour=3)
    assert states(heard(ours, theirs, withdrawn(theirs)), "SC-01") == ["retracted", "retracted"]
    assert "SC-01" not in open_codes(heard(withdrawn(theirs), theirs, ours))
    changed = theirs.model_copy(update={"site": "N"})
    assert "SC-01" not in open_codes(heard(ours, theirs, sent(changed)))
    assert "SC-01" not in open_codes(heard(sent(changed), theirs, ours))
