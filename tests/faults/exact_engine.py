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
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.faults.disks import by_ourselves, may_mount, may_trace
from tests.faults.engine_cluster import ProxiedKafka, broker
from tests.faults.engine_events import Difference
from tests.faults.engine_job import PLANTS
from tests.faults.engine_lost import data_lost
from tests.faults.engine_plan import (
    FAILING_DISK,
    FULL,
    NETWORK,
    OWN_BROKER,
    SHORT,
    SMALL_DISK,
    THREE_BROKERS,
    Plan,
    schedule,
)
from tests.faults.engine_run import Run

LAST = "data lost"
"""After it there is nothing left to go on with."""


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
        "leader kill": run.leader_kill,
        "disk torn": run.disk_torn,
        "cut off": run.cut_off,
        "latency": run.latency,
        "resets": run.resets,
        "disk full": run.disk_full,
        "disk fails": run.disk_fails,
        "broker disk full": run.broker_disk_full,
    }
    backlog = events // 5
    each = max(500, (events - backlog) // max(1, len(order) - 1) - 300)
    for fault in order:
        run.trial(fault, acts[fault], backlog if fault == "backlog" else each)
        if len(run.workers.names) < 2 or (run.planted and run.wrong != Difference(0, 0)):
            break


@contextmanager
def place(keep: Path | None) -> Iterator[Path]:
    """The folder that was named, or one that goes with the run."""
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="exact-engine-") as name:
        yield Path(name)


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
    parser.add_argument("--times", type=int, default=1, help="so often each trial as is planned")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--brokers", type=int, choices=(1, 3), default=1, help="of a cluster of its own"
    )
    parser.add_argument("--plant", choices=PLANTS, help="break the guarantee on purpose")
    parser.add_argument("--dynamic", action="store_true", help="members without a fixed name")
    parser.add_argument("--only", help="comma-separated faults, beside the backlog")
    parser.add_argument(
        "--no-disks", action="store_true", help="without full or failing disks, or lost data"
    )
    parser.add_argument("--keep", type=Path, help="keep the workers' logs and data in this folder")
    args = parser.parse_args()
    events = args.events or (12_000 if args.short else 50_000)
    counts = dict(SHORT if args.short else FULL)
    if args.brokers == 3:
        counts = dict(THREE_BROKERS)
    counts = {fault: n * args.times for fault, n in counts.items()}
    wanted = args.only.split(",") if args.only else [*counts, LAST]
    if args.no_disks:
        wanted = [f for f in wanted if f not in (*SMALL_DISK, *FAILING_DISK, LAST)]
    counts = {f: n for f, n in counts.items() if f == "backlog" or f in wanted}
    with place(args.keep) as folder, broker(folder, args.brokers) as cluster:
        if cluster.own is None:
            counts = {fault: n for fault, n in counts.items() if fault not in OWN_BROKER}
        if cluster.proxy is None:
            counts = {fault: n for fault, n in counts.items() if fault not in NETWORK}
        for allowed, faults in ((may_mount(), SMALL_DISK), (may_trace(), FAILING_DISK)):
            if not allowed and counts.keys() & set(faults):
                print(f"not tried, this machine forbids it: {', '.join(faults)}", file=sys.stderr)
                counts = {fault: n for fault, n in counts.items() if fault not in faults}
        began = time.monotonic()
        plan = Plan(args.seed, args.plant, args.dynamic, _silent if args.json else _aloud)
        run = Run(plan, cluster, folder)
        try:
            perform(run, schedule(counts, run.random), events)
            if isinstance(cluster.own, ProxiedKafka) and not run.planted and LAST in wanted:
                data_lost(run, cluster.own, cluster.servers)
        finally:
            run.close()
        well = report(run, time.monotonic() - began, args.json)
        if not well and not args.json:
            show_logs(folder)
    return 0 if well else 1


def _aloud(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None: ...


def show_logs(folder: Path) -> None:
    """Show how each worker's log ended."""
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}")
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]))


if __name__ == "__main__":
    by_ourselves("tests.faults.exact_engine")
    sys.exit(main())
