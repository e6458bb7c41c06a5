"""The report tells what the runs wrote, and every failure in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.__main__ import LONG, MODULES, PARTS, SHORT
from tests.faults.matrix import ROWS, failures, holds, kills, report


def results() -> dict[str, Any]:
    def fault(name: str, trials: int = 1) -> dict[str, Any]:
        return {
            "fault": name,
            "trials": trials,
            "lost": 0,
            "doubled": 0,
            "seconds_to_progress": [1.5],
        }

    engine = {
        "exact": True,
        "unexpected": [],
        "sleepers_exited": True,
        "events": 10,
        "seconds": 1.0,
    }
    return {
        "simulation": {
            "jobs": [
                {"job": "counting", "seeds": [0, 9], "messages": 90, "faults": 12, "kills": 7,
                 "longest_recovery_s": 3.0, "failed": []}
            ],
            "planted": [{"bug": "a bug", "caught": True, "invariants": ["I1"], "seed": 3}],
        },
        "engine": {**engine, "faults": [fault("kill", 2), fault("broker kill")]},
        "three": {**engine, "faults": [fault("leader kill", 3)]},
        "line": {
            "exact": True, "differences": [], "trouble": [], "seconds": 1.0, "received": 5, "admitted": 4,
            "duplicate": 1, "quarantined": 0, "waiting": 0,
            "phases": [
                {"phase": "kill -9", "messages": 5, "kills": 2, "lost": 0, "doubled": 0, "seconds": 2.0}
            ],
            "latency": {"alerts": 9, "normal_p50_ms": 5.0, "normal_p99_ms": 9.0, "flood_p50_ms": 6.0,
                        "flood_p99_ms": 11.0},
        },
        "connector": {
            "exact": True, "kills": 4, "broker_kills": 1, "seconds": 1.0, "troubles": [], "sent": 9, "lost": 0,
            "admitted": 9, "hurt": ["outbox's disk full"],
        },
    }  # fmt: skip


def test_every_fault_is_a_row_of_its_own():
    assert [row.number for row in ROWS] == [f"F{n}" for n in range(1, 25)]


def test_every_part_has_a_program_and_a_plan_for_minutes_and_for_an_hour():
    assert set(PARTS) == set(MODULES) == set(SHORT) == set(LONG)
    assert len(PARTS) == len(set(PARTS))


def test_a_row_that_is_tried_nowhere_says_so():
    for row in ROWS:
        assert row.simulated or row.engine or row.three or row.line or row.elsewhere, row
        assert row.elsewhere != "open", row


def test_what_came_out_well_is_reported_with_its_bound():
    told = report(results(), "1.2.3", 7)
    assert holds(results())
    assert kills(results()) == 7 + 3 + 3 + 2 + 5
    assert (
        "20 processes were killed. No failure among them bounds the chance of one to under 15.0% a kill"
        in told
    )
    assert "| F9 | leader of three killed |  |  | leader kill ×3: 0 lost, 0 doubled |" in told
    assert "| a bug | I1 | 3 |" in told
    assert "connector, kills ×4: 0 lost, 0 doubled" in told
    assert "connector, outbox's disk full ×1: 0 lost" in told
    assert "syncs of outbox fail" not in told
    assert "| F16 | disk fails, syncs with it |  | not tried by this run |  |" in told
    assert "fifty times as much: p50 6.0, p99 11.0" in told


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("engine", "exact", False),
        ("three", "unexpected", ["w1 exited 1"]),
        ("engine", "sleepers_exited", False),
        ("line", "exact", False),
        ("connector", "exact", False),
    ],
)
def test_a_run_that_failed_is_told(part, key, value):
    told = results()
    told[part][key] = value
    assert not holds(told)
    assert "FAILED" in report(told, "1", 7)


def test_a_bug_that_went_through_unseen_is_told():
    told = results()
    told["simulation"]["planted"][0]["caught"] = False
    assert list(failures(told)) == ["the planted bug was not caught: a bug"]


def test_a_part_that_was_not_run_claims_nothing():
    told = report({"simulation": results()["simulation"]}, "1", 7)
    assert "leader kill" not in told
    assert "The engine on" not in told
