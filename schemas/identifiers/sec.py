"""The Single European Code of tissues and cells: forty characters, of which twenty-one name the donation.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from schemas.identifiers.form import Malformed, plain, quoted

CODE = re.compile(
    r"(?P<country>[A-Z]{2})(?P<establishment>[A-Z0-9]{6})(?P<donation>[A-Z0-9]{13})"
    r"(?:(?P<coding>[A-Z])(?P<product>[A-Z0-9]{7})(?P<split>[A-Z0-9]{3})(?P<expiry>[0-9]{8}))?"
)
SEQUENCE = 21
NO_EXPIRY = "00000000"
EXPECTED = (
    "country (2 letters), establishment (6), donation number (13), and then either nothing or coding "
    "system (1 letter), product (7), split (3), expiry YYYYMMDD (8)"
)


@dataclass(frozen=True, slots=True)
class SingleEuropeanCode:
    """A Single European Code; before a product exists only its donation sequence is known."""

    country: str
    establishment: str
    donation: str
    coding: str | None = None
    product: str | None = None
    split: str | None = None
    expires: date | None = None

    @property
    def sequence(self) -> str:
        """The donation identification sequence, which never changes."""
        return f"{self.country}{self.establishment}{self.donation}"

    def __str__(self) -> str:
        if self.coding is None:
            return self.sequence
        expiry = NO_EXPIRY if self.expires is None else self.expires.strftime("%Y%m%d")
        return f"{self.sequence}{self.coding}{self.product}{self.split}{expiry}"


def parse_sec(text: str) -> SingleEuropeanCode:
    """A code of 40 characters, or its donation sequence of 21."""
    match = CODE.fullmatch(plain(text))
    if match is None:
        raise Malformed(f"{len(plain(text))} characters, {quoted(text)}", EXPECTED)
    return SingleEuropeanCode(
        match["country"],
        match["establishment"],
        match["donation"],
        match["coding"],
        match["product"],
        match["split"],
        _expiry(match["expiry"], text),
    )


def _expiry(digits: str | None, text: str) -> date | None:
    if digits is None or digits == NO_EXPIRY:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise Malformed(
            f"the expiry {digits} in {quoted(text)}", f"a day as YYYYMMDD, or {NO_EXPIRY} for none"
        ) from None
