"""The running worker on a real Kafka: what it says, what it refuses, how it ends, what it sets aside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from compose.kafka import LocalKafka
from connectors.simulator.network import inbound
from console import topics as topic_plan
from schemas import topics
from schemas.control import QuarantinedMessage, Tick
from schemas.reasons import Reason
from schemas.topics import TopicPlan
from schemas.wire import decode_contract
from streams.app import sources
from streams.replay import Replay
from streams.settings import WorkerSettings
from tests.faults.engine_workers import Workers, free_port
from tests.faults.line_observed import KINDS, Observed, lines_of
from tests.faults.line_publisher import Publisher
from tests.faults.line_spoiled import SPOILED
from tests.faults.line_traffic import parted, partners_of, published, traffic
from tests.words import Arrival, sent

pytestmark = pytest.mark.kafka

PARTITIONS = 2
STORY = traffic(500, 11, PARTITIONS)
PAIRS = partners_of(STORY)
COMMAND = [sys.executable, "-m", "tests.faults.line_worker"]


@dataclass
class Line:
    """A cluster with all topics, what has been published to it, and what must have come of it."""

    brokers: str
    folder: Path
    environment: Mapping[str, str]
    publisher: Publisher
    observed: Observed
    replay: Replay

    def publish(self, lines: list[Arrival]) -> None:
        lines = published(lines, datetime.now(UTC))
        self.publisher.publish(lines)
        self.replay.take_all(lines)

    def await_taken(self) -> None:
        """Wait until the workers have taken everything, and read what they say."""
        assert self.observed.await_all_taken(90), self.observed.left()
        self.observed.read()

    def start(self, **more: str) -> subprocess.Popen[str]:
        """Start one worker process, and wait until it has its partitions."""
        port = free_port()
        command = [
            *COMMAND,
            "--worker",
            "w1",
            "--data",
            str(self.folder / "w1"),
            "--http",
            str(port),
        ]
        process = subprocess.Popen(
            command,
            env={**self.environment, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + 60
        while not held(port):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until, "the worker was given no partition within a minute"
        return process


def held(port: int) -> bool:
    """Whether the worker at this address says that it holds all partitions."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return b'"partitions": [0, 1]' in answer.read()
    except OSError:
        return False


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A cluster of its own: the worker's topics have fixed names, and nobody else may write to them."""
    folder = tmp_path_factory.mktemp("line")
    kafka = LocalKafka(folder / "kafka")
    try:
        brokers = kafka.up(tied=True)
        plan = TopicPlan(partitions=PARTITIONS, replication=1)
        topic_plan.apply(topic_plan.admin(brokers), topic_plan.wanted(PAIRS), plan)
        environment = {
            **os.environ,
            "V2V_BROKERS": brokers,
            "V2V_HOME": str(folder),
            "V2V_PARTITIONS": str(PARTITIONS),
            "V2V_PARTNERS": ",".join(f"{system}:{name}" for system, name in PAIRS),
            "V2V_TICK_SECONDS": "0",
            "V2V_SESSION_SECONDS": "6",
            "V2V_TRIES": "2",
        }
        read = sources(WorkerSettings(brokers=brokers, partners=PAIRS))
        observed = Observed(brokers, read, PARTITIONS)
        yield Line(brokers, folder, environment, Publisher(brokers), observed, Replay())
        observed.close()
    finally:
        kafka.down()


