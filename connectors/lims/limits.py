"""The limits of OBX-7, which senders write as they like. Pure: text in, numbers out.

Whether a limit itself still passes is not kept: the verdict is the laboratory's, not ours.
"""

from __future__ import annotations

import re

Limits = tuple[float | None, float | None]

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|\.\.|to|bis|:)\s*({_NUMBER})", re.IGNORECASE)
_AT_LEAST = re.compile(rf"(?:>=|>|≥|=>|min\.?|NLT)\s*({_NUMBER})", re.IGNORECASE)
_AT_MOST = re.compile(rf"(?:<=|<|≤|=<|max\.?|NMT)\s*({_NUMBER})", re.IGNORECASE)
_COMPARED = re.compile(rf"(?:>=|<=|=>|=<|[<>≥≤~])\s*{_NUMBER}")


def limits(stated: str) -> Limits:
    """The lowest and the highest value that the text names; neither where it is none of our forms."""
    plain = stated.strip().strip("()[]").strip()
    if (found := _RANGE.fullmatch(plain)) is not None:
        return float(found[1]), float(found[2])
    if (found := _AT_LEAST.fullmatch(plain)) is not None:
        return float(found[1]), None
    if (found := _AT_MOST.fullmatch(plain)) is not None:
        return None, float(found[1])
    return None, None


def compared(stated: str) -> bool:
    """Whether a result is only known as more or less than a number, for example <5."""
    return _COMPARED.fullmatch(stated.strip()) is not None
