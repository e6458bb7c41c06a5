"""GS1 keys as EPC URN and as Digital Link, both ways, so that every spelling gives one key.

The URN leaves the check digit out, and moves the first digit of some keys behind the company prefix;
the link keeps the key whole. Own code: no library known reads both and writes both. Pure.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from schemas.identifiers.form import Malformed, quoted
from schemas.identifiers.gs1 import (
    GTIN,
    KIND_BY_AI,
    KINDS,
    Key,
    KeyKind,
    all_digits,
    check_digit,
    parse_key,
)

LINK_DOMAIN = "https://id.gs1.org"
URN = re.compile(r"urn:epc:(?:id|class|idpat):(?P<kind>[a-z]+):(?P<rest>.+)")
LOT_URN = "lgtin"
COMPANY = range(6, 13)
"""How many digits a company prefix may have."""
KIND_BY_URN: dict[str, KeyKind] = {**{kind.urn: kind for kind in KINDS}, LOT_URN: GTIN}
EXPECTED_URN = f"an EPC URN of {', '.join(sorted(KIND_BY_URN))}"


class NoKey(Malformed):
    """An address that writes no GS1 key at all, and may well name something else."""


def read(uri: str) -> Key:
    """The key of an EPC URN or a Digital Link."""
    return from_urn(uri) if uri.startswith("urn:") else from_link(uri)


# ------------------------------------------------------------------------------------------------ URN


def from_urn(uri: str) -> Key:
    """The key of an EPC URN, for example urn:epc:id:sscc:0614141.1234567890."""
    match = URN.fullmatch(uri)
    if match is None or match["kind"] not in KIND_BY_URN:
        raise NoKey(quoted(uri), EXPECTED_URN)
    kind = KIND_BY_URN[match["kind"]]
    company, dot, rest = match["rest"].partition(".")
    if not _is_company(company) or not dot or not (kind.digits or rest):
        raise Malformed(quoted(uri), "a company prefix of 6 to 12 digits, a dot, and a reference")
    if not kind.digits:
        return parse_key(kind, company + unquote(rest))
    reference, _, further = rest.partition(".")
    digits = _digits_in_key(kind, company, reference)
    if len(digits) != kind.digits - 1 or not all_digits(digits):
        needed = kind.digits - 1 - kind.leading_zero
        raise Malformed(quoted(uri), f"{needed} digits in company prefix and reference together")
    serial = unquote(further) or None
    if serial == "*" or (kind.urn == "sgln" and serial == "0"):
        serial = None  # any serial; and 0 in an SGLN means the place itself
    whole = digits + check_digit(digits)
    if match["kind"] == LOT_URN:
        return parse_key(kind, whole, lot=serial)
    return parse_key(kind, whole, serial=serial)


def to_urn(key: Key, company_digits: int) -> str:
    """The EPC URN of a key; how long the company prefix is, the key itself does not say."""
    if company_digits not in COMPANY:
        raise Malformed(f"a company prefix of {company_digits} digits", "6 to 12 digits")
    if not key.kind.digits:
        serial = key.serial or ""
        company, reference = serial[:company_digits], serial[company_digits:]
        if not _is_company(company) or not reference:
            raise Malformed(quoted(serial), f"a company prefix of {company_digits} digits in front")
        return f"urn:epc:id:{key.kind.urn}:{company}.{_escaped(reference)}"
    body = key.value[1:-1] if _front(key.kind) else key.value[:-1]
    moved = key.value[0] if key.kind.first_digit_moves else ""
    stem = f"{body[:company_digits]}.{moved}{body[company_digits:]}"
    if key.lot is not None:
        return f"urn:epc:class:{LOT_URN}:{stem}.{_escaped(key.lot)}"
    if key.kind is GTIN and key.serial is None:
        return f"urn:epc:idpat:sgtin:{stem}.*"
    if key.kind.urn == "sgln":
        return f"urn:epc:id:sgln:{stem}.{_escaped(key.serial or '0')}"
    serial = "" if key.serial is None else f".{_escaped(key.serial)}"
    return f"urn:epc:id:{key.kind.urn}:{stem}{serial}"


def _digits_in_key(kind: KeyKind, company: str, reference: str) -> str:
    if kind.first_digit_moves:
        return reference[:1] + company + reference[1:]
    return "0" * kind.leading_zero + company + reference


def _front(kind: KeyKind) -> bool:
    """Whether the first digit of the key is not the first of the company prefix."""
    return kind.first_digit_moves or kind.leading_zero


def _is_company(text: str) -> bool:
    return len(text) in COMPANY and all_digits(text)


def _escaped(text: str) -> str:
    return quote(text, safe="!'()*+,-.:;=_")


# ---------------------------------------------------------------------------------------- Digital Link


def from_link(uri: str) -> Key:
    """The key of a GS1 Digital Link of any domain, for example https://id.gs1.org/00/106141412345678908."""
    expected = "a GS1 Digital Link such as https://id.gs1.org/00/ and 18 digits"
    try:
        address = urlsplit(uri)
    except ValueError:
        raise NoKey(quoted(uri), expected) from None
    if address.scheme not in ("http", "https"):
        raise NoKey(quoted(uri), expected)
    steps = [unquote(step) for step in address.path.split("/") if step]
    for place, ai in enumerate(steps[:-1]):
        kind = KIND_BY_AI.get(ai)
        if kind is None or not _begins_like(kind, steps[place + 1], steps[place + 2 :]):
            continue
        qualified = dict(zip(steps[place + 2 :: 2], steps[place + 3 :: 2], strict=False))
        serial = qualified.get(kind.serial_ai) if kind.serial_ai else None
        return parse_key(kind, steps[place + 1], serial, qualified.get("10"))
    raise NoKey(quoted(uri), expected)


def _begins_like(kind: KeyKind, value: str, behind: list[str]) -> bool:
    """Whether a step of the path can be the key, so that a path in front of it is passed over."""
    if not kind.digits:
        return not behind  # free text would claim any address that has such a number in its path
    head = value[: kind.digits] if kind.serial_follows else value
    return len(head) == kind.digits and all_digits(head)


def to_link(key: Key, domain: str = LINK_DOMAIN) -> str:
    """The Digital Link of a key, in its canonical domain unless another is named."""
    follows = key.serial if key.kind.serial_follows and key.serial else ""
    link = f"{domain}/{key.kind.ai}/{quote(key.value + follows, safe='')}"
    if key.lot is not None:
        link += f"/10/{quote(key.lot, safe='')}"
    if key.kind.serial_ai is not None and key.serial is not None:
        link += f"/{key.kind.serial_ai}/{quote(key.serial, safe='')}"
    return link
