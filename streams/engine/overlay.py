"""A table as the agents see it: committed bytes below, decoded values above, changes marked.

Pure but for the local stores it is given. Nothing here knows Faust, Kafka or transactions; it only
keeps apart what is committed, what has been decoded, and what this transaction has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from streams.engine.codec import UnknownForm
from streams.engine.exits import Refused
from streams.engine.local_store import CONTROL, TRANSACTIONS, Item, LocalStore
from streams.engine.pieces import PIECE, Kept, Pieces, not_read, owner_of, rows_under

_LOOKED_AT = 8
"""How many values tell whether a partition's can be read."""


class Produce(Protocol):
    """Put one changelog record into the open transaction."""

    def __call__(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,
        partition: int,
        on_delivery: Callable[[Any, Any], None] | None = None,
    ) -> None: ...


@dataclass
class Partition:
    """One partition of one table."""

    local: LocalStore
    values: dict[Any, Any] = field(default_factory=dict)
    """Decoded values by key; None for a key known to be absent."""
    sizes: dict[Any, int] = field(default_factory=dict)
    """Bytes of those that were read from the local copy or written to the changelog, encoded."""
    weight: int = 0
    """All of those bytes."""
    pieces: dict[Any, Kept] = field(default_factory=dict)
    """What is written of those values that are kept piece by piece."""
    dirty: dict[Any, None] = field(default_factory=dict)
    """Keys changed in the open transaction, in the order of their first change."""
    transactions: int = 0
    """How many transactions have written it, the one that is staged among them."""

    def weigh(self, key: Any, raw: bytes | None, kept: Kept | None = None) -> None:
        """Note how large a value is that is kept decoded."""
        size = 0 if raw is None else len(raw)
        if kept:
            size += sum(piece.size for piece in kept.values())
        self.weight += size - self.sizes.get(key, 0)
        self.sizes[key] = size

    def drop(self, key: Any) -> None:
        """Keep a value decoded no longer."""
        self.values.pop(key, None)
        self.pieces.pop(key, None)
        self.weight -= self.sizes.pop(key, 0)


@dataclass
class Staged:
    """What one partition's changelog was sent, waiting for the commit."""

    number: int
    partition: Partition
    items: list[Item]
    transactions: int
    offset: int | None = None
    """Offset of the last record sent; known once it was delivered."""

    def delivered(self, error: Any, message: Any) -> None:
        self.offset = None if error is not None else message.offset()


