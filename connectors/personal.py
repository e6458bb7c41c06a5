"""Takes a patient's own data out of free text: names, numbers and birth dates that people type there.

A last net below the rule that no field of ours carries such data: it finds what the same message states
elsewhere about its patient, and any date that is called a birth date. Of a message that has lost its
patient's name, a name within a text cannot be told from another word. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANK = "[patient]"

SHORTEST = 3
"""Shorter pieces of a name are also parts of ordinary words."""


_BIRTH_DATE = re.compile(
    r"(?P<said>\b(?:born|birth(?:date|day)?|dob|d\.o\.b\.|geb(?:oren)?\.?)\W{0,3}(?:(?:on|am|is|the)\W{1,2})?)"
    r"(?:\d{8}|\d{4}\W\d{1,2}\W\d{1,2}|\d{1,2}\W{1,2}\d{1,2}\W{1,2}\d{2,4})(?!\d)",
    re.IGNORECASE,
)
"""A date behind a word for birth, in the ways in which people type it."""


def blanked(text: str, personal: Iterable[str], instead: str = BLANK) -> str:
    """The text without any of these, in whatever case they were typed; a word stands in their place."""
    pieces = {piece for stated in personal for piece in _pieces(stated)}
    if pieces:
        longest_first = sorted(pieces, key=lambda piece: (-len(piece), piece))
        either = "|".join(map(re.escape, longest_first))
        text = re.sub(rf"(?<!\w)(?:{either})(?!\w)", instead, text, flags=re.IGNORECASE)
    return _BIRTH_DATE.sub(lambda found: found["said"] + instead, text)


def _pieces(stated: str) -> Iterable[str]:
    """What is stated, each word of it, and a date without its hyphens, or with them."""
    plain = stated.strip()
    yield from (word for word in (plain, *plain.split()) if len(word) >= SHORTEST)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        yield plain.replace("-", "")
    elif re.fullmatch(r"\d{8}", plain):
        yield f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
