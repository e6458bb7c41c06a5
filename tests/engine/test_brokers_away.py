"""Brokers that are away for minutes: a worker waits, says so now and then, can be stopped, and goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.kafka import LocalKafka
from tests.engine.world import WorkerProcess, World, eventually

KEYS = [f"k{number}" for number in range(20)]
WAITING = "no broker answers at"
AWAY_S = 130

pytestmark = [pytest.mark.kafka, pytest.mark.faults]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker that only these tests have."""
    broker = LocalKafka(tmp_path_factory.mktemp("away"), brokers=1)
    try:
        broker.up(tied=True)
        yield broker
    finally:
        broker.down()


@pytest.fixture
def world(broker: LocalKafka, topic_prefix: str, tmp_path: Path) -> Iterator[World]:
    """An app whose worker has counted every key once, on a broker that may be killed."""
    world = World(broker.status().servers, f"{topic_prefix}app", tmp_path / "data")
    world.make_topics(**{"in": 2, "quarantine": 2})
    world.send(*((key, b"x") for key in KEYS))
    yield world
    broker.start(0)


def counted(world: World, times: int) -> bool:
    return world.counts() == dict.fromkeys(KEYS, times)


def said(worker: WorkerProcess) -> list[str]:
    """The lines in which a worker says that it waits."""
    return [line for line in worker.said().splitlines() if WAITING in line]


def test_a_worker_waits_for_its_broker_can_be_stopped_meanwhile_and_goes_on(
    world: World, broker: LocalKafka
):
    with world.worker("count") as worker:
        eventually(lambda: counted(world, 1))
        broker.kill(0)
        assert worker.stop() == 0
    with world.worker("ready") as worker:
        eventually(lambda: bool(said(worker)))
        assert (worker.health() or {})["state"] == "starting"
        assert worker.stop() == 0
    with world.worker("ready") as worker:
        eventually(lambda: bool(said(worker)))
        broker.start(0)
        world.send(*((key, b"x") for key in KEYS))
        eventually(lambda: counted(world, 2))
        assert len(said(worker)) == 1
        assert worker.process.poll() is None


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_minutes_without_a_broker_cost_one_line_each_and_at_most_one_end(
    world: World, broker: LocalKafka
):
    times = 1
    with world.worker("count") as at_rest:
        eventually(lambda: counted(world, 1))
        broker.kill(0)
        time.sleep(AWAY_S)  # how this time is spent is what is tested
        assert len(at_rest.said().splitlines()) < 40
        if at_rest.process.poll() is None:
            broker.start(0)
            world.send(*((key, b"x") for key in KEYS))
            times += 1
            eventually(lambda: at_rest.process.poll() is not None or counted(world, 2))
            broker.kill(0)
        assert at_rest.process.poll() in (None, 70)
        at_rest.process.kill()
        at_rest.ended()
    with world.worker("ready") as worker:
        eventually(lambda: bool(said(worker)))
        time.sleep(AWAY_S)
        assert 1 <= len(said(worker)) <= 3
        broker.start(0)
        world.send(*((key, b"x") for key in KEYS))
        eventually(lambda: counted(world, times + 1))
        assert worker.process.poll() is None
