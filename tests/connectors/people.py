"""What a message says of people, found by where the standards put it: names, births, addresses, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors.connector import CannotUnderstand
from connectors.fields import document_of
from connectors.formats import json_document

SHORTEST = 4
"""Shorter values are also parts of ordinary words and codes."""

HL7 = re.compile(
    r"^(?:"
    r"PID-(?:2|3|4|18|19|20|21)(?:\.1)?(?:\.1)?|"  # numbers of the patient
    r"PID-(?:5|6|9)(?:\.[123])?(?:\.1)?|"  # names
    r"PID-7(?:\.1)?|"  # birth
    r"PID-11(?:\.[135])?(?:\.1)?|"  # address
    r"PID-(?:13|14)(?:\.(?:1|12|4))?|"  # telephone, mail
    r"MRG-(?:1|2|3|4)(?:\.1)?|MRG-7(?:\.[123])?|"
    r"NK1-2(?:\.[123])?(?:\.1)?|NK1-4(?:\.[135])?(?:\.1)?|NK1-5(?:\.1)?|"
    r"GT1-3(?:\.[123])?|GT1-5(?:\.[135])?|GT1-8|"
    r"IN1-16(?:\.[123])?|IN1-18|IN1-19(?:\.[135])?"
    r")$"
)
"""Fields of HL7 v2 that are about the patient and those around him."""

PEOPLE = frozenset({"Patient", "RelatedPerson", "Person"})
STAFF = frozenset({"Practitioner"})


def personal(body: bytes) -> set[str]:
    """The values that identify somebody, and that the message says nowhere else."""
    found: set[str] = set()
    other: set[str] = set()
    for value, is_personal in _values(body):
        (found if is_personal else other).add(value)
    return {value for value in found - other if _telling(value)}


ORDINARY = frozenset({"patient"})
"""A given name in samples of ours, and a word that everybody uses."""


def _telling(value: str) -> bool:
    """Whether a value is long enough to mean somebody; a short number may mean anything."""
    return value.casefold() not in ORDINARY and len(value) >= (6 if value.isdigit() else SHORTEST)


def _values(body: bytes) -> Iterator[tuple[str, bool]]:
    start = body.lstrip(b"\xef\xbb\xbf\x0b \t\r\n")
    if start.startswith((b"MSH", b"FHS", b"BHS")):
        document = document_of(body)
        for leaf in document.leaves if document else ():
            yield str(leaf.value).strip(), HL7.match(leaf.path) is not None
    elif start.startswith((b"{", b"[")):
        try:
            yield from _fhir(json_document(body), False)
        except CannotUnderstand:
            return


def _fhir(value: Any, about_person: bool) -> Iterator[tuple[str, bool]]:
    """Values of FHIR; those of a person's own elements are marked."""
    if isinstance(value, list):
        for one in value:
            yield from _fhir(one, about_person)
    elif isinstance(value, dict):
        kind = value.get("resourceType")
        for name, child in value.items():
            own = about_person
            if kind in PEOPLE:
                own = name in ("identifier", "name", "telecom", "birthDate", "address", "contact")
            elif kind in STAFF:
                own = name in ("identifier", "name", "telecom", "address")
            elif about_person and name in (
                "system",
                "type",
                "use",
                "assigner",
                "country",
                "period",
            ):
                own = False
            yield from _fhir(child, own)
    elif isinstance(value, str) and value.strip():
        yield value.strip(), about_person


def spoken(value: str) -> set[bytes]:
    """How a value may be written somewhere else: as it is, and a date with or without hyphens."""
    forms = {value}
    if re.fullmatch(r"\d{8}", value):
        forms.add(f"{value[:4]}-{value[4:6]}-{value[6:]}")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        forms.add(value.replace("-", ""))
    return {form.casefold().encode() for form in forms}


def said_in(value: str, content: bytes) -> bool:
    """Whether a value stands in some bytes as a word of its own."""
    for form in spoken(value):
        pattern = rb"(?<![a-z0-9])" + re.escape(form) + rb"(?![a-z0-9])"
        if re.search(pattern, content):
            return True
    return False
