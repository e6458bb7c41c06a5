"""Keeps what a partner sent until the broker has what it says: nothing is lost, nothing is in memory only.

One SQLite file per connector (write-ahead log, synchronous=FULL). A message is *received*; then it
is translated, and the lines that it says wait, in order, until the broker has confirmed them. Each
step is one transaction, so the process may be killed between any two instructions: a step that was
not committed is done again, and says the same with the same ids. A message is known by the digest
of its bytes, so a partner may send it as often as it likes.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from connectors.connector import Raw
from connectors.kept import Backlog, Receipt, Settled, Stored
from connectors.lines import Line, digest_of
from connectors.outbox_tables import (
    SCHEMA,
    add_lines,
    count,
    move,
    read_headers,
    within_memory,
    write_headers,
)
from schemas.reasons import Reason

MESSAGES_REMEMBERED = 1_000_000
"""So many of the latest messages are known again when they come twice."""
REFUSED_BYTES_KEPT = 1_000_000_000
NOWHERE: Mapping[str, str] = MappingProxyType({})


class OutboxUnusable(OSError):
    """The outbox cannot keep anything; the message says why."""


class Outbox:
    """The one store of a running connector; a second process on the same file is refused."""

    def __init__(
        self,
        path: Path,
        remembered: int = MESSAGES_REMEMBERED,
        refused_bytes: int = REFUSED_BYTES_KEPT,
    ) -> None:
        self._lock = threading.Lock()
        self._remembered, self._refused_bytes = remembered, refused_bytes
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._held_file = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise OutboxUnusable(f"the outbox {path} cannot be opened: {error.strerror}") from None
        try:
            fcntl.flock(self._held_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._held_file)
            raise OutboxUnusable(
                f"another process uses the outbox {path}; end it, or name another outbox"
            ) from None
        try:
            os.close(os.open(path, os.O_CREAT, 0o600))  # it holds what patients' systems sent
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            os.close(self._held_file)
            raise OutboxUnusable(f"the outbox {path} cannot be opened: {error}") from None

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()
            os.close(self._held_file)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise OutboxUnusable(f"the outbox cannot be written: {error}") from None
                raise

    # -------------------------------------------------------------------------------- receiving

    def receive(
        self, raws: Sequence[Raw], now: float, places: Mapping[str, str] = NOWHERE
    ) -> tuple[Receipt, ...]:
        """Make these messages safe; when this returns, the partner may forget them.

        `places` is how far their way in has read with them: both are written down, or neither.
        """
        receipts = []
        with self._transaction() as db:
            move(db, places)
            for raw in raws:
                digest = bytes.fromhex(digest_of(raw.body))
                known = db.execute(
                    "SELECT state FROM messages WHERE digest = ?", (digest,)
                ).fetchone()
                # what was refused or ignored may be understood today, by a better translation
                again = known is not None and known[0] in ("refused", "ignored")
                if known is None or again:
                    db.execute(
                        "INSERT INTO messages (digest, name, size, state, received_at, body)"
                        " VALUES (?, ?, ?, 'received', ?, ?) ON CONFLICT (digest) DO UPDATE SET"
                        " name = excluded.name, state = 'received', body = excluded.body,"
                        " received_at = excluded.received_at",
                        (digest, raw.name, len(raw.body), now, raw.body),
                    )
                receipts.append(Receipt(digest.hex(), known is not None))
                count(db, "received", "again" if known else "first")
        return tuple(receipts)

    def forward(self, lines: Sequence[Line], places: Mapping[str, str]) -> None:
        """Say what came as it is to be said, and note how far that is."""
        with self._transaction() as db:
            move(db, places)
            add_lines(db, 0, lines)
            count(db, "forwarded", "", len(lines))

    def place(self, name: str) -> str | None:
        """How far a way in had read."""
        with self._lock:
            found = self._db.execute("SELECT value FROM places WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def refuse_unread(
        self,
        digest: bytes,
        name: str,
        size: int,
        line: Line,
        now: float,
        reason: Reason = Reason.TOO_LARGE,
    ) -> None:
        """Note a message that is not kept here, most often because of its size; its bytes stay where they are."""
        with self._transaction() as db:
            added = db.execute(
                "INSERT INTO messages (digest, name, size, state, received_at)"
                " VALUES (?, ?, ?, 'refused', ?) ON CONFLICT DO NOTHING",
                (digest, name, size, now),
            )
            count(db, "received", "first" if added.rowcount else "again")
            if added.rowcount:
                add_lines(db, int(added.lastrowid or 0), (line,))
                count(db, "refused", reason.value)

    # ------------------------------------------------------------------------------ translating

    def received(self, limit: int) -> tuple[Stored, ...]:
        """The oldest messages that nobody has translated yet, in order; as many as memory bears."""
        return self._stored("state = 'received' ORDER BY seq LIMIT ?", limit)

    def halves(self, key: str) -> tuple[Stored, ...]:
        """The halves that wait under this key, in order."""
        return self._stored("state = 'held' AND join_key = ? ORDER BY seq", key)

    def refused(self, message_id: str) -> Raw | None:
        """The bytes of a refused message, for the person who mends it."""
        found = self._stored("state = 'refused' AND digest = ?", bytes.fromhex(message_id))
        return found[0].raw if found else None

    def _stored(self, condition: str, value: object) -> tuple[Stored, ...]:
        columns = "seq, digest, name, received_at, body"
        query = f"SELECT {columns} FROM messages WHERE body IS NOT NULL AND {condition}"  # noqa: S608 - three fixed conditions
        with self._lock:
            rows = within_memory(self._db.execute(query, (value,)))
        return tuple(
            Stored(seq, digest.hex(), Raw(name, body), at) for seq, digest, name, at, body in rows
        )

    def settle(self, settled: Sequence[Settled]) -> None:
        """Write down what became of these messages, and what is to be said for them."""
        with self._transaction() as db:
            for one in settled:
                kept = one.state in ("held", "refused")
                db.execute(
                    "UPDATE messages SET state = ?, join_key = ?, body = iif(?, body, NULL)"
                    " WHERE seq = ?",
                    (one.state, one.join_key, kept, one.seq),
                )
                # halves share the fate of what they were told with: refused ones keep their bytes
                fate = "refused" if one.state == "refused" else "mapped"
                db.executemany(
                    "UPDATE messages SET state = ?, body = iif(?, body, NULL) WHERE seq = ?",
                    [(fate, fate == "refused", seq) for seq in one.used],
                )
                add_lines(db, one.seq, one.lines)
                for what, kind in one.decisions:
                    count(db, what, kind)
            self._forget(db)

    def _forget(self, db: sqlite3.Connection) -> None:
        """Bound the file: old messages that are done with, and the oldest refused bytes."""
        (last,) = db.execute("SELECT max(seq) FROM messages").fetchone()
        db.execute(
            "DELETE FROM messages WHERE seq IN (SELECT seq FROM messages WHERE seq <= ?"
            " AND state IN ('mapped', 'ignored', 'refused') ORDER BY seq LIMIT 1000)",
            ((last or 0) - self._remembered,),
        )
        spent = db.execute(
            "SELECT seq FROM (SELECT seq, sum(size) OVER (ORDER BY seq DESC) AS total"
            " FROM messages WHERE state = 'refused' AND body IS NOT NULL) WHERE total > ?",
            (self._refused_bytes,),
        ).fetchall()
        db.executemany("UPDATE messages SET body = NULL WHERE seq = ?", spent)

    # ------------------------------------------------------------------------------- publishing

    def unpublished(self, limit: int) -> tuple[tuple[int, Line], ...]:
        """The oldest lines that the broker has not confirmed, in order, each with its place."""
        with self._lock:
            rows = within_memory(
                self._db.execute(
                    "SELECT seq, topic, key, headers, value FROM lines ORDER BY seq LIMIT ?",
                    (limit,),
                )
            )
        return tuple(
            (seq, Line(topic, key, value, read_headers(headers)))
            for seq, topic, key, headers, value in rows
        )

    def published(self, places: Sequence[int]) -> None:
        """The broker has confirmed these lines."""
        with self._transaction() as db:
            db.executemany("DELETE FROM lines WHERE seq = ?", [(place,) for place in places])
            count(db, "published", "", len(places))

    def add(self, line: Line) -> None:
        """Say something that no message of the partner says."""
        with self._transaction() as db:
            add_lines(db, 0, (line,))

    def replace(self, place: int, line: Line) -> None:
        """Say something else in the place of a line that the broker will never take."""
        with self._transaction() as db:
            db.execute(
                "UPDATE lines SET topic = ?, key = ?, value = ?, headers = ? WHERE seq = ?",
                (line.topic, line.key, line.value, write_headers(line.headers), place),
            )

    # ---------------------------------------------------------------------------------- looking

    def backlog(self) -> Backlog:
        """How much is received but not yet with the broker."""
        with self._lock:
            received, size, oldest = self._db.execute(
                "SELECT count(*), total(size), min(received_at) FROM messages"
                " WHERE state = 'received'"
            ).fetchone()
            (lines,) = self._db.execute("SELECT count(*) FROM lines").fetchone()
            held, halves = self._db.execute(
                "SELECT count(*), total(size) FROM messages WHERE state = 'held'"
            ).fetchone()
        return Backlog(received, lines, held, int(size + halves), oldest)

    def counts(self) -> Counter[tuple[str, str]]:
        """How often what was decided, since the outbox was made."""
        with self._lock:
            rows = self._db.execute("SELECT what, kind, n FROM counts").fetchall()
        return Counter({(what, kind): n for what, kind, n in rows})
