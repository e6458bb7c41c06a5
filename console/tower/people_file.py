"""The tower's own file: accounts, sessions, tokens, claims. Unlike the read model it is never thrown away."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, staff_code TEXT NOT NULL UNIQUE,
  password TEXT, roles TEXT NOT NULL, sites TEXT, zone TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS session (digest TEXT PRIMARY KEY, account TEXT NOT NULL, csrf TEXT NOT NULL,
  begun_at REAL NOT NULL, seen_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS token (digest TEXT PRIMARY KEY, label TEXT NOT NULL UNIQUE, sites TEXT,
  made_at REAL NOT NULL, ends_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sign_in (at REAL NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sign_in_of ON sign_in (name, at);
CREATE TABLE IF NOT EXISTS begun (digest TEXT PRIMARY KEY, verifier TEXT NOT NULL, nonce TEXT NOT NULL,
  wanted TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS claim (alert_id TEXT PRIMARY KEY, revision INTEGER NOT NULL,
  actor TEXT NOT NULL, kind TEXT NOT NULL, claimed_at REAL NOT NULL);
"""


class PeopleFile:
    """The file; only its owner may read it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._database = sqlite3.connect(
            path, isolation_level=None, timeout=30, check_same_thread=False
        )
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(SCHEMA)
        self._one_at_a_time = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done in it, or nothing."""
        with self._one_at_a_time:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def digest(secret: str) -> str:
    """What is kept of a secret that is random and long."""
    return hashlib.sha256(secret.encode()).hexdigest()
