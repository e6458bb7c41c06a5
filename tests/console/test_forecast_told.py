"""A record says when the infusion is to be expected, what holds it back, and how much slack is left."""

from __future__ import annotations

from rich.text import Text

from console.forecast_told import told_of_forecast
from schemas.collection import CollectionCompleted
from schemas.treatment import InfusionChange, InfusionChanged, InfusionStarted
from tests.words import COURSE, at, heard, ordered, records, said

COLLECTED = said(CollectionCompleted, coi=COURSE, hour=5, ended_at=at(5))
MOVED = said(
    InfusionChanged, coi=COURSE, hour=6, change=InfusionChange.RESCHEDULED, planned_at=at(861)
)


def told(*story) -> list[str]:
    found = records(heard(*ordered("AXICEL"), *story))[COURSE]
    return [Text.from_markup(line).plain for line in told_of_forecast(found)]


def test_a_course_without_a_forecast_says_nothing() -> None:
    assert told() == []


def test_the_step_that_holds_the_course_back_is_named_with_its_slack() -> None:
    lines = told(COLLECTED, MOVED)
    assert "infusion expected 2026-04-07 05:00Z (P50)" in lines[1]
    assert "first limit 2026-03-04 13:00Z" in lines[1]
    received = next(line for line in lines if "MaterialReceived" in line)
    assert "2026-03-03 09:00Z" in received
    assert received.endswith("+1.0 d")
    (holding,) = [line for line in lines if "holds the course back" in line]
    assert "treatment.InfusionStarted" in holding


def test_after_the_infusion_its_day_is_told() -> None:
    lines = told(COLLECTED, said(InfusionStarted, coi=COURSE, hour=700))
    assert lines[1].strip() == f"infused {at(700):%Y-%m-%d %H:%M}Z"
    assert not any("holds the course back" in line for line in lines)
