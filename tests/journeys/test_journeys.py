"""Golden journeys: has any change rewritten the past?

`pytest tests/journeys --rewrite` writes anew what the pipeline says; it is reviewed like code before it is committed.
What was sent is of the past and stays: a story gets that file once, when it has none.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from schemas.alert import AlertState
from schemas.json_form import as_json
from schemas.lines import arrivals, canonical, to_line
from streams.replay import Replay
from tests.journeys.stories import STORIES
from tests.words import Arrival, alerts, open_codes, records

HERE = Path(__file__).parent
ENDED_WITHOUT_A_TRACE = {AlertState.RETRACTED}


def inbound(story: str) -> list[Arrival]:
    """What was sent, from its file."""
    with (HERE / f"{story}.jsonl").open("rb") as lines:
        return list(arrivals(lines))


def replayed(lines: list[Arrival]) -> Replay:
    replay = Replay()
    replay.take_all(lines)
    return replay


def said_of(replay: Replay) -> dict[str, str]:
    """What the pipeline says at the end, as the lines of its two files."""
    raised = [a for a in alerts(replay) if a.state not in ENDED_WITHOUT_A_TRACE]
    return {
        "alerts": _lines(as_json(a.model_copy(update={"revision": 1})) for a in raised),
        "records": _lines(as_json(record) for _, record in sorted(records(replay).items())),
    }


def _lines(values) -> str:
    return "".join(f"{canonical(value)}\n" for value in values)


@pytest.mark.parametrize("story", STORIES)
def test_a_journey_of_the_past_still_says_the_same(story: str, rewrite: bool) -> None:
    if rewrite and not (HERE / f"{story}.jsonl").exists():
        told = _lines(to_line(topic, message) for topic, message in STORIES[story]())
        (HERE / f"{story}.jsonl").write_text(told, "utf-8")
    found = said_of(replayed(inbound(story)))
    for part, text in found.items():
        golden = HERE / f"{story}.{part}.jsonl"
        if rewrite:
            golden.write_text(text, "utf-8")
        assert text == golden.read_text("utf-8"), f"{golden.name} says something else"


@pytest.mark.parametrize("story", STORIES)
def test_a_journey_of_the_past_says_the_same_in_disorder_and_twice(story: str) -> None:
    lines = inbound(story) * 2
    Random(story).shuffle(lines)
    shuffled, straight = replayed(lines), replayed(inbound(story))
    assert said_of(shuffled)["records"] == said_of(straight)["records"]
    assert [a.alert_id for a in alerts(shuffled) if a.open] == [
        a.alert_id for a in alerts(straight) if a.open
    ]


@pytest.mark.parametrize("story", STORIES)
def test_every_line_of_a_journey_comes_back_as_it_was_written(story: str) -> None:
    text = (HERE / f"{story}.jsonl").read_text("utf-8")
    assert _lines(to_line(topic, message) for topic, message in inbound(story)) == text


def open_of(story: str) -> set[str]:
    replay = replayed(inbound(story))
    return {code for course in [*records(replay), None] for code in open_codes(replay, course)}


@pytest.mark.parametrize("story", ["clean_fresh", "clean_frozen"])
def test_a_clean_journey_ends_in_an_infusion_and_raises_nothing(story: str) -> None:
    replay = replayed(inbound(story))
    assert [record.phase for record in records(replay).values()] == ["infused"]
    assert [a.code for a in alerts(replay) if a.state not in ENDED_WITHOUT_A_TRACE] == []


def test_a_journey_in_which_much_goes_wrong_says_all_of_it() -> None:
    assert open_of("much_goes_wrong") >= {"TC-02", "SQ-05"}


def test_two_courses_of_one_batch_are_told_apart_by_people_only() -> None:
    assert open_of("one_batch_of_two_courses") >= {"ID-10", "ID-04"}
