"""The tower on a real Kafka: it reads the log once, lets people act, and is built anew the same."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from confluent_kafka import Producer

from compose.kafka import kafka_for
from compose.ports import LOOPBACK, free_ports
from console import topics as made
from console.tower.read_model import ReadModel, snapshot
from console.tower.reader import Reader, now_in_utc
from console.trouble import Trouble
from schemas import topics
from schemas.control import ActionKind, AlertAction
from schemas.platform import PartnerHeartbeat
from schemas.topics import TopicPlan
from schemas.wire import decode_contract, to_message
from tests.console.conftest import Ask
from tests.console.tower.conftest import PASSWORD, until
from tests.console.tower.live_world import answers, environment
from tests.console.tower.test_partners import beat
from tests.console.tower.test_read_model import held
from tests.console.tower.world import alert, journeys, of_site, said_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(280)]
HEARD, NOW = journeys()
GRAVE = alert("ID-01", of_site("hospital-1")[0], NOW, harm_in=3)


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka of this module's own with every topic and all that the journeys say."""
    with kafka_for(tmp_path_factory.mktemp("tower") / "kafka") as servers:
        client = made.admin(servers)
        made.apply(client, made.wanted([("mes", "maker-1")]), TopicPlan(partitions=2))
        say(servers)
        yield servers


