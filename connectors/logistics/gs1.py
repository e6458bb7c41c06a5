"""Reads a GS1 key out of an EPC URN or a Digital Link, so that both spellings give one value.

A URN leaves the check digit out and a Digital Link keeps it: the one is computed, the other
verified. Own code, because no library known reads both and ten lines for each key are enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

CANONICAL = "https://id.gs1.org/"

_LINK_LENGTHS = {"00": 18, "01": 14, "402": 17, "414": 13, "417": 13, "8017": 18, "8018": 18}
"""Primary keys that are digits only and end in a check digit."""
_LINK_FREE = ("253", "255", "401", "8003", "8004")
_QUALIFIERS = {"01": ("22", "10", "21"), "414": ("254",)}
_URN = re.compile(r"urn:epc:(?:id|class|idpat):([a-z]+):(.+)")
_URN_KEYS = {
    "sgtin": "01",
    "lgtin": "01",
    "sscc": "00",
    "sgln": "414",
    "pgln": "417",
    "grai": "8003",
    "giai": "8004",
    "gsrn": "8018",
    "gsrnp": "8017",
    "gdti": "253",
    "gsin": "402",
    "ginc": "401",
}
_URN_DIGITS = {"01": 13, "00": 17, "414": 12, "417": 12, "8018": 17, "8017": 17, "402": 16}


@dataclass(frozen=True, slots=True)
class Key:
    """A GS1 key: the application identifier, its value with the check digit, and what qualifies it."""

    identifier: str
    value: str
    lot: str | None = None
    serial: str | None = None


def link(uri: str) -> str:
    """The one Digital Link of a GS1 key, whatever domain or URN it came in; any other URI as it is."""
    try:
        found = key(uri)
    except CannotUnderstand:
        return uri
    if found is None:
        return uri
    serial = quote(found.serial, safe="") if found.serial is not None else None
    link = f"{CANONICAL}{found.identifier}/{quote(found.value, safe='')}"
    if found.lot is not None:
        link += f"/10/{quote(found.lot, safe='')}"
    if serial is None:
        return link
    separator = {"01": "/21/", "414": "/254/"}.get(found.identifier, "")
    return f"{link}{separator}{serial}"


def check_digit(digits: str) -> str:
    """The digit that makes a GS1 key whole: weights 3 and 1 in turn from the right."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def key(uri: str) -> Key | None:
    """The GS1 key that the URI writes; None when it is no GS1 key at all."""
    if uri.startswith("urn:epc:"):
        return _from_urn(uri)
    if uri.startswith(("https://", "http://")):
        return _from_link(uri)
    return None


def _from_urn(uri: str) -> Key | None:
    match = _URN.fullmatch(uri)
    if match is None or match[1] not in _URN_KEYS:
        return None
    kind, identifier = match[1], _URN_KEYS[match[1]]
    parts = [unquote(part) for part in match[2].split(".")]
    company, rest = parts[0], parts[1:]
    if not _digits(company) or not rest:
        raise _malformed(uri, "the company prefix is not digits")
    if kind == "giai":
        return Key(identifier, company + ".".join(rest))
    reference, extra = rest[0], ".".join(rest[1:])
    if kind == "grai" or kind == "gdti":
        stem = "0" * (kind == "grai") + company + reference
        if not _digits(stem) or len(company + reference) != 12:
            raise _malformed(uri, "company prefix and type are not 12 digits")
        return Key(identifier, stem + check_digit(company + reference), serial=extra or None)
    if kind == "ginc":
        return Key(identifier, company + reference)
    # the first digit of the reference stands before the company prefix in the key itself
    moved = reference[:1] + company + reference[1:] if kind in _FIRST_DIGIT_MOVES else None
    digits = moved or company + reference
    if not _digits(digits) or len(digits) != _URN_DIGITS[identifier]:
        raise _malformed(uri, f"{kind} needs {_URN_DIGITS[identifier]} digits")
    whole = digits + check_digit(digits)
    if kind == "lgtin":
        return Key(identifier, whole, lot=extra or None)
    if kind == "sgln" and extra == "0":
        extra = ""  # nothing but the location itself
    return Key(identifier, whole, serial=extra if extra not in ("", "*") else None)


_FIRST_DIGIT_MOVES = ("sgtin", "lgtin", "sscc")


def _from_link(uri: str) -> Key | None:
    try:
        path = urlsplit(uri).path
    except ValueError:
        return None  # an address that no browser would take names nothing
    steps = [unquote(step) for step in path.split("/") if step]
    for place, step in enumerate(steps[:-1]):
        value = steps[place + 1]
        if step in _LINK_LENGTHS and _digits(value) and len(value) == _LINK_LENGTHS[step]:
            if check_digit(value[:-1]) != value[-1]:
                raise _malformed(uri, f"the check digit {value[-1]} is wrong")
            qualified = dict(zip(steps[place + 2 :: 2], steps[place + 3 :: 2], strict=False))
            serial = qualified.get("21") or qualified.get("254")
            return Key(step, value, lot=qualified.get("10"), serial=serial)
        if step in _LINK_FREE and place == len(steps) - 2:
            return _free(step, value)
    return None


def _free(identifier: str, value: str) -> Key:
    """A key whose serial follows its digits without a separator."""
    length = {"253": 13, "255": 13, "8003": 14}.get(identifier)
    if length and _digits(value[:length]) and len(value) > length:
        return Key(identifier, value[:length], serial=value[length:])
    return Key(identifier, value)


def _digits(text: str) -> bool:
    """Whether these are digits of ASCII and nothing else."""
    return text.isascii() and text.isdigit()


def _malformed(uri: str, why: str) -> CannotUnderstand:
    return CannotUnderstand(Reason.IDENTIFIER_MALFORMED, f"{uri[:80]!r}: {why}")
