"""Whether a connector is exact: killed at random points, with the broker going up and down.

    python -m tests.faults.exact_connector [--kills 100 --seed S --short --json]

Messages come in by HTTP, by the drop folder and from a partner's own topic, while SIGKILL ends the
connector again and again, and its broker too; then its disk is full for a while, and fails for another:
nothing may be acknowledged meanwhile. At the end every message that was acknowledged must
stand on the inbound topic, count exactly once in the pipeline, and first appear in the order of its
source. Exits 1 otherwise. `--plant` breaks the promise on purpose: then the run must fail, and a test
sees to it. On a cluster that V2V_BROKERS names, no broker is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from compose.kafka import LocalKafka
from tests.faults.connector_run import PLANTS, Run
from tests.faults.disks import by_ourselves


@contextmanager
def broker(folder: Path) -> Iterator[tuple[str, LocalKafka | None]]:
    """The named cluster, or one of our own, which is also killed."""
    if named := os.environ.get("V2V_BROKERS"):
        yield named, None
        return
    own = LocalKafka(folder / "kafka", 1)
    try:
        yield own.up(tied=True), own
    finally:
        own.down()


def main() -> int:
    """Run, report, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, help="how often it dies (100; short: 10)")
    parser.add_argument("--messages", type=int, help="at most, by each way in (8000; short: 1000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="ten kills")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plant", choices=PLANTS, help="break the promise on purpose")
    args = parser.parse_args()
    kills = args.kills or (10 if args.short else 100)
    began = time.monotonic()
    say = _silent if args.json else _aloud
    with (
        tempfile.TemporaryDirectory(prefix="exact-connector-") as name,
        broker(Path(name)) as (servers, own),
    ):
        run = Run(Path(name), servers, own, args.seed, args.plant, say)
        run.perform(kills, args.messages or (1_000 if args.short else 8_000))
        found = run.settle(20 if args.plant else 120)
        run.disk.close()
    exact = found.exact and not run.troubles
    told = {
        "exact": exact,
        "kills": run.kills,
        "broker_kills": run.broker_kills,
        "seconds": round(time.monotonic() - began, 1),
        "troubles": run.troubles,
        "hurt": run.hurt,
        **asdict(found),
    }
    if args.json:
        print(json.dumps(told))
    else:
        print("\n".join(f"{name:<14} {value}" for name, value in told.items()))
    return 0 if exact else 1


def _aloud(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None: ...


if __name__ == "__main__":
    by_ourselves("tests.faults.exact_connector")
    sys.exit(main())