def say(servers: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    for heard in (*HEARD, said_of(GRAVE)):
        headers: list[Any] = list(heard.headers)
        producer.produce(heard.topic, heard.value, heard.key.encode(), headers=headers)
        producer.poll(0)
    assert producer.flush(30) == 0


def read_to_the_end(servers: str, path: Path) -> dict[str, list[tuple[object, ...]]]:
    model = ReadModel(path, now_in_utc())
    reader = Reader(model, servers)
    reader.begin()
    until(lambda: reader.step() == 0 and reader.share_read == 1, 60)
    reader.close()
    model.close()
    return held(path)


@contextmanager
def running(servers: str, folder: Path, listen: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "console.v2v", "tower", "run"],
            env=environment(servers, folder, V2V_TOWER_LISTEN=listen),
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_it_serves_lets_act_and_ends_cleanly(brokers: str, tmp_path: Path, ask: Ask) -> None:
    (port,) = free_ports(1)
    listen = f"{LOOPBACK}:{port}"
    verb = "tower user add anna --staff-code STAFF-17 --role coordinator"
    added = subprocess.run(
        [sys.executable, "-m", "console.v2v", *verb.split()],
        env=environment(brokers, tmp_path, V2V_TOWER_LISTEN=listen),
        input=f"{PASSWORD}\n",
        text=True,
        capture_output=True,
        check=True,
    )
    assert added.stdout.strip() == "anna may sign in as coordinator"
    with running(brokers, tmp_path, listen) as process:
        address = f"http://{listen}"
        until(lambda: answers(address), 60)
        with httpx2.Client(base_url=address) as browser:
            browser.post("/sign-in", data={"name": "anna", "password": PASSWORD})
            until(lambda: browser.get("/api/freshness").json()["share_read"] == 1)
            assert GRAVE.code in browser.get("/").text
            csrf = browser.get("/").text.partition('name="csrf" value="')[2].partition('"')[0]
            said = {"csrf": csrf, "alert": f"{GRAVE.alert_id}@1", "kind": "acknowledge"}
            assert browser.post("/exceptions/act", data=said).status_code == 303
            done = until(lambda: browser.get(f"/api/exceptions/{GRAVE.alert_id}").json()["actions"])
            assert [(a["kind"], a["actor"]) for a in done] == [("acknowledge", "STAFF-17")]
        ends_at = time.monotonic()
        process.terminate()
        assert process.wait(20) == 0
        assert time.monotonic() - ends_at < 15
    (action,) = _actions(brokers)
    assert (action.kind, action.alert_id) == (ActionKind.ACKNOWLEDGE, GRAVE.alert_id)


def _actions(servers: str) -> list[AlertAction]:
    from console.reading import bounded

    return [decode_contract(AlertAction, m.value()) for m in bounded(servers, [topics.ACTIONS])]


def test_rebuilt_it_is_the_same_and_a_running_one_is_left_alone(
    brokers: str, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    for name, value in environment(
        brokers, tmp_path, V2V_TOWER_LISTEN=f"{LOOPBACK}:{port}"
    ).items():
        if name.startswith("V2V_"):
            monkeypatch.setenv(name, value)
    told = ask("tower", "rebuild")
    assert told.code == 0, told.err
    assert "message(s) read" in told.out
    read = tmp_path / "tower" / "read.sqlite"
    whole = held(read)
    read.write_bytes(b"not a database at all")
    assert ask("tower", "rebuild").code == 0
    assert held(read) == whole

    with running(brokers, tmp_path, f"{LOOPBACK}:{port}"):
        until(lambda: answers(f"http://{LOOPBACK}:{port}"), 60)
        refused = ask("tower", "rebuild")
        assert refused.code == 1
        assert "a tower runs in" in refused.err


def test_a_log_of_another_cluster_or_long_ago_is_read_anew(brokers: str, tmp_path: Path) -> None:
    path = tmp_path / "read.sqlite"
    read_to_the_end(brokers, path)
    for change in ("UPDATE state SET cluster = 'other'", "UPDATE state SET committed_at = 0"):
        with snapshot(path) as database:
            database.execute("PRAGMA query_only = OFF")
            database.execute("INSERT INTO withheld VALUES ('left', 'over')")
            database.execute(change)
            database.execute("COMMIT")
        assert ("left", "over") not in read_to_the_end(brokers, path)["withheld"]


def test_heartbeats_are_read_from_the_partners_topics_also_from_one_made_later(
    brokers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.tower.reader.NEW_PARTNERS_SECONDS", 0.0)
    beats = [beat(NOW, partner=name) for name in ("maker-1", "maker-new")]
    model = ReadModel(tmp_path / "read.sqlite", now_in_utc())
    reader = Reader(model, brokers)
    publish_beat(brokers, beats[0])
    reader.begin()
    until(lambda: reader.step() == 0 and reader.share_read == 1, 60)
    assert heartbeats(model.path) == {"maker-1"}
    assert spoken_for(model.path) == {("mes", "maker-1")}
    made.apply(made.admin(brokers), made.wanted([("mes", "maker-new")]), TopicPlan(partitions=2))
    publish_beat(brokers, beats[1])
    until(lambda: reader.step() and heartbeats(model.path) == {"maker-1", "maker-new"}, 60)
    assert spoken_for(model.path) == {("mes", "maker-1"), ("mes", "maker-new")}
    until(lambda: reader.step() == 0 and reader.share_read == 1, 60)
    places = model.places()
    assert {name for name, _ in places} >= {"v2v.in.mes.maker-1", "v2v.in.mes.maker-new"}
    reader.close()
    model.close()


def publish_beat(servers: str, said: PartnerHeartbeat) -> None:
    message = to_message(said)
    producer = Producer({"bootstrap.servers": servers})
    topic = topics.inbound(said.system, said.partner)
    headers: list[Any] = list(message.headers)
    producer.produce(topic, message.value, message.key, headers=headers)
    assert producer.flush(30) == 0


def heartbeats(path: Path) -> set[str]:
    with snapshot(path) as database:
        return {row[0] for row in database.execute("SELECT partner FROM heartbeat")}


def spoken_for(path: Path) -> set[tuple[str, str]]:
    with snapshot(path) as database:
        return {(row[0], row[1]) for row in database.execute("SELECT * FROM partner")}


def test_missing_topics_and_a_broker_that_is_not_there_are_one_clear_error(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    model = ReadModel(tmp_path / "read.sqlite", now_in_utc())
    reader = Reader(model, f"{LOOPBACK}:{port}", {"socket.connection.setup.timeout.ms": "1000"})
    reader.patience = 1
    with pytest.raises(Trouble, match="no broker answers at"):
        reader.begin()
    reader.close()
    model.close()
