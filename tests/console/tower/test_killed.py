"""Killed at twenty random instants while the log grows, a tower shows the same pages as one that is built anew."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Producer

from compose.kafka import kafka_for
from compose.ports import LOOPBACK, free_ports
from console import topics as made
from console.tower.folding import Heard
from console.tower.read_model import snapshot
from schemas.topics import TopicPlan
from tests.console.tower.conftest import until
from tests.console.tower.live_world import LiveTower, environment, tower_on
from tests.console.tower.test_read_model import held
from tests.console.tower.world import alert, journeys, of_site, said_of, trouble

pytestmark = [pytest.mark.kafka, pytest.mark.faults, pytest.mark.timeout(280)]
KILLS = 20
AT_EACH = 150
"""So many messages come while each life of the tower lasts."""
LONGEST = 1.5
"""Within so many seconds of its beginning, or of its first work, each life ends."""
HEARD, NOW = journeys()
COURSES = of_site("hospital-1")

FORKING = """
import os, sys
import console.tower.running
from console import v2v
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(v2v.run(["tower", "run"]))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""Begins a tower for each line that it reads, without the time that Python takes to load one."""


def growing() -> list[Heard]:
    """What is said while the tower is killed: exceptions raised, and some of them over again."""
    said = []
    for number in range(KILLS * AT_EACH):
        coi = COURSES[number % len(COURSES)]
        stated = alert(
            "ID-05", coi, NOW, thing=f"BATCH:{number % 1000}", revision=1 + number // 1000
        )
        said.append(said_of(stated))
    return said


class Log:
    """The topics of a cluster, to which messages are added."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer(
            {"bootstrap.servers": brokers, "enable.idempotence": True, "log_level": 0}
        )

    def grows(self, said: list[Heard]) -> None:
        """Put these on their topics."""
        for heard in said:
            headers = list(heard.headers)
            self._producer.produce(heard.topic, heard.value, heard.key.encode(), headers=headers)  # type: ignore[arg-type]
        self._producer.poll(0)

    def ends(self) -> None:
        """See that all of it is there."""
        assert self._producer.flush(30) == 0


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka of this module's own, with what a few journeys say."""
    with kafka_for(tmp_path_factory.mktemp("killed") / "kafka") as servers:
        client = made.admin(servers)
        made.apply(client, made.wanted([("mes", "maker-1")]), TopicPlan(partitions=2))
        yield servers


@contextmanager
def forking(brokers: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    (port,) = free_ports(1)
    stated = environment(brokers, folder, V2V_TOWER_LISTEN=f"{LOOPBACK}:{port}")
    with (folder / "forks.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", FORKING], env=stated, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def begun(forks: subprocess.Popen[str]) -> int:
    """One more life of the tower."""
    assert forks.stdin is not None
    assert forks.stdout is not None
    forks.stdin.write("tower\n")
    forks.stdin.flush()
    return int(forks.stdout.readline())


def taken(read: Path) -> int:
    """How many messages the read model has taken in."""
    if not read.exists():
        return 0
    with snapshot(read) as database:
        there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone()
        return 0 if there is None else int(database.execute("SELECT seq FROM state").fetchone()[0])


def more_than(before: int, read: Path) -> bool:
    """Whether it has taken in more than it had."""
    return taken(read) > before


ADDRESSES = (
    "/?state=all&limit=500", "/courses", f"/courses/{COURSES[0]}", "/shipments", "/partners",
    "/quarantine?state=all", "/catalogue", "/api/exceptions?state=all&limit=500", "/api/courses",
    f"/api/courses/{COURSES[0]}/events", "/api/shipments", "/api/partners", "/api/quarantine?state=all",
)  # fmt: skip

OF_THE_SESSION = re.compile(r'name="csrf" value="[^"]+"|since=[0-9a-f]+-\d+|"seq":\d+')


def pages(tower: LiveTower) -> dict[str, str]:
    """Every page, without what belongs to this session and to the order in which partitions were read."""
    return {path: OF_THE_SESSION.sub("", tower.page(path)) for path in ADDRESSES}


def test_killed_at_twenty_random_instants_it_shows_what_a_rebuild_shows(
    brokers: str, tmp_path: Path
) -> None:
    log, chance, coming = Log(brokers), random.Random(11), growing()
    log.grows([*HEARD, *trouble(NOW)])
    lived, anew = tmp_path / "lived", tmp_path / "anew"
    lived.mkdir()
    anew.mkdir()
    read, stood = lived / "tower" / "read.sqlite", []
    with forking(brokers, lived) as forks:
        assert forks.stdout is not None
        for life in range(KILLS):
            tower = begun(forks)
            log.grows(coming[life * AT_EACH : (life + 1) * AT_EACH])
            if life % 2:  # else it may not have come as far as to work
                before = taken(read)
                until(partial(more_than, before, read), 60)
            time.sleep(chance.random() ** 2 * LONGEST)  # before, within or after its work
            os.kill(tower, signal.SIGKILL)
            assert forks.stdout.readline().strip() == "gone"
            stood.append(taken(read))
    log.ends()
    assert stood == sorted(stood)  # what was taken in stays taken in
    assert len(set(stood)) >= KILLS // 4, stood  # it did die amid its work
    with tower_on(brokers, lived) as tower_again:
        until(lambda: held(read)["alert"] and taken(read) >= len(HEARD) + len(coming), 60)
        after_kills = pages(tower_again)
    with tower_on(brokers, anew) as rebuilt:
        assert pages(rebuilt) == after_kills
    assert held(anew / "tower" / "read.sqlite") == held(read)
    assert after_kills["/?state=all&limit=500"].count('class="row ') == 500
