"""The line and its engine in simulation: one process, seeded, every fault at every instant, in seconds.

    python -m tests.faults.simulation                        some seeds of each job, then every planted bug
    python -m tests.faults.simulation --seeds 500 --job line many seeds of one
    python -m tests.faults.simulation --replay FILE          one run again, as its history file has it
    python -m tests.faults.simulation --plant "NAME"         with a bug planted: says who caught it

A run that fails leaves its history file (the plan, made as small as still fails) and the files that its
judges read; the file repeats it, byte for byte. Exits 1 when an invariant does not hold, or when a
planted bug goes through unseen.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.simulation.jobs import ALL_JOBS, messages_of, steps_of
from tests.faults.simulation.outcome import Outcome, perform
from tests.faults.simulation.plan import POINTS, Plan, plan_of, shrunk
from tests.faults.simulation.planted import BUGS

SEEDS = {"counting": 40, "line": 6}
SEEDS_FOR_A_BUG = 60
ENOUGH_FOR_ALL_POINTS = 10
"""So many runs come to every named point of a process, or something is wrong with them."""


@dataclass
class Summary:
    """What many runs of one job came to."""

    job: str
    seeds: tuple[int, int]
    runs: int = 0
    messages: int = 0
    faults: int = 0
    kills: int = 0
    longest_recovery_s: float = 0.0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one run."""
        self.runs += 1
        self.messages += outcome.sent
        self.faults += outcome.told.faults
        self.kills += outcome.told.kills
        self.longest_recovery_s = max(self.longest_recovery_s, outcome.told.recovery_s)
        self.points += outcome.points


def run_seeds(job: str, first: int, count: int, keep: Path) -> Summary:
    """Run so many seeds of one job; the first failure is made small and kept."""
    summary, began = Summary(job, (first, first + count - 1)), time.monotonic()
    for seed in range(first, first + count):
        outcome = perform(plan_of(job, seed, messages_of(job), steps_of(job)))
        summary.add(outcome)
        if not outcome.holds:
            summary.failed.append(f"seed {seed}: {outcome.breaches[0]}")
            keep_history(outcome.plan, keep)
            break
    if count >= ENOUGH_FOR_ALL_POINTS and (never := set(POINTS) - set(summary.points)):
        summary.failed.append(f"no process ever came to: {', '.join(sorted(never))}")
    summary.seconds = round(time.monotonic() - began, 1)
    return summary


def keep_history(plan: Plan, keep: Path) -> Path:
    """Make a failing run as small as still fails, and write down how to repeat it."""
    small = shrunk(plan, lambda smaller: not perform(smaller).holds, tries=25)
    keep.mkdir(parents=True, exist_ok=True)
    file = keep / f"{plan.job}-{plan.seed}.json"
    small.write(file)
    outcome = perform(small, keep / f"{plan.job}-{plan.seed}")
    for breach in outcome.breaches:
        print(f"  {breach.invariant}: {breach.detail}", file=sys.stderr)
    print(
        f"repeat it: python -m tests.faults.simulation --replay {file}", file=sys.stderr, flush=True
    )
    return file


@dataclass(frozen=True)
class Caught:
    """Whether a planted bug was noticed: by which seed, and by which invariants."""

    bug: str
    seed: int | None
    invariants: tuple[str, ...]
    seconds: float

    @property
    def well(self) -> bool:
        """Whether it was noticed, and for the reason that it was planted for."""
        return bool(BUGS[self.bug].named_by & set(self.invariants))


def catch(bug: str, first: int = 0, seeds: int = SEEDS_FOR_A_BUG) -> Caught:
    """Plant a bug and run seed after seed until an invariant that ought to name it does."""
    planted, began = BUGS[bug], time.monotonic()
    for seed in range(first, first + seeds):
        job = planted.job
        plan = plan_of(job, seed, messages_of(job), steps_of(job), bug, planted.theme)
        found = {breach.invariant for breach in perform(plan).breaches}
        if planted.named_by & found:
            return Caught(bug, seed, tuple(sorted(found)), round(time.monotonic() - began, 1))
    return Caught(bug, None, (), round(time.monotonic() - began, 1))


def replay(file: Path) -> int:
    """Repeat a run by its history file."""
    plan = Plan.read(file)
    outcome = perform(plan, file.with_suffix(""))
    print(f"{plan.job}, seed {plan.seed}, {len(plan.faults)} faults, {outcome.steps} points")
    for line in outcome.said:
        print(f"  {line}")
    for breach in outcome.breaches:
        print(f"  {breach.invariant}: {breach.detail}")
    print("all invariants hold" if outcome.holds else f"files: {file.with_suffix('')}")
    return 0 if outcome.holds else 1


def main() -> int:
    """Run what was asked for; say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.simulation",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--job", choices=ALL_JOBS, action="append")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, help="how many")
    parser.add_argument(
        "--times", type=int, default=1, help="so many seeds as is planned, so often"
    )
    parser.add_argument("--replay", type=Path, help="a history file")
    parser.add_argument("--plant", choices=tuple(BUGS), help="one bug, on purpose")
    parser.add_argument("--no-plants", action="store_true", help="leave the planted bugs out")
    parser.add_argument(
        "--keep", type=Path, default=Path(".v2v/faults"), help="folder for failures"
    )
    parser.add_argument("--json", type=Path, help="write what came of it into this file")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if args.replay:
        return replay(args.replay)
    summaries: list[Summary] = []
    if not args.plant:
        for job in args.job or ALL_JOBS:
            summary = run_seeds(job, args.seed, args.seeds or args.times * SEEDS[job], args.keep)
            summaries.append(summary)
            _say(summary)
    bugs = [args.plant] if args.plant else [] if args.no_plants else list(BUGS)
    caught = []
    for bug in bugs:
        caught.append(catch(bug, args.seed))
        named = ", ".join(caught[-1].invariants) or "NOBODY"
        print(
            f"  {bug}: caught by {named} (seed {caught[-1].seed}, {caught[-1].seconds} s)",
            flush=True,
        )
    if args.json:
        _write(args.json, summaries, caught)
    return 0 if all(c.well for c in caught) and not any(s.failed for s in summaries) else 1


def _say(summary: Summary) -> None:
    print(
        f"{summary.job}: {summary.runs} runs, {summary.messages} messages, {summary.faults} faults, "
        f"{summary.kills} kills, recovered within {summary.longest_recovery_s:.1f} simulated s, "
        f"{len(summary.failed)} failed, {summary.seconds:.0f} s",
        flush=True,
    )
    for line in summary.failed:
        print(f"  NOT as it must be: {line}")


def _write(file: Path, summaries: list[Summary], caught: list[Caught]) -> None:
    told = {
        "jobs": [{**vars(s), "points": dict(sorted(s.points.items()))} for s in summaries],
        "planted": [{**vars(c), "caught": c.well} for c in caught],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
