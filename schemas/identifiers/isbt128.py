"""ISBT 128 identifiers: the chain of identity, and the donation.

Written from published descriptions of the data structures 001 and 040, not from ICCBBA's documents;
facility numbers are the user's to supply, and using ISBT 128 needs a registration with ICCBBA. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.identifiers.form import Malformed, plain, quoted
from schemas.identifiers.iso7064 import check_character, check_value

FACILITY = r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}"
DONATION = re.compile(
    rf"=?(?P<facility>{FACILITY})(?P<year>[0-9]{{2}})(?P<serial>[0-9]{{6}})(?P<rest>[0-9A-Z*]{{0,3}})"
)
COURSE = re.compile(
    rf"(?:&/)?(CH)(?P<facility>{FACILITY})(?P<year>[0-9]{{2}})(?P<serial>[A-Z0-9]{{6}})"
)

COI_EXPECTED = "15 characters: CH, facility (5, no letter O), year (2 digits), serial (6)"
DIN_EXPECTED = (
    "13 characters: facility (5, no letter O), year (2 digits), serial (6 digits); then two flag "
    "characters when scanned, or one check character when typed"
)
CHECKED_FLAG = 60
"""Flags from here on state the check value: 60 and the value."""


@dataclass(frozen=True, slots=True)
class ChainOfIdentity:
    """A chain-of-identity identifier: one therapy course of one patient."""

    facility: str
    year: str
    serial: str

    def __str__(self) -> str:
        return f"CH{self.facility}{self.year}{self.serial}"


@dataclass(frozen=True, slots=True)
class Donation:
    """A donation identification number; its flags say how it was read and are no part of it."""

    facility: str
    year: str
    serial: str
    flags: str | None = None

    def __str__(self) -> str:
        return f"{self.facility}{self.year}{self.serial}"

    @property
    def check_character(self) -> str:
        """The character printed in the box beside the number, for typing it in."""
        return check_character(str(self))


def parse_coi(text: str) -> ChainOfIdentity:
    """A chain-of-identity identifier; it carries no check character, so it is scanned, not typed."""
    match = COURSE.fullmatch(plain(text))
    if match is None:
        raise Malformed(quoted(text), COI_EXPECTED)
    return ChainOfIdentity(match["facility"], match["year"], match["serial"])


def parse_din(text: str) -> Donation:
    """A donation number: bare, as scanned (with flags), as typed (with its check character), or both."""
    match = DONATION.fullmatch(plain(text))
    if match is None:
        raise Malformed(quoted(text), DIN_EXPECTED)
    rest = match["rest"]
    flags = rest[:2] if len(rest) >= 2 else None
    din = Donation(match["facility"], match["year"], match["serial"], flags)
    if len(rest) in (1, 3) and rest[-1] != din.check_character:
        raise Malformed(
            f"the check character {rest[-1]} in {quoted(text)}", f"{din.check_character}"
        )
    if flags is not None:
        _verify(flags, din, text)
    return din


def _verify(flags: str, din: Donation, text: str) -> None:
    """Flags of the third type repeat the check value; others say nothing that could be wrong."""
    if "*" in flags:
        raise Malformed(f"the flags {flags!r} in {quoted(text)}", "two digits or letters")
    if not flags.isdigit() or not CHECKED_FLAG <= int(flags) <= CHECKED_FLAG + 36:
        return
    expected = f"{CHECKED_FLAG + check_value(str(din))}"
    if flags != expected:
        raise Malformed(f"the flags {flags} in {quoted(text)}", expected)
