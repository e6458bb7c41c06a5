"""Faust's table, kept exactly: same use in agents, changes sent once a transaction.

Values are the agent's own objects: what `table[key]` hands out is the same object until it is
evicted or its partition leaves. Treat it as frozen, and write back a new one - or the same one, to
say that it changed. `None` is not a value; writing it removes the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faust
from faust import current_event
from faust.stores.base import Store as FaustStore

from streams.engine.codec import Codec
from streams.engine.local_store import LocalStore, MemoryStore, RocksMemory, mark_torn, open_rocks
from streams.engine.overlay import Overlay, Partition

STORES = ("rocks", "memory")


class Store(FaustStore[Any, Any]):
    """What Faust calls a table's store: all open partitions of one table.

    Outside an agent's iteration it shows committed values; walking through it always does.
    """

    overlay: Overlay

    def part(self) -> int | None:
        """Return the partition that the calling agent is working on."""
        event = current_event()
        return None if event is None else event.message.partition

    def get(self, key: Any, default: Any = None) -> Any:
        number = self.part()
        value = self.overlay.committed(key) if number is None else self.overlay.get(number, key)
        return default if value is None else value

    def set(self, key: Any, value: Any) -> None:
        number = self.part()
        if number is None or not self.app.producer.open:  # type: ignore[attr-defined]
            raise TypeError(
                f"table {self.table_name!r} can be written only while an agent handles a message"
            )
        self.overlay.set(number, key, value)

    def __getitem__(self, key: Any) -> Any:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self.set(key, value)

    def __delitem__(self, key: Any) -> None:
        self.set(key, None)

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return True

    def items(self) -> Any:
        return [
            pair for number in tuple(self.overlay.partitions) for pair in self.overlay.items(number)
        ]

    def keys(self) -> Any:
        return [key for key, _ in self.items()]

    def values(self) -> Any:
        return [value for _, value in self.items()]

    def clear(self) -> None:
        raise NotImplementedError("a table is emptied key by key, by agents")

    def reset_state(self) -> None:
        """Faust's `reset` command: the worker's data folder may simply be deleted instead."""

    def _unused(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("the engine restores tables itself")

    apply_changelog_batch = backup_partition = restore_backup = _unused


class Part:
    """One partition of a table, for an agent that works for several partitions in one transaction.

    A worker that holds a partition may write it whatever message it is handling: states, sends and
    offsets are committed together, and the next owner waits for all transactions that wrote it.
    """

    __slots__ = ("_number", "_overlay", "_producer", "_table")

    def __init__(self, table: Table, number: int) -> None:
        self._table, self._number = table.name, number
        self._overlay = table.overlay
        self._producer: Any = table.app.producer

    def get(self, key: Any) -> Any:
        """Return the value as this transaction sees it, or None."""
        return self._overlay.get(self._number, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not self._producer.open:
            raise TypeError(
                f"table {self._table!r} can be written only while an agent handles a message"
            )
        self._overlay.set(self._number, key, value)


class Table(faust.Table[Any, Any]):
    """Setting `Table` of the app."""

    mundane_level = "debug"

    def __init__(self, app: Any, *, codec: Codec | None = None, **options: Any) -> None:
        super().__init__(app, **options)
        self._codec = codec
        self._kept: Store | None = None
        self._overlay: Overlay | None = None
        self._producer: Any = None

    def _new_store(self) -> Store:
        store = Store(
            self._store or self.app.conf.store,
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            value_type=self.value_type,
            key_serializer=self.key_serializer,
            value_serializer=self.value_serializer,
        )
        engine = self.app.engine  # type: ignore[attr-defined]
        bounds = engine.overlay_entries, round(engine.overlay_mb * 1_000_000)
        if self._codec is None:
            store.overlay = Overlay(
                self.changelog_topic_name,
                store._encode_key,
                store._decode_key,
                store._encode_value,
                store._decode_value,
                *bounds,
            )
        else:
            store.overlay = Overlay(
                self.changelog_topic_name,
                str.encode,
                bytes.decode,
                self._codec.write,
                self._codec.read,
                *bounds,
                self._codec.pieces,
            )
        self._kept = store
        return store

    def info(self) -> Any:
        return {**super().info(), "codec": self._codec}

    async def on_start(self) -> None:
        """Nothing to start: the engine opens partitions when it is assigned them."""

    # ------------------------------------------------------------------ as agents use it

    @property
    def store(self) -> Store:
        """The table's partitions, as this worker holds them."""
        if self._kept is None:
            self.data  # noqa: B018 - makes the store
        assert self._kept is not None
        return self._kept

    def get(self, key: Any, default: Any = None) -> Any:
        event = current_event()  # this and __setitem__ run once a message: as few calls as can be
        if event is None or self._overlay is None:
            return self.store.get(key, default)
        value = self._overlay.get(event.message.partition, key)
        return default if value is None else value

    def __getitem__(self, key: Any) -> Any:
        value = self.get(key)
        return self.__missing__(key) if value is None else value

    def __setitem__(self, key: Any, value: Any) -> None:
        event = current_event()
        if event is None or self._overlay is None or not self._producer.open:
            self.store.set(key, value)
        else:
            self._overlay.set(event.message.partition, key, value)

    def __delitem__(self, key: Any) -> None:
        self.store.set(key, None)

    def part(self, partition: int) -> Part:
        """One partition that this worker holds, to be read and written by its number."""
        return Part(self, partition)

    def partition_items(self, partition: int) -> Iterator[tuple[Any, Any]]:
        """Walk through one partition's committed keys and values, as this worker holds them."""
        return self.store.overlay.items(partition)

    # ------------------------------------------------------------------ as the engine uses it

    @property
    def overlay(self) -> Overlay:
        """What agents changed, above what is committed."""
        return self.store.overlay

    def open_partition(
        self, number: int, folder: Path, log_id: str, memory: RocksMemory
    ) -> Partition:
        """Open the local copy of one partition, or return it when it is open."""
        open_already = self.overlay.partitions.get(number)
        if open_already is not None:
            return open_already
        local: LocalStore
        if self.store.url.scheme == "rocks":
            local = open_rocks(folder / f"{self.name}-{number}", log_id, memory)
        else:
            local = MemoryStore()
        partition = self.overlay.partitions[number] = Partition(local)
        self._overlay, self._producer = self.overlay, self.app.producer
        return partition

    def mark_torn(self, folder: Path) -> None:
        """Have the next process wipe all that this one has open."""
        if self.store.url.scheme == "rocks":
            for number in self.overlay.partitions:
                mark_torn(folder / f"{self.name}-{number}")
