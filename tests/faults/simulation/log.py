"""One partition as Kafka keeps it: sparse offsets, open transactions, a last stable offset, compaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

Headers = tuple[tuple[str, bytes], ...]
Writer = tuple[str, int]
"""A transactional id and its epoch: the name of one producer's one life."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a log; a marker of a transaction has no content, and no reader ever sees it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    at_ms: int = 0
    writer: Writer | None = None
    transaction: int = 0
    marker: bool = False


@dataclass
class Log:
    """One partition of one topic."""

    compacted: bool = False
    entries: list[Entry] = field(default_factory=list)
    end: int = 0
    """The offset that the next record gets."""
    low: int = 0
    open_since: dict[int, int] = field(default_factory=dict)
    """The first offset of each transaction that is not decided here yet."""
    aborted: set[int] = field(default_factory=set)

    @property
    def stable(self) -> int:
        """The last stable offset: nothing beyond it is shown to careful readers."""
        return min(self.open_since.values(), default=self.end)

    def append(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        at_ms: int = 0,
        writer: Writer | None = None,
        transaction: int = 0,
    ) -> int:
        """Put one record at the end; return its offset."""
        offset = self.end
        self.entries.append(Entry(offset, key, value, headers, at_ms, writer, transaction))
        if transaction:
            self.open_since.setdefault(transaction, offset)
        self.end += 1
        return offset

    def decide(self, transaction: int, *, commit: bool) -> None:
        """Put the marker of a transaction here; it takes an offset, as in Kafka."""
        if transaction not in self.open_since:
            return
        if not commit:
            self.aborted.add(transaction)
        self.entries.append(Entry(self.end, None, None, transaction=transaction, marker=True))
        self.end += 1
        del self.open_since[transaction]

    def visible(self, start: int, until: int | None = None) -> Iterator[Entry]:
        """What a reader of what is committed sees from an offset on."""
        stop = self.stable if until is None else min(until, self.stable)
        for entry in self.entries[self._place(start) :]:
            if entry.offset >= stop:
                return
            if not entry.marker and entry.transaction not in self.aborted:
                yield entry

    def _place(self, offset: int) -> int:
        first, last = 0, len(self.entries)
        while first < last:
            middle = (first + last) // 2
            if self.entries[middle].offset < offset:
                first = middle + 1
            else:
                last = middle
        return first

    def compact(self, chance: Random) -> int:
        """Forget what a later committed record of the same key has overtaken; offsets stay as they are.

        A broker never touches what is open, nor the newest segment: here a random share at the end.
        """
        bound = chance.randint(self.low, self.stable)
        latest: dict[bytes, int] = {}
        for entry in self.entries:
            if (
                entry.offset < bound
                and entry.key is not None
                and entry.transaction not in self.aborted
            ):
                latest[entry.key] = entry.offset
        kept = [
            entry
            for entry in self.entries
            if entry.offset >= bound
            or (
                not entry.marker
                and entry.transaction not in self.aborted
                and entry.key is not None
                and latest[entry.key] == entry.offset
            )
        ]
        gone, self.entries = len(self.entries) - len(kept), kept
        return gone
