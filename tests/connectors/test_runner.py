"""A running connector on a real Kafka: what partners sent arrives, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from compose.kafka import LocalKafka
from connectors.connector import Mapped, Partner, Raw
from connectors.logistics.translate import translate
from connectors.pseudonyms import Withheld, create_key
from connectors.runner import serve
from connectors.settings import ConnectorSettings
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.envelope import System
from schemas.wire import decode, decode_contract
from tests.connectors.messages import NOT_EPCIS, departure, drop
from tests.connectors.running import ConnectorProcess, Published, make_topics, published


@pytest.fixture
def connector(kafka: str, tmp_path: Path, topic_prefix: str) -> Iterator[ConnectorProcess]:
    process = ConnectorProcess(tmp_path, kafka, f"{topic_prefix}courier")
    make_topics(kafka, process.partner)
    yield process
    if process._process is not None:
        process.kill()


def id_of(number: int, partner: str) -> str:
    """The id of the event that follows from the departure of this number."""
    about = Partner(name=partner, system=System.LOGISTICS)
    (decision,) = translate(Raw("", departure(number)), about, Withheld(), ())
    assert isinstance(decision, Mapped)
    return str(decision.events[0].event_id)


def holds(count: int):
    return lambda found: len({message.key for message in found}) >= count


def in_order(found: list[Published], expected: list[str]) -> bool:
    """Whether the first time of each event, within each partition, is in the order it was sent."""
    place = {key: number for number, key in enumerate(expected)}
    for partition in {message.partition for message in found}:
        first = list(dict.fromkeys(m.key for m in found if m.partition == partition))
        if [place[key] for key in first] != sorted(place[key] for key in first):
            return False
    return True


def test_what_comes_by_either_door_is_published(connector: ConnectorProcess) -> None:
    drop(connector.drop_folder, "before.json", departure(0))
    connector.start()
    assert [connector.send(departure(n)) for n in range(1, 10)] == [202] * 9
    for number in range(10, 20):
        drop(connector.drop_folder, f"{number}.json", departure(number))
    topic = topics.inbound("logistics", connector.partner)
    found = published(connector.servers, topic, holds(20))
    assert {m.key for m in found} == {id_of(n, connector.partner) for n in range(20)}
    for message in found:
        event = decode(message.value, message.headers.items()).event
        assert str(event.event_id) == message.key
        assert message.headers["ce_type"] == b"v2v.transport.CheckpointPassed"
    assert not [file for file in connector.drop_folder.iterdir() if file.is_file()]


def test_what_cannot_be_understood_is_in_quarantine_and_the_rest_moves_on(
    connector: ConnectorProcess,
) -> None:
    connector.start()
    bodies = (NOT_EPCIS, b"", b"x" * 6_000_000, b'{"broken', departure(1))
    assert [connector.send(body) for body in bodies] == [202, 400, 413, 202, 202]
    drop(connector.drop_folder, "huge.json", b"x" * 6_000_000)
    topic = topics.inbound("logistics", connector.partner)
    published(connector.servers, topic, holds(1))

    def ours(found: list[Published]) -> list[QuarantinedMessage]:
        entries = [decode_contract(QuarantinedMessage, m.value) for m in found]
        return [entry for entry in entries if entry.partner == connector.partner]

    found = published(connector.servers, topics.QUARANTINE, lambda found: len(ours(found)) >= 3)
    entries = ours(found)
    assert {entry.reason for entry in entries} >= {"not_well_formed", "too_large"}
    assert {entry.stage for entry in entries} == {"connector"}
    assert {entry.value for entry in entries} == {None}


def test_health_and_metrics_tell_how_it_does(connector: ConnectorProcess) -> None:
    connector.start()
    connector.send(departure(1))
    connector.send(departure(1))
    connector.send(NOT_EPCIS)
    topic = topics.inbound("logistics", connector.partner)
    published(connector.servers, topic, holds(1))
    waiting = True
    while waiting:  # each answer is of the moment; the test's own time limit bounds it
        health = json.loads(connector.ask("/health"))
        waiting = health["backlog"] > 0 or health["published"] < 3
    assert health["status"] == "ok"
    assert (health["received"], health["mapped"], health["refused"]) == (3, 1, 1)
    text = connector.ask("/metrics")
    about = f'partner="{connector.partner}",system="logistics"'
    assert f'v2v_connector_received_total{{kind="again",{about}}} 1.0' in text
    assert f"v2v_connector_outbox_backlog{{{about}}} 0.0" in text
    assert "v2v_connector_refused_total" in text


def test_sigterm_ends_it_cleanly_and_quickly(connector: ConnectorProcess) -> None:
    connector.start()
    connector.send(departure(1))
    code, seconds = connector.end()
    assert code == 0
    assert seconds < 10


def test_a_heartbeat_says_that_the_interface_is_alive(connector: ConnectorProcess) -> None:
    connector.more["V2V_CONNECTOR_HEARTBEAT_SECONDS"] = "0.1"
    connector.start()
    topic = topics.inbound("logistics", connector.partner)
    first, *_ = published(connector.servers, topic, holds(2))
    event = decode(first.value, first.headers.items()).event
    assert event.type_name() == "platform.PartnerHeartbeat"
    assert event.partner == connector.partner


def test_a_missing_topic_is_told_and_nothing_starts(kafka: str, tmp_path: Path) -> None:
    code, said = ConnectorProcess(tmp_path, kafka, "nobody").exit()
    assert code == 2
    assert "no topic v2v.in.logistics.nobody" in said
    assert "v2v topics apply" in said
    assert "Traceback" not in said


def test_a_key_that_others_may_read_is_told_and_nothing_starts(
    connector: ConnectorProcess,
) -> None:
    key = connector.folder / "open.key"
    key.write_text("a" * 64)
    key.chmod(0o644)
    connector.more["V2V_CONNECTOR_PSEUDONYM_KEY"] = str(key)
    code, said = connector.exit()
    assert code == 2
    assert "chmod 600" in said


def test_a_second_connector_on_the_same_outbox_is_told(connector: ConnectorProcess) -> None:
    connector.start()
    code, said = connector.exit()
    assert code == 2
    assert "another process uses the outbox" in said


class LateRegistry:
    """Schema ids that nobody can be asked for at first."""

    def __init__(self) -> None:
        self.asked = 0

    def id_of(self, type_name: str) -> int:
        self.asked += 1
        if self.asked < 3:
            raise ConnectionError("nobody there")
        return 77

    def writer(self, schema_id: int) -> None:
        raise AssertionError("a connector reads nothing")


def test_a_registry_that_is_away_holds_messages_back_and_loses_none(
    connector: ConnectorProcess,
) -> None:
    folder = connector.folder
    drop(folder / "in", "a.json", departure(1))
    create_key(folder / "key")
    settings = ConnectorSettings(
        system=System.LOGISTICS,
        partner=connector.partner,
        brokers=connector.servers,
        pseudonym_key=folder / "key",
        outbox=folder / "outbox",
        drop_folder=folder / "in",
        quiet_seconds=0,
    )

    async def until_published() -> list[Published]:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings, stop, ids=LateRegistry()))
        topic = topics.inbound("logistics", connector.partner)
        found = await asyncio.to_thread(published, connector.servers, topic, holds(1))
        stop.set()
        await serving
        return found

    (message,) = asyncio.run(until_published())
    assert message.value[:5] == b"\x00\x00\x00\x00\x4d", "framed by the registry's id"


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker that this test may end."""
    cluster = LocalKafka(tmp_path / "kafka", 1)
    cluster.up(tied=True)
    yield cluster
    cluster.down()


