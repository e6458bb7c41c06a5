"""Slots that are missing, freed, or of which nobody knows how they stand: SC-02, SC-07."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event
from schemas.manufacture import BatchStarted
from schemas.ordering import (
    OrderChange,
    OrderChanged,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profile import MinuteLimit
from schemas.profiles import platform_limits, shipped
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    at,
    heard,
    lived,
    ordered,
    said,
    states,
    the_alert,
    tick,
    told,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
AROUND: tuple[tuple[timedelta, list[str]], ...] = (
    (-INSTANT, []),
    (timedelta(0), ["open"]),
    (INSTANT, ["open"]),
)
CANCELLED = said(OrderChanged, "ORDER:O-1", hour=12, change=OrderChange.CANCELLED)


def minutes(limit: MinuteLimit) -> timedelta:
    return limit.minutes * MINUTE


# ------------------------------------------------------------------------------------------ SC-02

WORD, REBOOKED = minutes(platform_limits().word_grace), minutes(platform_limits().orphan_grace)


def scheduled(hour: When = 10) -> CollectionScheduled:
    return said(CollectionScheduled, coi=COURSE, hour=hour, planned_at=at(100))


def collected(hour: When = 30) -> CollectionCompleted:
    return said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=hour, ended_at=at(hour))


def reserved(hour: When = 5, slot: str | None = "SL-1", **more: Any) -> SlotReserved:
    named = () if slot is None else (f"SLOT:{slot}",)
    return said(SlotReserved, "ORDER:O-1", *named, hour=hour, starts_at=at(200), **more)


def changed(change: SlotChange, hour: When = 40, slot: str | None = "SL-1") -> SlotChanged:
    named = () if slot is None else (f"SLOT:{slot}",)
    return said(SlotChanged, "ORDER:O-1", *named, hour=hour, change=change)


def freed(hour: When = 40, slot: str | None = "SL-1") -> SlotChanged:
    return changed(SlotChange.RELEASED, hour, slot)


def test_a_collection_without_a_slot_is_raised_when_the_word_has_had_its_time() -> None:
    for more, found in AROUND:
        assert states(told(scheduled(), now=10 * HOUR + WORD + more), "SC-02") == found


def test_a_missing_slot_names_the_plan_that_needs_it() -> None:
    plan = scheduled()
    alert = the_alert(told(plan), "SC-02")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "planner")
    assert (alert.object, alert.anchor) == ("manufacturing slot", str(plan.event_id))
    assert alert.raised_at == at(10 * HOUR + WORD)
    assert alert.evidence == (plan.event_id,)
    assert alert.missing == ("slot that is kept for the course",)
    assert alert.detail == f"no slot is kept since {at(10).isoformat()}"
    assert alert.harm_at is None


def test_a_slot_that_is_kept_is_enough_whenever_it_was_reserved_and_by_whatever_word() -> None:
    moved = changed(SlotChange.MOVED, 8)
    for slot in (reserved(), reserved(15), reserved(slot=None), moved):
        assert states(told(scheduled(), slot), "SC-02") == []


def test_a_freed_slot_is_raised_when_another_has_had_time_to_take_its_place() -> None:
    for more, found in AROUND:
        replay = told(scheduled(), reserved(), freed(), now=40 * HOUR + REBOOKED + more)
        assert states(replay, "SC-02") == found


def test_a_freed_slot_with_fresh_cells_waiting_is_graver_and_says_until_when() -> None:
    end, cells = freed(), collected()
    alert = the_alert(told(scheduled(), reserved(), cells, end), "SC-02")
    assert (alert.severity, alert.anchor) == (Severity.S1, str(end.event_id))
    assert alert.raised_at == at(40 * HOUR + REBOOKED)
    assert alert.harm_at == at(30 + 48)
    assert alert.evidence == tuple(sorted((end.event_id, cells.event_id)))
    assert alert.detail.endswith(", and fresh cells wait")
    again = the_alert(told(scheduled(), reserved(), cells, collected(35), end), "SC-02")
    assert again.harm_at == at(30 + 48)
    frozen = the_alert(told(scheduled(), reserved(), cells, end, product="TISACEL"), "SC-02")
    age = next(p for p in shipped() if "TISACEL" in p.products).frozen_material_age
    assert age is not None  # and it is the first limit of the course, since the finding has none
    assert (frozen.severity, frozen.harm_at) == (Severity.S2, at(30 + age.hours))
    assert frozen.evidence == (end.event_id,)
    nobody = the_alert(told(scheduled(), reserved(), cells, end, product="NOBODY"), "SC-02")
    assert nobody.severity is Severity.S2


def test_a_slot_freed_after_a_collection_that_nobody_had_planned_is_missed_too() -> None:
    assert states(told(reserved(), collected(), freed()), "SC-02") == ["open"]
    assert states(told(collected()), "SC-02") == []
    assert states(told(reserved(), freed()), "SC-02") == []


def test_a_slot_freed_before_the_plan_is_no_slot_and_counts_from_the_plan() -> None:
    alert = the_alert(told(reserved(), freed(7), scheduled()), "SC-02")
    assert alert.raised_at == at(10 * HOUR + WORD)


def test_the_last_slot_that_was_freed_counts_and_no_other_word_frees_one() -> None:
    freed_twice = (scheduled(), reserved(), freed(), reserved(50), freed(60))
    assert the_alert(told(*freed_twice), "SC-02").raised_at == at(60 * HOUR + REBOOKED)
    before_the_plan = (reserved(), freed(7), scheduled(), reserved(12), freed())
    assert the_alert(told(*before_the_plan), "SC-02").raised_at == at(40 * HOUR + REBOOKED)
    silence = changed(SlotChange.OUTCOME_UNKNOWN, 12)
    assert the_alert(told(scheduled(), silence), "SC-02").raised_at == at(10 * HOUR + WORD)


def test_freeing_one_of_two_slots_leaves_the_other() -> None:
    two = (scheduled(), reserved(), reserved(6, "SL-2"))
    assert states(told(*two, freed()), "SC-02") == []
    assert states(told(*two, freed(), freed(41, "SL-2")), "SC-02") == ["open"]
    assert states(told(*two, freed(slot=None)), "SC-02") == ["open"]
    assert states(told(*two, changed(SlotChange.OUTCOME_UNKNOWN)), "SC-02") == []


def test_a_new_slot_ends_it_late_and_takes_it_back_in_time() -> None:
    for hour, end in ((40, "resolved"), (11, "retracted")):
        replay = heard(*ordered(), scheduled(), tick(30), reserved(hour))
        assert lived(replay, "SC-02") == ["open", end]


@pytest.mark.parametrize("end", [said(BatchStarted, coi=COURSE, hour=50), CANCELLED])
def test_once_the_batch_runs_or_the_course_is_over_no_slot_is_needed(end: Event) -> None:
    assert states(told(scheduled(), end), "SC-02") == []


# ------------------------------------------------------------------------------------------ SC-07


def unanswered(hour: When = 20, slot: str | None = "SL-1") -> SlotChanged:
    return changed(SlotChange.OUTCOME_UNKNOWN, hour, slot)


def test_a_missing_answer_is_raised_at_once() -> None:
    word = unanswered()
    alert = the_alert(told(reserved(), word, now=20), "SC-07")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "integration-planner")
    assert (alert.object, alert.anchor) == ("SLOT:SL-1", str(word.event_id))
    assert alert.raised_at == at(20)
    assert alert.evidence == (word.event_id,)
    assert alert.missing == ("how the slot stands",)
    assert alert.detail == "no answer came about slot SL-1"


@pytest.mark.parametrize(
    "answer",
    [reserved(25), changed(SlotChange.MOVED, 25), freed(25), reserved(25, slot=None)],
    ids=["reserved", "moved", "freed", "without a number"],
)
def test_any_later_word_about_the_slot_ends_it(answer: Event) -> None:
    assert lived(heard(*ordered(), unanswered(), answer), "SC-07") == ["open", "resolved"]


def test_only_a_later_word_says_how_the_slot_stands() -> None:
    for more, found in ((-INSTANT, ["open"]), (timedelta(0), ["open"]), (INSTANT, [])):
        assert states(told(reserved(20 * HOUR + more), unanswered()), "SC-07") == found
    looked_up = reserved(19, recorded_at=at(22))
    assert states(told(looked_up, unanswered()), "SC-07") == []


def test_a_word_about_another_slot_or_another_silence_answers_nothing() -> None:
    assert states(told(unanswered(), reserved(25, "SL-2")), "SC-07") == ["open"]
    assert states(told(unanswered(), unanswered(25)), "SC-07") == ["open", "open"]
    assert states(told(reserved(25, "SL-2"), unanswered(slot=None)), "SC-07") == []
    assert the_alert(told(unanswered(slot=None)), "SC-07").object == "SLOT:without a number"


def test_other_changes_are_answers() -> None:
    assert states(told(reserved(), changed(SlotChange.MOVED), freed(50)), "SC-07") == []
    assert states(told(changed(SlotChange.MOVED, 10), unanswered()), "SC-07") == ["open"]


def test_an_answered_change_does_not_hide_the_next() -> None:
    replay = told(reserved(25), unanswered(), unanswered(30))
    assert states(replay, "SC-07") == ["open"]
