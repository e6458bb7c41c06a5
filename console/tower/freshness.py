"""How fresh the picture is: what time it is in the stream, and since when nothing was heard."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from console.tower.folding import MICROS


@dataclass(frozen=True, slots=True)
class Freshness:
    """The state of the picture that a page shows."""

    generation: str
    seq: int
    now: datetime
    """The time from which what is left is counted: this machine's, or the stream's as its ticks tell it."""
    heard_at: datetime | None
    """When the last message came, by this machine's clock."""
    silent: bool
    unreadable: int
    trouble: str | None = None
    share_read: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether everything that the topics held at the beginning has been read."""
        return self.share_read >= 1

    @property
    def place(self) -> str:
        """What a reader of changes has seen, to go on from there."""
        return f"{self.generation}-{self.seq}"


def freshness(
    database: sqlite3.Connection,
    clock: datetime,
    patience: float,
    *,
    by_stream: bool = False,
    trouble: str | None = None,
    share_read: float = 1.0,
) -> Freshness:
    """How fresh this snapshot is, by a clock; silent after so many seconds without a message."""
    row = database.execute("SELECT * FROM state").fetchone()
    (unreadable,) = database.execute("SELECT count(*) FROM unreadable").fetchone()
    heard_at = moment(row["heard_at"])
    silent = heard_at is None or (clock - heard_at).total_seconds() > patience
    return Freshness(
        generation=row["generation"],
        seq=row["seq"],
        now=(moment(row["ticked_at"]) if by_stream else None) or clock,
        heard_at=heard_at,
        silent=silent,
        unreadable=unreadable,
        trouble=trouble,
        share_read=share_read,
    )


def moment(micros: int | None) -> datetime | None:
    """The time that stands in a column."""
    if micros is None:
        return None
    return datetime.fromtimestamp(micros / MICROS, UTC)
