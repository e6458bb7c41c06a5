"""The committed schemas: the current one of every contract, and those of every release, frozen.

The files are package data and read as such; `python -m schemas` writes them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from schemas.derivation import Schema

FOLDER = Path(__file__).parent
RELEASED = FOLDER / "released"


class Released(NamedTuple):
    """One schema as it was released."""

    version: str
    type_name: str
    schema: Schema


@cache
def released() -> tuple[Released, ...]:
    """Every schema of every release, oldest release first."""
    folders = sorted(RELEASED.glob("*"), key=lambda folder: _version_key(folder.name))
    return tuple(
        Released(folder.name, file.stem, json.loads(file.read_text(encoding="utf-8")))
        for folder in folders
        for file in sorted(folder.glob("*.avsc"))
    )


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
