"""What a form of identifier is: its name, what it names, and how a text is read by it.

A deployment adds forms of its own by name and pattern, and hands them in beside ours. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from schemas.envelope import Scheme

SHOWN = 40


class Malformed(ValueError):
    """A text is not of the form that it should be: what was found, and what is expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.found = found
        self.expected = expected


class IdentifierForm(Protocol):
    """One form of identifier."""

    @property
    def name(self) -> str:
        """By which a partner's setting chooses it, for example isbt128-coi."""

    @property
    def scheme(self) -> Scheme:
        """What kind of thing it names."""

    @property
    def expected(self) -> str:
        """The form in words."""

    def parse(self, text: str) -> str:
        """The identifier as we keep it; raises Malformed."""


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """A form that a standard defines, read by the standard's own rules."""

    name: str
    scheme: Scheme
    expected: str
    read: Callable[[str], str]

    def parse(self, text: str) -> str:
        """The identifier as we keep it; raises Malformed."""
        return self.read(text)


@dataclass(frozen=True, slots=True)
class PatternForm:
    """An internal form: whatever matches the pattern, kept as it came."""

    name: str
    scheme: Scheme
    expected: str
    pattern: str

    def parse(self, text: str) -> str:
        """The identifier, without blanks around it; raises Malformed."""
        plain = text.strip()
        if re.fullmatch(self.pattern, plain) is None:
            raise Malformed(quoted(text), self.expected)
        return plain


def form_named(name: str, forms: Iterable[IdentifierForm]) -> IdentifierForm:
    """The form of this name."""
    known = {form.name: form for form in forms}
    if name not in known:
        raise Malformed(f"the form {quoted(name)}", f"one of {', '.join(sorted(known))}")
    return known[name]


def quoted(text: str) -> str:
    """A text as an error shows it: at most forty characters."""
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r} and more"


def plain(text: str) -> str:
    """A printed identifier as one word: blanks are for the eye, and letters are capitals."""
    return "".join(text.split()).upper()
