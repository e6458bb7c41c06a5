"""`python -m tests.streams.mutants_count`: how many small mistakes in the detectors their tests notice.

python -m tests.streams.mutants_count                  every module, on all cores
python -m tests.streams.mutants_count timing custody   these modules only
python -m tests.streams.mutants_count --json           one JSON line instead of a table

Mistakes that change nothing anybody could see stand in mutants_equivalent.yaml, each with the reason;
one that is noticed after all, or no longer exists, makes the command fail as an unnoticed one does.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

import yaml

import streams.detectors
from tests.streams import detectors as judging
from tests.streams import gates
from tests.streams.mutants import Case, Mutant, cases, mutants, noticed, planted

ENOUGH = 0.95
PATIENCE = 20
"""Seconds of the processor's time after which the tests of one mistake have noticed it by never ending: of
its time, so that a busy machine does not make a mistake noticed."""
CHUNK = 12
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.yaml")
LABEL_ONLY = "detector"
"""The one module that asks nothing: it only labels questions, when they are imported."""


class Outcome(NamedTuple):
    """What came of planting one mistake."""

    module: str
    place: str
    line: int
    noticed: bool


def modules() -> list[str]:
    """Every module of the detectors."""
    found = [m.name for m in iter_modules(streams.detectors.__path__)]
    return [name for name in found if name != LABEL_ONLY]


def equivalent() -> dict[str, str]:
    """The mistakes that nobody could notice, each with the reason."""
    found = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or {}
    return {str(name): str(reason) for name, reason in found.items()}


@cache
def mistakes(module: str) -> list[Mutant]:
    """Every mistake that is planted in a module."""
    return mutants(import_module(f"streams.detectors.{module}"))


@cache
def judges_of(module: str) -> list[Case]:
    """The tests that look at a module: its own first, then its hazard's, then limits and gates."""
    hazard = module.partition("_")[0]
    names = [m.name for m in iter_modules(judging.__path__) if m.name.startswith("test_")]
    own = [name for name in names if name.startswith(f"test_{module}")]
    more = [n for n in names if n.startswith((f"test_{hazard}", "test_limits")) and n not in own]
    found = [f"{judging.__name__}.{name}" for name in (*own, *more)]
    found += [f"{gates.__name__}.{m.name}" for m in iter_modules(gates.__path__)]
    tests = [import_module(n) for n in found if n.rpartition(".")[2].startswith("test_")]
    return [case for each in tests for case in cases(each)]


class NeverEnds(BaseException):
    """The tests of a mistake run for ever."""


def _stop(*_: object) -> None:
    raise NeverEnds


def try_out(module: str, start: int, end: int) -> list[Outcome]:
    """Plant some of the mistakes of a module, one after the other."""
    signal.signal(signal.SIGPROF, _stop)
    tests, found = judges_of(module), []
    for mutant in mistakes(module)[start:end]:
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            with planted(import_module(f"streams.detectors.{module}"), mutant):
                seen = noticed(tests)
        except NeverEnds:
            seen = True
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        found.append(Outcome(module, mutant.place, mutant.line, seen))
    return found


def tried(asked: Sequence[str], jobs: int) -> Iterator[Outcome]:
    """What came of every mistake of these modules, in the order in which it is known."""
    pieces = [
        (name, start, start + CHUNK)
        for name in asked
        for start in range(0, len(mistakes(name)), CHUNK)
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(try_out, *piece) for piece in pieces]
        for done, piece in enumerate(as_completed(waiting), 1):
            print(f"\r{done} of {len(pieces)} parts tried", end="", file=sys.stderr, flush=True)
            yield from piece.result()
    print(file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the answer is its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.streams.mutants_count", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("module", nargs="*", help="modules of streams/detectors; all by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    asked = parser.parse_args(arguments)
    if strange := sorted(set(asked.module) - set(modules())):
        parser.error(f"found {strange[0]!r}: choose among {', '.join(modules())}")
    return _told(list(tried(asked.module or modules(), asked.jobs)), as_json=asked.json)


def _told(outcomes: list[Outcome], *, as_json: bool) -> int:
    """Say what came of it all; 0 when enough was noticed and the list of the others is right."""
    listed = equivalent()
    here = {o.module for o in outcomes}
    total, killed, excused = Counter[str](), Counter[str](), Counter[str]()
    for outcome in outcomes:
        total[outcome.module] += 1
        killed[outcome.module] += outcome.noticed
        excused[outcome.module] += outcome.place in listed and not outcome.noticed
    names = {o.place for o in outcomes}
    mine = {n for n in listed if n.partition(":")[0].partition(".")[0] in here}
    wrong = sorted(mine - names) + [o.place for o in outcomes if o.noticed and o.place in listed]
    alive = [o for o in outcomes if not o.noticed and o.place not in listed]
    seeable = total.total() - excused.total()
    share = killed.total() / seeable if seeable else 1.0
    figures = {"killed": killed.total(), "total": total.total(), "equivalent": excused.total()}
    if as_json:
        by_module = {m: {"killed": killed[m], "total": total[m]} for m in sorted(here)}
        unnoticed = [f"{o.place} (line {o.line})" for o in alive]
        more = {"share": round(share, 4), "modules": by_module}
        print(json.dumps({**figures, **more, "unnoticed": unnoticed, "wrongly_listed": wrong}))
    else:
        for module in sorted(here):
            print(f"{module:22} {killed[module]:4}/{total[module]:<4} {excused[module]} equivalent")
        print(f"{'all':22} {killed.total():4}/{total.total():<4} {excused.total()} equivalent")
        for o in sorted(alive, key=lambda o: (o.module, o.line)):
            print(f"not noticed: {o.place} (line {o.line})")
        for name in wrong:
            print(f"wrongly listed in {EQUIVALENT.name}, it is noticed or no longer there: {name}")
        print(f"{share:.1%} of what can be noticed is noticed; {ENOUGH:.0%} is asked for")
    return 0 if share >= ENOUGH and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
