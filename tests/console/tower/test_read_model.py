"""The read model is the same however it was filled, and whole whenever its writer died."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.tower import tables
from console.tower.folding import Heard
from console.tower.read_model import ReadModel, snapshot
from schemas import topics
from schemas.alert import Alert
from schemas.wire import decode_contract
from tests.console.tower.world import journeys

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEARD = journeys()[0]
TABLES = (
    "course", "withheld", "event", "alert", "action", "quarantine", "waiting", "heartbeat", "unreadable",
)  # fmt: skip
PATH_DEPENDENT = {"seq", "first_seq"}
"""The numbers of the changes say in which order they came, and nothing about a therapy."""


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the tables say of the world."""
    found = {}
    with snapshot(path) as database:
        for table in TABLES:
            columns = [
                row["name"]
                for row in database.execute(f"PRAGMA table_info({table})")
                if row["name"] not in PATH_DEPENDENT
            ]
            rows = database.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")
            found[table] = [tuple(row) for row in rows]
    return found


def filled(path: Path, *batches: tuple[Heard, ...]) -> Path:
    model = ReadModel(path, NOW)
    for batch in batches:
        model.take(batch, NOW)
    model.close()
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    return held(filled(tmp_path_factory.mktemp("whole") / "read.sqlite", HEARD))


def test_it_holds_the_courses_events_and_alerts_that_were_said(whole) -> None:
    alerts = {h.key for h in HEARD if h.topic.startswith("v2v.alerts.")}
    assert len(whole["course"]) == 3
    assert {row[0] for row in whole["alert"]} == alerts
    assert alerts
    assert len(whole["event"]) > 100
    assert not whole["unreadable"]


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_batches_order_between_partitions_and_repeats_do_not_matter(
    seed: int, whole, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = Random(seed)
    queues: dict[tuple[str, int], list[Heard]] = {}
    for heard in HEARD:
        queues.setdefault((heard.topic, heard.partition), []).append(heard)
    left = dict.fromkeys(queues, 0)
    batches: list[tuple[Heard, ...]] = []
    while left:
        place = random.choice(list(left))
        upto = left[place] + random.randint(1, 40)
        begin = max(0, left[place] - random.randint(0, 5))  # some are read again
        batches.append(tuple(queues[place][begin:upto]))
        left[place] = upto
        if upto >= len(queues[place]):
            del left[place]
    path = tmp_path_factory.mktemp("any") / "read.sqlite"
    assert held(filled(path, *batches)) == whole


def test_what_cannot_be_read_stands_where_people_see_it_and_stops_nothing(tmp_path: Path) -> None:
    bad = Heard(topics.RECORDS, 0, 0, "COURSE", b"\xc3\x01 no record")
    worse = Heard(topics.RECORDS, 0, 1, "COURSE", b"")
    path = filled(tmp_path / "read.sqlite", (bad, worse, *HEARD[:50]))
    found = held(path)
    assert [(row[0], row[2], row[3]) for row in found["unreadable"]] == [
        (topics.RECORDS, 0, "unknown_fingerprint"),
        (topics.RECORDS, 1, "empty_value"),
    ]
    assert found["event"]


def test_a_deleted_key_is_gone(tmp_path: Path) -> None:
    keys = {h.key for h in HEARD if h.topic == topics.RECORDS}
    gone = sorted(keys)[0]
    more = Heard(topics.RECORDS, 0, 10_000, gone, None)
    found = held(filled(tmp_path / "read.sqlite", HEARD, (more,)))
    assert {row[0] for row in found["course"]} == keys - {gone}


def test_a_read_model_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    path = filled(tmp_path / "read.sqlite", HEARD[:80])
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {tables.VERSION + 1}")
    database.close()
    model = ReadModel(path, NOW)
    assert model.places() == {}
    model.close()
    assert not held(path)["event"]


def test_an_alert_that_opens_again_is_new_again(tmp_path: Path) -> None:
    said = next(h for h in HEARD if h.topic.startswith("v2v.alerts.") and h.value)
    assert said.value is not None
    alert = decode_contract(Alert, said.value)
    path = filled(tmp_path / "read.sqlite", HEARD)
    with snapshot(path) as database:
        first, last = database.execute(
            "SELECT first_seq, seq FROM alert WHERE alert_id = ?", (str(alert.alert_id),)
        ).fetchone()
    assert first <= last


FILLER = """
import pickle, sys
from datetime import UTC, datetime
from pathlib import Path
from console.tower.read_model import ReadModel
heard = pickle.loads(Path(sys.argv[2]).read_bytes())
model = ReadModel(Path(sys.argv[1]), datetime(2026, 3, 1, tzinfo=UTC))
print("ready", flush=True)
places = model.places()
rest = [h for h in heard if h.offset >= places.get((h.topic, h.partition), 0)]
for begin in range(0, len(rest), 5):
    model.take(rest[begin : begin + 5], datetime(2026, 3, 1, tzinfo=UTC))
    print(begin, flush=True)
print("done", flush=True)
"""


@pytest.mark.faults
def test_its_writer_may_be_killed_at_any_instant(tmp_path: Path, whole) -> None:
    random = Random(7)
    path, said = tmp_path / "read.sqlite", tmp_path / "heard"
    said.write_bytes(pickle.dumps(HEARD))
    kills = 0
    while True:
        filler = subprocess.Popen(
            [sys.executable, "-c", FILLER, str(path), str(said)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert filler.stdout is not None
        upto = random.randint(2, 25)
        told = [line.strip() for line in itertools.islice(filler.stdout, upto)]
        if "done" in told:
            filler.wait()
            filler.stdout.close()
            break
        os.kill(filler.pid, signal.SIGKILL)
        filler.wait()
        filler.stdout.close()
        kills += 1
        _holds_exactly_what_its_places_say(path, tmp_path / f"fresh-{kills}.sqlite")
    assert kills >= 2
    assert held(path) == whole


def _holds_exactly_what_its_places_say(path: Path, fresh: Path) -> None:
    with snapshot(path) as database:
        places = {(row[0], row[1]): row[2] for row in database.execute("SELECT * FROM place")}
    taken = tuple(h for h in HEARD if h.offset < places.get((h.topic, h.partition), 0))
    assert held(path) == held(filled(fresh, taken))
