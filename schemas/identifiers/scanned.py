"""What a barcode scanner types: ISBT 128 data structures, told apart by their data identifier.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from schemas.identifiers.form import Malformed, quoted

DONATION = "donation number"
COMPOUND = "=+"
COMPOUND_HEAD = re.compile(r"=\+(?P<structures>[0-9]{2})[0-9]{3}")
FIRST_OF_DONATION = re.compile(r"=[A-NP-Z1-9]")


@dataclass(frozen=True, slots=True)
class Structure:
    """One kind of data structure."""

    data_identifier: str
    name: str
    length: int | None = None
    """How many characters follow the data identifier; None where that is not fixed, or not known to us."""


STRUCTURES: tuple[Structure, ...] = (
    Structure("=", DONATION, 15),
    Structure("&/", "chain of identity", 15),
    Structure("=<", "product code", 8),
    Structure("&>", "expiry date and time", 10),
    Structure("&*", "collection date and time", 10),
    Structure("&}", "production date and time", 10),
    Structure("=,", "division"),
    Structure("&+", "processing facility"),
    Structure("&,1", "lot number", 18),
    Structure("&,4", "Single European Code"),
    Structure("&:", "donor registry id"),
    Structure("&#", "patient id"),
    Structure("=/", "processor product code"),
)
_BY_IDENTIFIER = {structure.data_identifier: structure for structure in STRUCTURES}


@dataclass(frozen=True, slots=True)
class Scanned:
    """One data structure that was scanned."""

    structure: Structure
    content: str


def parse_scan(text: str) -> tuple[Scanned, ...]:
    """The data structures of one scan; a compound message holds several."""
    head = COMPOUND_HEAD.match(text)
    if head is None:
        if text.startswith(COMPOUND):
            raise Malformed(
                quoted(text), "=+, the number of structures (2 digits), a reference (3)"
            )
        found, rest = _first(text, alone=True)
        assert not rest
        return (found,)
    rest, all_found = text[head.end() :], []
    for _ in range(int(head["structures"])):
        found, rest = _first(rest, alone=False)
        all_found.append(found)
    if rest:
        raise Malformed(f"{len(rest)} more characters", f"{head['structures']} data structures")
    return tuple(all_found)


def _first(text: str, *, alone: bool) -> tuple[Scanned, str]:
    """The first structure, and what follows it."""
    structure = _structure(text)
    if structure is None:
        expected = ", ".join(f"{s.data_identifier} ({s.name})" for s in STRUCTURES)
        raise Malformed(quoted(text), f"a data identifier: {expected}")
    content = text[len(structure.data_identifier) :]
    if structure.length is None:
        if not alone:
            raise Malformed(
                f"a {structure.name} in a compound message", "structures of a known length there"
            )
        return Scanned(structure, content), ""
    if len(content) < structure.length or (alone and len(content) > structure.length):
        raise Malformed(
            f"{len(content)} characters after {structure.data_identifier}",
            f"{structure.length} for a {structure.name}",
        )
    return Scanned(structure, content[: structure.length]), content[structure.length :]


def _structure(text: str) -> Structure | None:
    if FIRST_OF_DONATION.match(text):
        return _BY_IDENTIFIER["="]
    return next(
        (s for s in STRUCTURES if s.name != DONATION and text.startswith(s.data_identifier)), None
    )


def moment_of(content: str) -> tuple[date, time]:
    """A date and time as ISBT 128 writes it, cyyjjjhhmm; it carries no zone, the place has to say it."""
    match = re.fullmatch(r"([0-9])([0-9]{2})([0-9]{3})([0-9]{2})([0-9]{2})", content)
    expected = "century digit, year (2), day of the year (3), hour (2), minute (2)"
    if match is None:
        raise Malformed(quoted(content), expected)
    century, year, day, hour, minute = map(int, match.groups())
    first = date((1900 if century == 9 else 2000 + 100 * century) + year, 1, 1)
    moment = first + timedelta(days=day - 1)
    if day < 1 or moment.year != first.year or hour > 23 or minute > 59:
        raise Malformed(quoted(content), expected)
    return moment, time(hour, minute)
