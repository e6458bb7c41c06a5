"""A local Kafka comes up, is found again, keeps what it holds, and is gone when it should be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from compose.kafka import LocalKafka, brokers, kafka_for
from compose.ports import LOOPBACK, free_ports
from compose.processes import has_room
from compose.trouble import CannotRun

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.kafka


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.delenv("V2V_BROKERS", raising=False)
    kafka = LocalKafka(tmp_path / "kafka")
    yield kafka
    kafka.wipe()


def create(servers: str, topic: str, copies: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": servers})
    admin.create_topics([NewTopic(topic, 1, copies)])[topic].result(30)


def produce(servers: str, topic: str, count: int) -> list[object]:
    """Send so many messages; what comes back are the errors."""
    errors: list[object] = []
    settings = {"bootstrap.servers": servers, "enable.idempotence": True, "log_level": 0}
    producer = Producer(settings)
    for number in range(count):
        producer.produce(
            topic, str(number), on_delivery=lambda error, _: errors.append(error) if error else None
        )
        producer.poll(0)
    assert producer.flush(60) == 0
    return errors


def end_of(servers: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "none", "log_level": 0})
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
    consumer.close()
    return end


def in_another_program(script: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{script}",
            *map(str, arguments)]  # fmt: skip


def test_it_comes_up_keeps_what_it_holds_and_is_gone_when_wiped(cluster):
    servers = cluster.up()
    assert cluster.status().servers == servers
    assert cluster.up() == servers, "asking twice starts nothing"
    create(servers, "kept")
    assert produce(servers, "kept", 10) == []

    [broker] = cluster.status().brokers
    process = psutil.Process(broker.pid)  # remembers when it began: its number may be given anew
    cluster.down()
    assert not cluster.status().running
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    assert cluster.up() == servers, "the address stays while nobody else has taken it"
    assert end_of(servers, "kept") == 10
    cluster.wipe()
    assert not cluster.folder.exists()


def test_it_outlives_the_command_that_started_it_and_others_find_it(cluster):
    script = "from compose.kafka import *; print(LocalKafka(Path(sys.argv[1])).up())"
    started = subprocess.run(
        in_another_program(script, cluster.folder), capture_output=True, text=True, check=True
    )
    servers = started.stdout.strip()
    assert brokers(cluster.folder) == servers
    create(servers, "topic")
    assert end_of(servers, "topic") == 0


def test_one_that_is_tied_to_its_owner_ends_with_it_even_when_the_owner_is_killed(cluster):
    script = (
        "from compose.kafka import *\n"
        "with kafka_for(Path(sys.argv[1])):\n"
        "    print('up', flush=True); sys.stdin.read()"
    )
    command = in_another_program(script, cluster.folder)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        [broker] = cluster.status().brokers
        process = psutil.Process(broker.pid)
        owner.send_signal(signal.SIGKILL)
    process.wait(20)
    assert not cluster.status().running


def test_a_block_has_its_broker_and_ends_it(tmp_path, cluster):
    with kafka_for(cluster.folder) as servers:
        assert cluster.status().servers == servers
        create(servers, "topic")
    assert not cluster.status().running


def test_a_block_uses_the_broker_that_runs_and_leaves_it_running(cluster):
    servers = cluster.up()
    with kafka_for(cluster.folder) as found:
        assert found == servers
    assert cluster.status().running


def test_a_topic_nobody_declared_is_refused(kafka, topic_prefix):
    topic = f"{topic_prefix}misspelt"
    producer = Producer({"bootstrap.servers": kafka, "message.timeout.ms": 2000, "log_level": 0})
    refused: list[bool] = []
    producer.produce(topic, b"?", on_delivery=lambda error, _: refused.append(error is not None))
    producer.flush(20)
    assert refused == [True]
    assert topic not in AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=10).topics


def test_a_broker_that_is_killed_comes_back_with_all_it_had_acknowledged(cluster):
    servers = cluster.up()
    create(servers, "topic")
    assert produce(servers, "topic", 1000) == []
    cluster.kill(0)
    assert not cluster.status().running
    cluster.start(0)
    assert end_of(servers, "topic") == 1000


@pytest.mark.faults
def test_three_brokers_lose_nothing_when_one_is_killed_and_take_it_back(tmp_path):
    cluster = LocalKafka(tmp_path / "kafka", brokers=3)
    try:
        servers = cluster.up(tied=True)
        create(servers, "topic", copies=3)
        assert produce(servers, "topic", 2000) == []
        cluster.kill(0)
        assert [bool(broker.pid) for broker in cluster.status().brokers] == [False, True, True]
        assert produce(servers, "topic", 2000) == []
        cluster.start(0)
        assert produce(servers, "topic", 10) == []
        assert end_of(servers, "topic") == 4010
    finally:
        cluster.wipe()


# ------------------------------------------------------------------------------ what people are told


def test_where_a_cluster_is_named_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("V2V_BROKERS", "kafka.example:9092")
    folder = tmp_path / "kafka"
    with kafka_for(folder) as servers:
        assert servers == brokers(folder) == "kafka.example:9092"
    assert not folder.exists()


def test_where_none_runs_people_are_told_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.delenv("V2V_BROKERS", raising=False)
    with pytest.raises(
        CannotRun, match="start one with `v2v kafka up`, or name one in V2V_BROKERS"
    ):
        brokers(tmp_path / "kafka")


def test_a_port_that_is_taken_is_named(tmp_path):
    [port] = free_ports(1)
    with (
        socket.create_server((LOOPBACK, port)),
        pytest.raises(CannotRun, match=f"port {port} is taken"),
    ):
        LocalKafka(tmp_path / "kafka", port=port).up()


def test_a_folder_of_one_broker_is_not_started_as_three(cluster):
    cluster.up()
    with pytest.raises(CannotRun, match=r"holds a cluster of 1, not of 3.*`v2v kafka wipe`"):
        LocalKafka(cluster.folder, brokers=3).up()


def test_two_brokers_are_no_cluster(tmp_path):
    with pytest.raises(CannotRun, match="1 broker or 3, not 2"):
        LocalKafka(tmp_path / "kafka", brokers=2).up()


def test_a_broker_that_ends_at_its_start_is_quoted(cluster):
    cluster.up()
    cluster.down()
    identity = cluster.folder / "broker-0" / "data" / "meta.properties"
    identity.write_text(identity.read_text().replace("node.id=0", "node.id=7"))
    with pytest.raises(CannotRun) as told:
        cluster.up()
    assert "Kafka ended at its start" in str(told.value)
    assert str(identity.parents[1] / "broker.log") in str(told.value)
    assert "node id" in str(told.value)
    assert not cluster.status().running


def test_a_folder_that_holds_something_else_is_not_removed(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CannotRun, match="holds no local Kafka; nothing was removed"):
        LocalKafka(tmp_path).wipe()
    assert (tmp_path / "thesis.txt").exists()


def test_a_disk_without_room_is_said_before_anything_starts(tmp_path):
    with pytest.raises(CannotRun, match=r"the disk is nearly full: .* set V2V_HOME"):
        has_room(tmp_path, gibibytes=10**9)


def test_a_state_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "nodes.json").write_text("{")
    with pytest.raises(CannotRun, match=r"nodes\.json cannot be read"):
        LocalKafka(tmp_path).status()


def test_a_number_that_now_belongs_to_somebody_else_is_not_taken_for_a_broker(tmp_path):
    mark = tmp_path / "broker-0" / "server.properties"
    (tmp_path / "nodes.json").write_text(
        f'{{"nodes": [{{"mark": "{mark}", "ports": [1, 2], "pid": {os.getpid()}}}]}}'
    )
    kafka = LocalKafka(tmp_path)
    assert not kafka.status().running
    kafka.down()
