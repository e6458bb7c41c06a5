"""Tokens by which a dashboard may look, and do nothing else. A token is shown once and kept as a digest."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

from console.tower.access import Person, Role
from console.tower.people_file import PeopleFile, digest
from console.trouble import Trouble


class Tokens:
    """The tokens that are good."""

    def __init__(self, file: PeopleFile) -> None:
        self._file = file

    def make_token(self, label: str, sites: frozenset[str] | None, now: datetime, days: int) -> str:
        """A token that may only look; it is shown once and kept as a digest."""
        secret = f"v2v_{secrets.token_urlsafe(32)}"
        limits = None if sites is None else json.dumps(sorted(sites))
        ends_at = (now + timedelta(days=days)).timestamp()
        with self._file.transaction() as database:
            if database.execute("SELECT 1 FROM token WHERE label = ?", (label,)).fetchone():
                raise Trouble(f"there is a token {label!r} already", "revoke it, or name another")
            database.execute(
                "INSERT INTO token VALUES (?, ?, ?, ?, ?)",
                (digest(secret), label, limits, now.timestamp(), ends_at),
            )
        return secret

    def revoke_token(self, label: str) -> bool:
        """Let a token in no more; whether there was one."""
        with self._file.transaction() as database:
            return database.execute("DELETE FROM token WHERE label = ?", (label,)).rowcount > 0

    def tokens(self) -> list[tuple[str, datetime]]:
        """The labels of all tokens, and when each ends."""
        with self._file.transaction() as database:
            rows = database.execute("SELECT label, ends_at FROM token ORDER BY label").fetchall()
        return [(row[0], datetime.fromtimestamp(row[1], UTC)) for row in rows]

    def token(self, secret: str, now: datetime) -> Person | None:
        """The dashboard that this token lets look."""
        with self._file.transaction() as database:
            row = database.execute(
                "SELECT * FROM token WHERE digest = ? AND ends_at > ?",
                (digest(secret), now.timestamp()),
            ).fetchone()
        if row is None:
            return None
        sites = None if row["sites"] is None else frozenset(json.loads(row["sites"]))
        label = f"token {row['label']}"
        return Person(label, label, frozenset({Role.VIEWER}), sites)
