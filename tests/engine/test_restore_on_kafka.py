"""A worker with an empty disk says how far it is, stays small, and can be stopped meanwhile."""

from __future__ import annotations

import psutil
import pytest
from confluent_kafka import Producer

from tests.engine.world import WorkerProcess, World, eventually

RECORDS = 300_000
MIB = 1024 * 1024


@pytest.fixture
def full(world: World) -> World:
    """A table of 150 MB in its changelog, and nothing on disk."""
    world.make_changelog("counts", 2)
    producer = Producer(
        {"bootstrap.servers": world.brokers, "linger.ms": 20, "compression.type": "lz4"}
    )
    value = b"7" + b" " * 499  # a number to the table's codec
    for number in range(RECORDS):
        topic = f"{world.app}-counts-changelog"
        while True:
            try:
                producer.produce(topic, value, b"k%d" % number, number % 2)
                break
            except BufferError:
                producer.poll(0.1)
        if not number % 1_000:
            producer.poll(0)
    assert producer.flush(60) == 0
    return world


def watch(worker: WorkerProcess) -> tuple[list[tuple[str, float]], int]:
    """Ask a worker until it runs; return what it said of itself, and the most memory it had."""
    told: list[tuple[str, float]] = []
    most = 0
    process = psutil.Process(worker.process.pid)

    def running() -> bool:
        nonlocal most
        most = max(most, process.memory_info().rss)
        if (health := worker.health()) is None:
            return False
        told.append((health["state"], health.get("restore", {}).get("ratio", 0.0)))
        return bool(health["state"] == "running")

    eventually(running)
    return told, most


def test_a_worker_tells_how_far_its_restore_is_and_stays_small(full: World):
    with full.worker("count") as worker:
        told, most = watch(worker)
        ratios = [ratio for state, ratio in told if state == "restoring"]
        assert ratios == sorted(ratios)
        assert any(0 < ratio < 1 for ratio in ratios)
        assert f"engine_restore_records_total {RECORDS}.0" in worker.metrics()
        assert most < 500 * MIB
        full.send(("k0", b"x"), partition=0)
        done = f'engine_messages_total{{topic="{full.app}.in"}} 1.0'
        eventually(lambda: done in worker.metrics())
    assert full.counts()["k0"] == 8


def test_a_worker_can_be_stopped_while_it_restores(full: World):
    with full.worker("count") as worker:
        eventually(lambda: (worker.health() or {}).get("state") == "restoring")
        assert worker.stop() == 0
        assert "still stopping" not in worker.said()
