"""The count of planted mistakes: what is excused is named and explained, and the figure is what it says."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from streams.detectors import timing_storage
from tests.streams import mutants_count
from tests.streams.mutants import mutants, planted
from tests.streams.mutants_count import Outcome, _told, equivalent, judges_of, mistakes, modules


def outcome(place: str, *, noticed: bool) -> Outcome:
    return Outcome("timing", place, 1, noticed)


def test_every_module_that_asks_something_is_tried_and_has_tests() -> None:
    assert len(modules()) >= 28
    for module in modules():
        assert mistakes(module), module
        assert judges_of(module), module


def test_every_excused_mistake_exists_and_has_a_reason() -> None:
    places = {mutant.place for module in modules() for mutant in mistakes(module)}
    for place, reason in equivalent().items():
        assert place in places, place
        assert len(reason.split()) >= 5, place


def test_every_mistake_is_named_once_and_can_be_planted() -> None:
    for module in modules():
        places = [mutant.place for mutant in mistakes(module)]
        assert len(places) == len(set(places))
    for mutant in mutants(timing_storage):
        with planted(timing_storage, mutant):
            pass


def test_what_was_planted_is_taken_back() -> None:
    module = import_module("streams.detectors.timing")
    before = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    code = module.fresh_hold_runs_out.check.__code__
    first = next(m for m in mistakes("timing") if m.place.startswith("timing.fresh_hold_runs_out"))
    with planted(module, first):
        changed = module.fresh_hold_runs_out.check.__code__ is not code
    assert changed
    assert module.fresh_hold_runs_out.check.__code__ is code
    assert {n: v for n, v in vars(module).items() if not n.startswith("__")} == before


def test_a_mistake_that_is_excused_and_noticed_fails_the_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants_count, "equivalent", lambda: {"timing.x: y": "nobody can see it"})
    assert _told([outcome("timing.x: y", noticed=False)], as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["equivalent"] == 1
    assert _told([outcome("timing.x: y", noticed=True)], as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["wrongly_listed"] == ["timing.x: y"]
    assert _told([outcome("timing.z: y", noticed=True)], as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["wrongly_listed"] == ["timing.x: y"]


@pytest.mark.parametrize(("unnoticed", "code"), [(0, 0), (5, 0), (6, 1)])
def test_ninety_five_of_a_hundred_must_be_noticed(
    unnoticed: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [outcome(f"timing.f: {n}", noticed=n >= unnoticed) for n in range(100)]
    assert _told(told, as_json=False) == code
    said = capsys.readouterr().out
    assert f"{100 - unnoticed:4}/100" in said
    assert said.count("not noticed: timing.f: ") == unnoticed
