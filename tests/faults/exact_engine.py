"""Whether the engine is exact: a counting app without any duplicate guard, and every fault we know.

    python -m tests.faults.exact_engine [--events 50000 --seed S --short --json]

Runs on the cluster that V2V_BROKERS names, or on a broker of its own (which it also kills). After
each fault every count and every alert that a read_committed reader sees is compared with the
oracle's. Exits 1 when anything was lost or doubled, or a worker ended otherwise than it must.
`--plant` breaks the guarantee on purpose: then the run must fail, and a test sees to it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from compose.kafka import LocalKafka
from streams.engine.exits import EXIT_FAILED
from tests.faults.engine_events import Difference
from tests.faults.engine_job import PLANTS
from tests.faults.engine_observed import Feeder, Observed, make_topics
from tests.faults.engine_workers import Workers, job_command

PARTITIONS = 6
SESSION_S = 6
PROGRESS_WITHIN_S = 60.0
SETTLE_WITHIN_S = 60.0

FULL = {
    "backlog": 1,
    "kill": 5,
    "kill, disk wiped": 5,
    "pause": 3,
    "join": 3,
    "leave": 3,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
}
SHORT = {
    "backlog": 1,
    "kill": 1,
    "kill, disk wiped": 1,
    "pause": 1,
    "join": 1,
    "leave": 1,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
}


@dataclass
class Tally:
    """What came of one kind of fault."""

    fault: str
    trials: int = 0
    lost: int = 0
    doubled: int = 0
    seconds_to_progress: list[float] = field(default_factory=list)


class Run:
    """One run: its broker, workers, feeder and reader, and the faults put upon them."""

    def __init__(
        self, args: argparse.Namespace, brokers: str, own: LocalKafka | None, folder: Path
    ) -> None:
        self.random = random.Random(args.seed)
        self.app = f"exact-{os.getpid()}-{int(time.time())}"
        self.own = own
        self.planted = args.plant is not None
        self.say = (lambda line: None) if args.json else (lambda line: print(line, flush=True))
        make_topics(brokers, self.app, PARTITIONS)
        (folder / "moods").mkdir()
        command = job_command(
            self.app, brokers, PARTITIONS, folder / "moods", drag=0.01, plant=args.plant
        )
        self.workers = Workers(command, folder)
        self.feeder = Feeder(brokers, self.app, args.seed)
        self.observed = Observed(brokers, self.app, PARTITIONS)
        self.tallies: dict[str, Tally] = {}
        self.wrong = Difference(0, 0)
        self.fences_held = True

    # ------------------------------------------------------------------ the faults

    def backlog(self) -> None:
        """Two workers start, for the first time, on events that are already there."""
        self.workers.start("w0")
        self.workers.start("w1")

    def kill(self, *, wipe: bool = False) -> None:
        """A worker ends as by a crash, in the midst of its work."""
        self._in_the_midst()
        self.workers.kill(self.random.choice(self.workers.names), wipe=wipe)

    def pause(self) -> None:
        """A worker sleeps past its session, and wakes to find its place taken."""
        name = self.random.choice(self.workers.names)
        before = len(self.workers.exits(name))
        self._in_the_midst()
        began = time.monotonic()
        self.workers.pause(name)
        self._progress(self.observed.offsets())
        while time.monotonic() - began < SESSION_S + 3:
            self._trickle()
            time.sleep(0.2)
        self.workers.resume(name)
        code = self.workers.await_exit(name, before, 30)
        self.say(f"    the sleeper exited {code}")
        if code != EXIT_FAILED:
            self.fences_held = False

    def join(self) -> None:
        """A third worker joins."""
        self._in_the_midst()
        self.workers.start("w2")
        self.workers.await_assigned("w2", 40)

    def leave(self) -> None:
        """A worker is asked to stop, and does."""
        self._in_the_midst()
        name = "w2" if "w2" in self.workers.names else self.workers.names[-1]
        if (code := self.workers.leave(name)) != 0:
            self.workers.unexpected.append(f"{name} exited {code} when asked to stop")

    def exception(self) -> None:
        """An agent raises, once."""
        exits = self.workers.all_exits()
        self.feeder.send(1, "explode once")
        self.feeder.flush()
        self.workers.await_exits(exits + 1, 30)

    def poison(self) -> None:
        """An agent raises on one event again and again: it must end in quarantine, once."""
        exits = self.workers.all_exits()
        self.feeder.send(1, "poison")
        self.feeder.flush()
        self.workers.await_exits(exits + 3, 60)

    def broker_kill(self) -> None:
        """The broker ends as by a crash, and comes back."""
        assert self.own is not None
        self._in_the_midst()
        self.own.kill(0)
        time.sleep(3)
        self.own.start(0)

    # ------------------------------------------------------------------ around them

    def trial(self, fault: str, act: Callable[[], None], events: int) -> None:
        """Feed, act, wait for progress on every partition, settle, compare."""
        tally = self.tallies.setdefault(fault, Tally(fault))
        self.feeder.send(events)
        if fault == "backlog":
            self.feeder.flush()
        offsets = self.observed.offsets()
        began = time.monotonic()
        act()
        if fault == "pause":
            took: float | None = self._progress_took
        else:
            acted = time.monotonic() - began if fault in ("broker kill", "join") else 0.0
            took = self._progress(offsets if fault == "backlog" else self.observed.offsets())
            took = None if took is None else took + acted
        self.feeder.flush()
        found = self.observed.settle(self.feeder.expected, SETTLE_WITHIN_S)
        new = Difference(
            max(0, found.lost - self.wrong.lost), max(0, found.doubled - self.wrong.doubled)
        )
        self.wrong = found
        tally.trials += 1
        tally.lost += new.lost
        tally.doubled += new.doubled
        tally.seconds_to_progress.append(PROGRESS_WITHIN_S if took is None else round(took, 1))
        self.say(
            f"  {fault}: lost {new.lost}, doubled {new.doubled}, progress after "
            f"{'more than a minute' if took is None else f'{took:.1f} s'}"
        )

    def _progress(self, before: list[int]) -> float | None:
        self._progress_took = self.observed.await_progress(before, PROGRESS_WITHIN_S, self._trickle)
        return self._progress_took

    def _trickle(self) -> None:
        self.feeder.send(20)

    def _in_the_midst(self) -> None:
        """Wait until the worker has its hands full, and then at a moment that chance picks."""
        time.sleep(0.05 + self.random.random() * 0.4)
        self.feeder.send(100)

    def close(self) -> None:
        """End everything."""
        for name in self.workers.names:
            self.workers.leave(name)
        self.workers.__exit__()
        self.observed.close()


def schedule(counts: dict[str, int], chance: random.Random) -> list[str]:
    """In which order the faults come: start first, joins before leaves, the rest by chance."""
    pairs = ["join+leave"] * min(counts.get("join", 0), counts.get("leave", 0))
    single = [
        f for f, n in counts.items() if f not in ("backlog", "join", "leave") for _ in range(n)
    ]
    mixed = pairs + single
    chance.shuffle(mixed)
    order = [part for fault in mixed for part in fault.split("+")]
    return ["backlog"] * min(1, counts.get("backlog", 0)) + order


def perform(run: Run, order: list[str], events: int) -> None:
    """Put every fault upon the run."""
    acts: dict[str, Callable[[], None]] = {
        "backlog": run.backlog,
        "kill": run.kill,
        "kill, disk wiped": lambda: run.kill(wipe=True),
        "pause": run.pause,
        "join": run.join,
        "leave": run.leave,
        "exception": run.exception,
        "poison": run.poison,
        "broker kill": run.broker_kill,
    }
    backlog = events // 5
    each = max(500, (events - backlog) // max(1, len(order) - 1) - 300)
    for fault in order:
        run.trial(fault, acts[fault], backlog if fault == "backlog" else each)
        if len(run.workers.names) < 2 or (run.planted and run.wrong != Difference(0, 0)):
            break


@contextmanager
def broker(folder: Path) -> Iterator[tuple[str, LocalKafka | None]]:
    """The named cluster, or one of our own."""
    if named := os.environ.get("V2V_BROKERS"):
        yield named, None
        return
    own = LocalKafka(folder / "kafka")
    try:
        yield own.up(tied=True), own
    finally:
        own.down()


def report(run: Run, seconds: float, as_json: bool) -> bool:
    """Print what came of it; return whether all is well."""
    exact = run.wrong == Difference(0, 0) and not any(
        t.lost or t.doubled for t in run.tallies.values()
    )
    well = exact and run.fences_held and not run.workers.unexpected
    if as_json:
        print(
            json.dumps(
                {
                    "events": run.feeder.expected.events,
                    "seconds": round(seconds, 1),
                    "exact": exact,
                    "unexpected": run.workers.unexpected,
                    "sleepers_exited": run.fences_held,
                    "faults": [asdict(tally) for tally in run.tallies.values()],
                }
            )
        )
        return well
    print(f"\n{'fault':<18}{'trials':>7}{'lost':>7}{'doubled':>9}   seconds to progress")
    for tally in run.tallies.values():
        took = sorted(tally.seconds_to_progress)
        span = f"{took[0]:.1f}" if len(took) == 1 else f"{took[0]:.1f}-{took[-1]:.1f}"
        print(f"{tally.fault:<18}{tally.trials:>7}{tally.lost:>7}{tally.doubled:>9}   {span}")
    for line in run.workers.unexpected:
        print(f"unexpected: {line}")
    if not run.fences_held:
        print("unexpected: a worker that slept past its session did not exit 70")
    verdict = "exact" if exact else "NOT exact"
    print(f"\n{run.feeder.expected.events} events in {seconds:.0f} s: {verdict}")
    return well


def main() -> int:
    """Run, report, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, help="how many events (50000; short: 12000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="one trial of each fault")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plant", choices=PLANTS, help="break the guarantee on purpose")
    parser.add_argument("--only", help="comma-separated faults, beside the backlog")
    args = parser.parse_args()
    events = args.events or (12_000 if args.short else 50_000)
    counts = dict(SHORT if args.short else FULL)
    if args.only:
        counts = {f: n for f, n in counts.items() if f == "backlog" or f in args.only.split(",")}
    with (
        tempfile.TemporaryDirectory(prefix="exact-engine-") as name,
        broker(Path(name)) as (brokers, own),
    ):
        if own is None:
            counts.pop("broker kill", None)
        began = time.monotonic()
        run = Run(args, brokers, own, Path(name))
        try:
            perform(run, schedule(counts, run.random), events)
        finally:
            run.close()
        well = report(run, time.monotonic() - began, args.json)
        if not well and not args.json:
            show_logs(Path(name))
    return 0 if well else 1


def show_logs(folder: Path) -> None:
    """Show how each worker's log ended."""
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}")
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]))


if __name__ == "__main__":
    sys.exit(main())
