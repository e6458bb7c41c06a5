"""The tower's copy of what the topics say: disposable, and never in a mixed state.

The rows and how far each partition has been read are written in one transaction, so the process may die
at any instant: what a batch changed and the places it was read from stand together or not at all. A
message that is read twice changes nothing. Readers each see one commit, whole (SQLite's WAL).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from console.tower.folding import Heard, Told, fold_of, micros
from console.tower.tables import SCHEMA, VERSION
from schemas.wire import SchemaIds, WireError

Place = tuple[str, int]


class ReadModel:
    """The one writer of the read model."""

    def __init__(self, path: Path, now: datetime, ids: SchemaIds | None = None) -> None:
        self.path = path
        self._ids = ids
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = _connected(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            self.begin_anew("", now)

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def begin_anew(self, cluster: str, now: datetime) -> None:
        """Forget everything, in one transaction; whoever follows changes is told by another generation."""
        with self._transaction() as database:
            for kind, name in database.execute(
                "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')"
            ).fetchall():
                database.execute(f'DROP {kind} "{name}"')
            for statement in SCHEMA.split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {VERSION:d}")
            database.execute(
                "INSERT INTO state (only, generation, cluster, committed_at) VALUES (1, ?, ?, ?)",
                (uuid4().hex[:12], cluster, micros(now)),
            )

    def cluster(self) -> tuple[str, int]:
        """The cluster that it was read from, and when it last was."""
        found = self._database.execute("SELECT cluster, committed_at FROM state").fetchone()
        return found[0], found[1]

    def places(self) -> dict[Place, int]:
        """The next offset to read of each partition."""
        return {
            (topic, partition): offset
            for topic, partition, offset in self._database.execute("SELECT * FROM place")
        }

    def take(self, batch: Iterable[Heard], now: datetime) -> None:
        """Take messages in, with their places, in one transaction."""
        with self._transaction() as database:
            places = self.places()
            (seq,) = database.execute("SELECT seq FROM state").fetchone()
            heard_any = False
            for heard in batch:
                place = (heard.topic, heard.partition)
                if heard.offset < places.get(place, 0):
                    continue
                seq, heard_any = seq + 1, True
                self._fold(database, heard, seq)
                places[place] = heard.offset + 1
            database.executemany(
                "INSERT OR REPLACE INTO place VALUES (?, ?, ?)",
                [(*place, offset) for place, offset in places.items()],
            )
            database.execute("UPDATE state SET seq = ?, committed_at = ?", (seq, micros(now)))
            if heard_any:
                database.execute("UPDATE state SET heard_at = ?", (micros(now),))

    def know(self, partners: Iterable[tuple[str, str]]) -> None:
        """Know these partners' systems, and no others, as those that may speak: each has a topic."""
        with self._transaction() as database:
            database.execute("DELETE FROM partner")
            database.executemany("INSERT INTO partner VALUES (?, ?)", partners)

    def _fold(self, database: sqlite3.Connection, heard: Heard, seq: int) -> None:
        try:
            fold_of(heard.topic)(Told(database, seq, self._ids), heard)
        except WireError as wrong:
            database.execute(
                "INSERT OR REPLACE INTO unreadable VALUES (?, ?, ?, ?, ?)",
                (heard.topic, heard.partition, heard.offset, wrong.reason, wrong.detail),
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    database.row_factory = sqlite3.Row
    return database


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """The read model as it stood at one commit, for reading only."""
    database = _connected(path)
    try:
        database.execute("PRAGMA query_only = ON")
        database.execute("BEGIN")
        yield database
    finally:
        database.close()
