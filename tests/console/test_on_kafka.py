"""The command on a real Kafka: the demo to its end, a worker's start and stop, a release."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from compose.kafka import LocalKafka
from schemas import topics
from schemas.collection import CheckContext, Comparison, IdentityVerified
from schemas.envelope import Scheme, System, event_id
from schemas.json_form import canonical
from schemas.laboratory import ResultReported
from schemas.lines import to_line
from schemas.ordering import CoiAssigned
from schemas.treatment import LymphodepletionStarted
from schemas.wire import WireMessage, to_message
from tests.console.conftest import Ask
from tests.words import COURSE, OTHER, said

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(280)]

V2V = (sys.executable, "-m", "console.v2v")
ROOT = Path(__file__).parents[2]
KEPT = ("records", "alerts", "quarantine", "waiting", "alerts-history")


class Demo(NamedTuple):
    """One run of the demo."""

    code: int
    out: str
    kept: Path


def environment(**more: str) -> dict[str, str]:
    """This process's environment without its settings, and with these."""
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith("V2V_") or k == "V2V_CACHE"
    }
    return {**inherited, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo of three journeys on a Kafka of its own, run to its end."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*V2V, "demo", "--once", "--journeys", "3", "--json", "--keep", str(folder / "kept")],
        env=environment(V2V_HOME=str(folder)),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return Demo(done.returncode, done.stdout, folder / "kept")


def test_the_demo_raises_all_that_was_planted_and_nothing_else(demo: Demo) -> None:
    summary = json.loads(demo.out)

    assert set(summary) == {
        "journeys", "seconds", "messages", "events", "records",
        "waiting", "quarantined", "alerts", "latency_ms",
    }  # fmt: skip
    assert set(summary["alerts"]) == {"expected", "raised", "missed", "false"}
    assert set(summary["latency_ms"]) == {"p50", "p99"}
    assert set(summary["messages"]) == {s.value for s in System} - {"platform", "unknown_to_reader"}
    assert summary["journeys"] == 3
    assert summary["records"] == len((demo.kept / "records.jsonl").read_bytes().splitlines()) >= 3
    assert summary["alerts"]["missed"] == summary["alerts"]["false"] == []
    assert summary["alerts"]["raised"] == summary["alerts"]["expected"] > 0


def test_what_was_live_is_replayed_byte_for_byte(ask: Ask, demo: Demo, tmp_path: Path) -> None:
    replayed = ask("replay", "--from", demo.kept / "inbound.jsonl", "--to", tmp_path)

    assert replayed.code == 0
    for kind in KEPT[:-1]:
        name = f"{kind}.jsonl"
        assert (tmp_path / name).read_bytes() == (demo.kept / name).read_bytes(), kind


class Place(NamedTuple):
    """A cluster of one test, with its topics."""

    brokers: str
    settings: dict[str, str]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A Kafka of this test's own and empty, because the names of our topics are fixed."""
    kafka = LocalKafka(tmp_path / "kafka")
    brokers = kafka.up(tied=True)
    try:
        stated = {
            "V2V_BROKERS": brokers,
            "V2V_PARTITIONS": "2",
            "V2V_PARTNERS": "clinic:partner-1,erp:partner-1,mes:partner-1",
            "V2V_HOME": str(tmp_path / "home"),
            "V2V_TICK_SECONDS": "0.2",
        }
        yield Place(brokers, stated)
    finally:
        kafka.wipe()


@pytest.fixture
def here(place: Place, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command with the settings of that place."""
    for name, value in place.settings.items():
        monkeypatch.setenv(name, value)
    return ask


@pytest.fixture
def ready(here: Ask) -> Ask:
    """The same, with its topics made."""
    assert here("topics", "apply").code == 0
    return here


@contextmanager
def worker(place: Place, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of its own, ended in any case."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*V2V, "worker"], env=environment(**place.settings), stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def until(what: Any, patience: float = 60) -> Any:
    """The first answer that is something."""
    end = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def test_a_worker_refuses_to_start_on_missing_topics_with_one_line(here: Ask) -> None:
    answer = here("worker")

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert "is missing" in answer.err
    assert "v2v topics apply" in answer.err
    assert here("topics", "check").code == 1


def test_topics_are_made_once_and_another_number_of_partitions_is_named(
    here: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert topics.RECORDS in here("topics", "apply", "--json").json["made"]
    assert here("topics", "apply", "--json").json == {"made": [], "wrong": []}
    assert here("topics", "check", "--json").json == {"wrong": []}

    monkeypatch.setenv("V2V_PARTITIONS", "3")
    answer = here("topics", "check")

    assert answer.code == 1
    assert "has 2 partitions, expected 3" in answer.err


def test_what_is_released_counts_and_a_worker_ends_within_ten_seconds(
    ready: Ask, place: Place, tmp_path: Path
) -> None:
    ours = said(CoiAssigned, "ORDER:4711", coi=COURSE, issuer="ISBT128").model_copy(
        update={"partner": "partner-1"}
    )
    foreign = ours.model_copy(update={"system": System.MES, "event_id": at_other(ours)})
    line = canonical(to_line(topics.inbound("mes", "partner-1"), to_message(foreign)))
    (tmp_path / "in.jsonl").write_text(line + "\n", encoding="utf-8")
    assert ready("publish", tmp_path / "in.jsonl").code == 0

    with worker(place, tmp_path / "worker.log") as process:
        (entry,) = until(lambda: ready("quarantine", "ls", "--json").lines)
        assert entry["reason"] == "wrong_owner"
        assert ready("record", "ls", "--json").lines == []

        told = ("--actor", "STAFF-17", "--reason", "the owner confirmed it")
        assert ready("quarantine", "release", entry["quarantine_id"][:8], *told).code == 0

        (record,) = until(lambda: ready("record", "ls", "--json").lines)
        assert record["coi"] == COURSE
        until(lambda: not ready("quarantine", "ls", "--json").lines)
        assert COURSE in ready("record", "show", COURSE).out
        assert ready("doctor").code == 0
        tables = {line["table"]: line for line in ready("tables", "--json").lines}
        assert tables["courses"]["keys"] == 1
        assert tables["courses"]["forms"] == {"1": 1}

        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 10

    exported = tmp_path / "inbound.jsonl"
    assert ready("export", "inbound", "--to", exported).code == 0
    assert ready("export", "records", "--to", tmp_path / "records.jsonl").code == 0
    assert ready("replay", "--from", exported, "--to", tmp_path / "replayed").code == 0
    live, again = tmp_path / "records.jsonl", tmp_path / "replayed" / "records.jsonl"
    assert live.read_bytes() == again.read_bytes()


def at_other(event: CoiAssigned) -> UUID:
    """Another id, of what another system says."""
    return event_id("mes", "partner-1", "4711", event.type_name())


def test_a_partner_asks_what_became_of_what_it_sent(
    here: Ask, place: Place, tmp_path: Path
) -> None:
    lab = {"V2V_PARTNERS": "lims:lab-9,erp:lab-9"}
    place = Place(place.brokers, {**place.settings, **lab})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("V2V_PARTNERS", lab["V2V_PARTNERS"])
        assert here("partner", "check", "lab-9").code == 1  # no topic yet
        assert here("topics", "apply").code == 0
        result = said(ResultReported, "SAMPLE:S-9", test="VIABILITY").model_copy(
            update={"partner": "lab-9"}
        )
        order = said(CoiAssigned, "ORDER:O-9", coi=COURSE, issuer="ISBT128").model_copy(
            update={"partner": "lab-9"}
        )
        foreign = result.model_copy(update={"system": System.ERP})
        arrivals = [
            *((topics.inbound(e.system, "lab-9"), to_message(e)) for e in (result, order, foreign)),
            (topics.inbound("lims", "lab-9"), to_message(result)),
            (topics.inbound("lims", "lab-9"), WireMessage(b"key", b"not Avro")),
        ]
        lines = "".join(canonical(to_line(*one)) + "\n" for one in arrivals)
        (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
        assert here("publish", tmp_path / "in.jsonl").code == 0

        *early, counted = here("partner", "check", "lab-9", "--json").lines
        assert counted["counts"]["not read yet"] == len(early) == 5
        with worker(place, tmp_path / "worker.log"):
            until(
                lambda: (
                    here("partner", "check", "lab-9", "--json").lines[-1]["counts"]["not read yet"]
                    == 0
                )
            )
        answer = here("partner", "check", "lab-9", "--json")
        *fates, counted = answer.lines

    assert answer.code == 1
    assert counted["counts"] == {
        "admitted": 1, "doubled": 1, "waiting": 1, "quarantined": 2, "not read yet": 0,
    }  # fmt: skip
    by_reason = {fate["reason"]: fate for fate in fates if fate["outcome"] == "quarantined"}
    assert set(by_reason) == {"wrong_owner", "unknown_framing"}
    assert all(fate["remedy"] and fate["quarantine_id"] for fate in by_reason.values())
    (waiting,) = (fate for fate in fates if fate["outcome"] == "waiting")
    assert waiting["event_id"] == str(result.event_id)
    assert "SAMPLE:S-9" in waiting["detail"]


def test_people_work_on_alerts_and_the_worker_says_how_they_stand(
    ready: Ask, place: Place, tmp_path: Path
) -> None:
    begun = said(LymphodepletionStarted, coi=COURSE, hour=5, native="begun")
    compared = (Comparison(scheme=Scheme.COI, expected=COURSE, found=OTHER),)
    checked = said(
        IdentityVerified,
        coi=COURSE,
        hour=6,
        native="checked",
        context=CheckContext.BEDSIDE,
        comparisons=compared,
    )
    lines = (
        canonical(to_line(topics.inbound("clinic", "partner-1"), to_message(event)))
        for event in (begun, checked)
    )
    (tmp_path / "in.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert ready("publish", tmp_path / "in.jsonl").code == 0

    def listed(code: str) -> dict[str, Any] | None:
        found = ready("alerts", "ls", "--all", "--json").lines
        return next((a for a in found if a["code"] == code), None)

    def stands(code: str, state: str) -> dict[str, Any] | None:
        found = listed(code)
        return found if found is not None and found["state"] == state else None

    with worker(place, tmp_path / "worker.log"):
        started = until(lambda: stands("SQ-04", "escalated"))  # it was raised months ago
        assert (started["tier"], started["escalated_to"]) == (3, "head-of-quality")
        its, me = started["alert_id"][:12], ("--actor", "STAFF-17")
        assert "tier 3: head-of-quality was told" in ready("alerts", "show", its).out

        shelf = (*me, "--reason", "the physician looks into it")
        action = ready("alerts", "shelve", its, "--hours", "4", *shelf, "--json").json
        shelved = until(lambda: stands("SQ-04", "shelved"))
        assert shelved["shelved_until"] == action["until"]
        assert "shelved by STAFF-17" in ready("alerts", "show", its).out
        tried = ready("alerts", "reopen", its, *me)
        assert (tried.code, len(tried.err.splitlines())) == (1, 1)
        assert "only a closed alert can be opened again" in tried.err
        too_long = ready("alerts", "shelve", its, "--hours", "25", *shelf)
        assert (too_long.code, "for 24 h in one go" in too_long.err) == (1, True)

        assert ready("alerts", "unshelve", its, *me).code == 0
        until(lambda: stands("SQ-04", "open"))
        assert ready("alerts", "acknowledge", its, *me).code == 0
        until(lambda: stands("SQ-04", "acknowledged"))
        assert ready("alerts", "assign", its, "--to", "STAFF-20", *me).code == 0
        assert ready("alerts", "comment", its, "--text", "plan agreed", *me).code == 0
        closing = ("--reason", "the product is there", *me)
        assert ready("alerts", "close", its, "--disposition", "forgotten", *closing).code == 2
        assert ready("alerts", "close", its, "--disposition", "mended", *closing).code == 0
        closed = until(lambda: stands("SQ-04", "closed"))
        assert (closed["disposition"], closed["assigned_to"]) == ("mended", "STAFF-20")
        assert ready("alerts", "shelve", its, *shelf).err.startswith("v2v: shelve has no effect")
        assert ready("alerts", "reopen", its, *me).code == 0
        until(lambda: stands("SQ-04", "open"))

        identity = until(lambda: listed("ID-01"))["alert_id"][:12]
        refused = ready("alerts", "shelve", identity, *shelf)
        assert (refused.code, "which nobody may shelve" in refused.err) == (1, True)
        empty = ready("alerts", "close", identity, "--disposition", "mended", "--reason", " ", *me)
        assert (empty.code, "closing needs a reason" in empty.err) == (1, True)
        nameless = ready("alerts", "acknowledge", identity, "--actor", " ")
        assert (nameless.code, "actor: " in nameless.err) == (1, True)
        words = ready("alerts", "dispositions", "--json").lines
        assert {"mended", "unfounded"} <= {word["disposition"] for word in words}
