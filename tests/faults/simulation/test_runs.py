"""The engine and the line hold every invariant in simulation, and a run is repeated by its history file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.simulation.__main__ import catch, keep_history, replay
from tests.faults.simulation.jobs import messages_of, steps_of
from tests.faults.simulation.outcome import perform, without_faults
from tests.faults.simulation.plan import POINTS, THIRD, WORKERS, Fault, Kind, Plan, plan_of
from tests.faults.simulation.planted import BUGS

QUICK = (
    "offsets committed outside the transaction",
    "local store written before the commit",
    "agent exception swallowed",
    "refusals set aside nowhere",
)


def plan(job: str, seed: int) -> Plan:
    return plan_of(job, seed, messages_of(job), steps_of(job))


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(seed):
    outcome = perform(plan("counting", seed))
    assert outcome.holds, outcome.breaches
    assert outcome.sent == messages_of("counting")


def test_the_line_says_what_a_replay_says_whatever_goes_wrong():
    outcome = perform(plan("line", 1))
    assert outcome.holds, outcome.breaches


def test_without_faults_nothing_dies():
    quiet = without_faults(replace(plan("line", 1), messages=60))
    outcome = perform(quiet)
    assert outcome.holds, outcome.breaches
    assert outcome.told.kills == 0
    assert outcome.said == ()


def test_the_same_plan_is_the_same_run_point_by_point():
    once, again = (perform(plan("counting", 3)) for _ in range(2))
    assert (once.steps, once.points, once.said) == (again.steps, again.points, again.said)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("point", POINTS)
def test_a_worker_may_die_at_every_named_point(point):
    """The third worker is told to leave in the midst, so that even the last point is come to."""
    asked = (Fault(300, Kind.JOIN, THIRD), Fault(500, Kind.LEAVE, THIRD))
    deaths = tuple(Fault(step, Kind.KILL_AT, "", 0.1, point) for step in (0, 250, 480, 700, 900))
    faults = tuple(sorted((*asked, *deaths), key=lambda fault: fault.step))
    outcome = perform(Plan("counting", 5, faults, messages_of("counting"), None, False, "deaths"))
    assert outcome.holds, outcome.breaches
    assert outcome.points[point]
    assert outcome.told.kills


@pytest.mark.parametrize("static", [True, False])
def test_brokers_that_are_away_for_minutes_are_waited_for_without_a_crash_loop(static):
    away = (Fault(400, Kind.BROKERS_AWAY, "", 600.0),)
    outcome = perform(Plan("counting", 8, away, messages_of("counting"), None, static, "brokers"))
    assert outcome.holds, outcome.breaches
    ended = [line for line in outcome.said if "exit 70" in line and "an agent failed" not in line]
    assert len(ended) <= len(WORKERS), ended


@pytest.mark.parametrize("bug", QUICK)
def test_a_planted_bug_is_caught(bug):
    caught = catch(bug, seeds=10)
    assert caught.well, caught


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("bug", sorted(BUGS.keys() - set(QUICK)))
def test_every_planted_bug_is_caught(bug):
    caught = catch(bug)
    assert caught.well, caught


def test_a_failing_run_is_repeated_by_its_history_file(tmp_path, capsys):
    bug = "agent exception swallowed"
    seed = catch(bug, seeds=10).seed
    assert seed is not None
    failing = plan_of("counting", seed, 60, steps_of("counting"), bug, BUGS[bug].theme)
    file = keep_history(failing, tmp_path)
    assert len(Plan.read(file).faults) <= len(failing.faults)
    assert replay(file) == 1
    told = capsys.readouterr().out
    assert "events are lost" in told
    assert (file.with_suffix("") / "sent.jsonl").exists()