class Overlay:
    """All open partitions of one table."""

    def __init__(
        self,
        changelog: str,
        encode_key: Callable[[Any], bytes],
        decode_key: Callable[[bytes], Any],
        encode: Callable[[Any], bytes | None],
        decode: Callable[[bytes], Any],
        entries: int,
        weight: int,
        pieces: Pieces | None = None,
    ) -> None:
        self.changelog = changelog
        self.partitions: dict[int, Partition] = {}
        self._encode_key = encode_key
        self._decode_key = decode_key
        self._encode = encode
        self._decode = decode
        self._entries = entries
        self._weight = weight
        self._pieces = pieces
        self._staged: list[Staged] = []

    # ------------------------------------------------------------------ inside a transaction

    def get(self, number: int, key: Any) -> Any:
        """Return the value as this transaction sees it, or None."""
        partition = self.partitions[number]
        try:
            return partition.values[key]
        except KeyError:
            raw = partition.local.get(self._encode_key(key))
            value, kept = self._whole(partition, key, raw)
            partition.values[key] = value
            if kept is not None:
                partition.pieces[key] = kept
            partition.weigh(key, raw, kept)
            return value

    def set(self, number: int, key: Any, value: Any) -> None:
        """Change a value; None removes the key."""
        partition = self.partitions[number]
        partition.values[key] = value
        partition.dirty[key] = None

    # ------------------------------------------------------------------ at its end

    def stage(self, produce: Produce) -> dict[int, int]:
        """Send the changelog of the open transaction: one record for each changed key.

        The last record of each partition says how many transactions have written it. The same numbers
        are returned: committed with the source offsets, they tell a restore what it has to wait for.
        """
        self._staged = []
        for number, partition in self.partitions.items():
            if not partition.dirty:
                continue
            partition.transactions += 1
            items: list[Item] = []
            for key in partition.dirty:
                items += self._changes(partition, key)
            partition.dirty.clear()
            staged = Staged(number, partition, items, partition.transactions)
            self._staged.append(staged)
            for key, value in items:
                produce(self.changelog, key, value, number)
            count = b"%d" % staged.transactions
            produce(self.changelog, TRANSACTIONS, count, number, staged.delivered)
        return {staged.number: staged.transactions for staged in self._staged}

    def apply(self) -> None:
        """Take what was committed into the local stores."""
        for staged in self._staged:
            if staged.offset is None:
                raise RuntimeError(f"{self.changelog}: committed without a delivery report")
            staged.partition.local.write(staged.items, staged.transactions, staged.offset)
        self._staged = []

    # ------------------------------------------------------------------ committed values

    def committed(self, key: Any) -> Any:
        """Return the committed value of a key in any open partition, or None."""
        raw_key = self._encode_key(key)
        for partition in tuple(self.partitions.values()):
            if (raw := partition.local.get(raw_key)) is not None:
                return self._whole(partition, key, raw)[0]
        return None

    def items(self, number: int) -> Iterator[tuple[Any, Any]]:
        """Walk through one partition's committed keys and decoded values."""
        partition = self.partitions[number]
        for raw_key, raw in partition.local.items():
            key = self._decode_key(raw_key)
            yield key, self._whole(partition, key, raw)[0]

    def refuse_unreadable(self, number: int) -> None:
        """Refuse a partition of which nothing that is looked at can be read.

        One value that cannot be read is the affair of the message that needs it. Where none of several
        can, the table's values have another form, and every message would be set aside for it.
        """
        trouble: Exception | None = None
        for raw_key, raw in islice(self.partitions[number].local.items(), _LOOKED_AT):
            try:
                self._read(self._decode_key(raw_key), raw)
                return
            except Refused:
                raise
            except Exception as unreadable:  # noqa: BLE001 - whatever the table's own decoder raises
                trouble = unreadable
        if trouble is not None:
            raise Refused(
                f"{self.changelog}[{number}] holds values that this app's table cannot read "
                f"({type(trouble).__name__}: {trouble}): its codec makes something else of them than the "
                "release that wrote them. Start that release, or give the new codec the next form and "
                "the old decoder: Codec(encode, decode, form=1, earlier={0: decode_as_before})"
            )

    # ------------------------------------------------------------------ partitions come and go

    def forget(self, partition: Partition, raw_keys: Iterable[bytes]) -> None:
        """Drop decoded values that a restore has overtaken."""
        if partition.values:
            for raw_key in raw_keys:
                partition.drop(self._decode_key(owner_of(raw_key)))

    def close(self, number: int) -> None:
        """Let go of one partition."""
        partition = self.partitions.pop(number)
        partition.values.clear()
        partition.local.close()

    # ------------------------------------------------------------------

    def _read(self, key: Any, raw: bytes) -> Any:
        try:
            return self._decode(raw)
        except UnknownForm as unknown:
            raise UnknownForm(f"{self.changelog} holds, at key {key!r}, {unknown}") from None

    def _whole(self, partition: Partition, key: Any, raw: bytes | None) -> tuple[Any, Kept | None]:
        """A committed value with its pieces, and what is kept of those."""
        if raw is None:
            return None, None
        value = self._read(key, raw)
        if self._pieces is None:
            return value, None
        rows = partition.local.under(rows_under(self._encode_key(key)))
        return value, self._pieces.put_back(value, rows)

    def _changes(self, partition: Partition, key: Any) -> list[Item]:
        """What has to be written of one value that has changed."""
        raw_key, raw = self._key_bytes(key), self._value_bytes(partition, key)
        if self._pieces is None:
            partition.weigh(key, raw)
            return [(raw_key, raw)]
        kept = partition.pieces.get(key)
        if kept is None:  # it was written without having been read
            kept = not_read(partition.local.under(rows_under(raw_key)))
        now, rows = self._pieces.changes(raw_key, partition.values[key], kept)
        partition.pieces[key] = now
        partition.weigh(key, raw, now)
        return [(raw_key, raw), *rows]

    def _key_bytes(self, key: Any) -> bytes:
        raw = self._encode_key(key)
        if raw.startswith((CONTROL, PIECE)):
            raise ValueError(
                f"{self.changelog}: key {key!r} starts with a NUL or \\x01, which are the engine's own"
            )
        return raw

    def _value_bytes(self, partition: Partition, key: Any) -> bytes | None:
        value = partition.values[key]
        return None if value is None else self._encode(value)

    def shrink(self) -> None:
        """Forget the oldest decoded values beyond the bounds; all but what is dirty is committed by now."""
        share = max(1, len(self.partitions))
        most, heaviest = max(1, self._entries // share), self._weight // share
        for partition in self.partitions.values():
            if len(partition.values) <= most and partition.weight <= heaviest:
                continue
            # a little further than asked, so that it is not begun anew by the next value
            few, light = most - most // 8, heaviest - heaviest // 8
            for key in list(partition.values):
                if len(partition.values) <= few and partition.weight <= light:
                    break
                if key not in partition.dirty:
                    partition.drop(key)
