"""GS1 keys and their check digit: handling units, articles, service relations, places, assets.

Own code: the check digit is three lines. It finds every single wrong digit, and neighbours changed
about unless they differ by five. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.identifiers.form import Malformed, quoted

SERIAL = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+""")
"""The characters that GS1 allows in serials, lots and asset references."""


ELEMENT = re.compile(r"\(([0-9]{2,4})\)([^(]+)")


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of GS1 key, by its application identifier."""

    ai: str
    name: str
    digits: int
    """How many digits it begins with, the last of them the check digit; 0 where all is free text."""
    urn: str
    """Its name in an EPC URN."""
    first_digit_moves: bool = False
    """Whether the first digit stands behind the company prefix in the URN."""
    leading_zero: bool = False
    """Whether the key begins with a zero that the URN leaves out."""
    serial_ai: str | None = None
    """The application identifier of its serial, where that is one of its own."""
    serial_follows: int = 0
    """How long a serial may be that follows the digits directly."""


SSCC = KeyKind("00", "SSCC", 18, "sscc", first_digit_moves=True)
GTIN = KeyKind("01", "GTIN", 14, "sgtin", first_digit_moves=True, serial_ai="21")
GLN = KeyKind("414", "GLN", 13, "sgln", serial_ai="254")
PGLN = KeyKind("417", "party GLN", 13, "pgln")
GSIN = KeyKind("402", "GSIN", 17, "gsin")
GRAI = KeyKind("8003", "GRAI", 14, "grai", leading_zero=True, serial_follows=16)
GIAI = KeyKind("8004", "GIAI", 0, "giai", serial_follows=30)
GDTI = KeyKind("253", "GDTI", 13, "gdti", serial_follows=17)
GCN = KeyKind("255", "GCN", 13, "sgcn", serial_follows=12)
GINC = KeyKind("401", "GINC", 0, "ginc", serial_follows=30)
GSRN_PROVIDER = KeyKind("8017", "GSRN of a provider", 18, "gsrnp")
GSRN = KeyKind("8018", "GSRN of a recipient", 18, "gsrn")

KINDS: tuple[KeyKind, ...] = (
    *(SSCC, GTIN, GLN, PGLN, GSIN, GRAI, GIAI),
    *(GDTI, GCN, GINC, GSRN_PROVIDER, GSRN),
)
KIND_BY_AI = {kind.ai: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Key:
    """One GS1 key, with its check digit, and what tells one thing of its kind from the next."""

    kind: KeyKind
    value: str
    serial: str | None = None
    lot: str | None = None

    def __str__(self) -> str:
        """The element string as printed under a barcode."""
        text = f"({self.kind.ai}){self.value}"
        if self.lot is not None:
            text += f"(10){self.lot}"
        if self.serial is not None:
            text += f"({self.kind.serial_ai}){self.serial}" if self.kind.serial_ai else self.serial
        return text


def check_digit(digits: str) -> str:
    """The digit that follows these: weights 3, 1, 3 and so on from the right."""
    if not all_digits(digits):
        raise Malformed(quoted(digits), "digits only")
    weighed = 3 * sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2]))
    return str(-weighed % 10)


def holds(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return len(digits) > 1 and all_digits(digits) and check_digit(digits[:-1]) == digits[-1]


def all_digits(text: str) -> bool:
    """Whether these are digits of ASCII and nothing else."""
    return text.isascii() and text.isdigit()


def parse_key(kind: KeyKind, text: str, serial: str | None = None, lot: str | None = None) -> Key:
    """A key of this kind: its length, its digits and its check digit are right."""
    value = text.strip()
    if kind.serial_follows and serial is None:
        value, serial = value[: kind.digits], value[kind.digits :] or None
    if kind is GTIN and len(value) in (8, 12, 13):
        value = value.zfill(GTIN.digits)
    if kind.digits:
        _verify(kind, value, text)
    elif not serial:
        raise Malformed("nothing", f"a {kind.name}")
    if kind.leading_zero and not value.startswith("0"):
        raise Malformed(quoted(text), f"a {kind.name} that begins with 0")
    for part in (serial, lot):
        most = kind.serial_follows or 20
        if part is not None and (len(part) > most or not SERIAL.fullmatch(part)):
            raise Malformed(
                f"{quoted(part)} in the {kind.name}", f"at most {most} characters of the GS1 set"
            )
    return Key(kind, value, serial, lot)


def parse_elements(text: str) -> Key:
    """A key as printed under its barcode, for example (01)80614141123458(21)6789."""
    elements = dict(ELEMENT.findall(text))
    kind = next((KIND_BY_AI[ai] for ai in elements if ai in KIND_BY_AI), None)
    if kind is None or ELEMENT.sub("", text):
        raise Malformed(
            quoted(text), f"one of {', '.join(f'({ai})' for ai in KIND_BY_AI)} and a key"
        )
    serial = elements.get(kind.serial_ai) if kind.serial_ai else None
    return parse_key(kind, elements[kind.ai], serial, elements.get("10"))


def _verify(kind: KeyKind, value: str, text: str) -> None:
    if len(value) != kind.digits or not all_digits(value):
        raise Malformed(quoted(text), f"a {kind.name} of {kind.digits} digits")
    expected = check_digit(value[:-1])
    if value[-1] != expected:
        raise Malformed(f"the check digit {value[-1]} in {kind.name} {quoted(value)}", expected)
