"""How often a message has failed its agent, kept in the data folder across restarts.

Only exceptions that leave an agent are written down here: not fencing, not broker trouble. They are
on disk before the process ends, so that the next one counts on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Place = tuple[str, int, int]
"""Source topic, partition, offset."""

REASON_LENGTH = 1_000


@dataclass(frozen=True)
class Failure:
    """What went wrong with one message, and how often."""

    tries: int
    reason: str


class Failures:
    """The failures of one worker's messages that are not yet behind it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[Place, Failure] = {}
        self._suspects: dict[tuple[str, int], int] = {}
        if file.exists():
            self._read()

    def __bool__(self) -> bool:
        return bool(self._known or self._suspects)

    def of(self, place: Place) -> Failure | None:
        """Return what is known against a message."""
        return self._known.get(place)

    def one_by_one_until(self, topic: str, partition: int) -> int:
        """Return the last offset up to which messages must be handed out one by one; -1 for none.

        Set when a whole batch failed and nobody can say at which of its messages.
        """
        return self._suspects.get((topic, partition), -1)

    def add(self, place: Place, reason: str) -> Failure:
        """Write down that a message has failed once more."""
        before = self._known.get(place)
        failure = Failure((before.tries if before else 0) + 1, reason[:REASON_LENGTH])
        self._known[place] = failure
        self._write()
        return failure

    def suspect(self, topic: str, partition: int, last_offset: int) -> None:
        """Write down that something in a batch failed."""
        self._suspects[(topic, partition)] = max(
            last_offset, self.one_by_one_until(topic, partition)
        )
        self._write()

    def passed(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Forget what lies before the committed offsets (topic, partition -> next offset)."""
        known = {
            place: failure
            for place, failure in self._known.items()
            if place[2] >= offsets.get(place[:2], 0)
        }
        suspects = {
            part: last for part, last in self._suspects.items() if last >= offsets.get(part, 0)
        }
        if len(known) != len(self._known) or len(suspects) != len(self._suspects):
            self._known, self._suspects = known, suspects
            self._write()

    # ------------------------------------------------------------------ on disk

    def _read(self) -> None:
        kept = json.loads(self._file.read_text())
        for topic, partition, offset, failure in kept["failed"]:
            self._known[(topic, partition, offset)] = Failure(**failure)
        for topic, partition, last in kept["suspects"]:
            self._suspects[(topic, partition)] = last

    def _write(self) -> None:
        text = json.dumps(
            {
                "failed": [[*place, asdict(failure)] for place, failure in self._known.items()],
                "suspects": [[*part, last] for part, last in self._suspects.items()],
            },
            indent=1,
        )
        new = self._file.with_suffix(".new")
        with new.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