@pytest.mark.kafka
@pytest.mark.faults
def test_a_broker_that_is_away_loses_nothing_and_changes_no_order(
    own_kafka: LocalKafka, tmp_path: Path
) -> None:
    servers = own_kafka.status().servers
    connector = ConnectorProcess(tmp_path / "connector", servers, "courier")
    topic = make_topics(servers, "courier")
    connector.start()
    assert connector.send(departure(0)) == 202
    own_kafka.kill(0)
    assert [connector.send(departure(n)) for n in range(1, 150)] == [202] * 149
    connector.kill()
    connector.start()  # also without a broker
    assert [connector.send(departure(n)) for n in range(150, 300)] == [202] * 150
    drop(connector.drop_folder, "300.json", departure(300))
    own_kafka.start(0)
    found = published(servers, topic, holds(301))
    expected = [id_of(n, "courier") for n in range(301)]
    assert {message.key for message in found} == set(expected)
    assert in_order(found, expected)
    assert connector.end()[0] == 0


@pytest.mark.faults
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_connector_loses_nothing_and_changes_no_order(
    connector: ConnectorProcess, seed: int
) -> None:
    chance = random.Random(seed)
    connector.start()
    wanted, sent, died = 250, 0, Event()

    def killer() -> None:
        while not died.wait(chance.uniform(0.05, 0.6)):
            connector.kill()
            connector.start()

    thread = Thread(target=killer)
    thread.start()
    while sent < wanted:
        if sent % 10 == 9:  # by the other door; a crash never takes a file
            drop(connector.drop_folder, f"{sent}.json", departure(sent))
            sent += 1
        elif connector.send(departure(sent)) == 202:
            sent += 1
    died.set()
    thread.join()
    topic = topics.inbound("logistics", connector.partner)
    found = published(connector.servers, topic, holds(wanted))
    expected = [id_of(n, connector.partner) for n in range(wanted)]
    assert {message.key for message in found} == set(expected)
    by_http = [key for number, key in enumerate(expected) if number % 10 != 9]
    assert in_order([m for m in found if m.key in set(by_http)], by_http)
    assert connector.end()[0] == 0


@pytest.mark.kafka
@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_deaths_with_the_broker_coming_and_going_lose_nothing(
    own_kafka: LocalKafka, tmp_path: Path
) -> None:
    servers = own_kafka.status().servers
    connector = ConnectorProcess(tmp_path / "connector", servers, "courier")
    topic = make_topics(servers, "courier")
    connector.start()
    chance, over, sent = random.Random(3), Event(), 0

    def deaths() -> None:
        for death in range(100):
            over.wait(chance.uniform(0.02, 0.6))
            connector.kill()
            if death % 10 == 3:
                own_kafka.kill(0)
            connector.start()
            if death % 10 == 6:
                own_kafka.start(0)
        over.set()

    thread = Thread(target=deaths)
    thread.start()
    while not over.is_set():
        if connector.send(departure(sent)) == 202:
            sent += 1
    thread.join()
    found = published(servers, topic, holds(sent), seconds=120)
    expected = [id_of(n, "courier") for n in range(sent)]
    assert {message.key for message in found} == set(expected)
    assert in_order(found, expected)
    assert connector.end()[0] == 0
