"""`v2v accuracy` counts what was raised, missed and false, and fails when it is not all right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.simulator.casting import cast
from connectors.simulator.course import draw_course
from connectors.simulator.faults import CODES
from connectors.simulator.journey import tell_journeys
from connectors.simulator.labels import Label
from console import accuracy, accuracy_live
from console.accuracy import Count, counted
from console.settings import DEFAULT_PARTNERS
from console.summary import told_by
from schemas import topics
from schemas.exceptions import EXCEPTIONS
from tests.console.conftest import Ask

ZERO = Count(0, 0, 0, 0)


def test_a_run_is_one_object_for_programs(ask: Ask) -> None:
    answer = ask("accuracy", "--journeys", "6", "--seed", "3", "--json")

    assert answer.code == 0, answer.err
    assert set(answer.json) == {"journeys", "events", "seconds", "codes"}
    assert answer.json["journeys"] == 6
    assert answer.json["events"] > 300
    assert set(answer.json["codes"]) == {kind.code for kind in EXCEPTIONS}
    for count in answer.json["codes"].values():
        assert set(count) == {"expected", "raised", "missed", "false"}
        assert (count["raised"], count["missed"], count["false"]) == (count["expected"], 0, 0)
    assert sum(count["expected"] for count in answer.json["codes"].values()) >= 3


def test_a_run_is_a_table_for_people(ask: Ask) -> None:
    told = ask("accuracy", "--journeys", "2", "--seed", "3").out

    assert all(kind.code in told for kind in EXCEPTIONS)
    assert "2 journey(s)" in told


def test_each_code_is_counted_by_itself_and_none_is_left_out() -> None:
    wanted = {("CU-01", "A"), ("CU-01", "B"), ("SQ-04", "A")}
    raised = {("CU-01", "A"), ("CU-01", "C")}

    codes = counted(wanted, raised)

    assert codes["CU-01"] == Count(expected=2, raised=1, missed=1, false=1)
    assert codes["SQ-04"] == Count(expected=1, raised=0, missed=1, false=0)
    assert codes["TW-06"] == ZERO
    assert list(codes) == [kind.code for kind in EXCEPTIONS]


def test_a_play_is_cut_where_no_journey_brings_in_one_of_another_piece() -> None:
    told = list(tell_journeys(60, 3, passing=True))
    pieces = accuracy.apart(told, 6)

    assert [place for piece in pieces for place in piece] == list(range(60))
    assert len(pieces) > 3
    for piece in pieces:
        for place in piece:
            assert {label.journey for label in told[place].labels} <= set(piece)
        assert piece.start == 0 or told[piece.start].fault is None


@pytest.mark.parametrize("pieces", [1, 3, 500])
def test_however_a_play_is_cut_no_journey_is_lost(pieces: int) -> None:
    told = list(tell_journeys(7, 3, passing=True))

    assert [p for piece in accuracy.apart(told, pieces) for p in piece] == list(range(7))


def test_two_processes_come_to_the_same_as_one(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "TOGETHER", 4)
    call = ("accuracy", "--journeys", "12", "--seed", "3", "--json", "--processes")
    one, two = (ask(*call, processes) for processes in ("1", "2"))

    assert {**one.json, "seconds": 0} == {**two.json, "seconds": 0}


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_through_kafka_the_same_is_raised_as_the_scripts_say(ask: Ask) -> None:
    answer = ask("accuracy", "--journeys", "6", "--seed", "4", "--live", "--json")

    assert answer.code == 0, answer.err
    codes = answer.json["codes"].values()
    assert sum(count["expected"] for count in codes) >= 3
    for count in codes:
        assert (count["raised"], count["missed"], count["false"]) == (count["expected"], 0, 0)


def test_whoever_says_anything_live_has_a_topic_and_is_listened_to() -> None:
    part = accuracy.Part(12, 4, range(12))
    told = list(accuracy.arrivals(part, passing=False, every=timedelta(hours=12)))
    known = set(accuracy_live.partners_of(told))
    assert set(DEFAULT_PARTNERS) < known
    assert {topics.partner_of(topic) for topic, _ in told} - {None} == known


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch) -> list[Label]:
    """The labels of the run, for a test to change."""
    changed: list[Label] = []
    kept = told_by
    monkeypatch.setattr(accuracy, "told_by", lambda _, history: kept(changed, history))
    return changed


def test_what_was_missed_and_what_is_false_are_named_and_the_command_fails(
    ask: Ask, labelled: list[Label]
) -> None:
    labelled.append(Label(journey=0, code="TW-06", coi="NOBODY", way="planted", why="by a test"))

    answer = ask("accuracy", "--journeys", "3", "--seed", "3", "--json")

    assert answer.code == 1
    assert "missed: TW-06 NOBODY" in answer.err
    assert "false: " in answer.err
    assert answer.json["codes"]["TW-06"]["missed"] == 1
    assert sum(count["false"] for count in answer.json["codes"].values()) > 0


@pytest.mark.parametrize("seed", [1, 2026])
def test_a_thousand_journeys_have_every_code_at_least_five_times(seed: int) -> None:
    courses = [draw_course(seed, journey) for journey in range(1000)]
    played = [role.fault.code for role in cast(courses, seed, passing=True).values()]

    assert {code: played.count(code) for code in CODES if played.count(code) < 5} == {}
