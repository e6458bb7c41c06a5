"""The two jobs under simulation: one that counts without any guard, and the whole line as it is shipped."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Protocol

from schemas import topics
from schemas.control import Tick
from schemas.wire import decode_contract
from streams.app import APP_ID, make, sources
from streams.engine import App
from streams.settings import WorkerSettings
from tests.faults import invariants
from tests.faults.engine_events import Event, Events
from tests.faults.engine_job import make_app
from tests.faults.evidence import Said
from tests.faults.invariants import Judge
from tests.faults.line_traffic import partners_of, traffic
from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.plan import Plan
from tests.words import Arrival

SERVERS = "simulated:9092"
NOBODY_CARES = -1


class Job(Protocol):
    """What runs in the simulated workers, and what must come of it."""

    judges: tuple[Judge, ...]
    tables: tuple[str, ...]
    sources: tuple[str, ...]
    app_id: str

    def make_topics(self, cluster: Cluster) -> None: ...
    def make_app(self, worker: str, folder: Path) -> App: ...
    def inputs(self) -> list[Said]: ...


@dataclass
class Counting:
    """Two hops, two tables, alerts and poison: every repeat and every loss shows."""

    plan: Plan
    partitions: int = 3
    judges: tuple[Judge, ...] = invariants.COUNTING
    tables: tuple[str, ...] = ("accounts", "kinds")
    app_id: str = "job"
    sources: tuple[str, ...] = ("job.events", "job.by-kind")

    def make_topics(self, cluster: Cluster) -> None:
        for name in (*self.sources, "job.alerts", "job.quarantine"):
            cluster.make(name, self.partitions)
        for table in self.tables:
            cluster.make(f"job-{table}-changelog", self.partitions, compacted=True)

    def make_app(self, worker: str, folder: Path) -> App:
        moods = folder / "moods"
        moods.mkdir(exist_ok=True)
        return make_app(
            argparse.Namespace(
                app=self.app_id, brokers=SERVERS, data=str(folder), worker=worker, http=0, plant=None,
                partitions=self.partitions, moods=str(moods), drag=0.0, dynamic=not self.plan.static,
            )
        )  # fmt: skip

    def inputs(self) -> list[Said]:
        chance, supply = Random(self.plan.seed), Events(self.plan.seed)
        moods = {chance.randrange(self.plan.messages): "explode once" for _ in range(2)}
        # a member without a fixed name costs a session at each try, so it gets no more than one
        poisons = chance.choice((0, 1, 3)) if self.plan.static else chance.choice((0, 0, 1))
        moods |= {chance.randrange(self.plan.messages): "poison" for _ in range(poisons)}
        events: list[Event] = [supply.next(moods.get(n)) for n in range(self.plan.messages)]
        return [
            Said("job.events", NOBODY_CARES, NOBODY_CARES, event.account.encode(), event.encode())
            for event in events
        ]


TRAFFIC_SEEDS = 3
"""The traffic is dear to make, so a few are shared by all seeds."""
LINE_PARTITIONS = 2


TICKS_KEPT = 4
"""Of so many ticks one is kept: the fewer there are, the more is lost with one."""


@lru_cache
def _traffic(number: int) -> list[Arrival]:
    lines = traffic(100, 70 + number, LINE_PARTITIONS)
    times = sorted({_now(line) for line in lines if line[0] == topics.TICKS})
    kept = {*times[::TICKS_KEPT], times[-1]}
    return [line for line in lines if line[0] != topics.TICKS or _now(line) in kept]


def _now(line: Arrival) -> datetime:
    return decode_contract(Tick, line[1].value).now


@dataclass
class WholeLine:
    """`v2v worker` as it is shipped, on the traffic of the fault runs."""

    plan: Plan
    judges: tuple[Judge, ...] = invariants.LINE
    tables: tuple[str, ...] = ("admitted", "things", "courses", "due")
    app_id: str = APP_ID

    def __post_init__(self) -> None:
        lines = _traffic(self.plan.seed % TRAFFIC_SEEDS)
        self._partners = partners_of(lines)
        at_last = lines[-LINE_PARTITIONS:]  # the time after every deadline, for each partition
        self._lines = [*lines[: self.plan.messages], *at_last]
        self.sources = sources(self._settings("any", Path()))

    def _settings(self, worker: str, folder: Path) -> WorkerSettings:
        return WorkerSettings(
            brokers=SERVERS,
            partners=self._partners,
            worker=worker,
            folder=folder,
            partitions=LINE_PARTITIONS,
            static_membership=self.plan.static,
            session_timeout_s=6,
            tick_every_s=0,
        )

    def make_topics(self, cluster: Cluster) -> None:
        outgoing = (topics.RECORDS, topics.QUARANTINE, topics.WAITING)
        alerts = (topics.alerts(hazard) for hazard in topics.HAZARDS)
        for name in (*self.sources, *outgoing, *alerts):
            cluster.make(name, LINE_PARTITIONS)
        for table in self.tables:
            cluster.make(f"{APP_ID}-{table}-changelog", LINE_PARTITIONS, compacted=True)

    def make_app(self, worker: str, folder: Path) -> App:
        return make(self._settings(worker, folder))

    def inputs(self) -> list[Said]:
        return [_placed(line) for line in self._lines]


def _placed(line: Arrival) -> Said:
    topic, message = line
    partition = NOBODY_CARES
    if topic == topics.TICKS:
        partition = decode_contract(Tick, message.value).partition
    return Said(topic, partition, NOBODY_CARES, message.key, message.value, tuple(message.headers))


JOBS: dict[str, type[Counting] | type[WholeLine]] = {"counting": Counting, "line": WholeLine}


def job_of(plan: Plan) -> Job:
    """The job that a plan names."""
    job: Job = JOBS[plan.job](plan)
    return job


def messages_of(job: str) -> int:
    """How many messages a run of a job takes, unless somebody says otherwise."""
    return {"counting": 240, "line": 240}[job]


def steps_of(job: str) -> int:
    """Within how many points of all processes the faults of a run come."""
    return {"counting": 1_200, "line": 1_500}[job]


ALL_JOBS: Sequence[str] = tuple(JOBS)
