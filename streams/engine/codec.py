"""How a table's values become bytes and come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Codec:
    """A pair of functions for a table's values; the keys of such a table are text, kept as UTF-8.

    `encode` runs once for each key changed in a transaction, `decode` once for each key that is
    not in memory: never once a message.
    """

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
