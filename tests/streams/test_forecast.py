"""The forecast of a course on its record: from believed facts, made anew only when one of them changes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from schemas.collection import CollectionCompleted, CollectionFailed
from schemas.manufacture import MaterialDecided, MaterialDecision, MaterialReceived, ProductFilled
from schemas.quality import HoldPlaced
from schemas.record import Forecast
from schemas.treatment import InfusionChange, InfusionChanged, InfusionStarted
from streams.forecast import forecast_of
from streams.replay import Replay
from streams.supervise import view_of
from streams.view import View, rebuild
from tests.journeys.test_journeys import inbound
from tests.words import COURSE, at, heard, ordered, records, said, tick


def step(kind: Any, hour: float = 5, **more: Any) -> Any:
    return said(kind, coi=COURSE, hour=hour, **more)


COLLECTED = step(CollectionCompleted, ended_at=at(5))
RECEIVED = step(MaterialReceived, 30)
DECIDED = step(MaterialDecided, 40, decision=MaterialDecision.ACCEPTED)
FILLED = step(ProductFilled, 400, expires_at=at(9000))
PLANNED = step(InfusionChanged, 401, change=InfusionChange.RESCHEDULED, planned_at=at(2000))
INFUSED = step(InfusionStarted, 1000)


def told(*story: Any, product: str = "AXICEL") -> Forecast | None:
    return records(heard(*ordered(product), *story))[COURSE].forecast


def known(*story: Any, product: str = "AXICEL") -> Forecast:
    found = told(*story, product=product)
    assert found is not None
    return found


def test_a_course_that_nobody_has_planned_or_begun_has_no_forecast() -> None:
    assert told() is None
    assert told(COLLECTED, product="NOBODY-KNOWS-IT") is None


def test_a_course_that_is_over_has_no_forecast() -> None:
    assert told(COLLECTED) is not None
    assert told(COLLECTED, step(CollectionFailed, 6)) is None


def test_until_they_are_accepted_the_hold_of_fresh_cells_is_the_first_harm() -> None:
    assert known(COLLECTED).harm_at == at(5 + 48)
    assert known(COLLECTED, RECEIVED, DECIDED).harm_at is None
    assert known(COLLECTED, RECEIVED, DECIDED, FILLED).harm_at == at(9000)


def test_an_infusion_is_not_expected_before_the_day_it_is_planned_for() -> None:
    found = known(COLLECTED, FILLED, PLANNED)
    assert found.infusion_p50_at == at(2000)
    assert found.holding == "treatment.InfusionStarted"


def test_after_the_infusion_the_record_tells_the_fact() -> None:
    found = known(COLLECTED, FILLED, PLANNED, INFUSED)
    assert found.infusion_p50_at == found.infusion_p90_at == at(1000)
    assert found.holding is None


STORY = (COLLECTED, step(HoldPlaced, 7), RECEIVED, DECIDED, FILLED, PLANNED, INFUSED)


@pytest.mark.parametrize("length", range(1, len(STORY) + 1))
def test_what_was_kept_is_what_would_be_made_anew_in_any_order(length: int) -> None:
    story = STORY[:length]
    straight, backwards = told(*story), told(*reversed(story))
    assert straight == backwards


def view(*story: Any) -> View:
    replay = heard(*ordered("AXICEL"), *story)
    return view_of(COURSE, replay.courses[COURSE])


def test_only_a_fact_that_it_reads_makes_the_forecast_anew() -> None:
    before = forecast_of(view(COLLECTED))
    assert before is not None
    same = view(COLLECTED, step(HoldPlaced, 7))
    assert forecast_of(same, before) is before
    other = view(COLLECTED, RECEIVED)
    assert forecast_of(other, before) == forecast_of(other) != before


def test_time_alone_changes_no_forecast() -> None:
    replay = heard(*ordered("AXICEL"), COLLECTED)
    first = records(replay)[COURSE].forecast
    later = heard(*ordered("AXICEL"), COLLECTED, tick(500))
    assert records(later)[COURSE].forecast == first


@pytest.mark.parametrize("story", ["clean_fresh", "much_goes_wrong"])
def test_after_every_line_the_record_tells_the_forecast_that_would_be_made_anew(story: str) -> None:
    lines = inbound(story)
    Random(story).shuffle(lines)
    replay, told_some = Replay(), 0
    for line in lines:
        replay.take_all([line])
        kept = records(replay)
        for coi, course in replay.courses.items():
            anew = forecast_of(rebuild(course, coi)) if course.facts else None
            if coi in kept:
                assert kept[coi].forecast == (anew[2] if anew else None)
                told_some += anew is not None
    assert told_some
