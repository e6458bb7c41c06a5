"""What a simulated worker keeps on its disk: it outlives the process, and can be lost, old or torn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streams.engine.local_store import Item
from streams.engine.pieces import PIECE


@dataclass
class Held:
    """The local copy of one partition of one table."""

    log_id: str
    pairs: dict[bytes, bytes] = field(default_factory=dict)
    reached: int = -1
    transactions: int = 0
    torn: bool = False
    """Its bytes cannot be read any more."""
    marked: bool = False
    """A process has found that out, and left word."""


class Disk:
    """All local copies of one worker."""

    def __init__(self) -> None:
        self.folders: dict[Path, Held] = {}
        self._before: dict[Path, Held] = {}

    def open(self, folder: Path, log_id: str, write: Callable[[], None]) -> DiskStore:
        """Open a partition's copy; a torn one, or one of another log, is wiped as RocksDB's would be."""
        held = self.folders.get(folder)
        if held is None or held.marked or held.log_id != log_id:
            held = self.folders[folder] = Held(log_id)
        return DiskStore(held, write)

    def wipe(self, folder: Path, why: str) -> None:
        """Throw one copy away."""
        self.folders.pop(folder, None)

    def mark_torn(self, folder: Path) -> None:
        """Leave word that a copy cannot be trusted."""
        if folder in self.folders:
            self.folders[folder].marked = True

    def lose(self) -> None:
        """Lose everything."""
        self.folders.clear()

    def remember(self) -> None:
        """Make a backup."""
        self._before = copy.deepcopy(self.folders)

    def go_back(self) -> None:
        """Put the backup in the place of what is there."""
        self.folders = copy.deepcopy(self._before)

    def tear(self) -> None:
        """Spoil every copy so that reading it fails."""
        for held in self.folders.values():
            held.torn = True


class DiskStore:
    """`LocalStore` on a simulated disk: each write is whole or not at all."""

    def __init__(self, held: Held, before_write: Callable[[], None]) -> None:
        self._held, self._before_write = held, before_write

    @property
    def reached(self) -> int:
        return self._held.reached

    @property
    def transactions(self) -> int:
        return self._held.transactions

    def get(self, key: bytes) -> bytes | None:
        self._readable()
        return self._held.pairs.get(key)

    def write(self, items: Iterable[Item], transactions: int, reached: int) -> None:
        self._before_write()
        for key, value in items:
            if value is None:
                self._held.pairs.pop(key, None)
            else:
                self._held.pairs[key] = value
        self._held.transactions, self._held.reached = transactions, reached

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        self._readable()
        return iter([pair for pair in self._held.pairs.items() if not pair[0].startswith(PIECE)])

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        self._readable()
        return iter(sorted(pair for pair in self._held.pairs.items() if pair[0].startswith(prefix)))

    def close(self) -> None:
        """Nothing to let go of."""

    def _readable(self) -> None:
        if self._held.torn:
            raise RuntimeError("Corruption: block checksum mismatch (simulated)")