def stop(process: subprocess.Popen[str]) -> tuple[int, float]:
    """Ask a worker to stop: its exit code, and after how many seconds."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=30)
    finally:
        process.kill()
    return process.returncode, time.monotonic() - began


def quarantined(line: Line) -> list[QuarantinedMessage]:
    """What stands in quarantine, as a read_committed reader sees it."""
    return line.observed.quarantine()


def refusal(line: Line, **more: str) -> str:
    """What a worker says that does not start."""
    ended = subprocess.run(
        [*COMMAND, "--worker", "w9", "--data", str(line.folder / "w9")],
        env={**line.environment, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    return ended.stderr.strip()


# --------------------------------------------------------------------------------------------- tests


def test_a_worker_does_not_start_when_a_topic_is_missing(line: Line) -> None:
    said = refusal(line, V2V_PARTNERS="mes:nobody-1")
    assert said.splitlines() == [said], "one line, no stack trace"
    assert "v2v.in.mes.nobody-1 is missing" in said
    assert "v2v topics apply" in said


def test_a_worker_does_not_start_on_another_number_of_partitions(line: Line) -> None:
    said = refusal(line, V2V_PARTITIONS="3")
    assert said.splitlines() == [said]
    assert f"has {PARTITIONS} partitions, expected 3" in said


def test_a_worker_says_what_a_replay_says_and_ends_cleanly_in_the_midst_of_work(line: Line) -> None:
    first, second = parted(STORY, (0.5, 0.5), PARTITIONS)
    line.publish(first)
    code, seconds = stop(line.start())
    assert code == 0
    assert seconds < 10
    line.publish(second)
    worker = line.start()
    line.await_taken()
    assert stop(worker)[0] == 0
    expected, found = lines_of(line.replay.latest), lines_of(line.observed.latest)
    for kind in KINDS:
        assert found[kind] == expected[kind]
    assert max(line.observed.issued.values()) == 1, "no revision of an alert is issued twice"
    assert expected["records"]
    assert expected["alerts"]


def test_every_bad_message_lands_in_quarantine_and_the_partition_moves_on(line: Line) -> None:
    _, event = next(iter(inbound(1, 12)))
    bad = {name: spoil(event) for name, (spoil, _) in SPOILED.items()}
    line.publish([*bad.values(), sent(event)])
    worker = line.start()
    line.await_taken()
    assert stop(worker)[0] == 0
    aside = {(entry.topic, entry.key, entry.value): entry.reason for entry in quarantined(line)}
    for name, (topic, message) in bad.items():
        assert aside[topic, message.key, message.value] == SPOILED[name][1], name
    assert lines_of(line.observed.latest) == lines_of(line.replay.latest)


def test_the_largest_message_that_the_broker_takes_is_set_aside_too(line: Line) -> None:
    """A compressed one may be larger than our own entry about it could be: then a part is kept."""
    topic, sound = sent(next(event for _, event in inbound(1, 13)))
    partner = Producer(
        {
            "bootstrap.servers": line.brokers,
            "message.max.bytes": 100_000_000,
            "compression.type": "gzip",
        }
    )
    partner.produce(topic, b"\0" * 2 * topics.LARGEST_MESSAGE, sound.key, headers={"empty": None})
    assert partner.flush(30) == 0
    worker = line.start()
    line.await_taken()
    assert stop(worker)[0] == 0
    (entry,) = [entry for entry in quarantined(line) if entry.key == sound.key]
    assert entry.reason == Reason.TOO_LARGE
    assert "only the first are kept here" in entry.detail


def test_an_event_that_fails_its_handler_again_and_again_is_set_aside(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first), (_, second) = list(inbound(1, 14))[:2]
    poisoned = sent(first.model_copy(update={"site": "A-SITE-THAT-FAILS"}))
    line.publisher.publish([poisoned])
    line.publish([sent(second)])
    for name, value in line.environment.items():
        monkeypatch.setenv(name, value)
    folder = line.folder / "failing"
    folder.mkdir()
    with Workers([*COMMAND, "--plant", "raise"], folder) as workers:
        workers.start("w2")
        line.await_taken()
        assert workers.exits("w2") == [70, 70]
        assert workers.leave("w2") == 0
        assert not workers.unexpected
    (entry,) = [e for e in quarantined(line) if e.reason == Reason.HANDLER_FAILED]
    topic, message = poisoned
    assert (entry.topic, entry.key, entry.value) == (topic, message.key, message.value)
    assert "this event can never be taken" in entry.detail
    records = lines_of(line.replay.latest)["records"]
    assert lines_of(line.observed.latest)["records"] == records


def test_a_worker_tells_the_time_to_every_partition_it_holds(line: Line) -> None:
    reader = Consumer(
        {
            "bootstrap.servers": line.brokers,
            "group.id": "a-reader-of-ticks",
            "isolation.level": "read_committed",
            "auto.offset.reset": "latest",
        }
    )
    reader.assign([TopicPartition(topics.TICKS, p) for p in range(PARTITIONS)])
    for partition in range(PARTITIONS):
        reader.get_watermark_offsets(TopicPartition(topics.TICKS, partition), timeout=10)
    reader.poll(0.5)
    worker = line.start(V2V_TICK_SECONDS="0.2")
    told: set[int] = set()
    until = time.monotonic() + 30
    while told != set(range(PARTITIONS)):
        assert time.monotonic() < until, f"only {told} was told the time"
        message = reader.poll(1)
        if message is not None and message.error() is None:
            assert decode_contract(Tick, message.value()).partition == message.partition()
            told.add(message.partition() or 0)
    reader.close()
    assert stop(worker)[0] == 0
