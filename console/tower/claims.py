"""Who is changing an alert now: of two people at once one is first, and the other is told of him.

An action needs a moment until the stream has taken it and the alert comes back with a higher revision. Until
then the revision is claimed by whoever acted first. A claim that nothing came of ends by itself.
"""

from __future__ import annotations

from datetime import datetime

from console.tower.people_file import PeopleFile

LASTS_SECONDS = 60.0


class Claims:
    """The revisions of alerts that somebody is changing."""

    def __init__(self, file: PeopleFile) -> None:
        self._file = file

    def claim(
        self, alert_id: str, revision: int, actor: str, kind: str, now: datetime
    ) -> tuple[str, str] | None:
        """Be the one who changes this revision of an alert; else who was first, and what he does."""
        with self._file.transaction() as database:
            row = database.execute("SELECT * FROM claim WHERE alert_id = ?", (alert_id,)).fetchone()
            if (
                row is not None
                and row["actor"] != actor
                and row["revision"] >= revision
                and now.timestamp() - row["claimed_at"] < LASTS_SECONDS
            ):
                return row["actor"], row["kind"]
            database.execute(
                "INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?, ?)",
                (alert_id, revision, actor, kind, now.timestamp()),
            )
        return None

    def give_up(self, alert_id: str) -> None:
        """Take a claim back, because what was claimed could not be said."""
        with self._file.transaction() as database:
            database.execute("DELETE FROM claim WHERE alert_id = ?", (alert_id,))

    def held(self, alert_id: str, revision: int, now: datetime) -> tuple[str, str] | None:
        """Who is changing this revision now, and what he does."""
        with self._file.transaction() as database:
            row = database.execute(
                "SELECT * FROM claim WHERE alert_id = ? AND revision >= ? AND claimed_at > ?",
                (alert_id, revision, now.timestamp() - LASTS_SECONDS),
            ).fetchone()
        return None if row is None else (row["actor"], row["kind"])
