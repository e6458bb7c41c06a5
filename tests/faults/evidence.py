"""What a run leaves behind for its judges: files, and nothing but files.

sent.jsonl      every message that a producer was told is safe, in the order of its sending
topics.jsonl    every message that a read_committed reader finds, partition by partition in their order
tables.jsonl    every key of every table as its changelog has it, and as the worker that held the
                partition last has it on its disk
run.json        what was done to the run, how its processes ended, and how long it took to recover
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class Said(NamedTuple):
    """One message, sent or found."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    published_ms: int | None = None
    """When the broker says that it was published."""


class Kept(NamedTuple):
    """One key of one table."""

    table: str
    partition: int
    where: str
    """"changelog", or "disk"."""
    key: bytes
    value: bytes


@dataclass
class Told:
    """What is known of the run itself."""

    seed: int
    kills: int = 0
    faults: int = 0
    recovery_s: float = 0.0
    """From the end of the last fault until everything was taken."""
    recover_within_s: float = 30.0
    advanced_during_faults: int | None = None
    """How many messages were taken while a fault was on; None where nobody looked."""
    unexpected: list[str] = field(default_factory=list)
    """Ends of processes that no fault explains, and whatever else must not be."""


@dataclass
class Evidence:
    """Everything that one run left behind."""

    sent: list[Said]
    topics: list[Said]
    tables: list[Kept]
    told: Told

    def write(self, folder: Path) -> None:
        """Write the files."""
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "sent.jsonl", (_plain(said) for said in self.sent))
        _write(folder / "topics.jsonl", (_plain(said) for said in self.topics))
        _write(folder / "tables.jsonl", (_plain(kept) for kept in self.tables))
        (folder / "run.json").write_text(json.dumps(asdict(self.told), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Evidence:
        """Read the files."""
        return cls(
            [_said(line) for line in _lines(folder / "sent.jsonl")],
            [_said(line) for line in _lines(folder / "topics.jsonl")],
            [_kept(line) for line in _lines(folder / "tables.jsonl")],
            Told(**json.loads((folder / "run.json").read_text())),
        )


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _plain(row: tuple[Any, ...]) -> list[Any]:
    return [
        _text(part)
        if isinstance(part, bytes)
        else [[name, _text(content)] for name, content in part]
        if isinstance(part, tuple)
        else part
        for part in row
    ]


def _said(line: list[Any]) -> Said:
    topic, partition, offset, key, value, headers, published_ms = line
    said = tuple((name, _bytes(content) or b"") for name, content in headers)
    return Said(topic, partition, offset, _bytes(key), _bytes(value), said, published_ms)


def _kept(line: list[Any]) -> Kept:
    table, partition, where, key, value = line
    return Kept(table, partition, where, _bytes(key) or b"", _bytes(value) or b"")


def _write(file: Path, rows: Iterable[list[Any]]) -> None:
    with file.open("w") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")


def _lines(file: Path) -> Iterator[list[Any]]:
    with file.open() as lines:
        for line in lines:
            yield json.loads(line)
