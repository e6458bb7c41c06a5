"""How a table's values become bytes and come back, and how those of an earlier form are still read.

A value says itself in which form it was written, so a table that has been given another form needs no
migration: old values are read by their own decoder, and written anew when they next change. Values
of form 0, which every table begins with, are bare; all others, and the rare bare one that would begin
with a NUL, begin with a NUL and the number of their form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.engine.exits import Refused
from streams.engine.pieces import Pieces

_FRAMED = b"\x00"
_LARGEST_FORM = 255


class UnknownForm(Refused):
    """A value is of a form that this release cannot read."""


@dataclass(frozen=True)
class Codec:
    """A pair of functions for a table's values; the keys of such a table are text, kept as UTF-8.

    `encode` runs once for each key changed in a transaction, `decode` once for each key that is
    not in memory: never once a message. Whoever changes what they make of a value raises `form`, and
    says under `earlier` how the forms before are read.
    """

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    form: int = 0
    """The number of the form in which values are written."""
    earlier: Mapping[int, Callable[[bytes], Any]] = field(default_factory=dict)
    """How values of earlier forms are read, by their number."""
    pieces: Pieces | None = None
    """Mappings inside the values that are kept entry by entry, where values grow large."""

    def __post_init__(self) -> None:
        if not 0 <= self.form <= _LARGEST_FORM:
            raise ValueError(f"form {self.form} is not a number from 0 to {_LARGEST_FORM}")
        if later := sorted(number for number in self.earlier if not 0 <= number < self.form):
            raise ValueError(f"form {later[0]} is not earlier than form {self.form}")

    def write(self, value: Any) -> bytes:
        """Return a value's bytes, with its form."""
        raw = self.encode(value)
        if self.form or raw.startswith(_FRAMED):
            return b"%c%c%b" % (0, self.form, raw)
        return raw

    def read(self, raw: bytes) -> Any:
        """Return the value, whichever known form it was written in."""
        form, raw = (raw[1], raw[2:]) if raw.startswith(_FRAMED) else (0, raw)
        if form == self.form:
            return self.decode(raw)
        if form in self.earlier:
            return self.earlier[form](raw)
        known = ", ".join(str(number) for number in sorted({self.form, *self.earlier}))
        if form > self.form:
            raise UnknownForm(
                f"a value of form {form}, written by a later release; this one reads {known}: start "
                "the later release here (an earlier one cannot go on once it has written)"
            )
        raise UnknownForm(
            f"a value of form {form}, written by an earlier release; this one reads {known}: give its "
            f"decoder to the table (Codec(..., earlier={{{form}: decode}}))"
        )


def form_of(raw: bytes) -> int:
    """Return the number of the form in which a table's value was written."""
    return raw[1] if raw.startswith(_FRAMED) else 0
