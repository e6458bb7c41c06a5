"""What a detector is: a labelled question to the view of a course, and when to ask it again.

It says what is wrong now and nothing else: it never remembers, never sends, never counts. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from schemas.alert import Finding
from schemas.exceptions import EXCEPTION_BY_CODE
from streams.moments import Micros
from streams.view import View


class AskAgain(NamedTuple):
    """Nothing has to be said yet; ask again at this moment."""

    at: Micros


Check = Callable[[View, Micros], Iterator[Finding | AskAgain]]
"""`(view, now)`; what is wrong at this moment, and when to ask again if nothing else happens."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One question, with the code of the exception it looks for and the facts it reads."""

    code: str
    check: Check
    reads: frozenset[type]
    """Event types (or Leg) whose arrival can change the answer; a change of product always does."""

    @property
    def what(self) -> str:
        """The first sentence of the check: what is wrong."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]


def detector(code: str, *reads: type) -> Callable[[Check], Detector]:
    """Label a check with the code it answers for and the facts it reads."""
    if code not in EXCEPTION_BY_CODE:
        raise ValueError(f"{code} is no code of the exception catalogue")

    def label(check: Check) -> Detector:
        return Detector(code, check, frozenset(reads))

    return label
