"""One plan performed and judged: what it showed."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.evidence import Told
from tests.faults.invariants import Breach, broken
from tests.faults.simulation.jobs import job_of
from tests.faults.simulation.plan import Plan
from tests.faults.simulation.planted import planted
from tests.faults.simulation.stage import simulated
from tests.faults.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """What one run showed."""

    plan: Plan
    breaches: tuple[Breach, ...]
    told: Told
    points: Counter[str]
    sent: int
    steps: int
    said: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.breaches


def perform(plan: Plan, keep: Path | None = None) -> Outcome:
    """Run a plan, and judge the files that it leaves."""
    with tempfile.TemporaryDirectory(prefix="simulated-") as name:
        folder = Path(name)
        job = job_of(plan)
        world = World(plan, job, folder)
        with simulated(world.turn), planted(plan.planted):
            world.run()
        files = keep or folder / "files"
        world.evidence().write(files)
        breaches = tuple(broken(files, job.judges))
        return Outcome(
            plan,
            breaches,
            world.told,
            world.points,
            len(world.sent),
            world.steps,
            tuple(world.said),
        )


def without_faults(plan: Plan) -> Plan:
    """The same run with nothing that goes wrong."""
    return replace(plan, faults=())
