"""The whole fault matrix: simulation, planted bugs, the engine and the line on one broker, the engine on three.

    python -m tests.faults                 about five minutes on two quiet cores; in CI
    python -m tests.faults --long          about an hour
    python -m tests.faults --only simulation,engine

Results go to .v2v/faults/results.json, the report to .v2v/faults/RELIABILITY.md, or where --report
says. Exits 1 when anything did not come out as it must; what failed leaves its files beside.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.faults.matrix import failures, report

FOLDER = Path(".v2v/faults")
PARTS = ("simulation", "engine", "three", "line", "connector")
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
    "simulation": ("--seeds", "1500"),
    "engine": (),
    "three": ("--brokers", "3", "--events", "40000"),
    "line": (),
    "connector": (),
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
    try:
        done = subprocess.run(
            command,
            stdout=None if part == "simulation" else subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S[long],
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"   {part} did not end within {PATIENCE_S[long]} s", flush=True)
        return None
    if part != "simulation":
        told.write_text(done.stdout)
    print(f"   exit {done.returncode} after {time.monotonic() - began:.0f} s", flush=True)
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
    silent = []
    for part in wanted:
        results[part] = run(part, args.seed, long=args.long)
        if results[part] is None:
            silent.append(f"{part}: wrote nothing that can be read")
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    args.report.write_text(report(results, version("vein-to-vein"), args.seed))
    wrong = [*silent, *failures(results)]
    for line in wrong:
        print(f"NOT as it must be: {line}")
    print(f"report: {args.report}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
