"""The invariants can fail: each kind of damage to the files of a run is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.engine_events import Events
from tests.faults.evidence import Evidence, Kept, Said, Told
from tests.faults.invariants import COUNTING, broken


@pytest.fixture
def sound() -> Evidence:
    """A run of the counting job without any fault."""
    supply = Events(4)
    events = [supply.next() for _ in range(300)]
    sent = [Said("job.events", 0, n, e.account.encode(), e.encode()) for n, e in enumerate(events)]
    totals: dict[tuple[str, str], dict[str, int]] = {}
    found = []
    for n, event in enumerate(events):
        for table, key in (("accounts", event.account), ("kinds", event.kind)):
            kept = totals.setdefault((table, key), {"events": 0, "amount": 0})
            kept["events"] += 1
            kept["amount"] += event.amount
            value = json.dumps(kept).encode()
            found.append(Said(f"job-{table}-changelog", 0, n, key.encode(), value))
        if event.amount > 980:
            found.append(Said("job.alerts", 0, n, event.id.encode(), b"{}"))
    tables = [
        Kept(table, 0, where, key.encode(), json.dumps(kept).encode())
        for (table, key), kept in totals.items()
        for where in ("changelog", "disk")
    ]
    return Evidence(sent, found, tables, Told(seed=4))


def named(run: Evidence, folder: Path) -> set[str]:
    run.write(folder)
    return {breach.invariant for breach in broken(folder, COUNTING)}


def test_a_sound_run_breaks_nothing(sound, tmp_path):
    assert named(sound, tmp_path) == set()


def test_files_come_back_as_they_were_written(sound, tmp_path):
    odd = Said("t", 0, 0, None, None, (("h", b"\0\xff"),))
    run = replace(sound, topics=[odd])
    run.write(tmp_path)
    assert Evidence.read(tmp_path) == run


def test_an_event_that_is_in_no_table_is_lost(sound, tmp_path):
    more = Events(99).next()
    run = replace(sound, sent=[*sound.sent, Said("job.events", 0, 300, b"a", more.encode())])
    assert {"I1", "I8"} <= named(run, tmp_path)


def test_an_event_that_was_never_sent_is_counted_twice(sound, tmp_path):
    assert "I2" in named(replace(sound, sent=sound.sent[1:]), tmp_path)


def test_an_alert_that_came_twice_is_doubled(sound, tmp_path):
    alert = next(said for said in sound.topics if said.topic == "job.alerts")
    assert named(replace(sound, topics=[*sound.topics, alert]), tmp_path) == {"I3"}


def test_a_count_that_goes_back_is_named(sound, tmp_path):
    first = next(said for said in sound.topics if said.topic.endswith("accounts-changelog"))
    again = [s for s in sound.topics if s.key == first.key and s.topic == first.topic]
    assert len(again) > 1 or first.key
    fallen = first._replace(value=b'{"events": 0, "amount": 0}')
    assert "I4" in named(replace(sound, topics=[*sound.topics, fallen]), tmp_path)


def test_a_disk_that_holds_something_else_is_named(sound, tmp_path):
    wrong = sound.tables[-1]._replace(where="disk", key=b"of another log")
    assert named(replace(sound, tables=[*sound.tables, wrong]), tmp_path) == {"I7"}


@pytest.mark.parametrize(
    "told",
    [
        Told(seed=4, recovery_s=31.0),
        Told(seed=4, advanced_during_faults=99),
        Told(seed=4, unexpected=["w1 exited 1"]),
    ],
)
def test_a_run_that_did_not_recover_is_named(sound, tmp_path, told):
    assert named(replace(sound, told=told), tmp_path) == {"I6"}
