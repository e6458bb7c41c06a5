"""The whole fault matrix: simulation, planted bugs, the engine, the line and a connector on one broker, the engine on three.

    python -m tests.faults                 about ten minutes on two quiet cores; in CI
    python -m tests.faults --long          about an hour
    python -m tests.faults --only simulation,engine

The simulation computes and the others mostly wait for brokers, so it runs beside them.

Results go to .v2v/faults/results.json, the report to .v2v/faults/RELIABILITY.md, or where --report
says. Exits 1 when anything did not come out as it must; what failed leaves its files beside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from tests.faults.matrix import failures, report

FOLDER = Path(".v2v/faults")
LANES = (("engine", "three", "connector"), ("simulation", "line"))
"""The parts of a lane run one after the other, and the lanes beside each other: the first mostly waits for
brokers, the second mostly computes."""
PARTS = tuple(part for lane in LANES for part in lane)
MODULES = {
    "simulation": "tests.faults.simulation",
    "engine": "tests.faults.exact_engine",
    "three": "tests.faults.exact_engine",
    "line": "tests.faults.exact_line",
    "connector": "tests.faults.exact_connector",
}
SHORT = {
    "simulation": (),
    "engine": ("--short",),
    "three": ("--brokers", "3", "--events", "4000"),
    "line": ("--short",),
    "connector": ("--short",),
}
LONG = {
    "simulation": ("--times", "20"),
    "engine": ("--times", "5", "--events", "200000"),
    "three": ("--times", "6", "--brokers", "3", "--events", "40000"),
    "line": (),
    "connector": ("--kills", "180"),
}
PATIENCE_S = {False: 900, True: 5_400}


def run(part: str, seed: int, *, long: bool) -> dict[str, Any] | None:
    """Run one part in a process of its own; what it wrote, or None when it wrote nothing."""
    told = FOLDER / f"{part}.json"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", MODULES[part], "--seed", str(seed)]
    command += (LONG if long else SHORT)[part]
    command += ["--json", str(told)] if part == "simulation" else ["--json"]
    began = time.monotonic()
    print(f"== {part} ==", flush=True)
    out = None if part == "simulation" else subprocess.PIPE
    with subprocess.Popen(command, stdout=out, text=True) as process:
        try:
            written, _ = process.communicate(timeout=PATIENCE_S[long])
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()  # its workers; brokers end with their owner
            process.kill()
            print(f"   {part} did not end within {PATIENCE_S[long]} s", flush=True)
            return None
    if part != "simulation":
        told.write_text(written)
    seconds = time.monotonic() - began
    print(f"   {part}: exit {process.returncode} after {seconds:.0f} s", flush=True)
    try:
        found: dict[str, Any] = json.loads(told.read_text())
    except (OSError, ValueError):
        return None
    return found


def main() -> int:
    """Run every part that was asked for, write the report, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--long", action="store_true", help="about an hour")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--report", type=Path, default=FOLDER / "RELIABILITY.md")
    args = parser.parse_args()
    wanted = args.only.split(",")
    if unknown := set(wanted) - set(PARTS):
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}

    def in_turn(lane: tuple[str, ...]) -> None:
        for part in lane:
            if part in wanted:
                results[part] = run(part, args.seed, long=args.long)

    with ThreadPoolExecutor(len(LANES)) as lanes:
        list(lanes.map(in_turn, LANES))
    silent = [f"{part}: wrote nothing that can be read" for part in wanted if not results[part]]
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    args.report.write_text(report(results, version("vein-to-vein"), args.seed))
    wrong = [*silent, *failures(results)]
    for line in wrong:
        print(f"NOT as it must be: {line}")
    print(f"report: {args.report}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
