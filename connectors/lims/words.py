"""A laboratory's own words, looked at when its connector starts, so that no message finds them wrong. Pure."""

from __future__ import annotations

import re

from connectors.connector import Partner
from schemas.envelope import Scheme
from schemas.laboratory import Verdict

PLACE = re.compile(r"O-(\d{1,2})(?:\.(\d{1,2}))?")
"""A field or component of an ASTM order, as `mapping["astm"]` names it."""


def check(partner: Partner) -> None:
    """Says which of the laboratory's own words cannot be used."""
    for place, scheme in _words(partner, "astm"):
        if PLACE.fullmatch(place) is None:
            raise ValueError(
                f"mapping: astm: {place!r} is no field of an order, such as O-4 or O-3.2"
            )
        if scheme not in Scheme.__members__ or scheme == Scheme.UNKNOWN_TO_READER:
            raise ValueError(f"mapping: astm: {place}: {scheme!r} is no scheme of identifiers")
    verdicts = {v.value for v in Verdict} - {Verdict.UNKNOWN_TO_READER.value}
    for flag, verdict in _words(partner, "verdicts"):
        if verdict not in verdicts:
            told = ", ".join(sorted(verdicts))
            raise ValueError(
                f"mapping: verdicts: {flag}: {verdict!r} is no verdict; there are {told}"
            )
    for name in ("measures", "patients"):
        for word, meaning in _words(partner, name):
            if not 0 < len(meaning) <= 100:
                raise ValueError(f"mapping: {name}: {word}: up to 100 characters are expected")
    certificates = partner.mapping.get("certificates", ())
    if not isinstance(certificates, list | tuple):
        raise ValueError("mapping: certificates: a list of codes is expected")


def _words(partner: Partner, name: str) -> list[tuple[str, str]]:
    found = partner.mapping.get(name)
    if found is None:
        return []
    if not isinstance(found, dict):
        raise ValueError(f"mapping: {name}: names and values are expected")
    return [(str(word), str(meaning)) for word, meaning in found.items()]
