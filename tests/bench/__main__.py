"""Speed, latency and memory as JSON lines: `python -m tests.bench [--events N --rounds 5 --only WHAT]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from tests.bench import connecting, cost, count_race, full_race, latency, memory, replaying
from tests.bench.place import place
from tests.bench.races import rounds

WHAT = ("cost", "count", "full", "replay", "connectors", "latency", "memory")


def main() -> None:
    """Measure what was asked for, and print each figure as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=400_000, help="of the counting job")
    parser.add_argument("--full-events", type=int, default=20_000, help="of the full job, at least")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each part of the latency")
    parser.add_argument("--courses", type=int, default=100_000, help="of the memory")
    parser.add_argument("--only", action="append", choices=("speed", *WHAT))
    parser.add_argument("--json", action="store_true", help="JSON lines, as always")
    for line in measure(parser.parse_args()):
        print(json.dumps(line), flush=True)


def measure(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Every figure, one after the other."""
    only = set(args.only or WHAT)
    if "speed" in only:
        only |= {"count", "full"}
    if "replay" in only:
        yield replaying.measure(args.full_events, args.rounds)
    if "cost" in only:
        yield cost.measure()
    if "connectors" in only:
        yield from connecting.measure()
    if only <= {"replay", "cost", "connectors"}:
        return
    with place() as where:
        if "count" in only:
            yield from rounds(where, count_race.race(args.events), args.rounds)
        if "full" in only:
            yield from rounds(where, full_race.race(args.full_events), args.rounds)
        if "latency" in only:
            yield latency.measure(where, args.seconds)
        if "memory" in only:
            yield memory.measure(where, args.courses)


if __name__ == "__main__":
    main()
