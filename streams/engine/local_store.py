"""What one worker keeps of one partition of one table: committed bytes, and how far they reach.

A store is never ahead of its changelog: bytes and the changelog offset they reach are written in
one atomic batch, after the commit. So whatever happens to it, the changelog can mend it.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Protocol, cast

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
)

from streams.engine.pieces import PIECE, owner_of, rows_under

log = logging.getLogger("streams.engine")

#: Changelog keys that start with this byte are the engine's own. No text key and no JSON key does.
CONTROL = b"\x00"
#: How many transactions have written this partition of this table: the last record of each of them.
#: "@" cannot stand in a topic's name.
TRANSACTIONS = CONTROL + b"@transactions"
#: Kept in the local store only.
REACHED = CONTROL + b"@changelog"
#: The changelog's own id: a topic that is made again under the same name has another.
LOG = CONTROL + b"@log"

_AFTER_PIECES = bytes([PIECE[0] + 1])

Item = tuple[bytes, bytes | None]

_MIB = 1024 * 1024

_NOT_THE_COPY = re.compile(
    r"IO error: (While lock file|lock hold by)"
    r"|No space left on device|Disk quota exceeded|Too many open files|Permission denied"
    r"|Read-only file system|Cannot allocate memory"
)


class LocalStore(Protocol):
    """Committed bytes of one partition of one table."""

    reached: int
    """Offset of the last changelog record that is in here; -1 for none."""
    transactions: int
    """How many transactions have written it, as the changelog said last."""

    def get(self, key: bytes) -> bytes | None:
        """Return the committed bytes of one key."""

    def write(self, items: Iterable[Item], transactions: int, reached: int) -> None:
        """Take over what a committed transaction, or a stretch of changelog, said."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Walk through all committed keys and bytes, but for those of pieces."""

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Walk through the committed pieces of one value, by what their keys begin with."""

    def close(self) -> None:
        """Let go of files and memory; what is on disk stays."""


class MemoryStore:
    """Committed bytes in a dict: gone with the process, restored from the changelog."""

    def __init__(self) -> None:
        self.reached = -1
        self.transactions = 0
        self._bytes: dict[bytes, bytes] = {}
        self._pieces: dict[bytes, dict[bytes, bytes]] = {}
        self.get = self._bytes.get

    def write(self, items: Iterable[Item], transactions: int, reached: int) -> None:
        for key, value in items:
            kept = self._bytes
            if key.startswith(PIECE):
                kept = self._pieces.setdefault(rows_under(owner_of(key)), {})
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
        self.transactions = transactions
        self.reached = reached

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(list(self._bytes.items()))

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(list(self._pieces.get(prefix, {}).items()))

    def close(self) -> None:
        self._bytes.clear()
        self._pieces.clear()


class RocksMemory:
    """What all partitions of a worker share: one block cache, one bound on unwritten bytes.

    RocksDB's own default is a cache and three write buffers for each.
    """

    def __init__(self) -> None:
        self.cache = Cache(64 * _MIB)
        self.buffers = WriteBufferManager(64 * _MIB, False)


class RocksStore:
    """Committed bytes in RocksDB, one folder for each partition of each table."""

    def __init__(self, folder: Path, log_id: str, memory: RocksMemory) -> None:
        new = not folder.exists()
        self._rocks = _open(folder, memory)
        if new:
            self._rocks[LOG] = log_id.encode()
        self.get = self._rocks.get
        self.reached = -1
        self.transactions = 0
        self.log_id = ""
        for key, value in self._from(CONTROL):
            if not key.startswith(CONTROL):
                break
            if key == REACHED:
                self.reached = int(value)
            elif key == LOG:
                self.log_id = value.decode()
            elif key == TRANSACTIONS:
                self.transactions = int(value)

    def write(self, items: Iterable[Item], transactions: int, reached: int) -> None:
        batch = WriteBatch(raw_mode=True)
        for key, value in items:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(TRANSACTIONS, b"%d" % transactions)
        batch.put(REACHED, b"%d" % reached)
        self._rocks.write(batch)
        self.transactions = transactions
        self.reached = reached

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        if (value := self.get(b"")) is not None:  # the only key before the engine's own
            yield b"", value
        yield from self._from(_AFTER_PIECES)

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return takewhile(lambda pair: pair[0].startswith(prefix), self._from(prefix))

    def _from(self, key: bytes) -> Iterator[tuple[bytes, bytes]]:
        # in raw mode there are bytes only
        return cast(Iterator[tuple[bytes, bytes]], self._rocks.items(from_key=key))

    def close(self) -> None:
        self._rocks.close()


def open_rocks(folder: Path, log_id: str, memory: RocksMemory) -> RocksStore:
    """Open one partition's folder, filled from the changelog of that id.

    A torn one, or one that was filled from another log, is wiped: the changelog will fill it again.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    if _torn_mark(folder).exists():
        wipe(folder, "it was found torn while in use")
    try:
        store = RocksStore(folder, log_id, memory)
    except Exception as trouble:
        if not _copy_is_bad(str(trouble)):
            raise
        wipe(folder, str(trouble))
        return RocksStore(folder, log_id, memory)
    if store.log_id == log_id:
        return store
    store.close()
    wipe(folder, "it was filled from another log of that name")
    return RocksStore(folder, log_id, memory)


def _copy_is_bad(trouble: str) -> bool:
    """Whether it is the copy that is bad, so that a new one helps.

    It is not where somebody else has it open (to wipe it would tear theirs), nor where the disk or the
    process has nothing left to give. RocksDB names them in its text only; a torn block is a "block
    checksum mismatch", so "lock" alone would not do.
    """
    return _NOT_THE_COPY.search(trouble) is None


def wipe(folder: Path, why: str) -> None:
    """Throw one partition's local copy away, and say so."""
    log.warning("local store %s wiped, will be restored from the changelog: %s", folder, why)
    shutil.rmtree(folder, ignore_errors=True)
    _torn_mark(folder).unlink(missing_ok=True)


def mark_torn(folder: Path) -> None:
    """Leave word for the next process that this partition's local copy cannot be trusted."""
    _torn_mark(folder).touch()


def _torn_mark(folder: Path) -> Path:
    return folder.with_name(folder.name + ".torn")


def _open(folder: Path, memory: RocksMemory) -> Rdict:
    table = BlockBasedOptions()
    table.set_block_cache(memory.cache)
    table.set_bloom_filter(10, False)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(8 * _MIB)
    options.set_write_buffer_manager(memory.buffers)
    options.set_max_open_files(256)
    options.set_keep_log_file_num(2)
    options.set_compression_type(DBCompressionType.lz4())
    return Rdict(str(folder), options)
