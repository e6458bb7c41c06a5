"""Large values are kept piece by piece, so that of a state of a megabyte only what changed is written.

Some mappings inside a table's values grow for as long as the value lives: the events of a course, the
readings of a logger. Each of their entries has a row of its own, in the changelog and in the local copy,
beside the row of the value's body. All of a transaction's rows are written together, as ever, and a mapping is
read in the order in which it was written. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

PIECE = b"\x01"
"""Keys of pieces begin with it: no text key and no JSON key does."""

_LENGTH = 4
_PLACE = 8

Row = tuple[bytes, bytes | None]


class Written(NamedTuple):
    """One piece as it is written."""

    entry: Any
    size: int
    """Its bytes."""
    place: int
    """Where it stands among the entries of its mapping: they are read in the order of these."""


Kept = dict[tuple[str, str], Written]
"""The pieces of a value as they are written, by the name of their mapping and their key in it."""


@dataclass(frozen=True)
class Pieces:
    """Which mappings of a table's values are kept piece by piece.

    An entry is replaced, never changed in place, when it changes: whether it is the same object tells
    whether it has to be written. A piece whose form changes gets another name.
    """

    of: Callable[[Any], Mapping[str, dict[str, Any]]]
    """Those mappings of a value, by name; the table's `encode` leaves out what is in them."""
    encode: Mapping[str, Callable[[Any], bytes]]
    """How the entries of each are written."""
    decode: Mapping[str, Callable[[bytes], Any]]
    """How they are read."""

    def put_back(self, value: Any, rows: Iterable[tuple[bytes, bytes]]) -> Kept:
        """Fill the mappings of a value from its rows, in their order; return what is kept of it."""
        held, kept = self.of(value), Kept()
        for row, raw in sorted(rows, key=_place_of):
            name, piece = piece_of(row)
            entry = held[name][piece] = self.decode[name](raw[_PLACE:])
            kept[name, piece] = Written(entry, len(raw), _place_of((row, raw)))
        return kept

    def changes(self, key: bytes, value: Any, kept: Kept) -> tuple[Kept, list[Row]]:
        """Return what is kept of a value from now on, and the rows that have to be written for it."""
        now, rows = Kept(), list[Row]()
        free = 1 + max((was.place for was in kept.values()), default=-1)
        for name, held in self.of(value).items() if value is not None else ():
            encode, last = self.encode[name], -1
            for piece, entry in held.items():
                was = kept.get((name, piece))
                if was is None or was.entry is not entry or was.place < last:
                    place = free if was is None or was.place < last else was.place
                    free = max(free, place + 1)
                    raw = place.to_bytes(_PLACE, "big") + encode(entry)
                    rows.append((row_of(key, name, piece), raw))
                    was = Written(entry, len(raw), place)
                now[name, piece], last = was, was.place
        rows += [(row_of(key, *piece), None) for piece in kept if piece not in now]
        return now, rows


def not_read(rows: Iterable[tuple[bytes, bytes]]) -> Kept:
    """What is kept of a value that nobody has read: nothing in it is the same as before."""
    return {piece_of(row): Written(_UNKNOWN, len(raw), _place_of((row, raw))) for row, raw in rows}


_UNKNOWN = object()


def _place_of(row: tuple[bytes, bytes]) -> int:
    return int.from_bytes(row[1][:_PLACE], "big")


def rows_under(key: bytes) -> bytes:
    """What the keys of all pieces of one value begin with, and no others."""
    return PIECE + len(key).to_bytes(_LENGTH, "big") + key


def row_of(key: bytes, name: str, piece: str) -> bytes:
    """The key of one piece."""
    return b"%b%b\x00%b" % (rows_under(key), name.encode(), piece.encode())


def owner_of(row: bytes) -> bytes:
    """The key of the value that a row belongs to: its own, where it is no piece."""
    if not row.startswith(PIECE):
        return row
    begins = len(PIECE) + _LENGTH
    return row[begins : begins + int.from_bytes(row[len(PIECE) : begins], "big")]


def piece_of(row: bytes) -> tuple[str, str]:
    """The name of the mapping and the key in it that a piece's row is of."""
    name, _, piece = row[len(rows_under(owner_of(row))) :].partition(b"\x00")
    return name.decode(), piece.decode()
