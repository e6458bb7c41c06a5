"""The tables of the outbox, and how their rows are written and read within bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.lines import Line

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'held', 'mapped', 'ignored', 'refused')),
    join_key TEXT,
    received_at REAL NOT NULL,
    body BLOB
);
CREATE INDEX IF NOT EXISTS received ON messages (seq) WHERE state = 'received';
CREATE INDEX IF NOT EXISTS halves ON messages (join_key, seq) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS refused ON messages (seq) WHERE state = 'refused' AND body IS NOT NULL;
CREATE TABLE IF NOT EXISTS lines (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL,
    topic TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB,
    headers BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS places (
    name TEXT PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    what TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (what, kind)
) WITHOUT ROWID;
"""

BYTES_AT_ONCE = 16_000_000
"""So much is read into memory at one time."""
KINDS_COUNTED = 200
"""Kinds of ignored messages that are counted apart; a sender cannot make the table grow."""

Headers = tuple[tuple[str, bytes], ...]


def write_headers(headers: Headers) -> bytes:
    """Headers as the outbox holds them."""
    return msgspec.msgpack.encode(headers)


def read_headers(held: bytes) -> Headers:
    """Headers out of the outbox."""
    return msgspec.msgpack.decode(held, type=Headers)


def within_memory(rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows up to a bound of bytes, but never none; the bytes are in the last column."""
    taken: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        size += len(row[-1] or b"")
        if taken and size > BYTES_AT_ONCE:
            break
        taken.append(row)
    return taken


def add_lines(db: sqlite3.Connection, message: int, lines: Sequence[Line]) -> None:
    """Say these lines for a message, behind all that are said already."""
    db.executemany(
        "INSERT INTO lines (message, topic, key, value, headers) VALUES (?, ?, ?, ?, ?)",
        [
            (message, line.topic, line.key, line.value, write_headers(line.headers))
            for line in lines
        ],
    )


def count(db: sqlite3.Connection, what: str, kind: str, more: int = 1) -> None:
    """Count something of a kind; kinds beyond the bound are counted together."""
    (kinds,) = db.execute("SELECT count(*) FROM counts WHERE what = ?", (what,)).fetchone()
    if kinds >= KINDS_COUNTED:
        known = db.execute("SELECT 1 FROM counts WHERE what = ? AND kind = ?", (what, kind))
        kind = kind if known.fetchone() else "other"
    db.execute(
        "INSERT INTO counts (what, kind, n) VALUES (?, ?, ?)"
        " ON CONFLICT (what, kind) DO UPDATE SET n = n + excluded.n",
        (what, kind, more),
    )


def move(db: sqlite3.Connection, places: Mapping[str, str]) -> None:
    """Note how far ways in have read at their sources."""
    db.executemany(
        "INSERT INTO places (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        list(places.items()),
    )
