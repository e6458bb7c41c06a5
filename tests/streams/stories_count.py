"""`python -m tests.streams.stories_count`: how many tests raise each exception, come near it and clear it.

python -m tests.streams.stories_count              a table; exit 1 where a kind is missing
python -m tests.streams.stories_count --json       one JSON line instead

It runs the tests of the detectors and of what things are asked, listens to what each asks of a story,
and looks at what that story issued: an alert (raised), none at all (near miss), one that ended (cleared).
A story is about the code that it is asked for, else about those that the test names, else its module.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from schemas.alert import AlertState
from schemas.exceptions import EXCEPTIONS
from schemas.exceptions.undetected import UNDETECTED
from streams.replay import Replay
from tests import words
from tests.streams.mutants import cases

ASKING = ("states", "lived", "the_alert", "alerts", "open_codes", "history")
"""How a test asks a story for alerts; those that are given no code ask for what the test names."""
FOLDERS = ("tests.streams.detectors", "tests.streams.identity")
TESTS = tuple(f"{folder}.test_" for folder in FOLDERS)
CODE = re.compile(r"\b[A-Z]{2}-[0-9]{2}\b")
KINDS = ("raised", "near miss", "cleared")
ENDED = (AlertState.RESOLVED, AlertState.RETRACTED, AlertState.CLOSED)

Counts = dict[str, Counter[str]]


def counted() -> Counts:
    """For each code, in how many tests it was raised, not raised, and cleared."""
    found: Counts = {kind.code: Counter() for kind in EXCEPTIONS}
    about: set[str] = set()
    with _listening(about) as heard:
        for module in _modules():
            for case in cases(module):
                heard.clear()
                about.clear()
                about.update(_named(case) or _codes(module.__doc__ or ""))
                try:
                    case()
                except TypeError:  # it wants a fixture, which only pytest has
                    continue
                for code, kind in set(heard):
                    if code in found:
                        found[code][kind] += 1
    return found


def lacking(found: Counts) -> list[str]:
    """What no test shows of an exception that is detected."""
    left = {one.code for one in UNDETECTED}
    detected = [kind.code for kind in EXCEPTIONS if kind.code not in left]
    return [f"{code}: no {kind}" for code in detected for kind in KINDS if not found[code][kind]]


@contextmanager
def _listening(about: set[str]) -> Iterator[list[tuple[str, str]]]:
    """What tests ask of stories, and what the story said, while the block lasts."""
    if early := [name for name in sys.modules if name.startswith(TESTS)]:
        raise RuntimeError(f"{early[0]} was loaded before anybody listened: run this by itself")
    heard: list[tuple[str, str]] = []
    kept = {name: getattr(words, name) for name in ASKING}
    issued_by = kept["history"]

    def listens(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(story: Replay, *more: Any) -> Any:
            issued = issued_by(story)
            for code in _codes(str(more[0])) if more else about:
                states = [alert.state for alert in issued if alert.code == code]
                heard.append((code, "raised" if states else "near miss"))
                if any(state in ENDED for state in states):
                    heard.append((code, "cleared"))
            return ask(story, *more)

        return asked

    for name, ask in kept.items():
        setattr(words, name, listens(ask))
    try:
        yield heard
    finally:
        for name, ask in kept.items():
            setattr(words, name, ask)


def _codes(text: str) -> set[str]:
    return set(CODE.findall(text))


def _named(case: Callable[[], None]) -> set[str]:
    """The codes that a test names, in its text or among its parameters."""
    test, arguments = case.__defaults__ or (None, None)
    return _codes(inspect.getsource(test)) | _codes(str(arguments))


def _modules() -> Iterator[ModuleType]:
    for folder in FOLDERS:
        for found in iter_modules(import_module(folder).__path__):
            if found.name.startswith("test_"):
                name = f"{folder}.{found.name}"
                print(f"\r{name:<70}", end="", file=sys.stderr, flush=True)
                yield import_module(name)


def main() -> int:
    """Count, report, and say by the exit code whether each exception has all three."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON line")
    args = parser.parse_args()
    found = counted()
    print(file=sys.stderr)
    if args.json:
        print(json.dumps({code: {k: kinds[k] for k in KINDS} for code, kinds in found.items()}))
    else:
        print(f"{'code':<8}" + "".join(f"{kind:>11}" for kind in KINDS))
        for code, kinds in found.items():
            print(f"{code:<8}" + "".join(f"{kinds[kind]:>11}" for kind in KINDS))
    for line in (lacks := lacking(found)):
        print(line, file=sys.stderr)
    return 1 if lacks else 0


if __name__ == "__main__":
    sys.exit(main())
