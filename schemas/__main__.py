"""`python -m schemas`: writes the Avro schemas that follow from the contracts, or says what differs.

python -m schemas                 rewrite schemas/avsc
python -m schemas --check         exit 1 naming every file that differs from its contract
python -m schemas --compatible    exit 1 naming every change that breaks a released schema
python -m schemas --release 0.2.0 freeze the current schemas under a version
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.avsc import FOLDER, RELEASED, released
from schemas.compatibility import incompatibilities
from schemas.derivation import derive, text
from schemas.wire_schemas import contracts, type_name_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the answer is its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m schemas",
        description="Write the Avro schemas that follow from the contracts.",
    )
    verb = parser.add_mutually_exclusive_group()
    verb.add_argument("--check", action="store_true", help="say which committed schemas differ")
    verb.add_argument(
        "--compatible", action="store_true", help="say which changes break a released schema"
    )
    verb.add_argument("--release", metavar="VERSION", help="freeze the current schemas")
    asked = parser.parse_args(arguments)
    if asked.check:
        return _check(FOLDER)
    if asked.compatible:
        return _compatible()
    if asked.release:
        return _release(asked.release, RELEASED)
    return _write(FOLDER)


def derived() -> dict[str, str]:
    """Every schema file that follows from the contracts: its name and its text."""
    return {f"{type_name_of(contract)}.avsc": text(derive(contract)) for contract in contracts()}


def differences(folder: Path) -> list[str]:
    """What is missing, different or superfluous in a folder of schemas, in words."""
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.avsc")}
    expected = derived()
    return sorted(
        [f"{name}: missing" for name in expected.keys() - files.keys()]
        + [f"{name}: of no contract" for name in files.keys() - expected.keys()]
        + [
            f"{name}: differs from its contract"
            for name in files.keys() & expected.keys()
            if files[name] != expected[name]
        ]
    )


def _write(folder: Path) -> int:
    expected = derived()
    for file in folder.glob("*.avsc"):
        if file.name not in expected:
            file.unlink()
    for name, content in expected.items():
        (folder / name).write_text(content, encoding="utf-8")
    print(f"{len(expected)} schemas in {folder}")
    return 0


def _check(folder: Path) -> int:
    found = differences(folder)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("run `python -m schemas` and commit what it writes", file=sys.stderr)
    return 1 if found else 0


def _compatible() -> int:
    found = incompatibilities({type_name_of(c): derive(c) for c in contracts()}, released())
    for one in found:
        print(one, file=sys.stderr)
    return 1 if found else 0


def _release(version: str, released_in: Path) -> int:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        print(f"{version!r} is not a version; expected for example 0.2.0", file=sys.stderr)
        return 1
    folder = released_in / version
    if folder.exists():
        print(f"{version} is released already; a released schema never changes", file=sys.stderr)
        return 1
    if _compatible():
        print("nothing was released", file=sys.stderr)
        return 1
    folder.mkdir(parents=True)
    for name, content in derived().items():
        (folder / name).write_text(content, encoding="utf-8")
    print(f"{len(derived())} schemas released as {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
