"""The check character of ISO 7064 mod 37,2, which donation numbers carry.

Own code: ten lines, where the one library that has them is under the LGPL. It finds every single
wrong character and every pair of neighbours changed about. Pure.
"""

from __future__ import annotations

from schemas.identifiers.form import Malformed, quoted

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def check_value(text: str) -> int:
    """The check value, from 0 to 36."""
    sum_so_far = 0
    for character in text:
        value = ALPHABET.find(character)
        if not 0 <= value < 36:
            raise Malformed(f"{character!r} in {quoted(text)}", "only 0-9 and A-Z")
        sum_so_far = (sum_so_far + value) * 2 % 37
    return (38 - sum_so_far) % 37


def check_character(text: str) -> str:
    """The check character, which is a digit, a letter or an asterisk."""
    return ALPHABET[check_value(text)]


def holds(text: str) -> bool:
    """Whether the last character is the check character of what stands before it."""
    return len(text) > 1 and text[-1:] == check_character(text[:-1])
