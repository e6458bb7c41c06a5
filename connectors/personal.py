"""Takes a patient's own data out of free text: names, numbers and birth dates that people type there.

A last net below the rule that no field of ours carries such data: it finds only what the same message
states elsewhere about its patient. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANK = "[patient]"

SHORTEST = 3
"""Shorter pieces of a name are also parts of ordinary words."""


def blanked(text: str, personal: Iterable[str], instead: str = BLANK) -> str:
    """The text without any of these, in whatever case they were typed; a word stands in their place."""
    pieces = {piece for stated in personal for piece in _pieces(stated)}
    if not pieces:
        return text
    longest_first = sorted(pieces, key=lambda piece: (-len(piece), piece))
    either = "|".join(map(re.escape, longest_first))
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", instead, text, flags=re.IGNORECASE)


def _pieces(stated: str) -> Iterable[str]:
    """What is stated, each word of it, and a date without its hyphens, or with them."""
    plain = stated.strip()
    yield from (word for word in (plain, *plain.split()) if len(word) >= SHORTEST)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        yield plain.replace("-", "")
    elif re.fullmatch(r"\d{8}", plain):
        yield f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
