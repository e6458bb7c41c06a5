"""The forms of identifier that we know, each with its rules and check characters.

Whether two texts name one thing is decided on the form in which we keep them, never on how they were
printed, scanned or linked. A GSRN names a person and not a thing, so it is no form here: a patient is a
subject token. A deployment hands in its own forms beside these:

    parse("ACM-00012345", "acme-coi", (*FORMS, PatternForm("acme-coi", Scheme.COI, "...", r"ACM-\\d{8}")))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas.envelope import Scheme
from schemas.identifiers import epc, gs1, isbt128, sec
from schemas.identifiers.form import (
    CheckedForm,
    IdentifierForm,
    Malformed,
    PatternForm,
    form_named,
)

__all__ = ["FORMS", "CheckedForm", "IdentifierForm", "Malformed", "PatternForm", "parse"]


def _gs1(kind: gs1.KeyKind) -> Callable[[str], str]:
    """Reads a key of this kind in any spelling: bare, as element string, URN or Digital Link."""

    def read(text: str) -> str:
        if text.startswith(("urn:", "http:", "https:")):
            key = epc.read(text)
        elif text.startswith("("):
            key = gs1.parse_elements(text)
        else:
            key = gs1.parse_key(kind, text)
        if key.kind is not kind:
            raise Malformed(f"a {key.kind.name}", f"a {kind.name}")
        return str(key) if kind.serial_ai and key.serial else key.value + (key.serial or "")

    return read


FORMS: tuple[IdentifierForm, ...] = (
    CheckedForm(
        "isbt128-coi", Scheme.COI, isbt128.COI_EXPECTED, lambda text: str(isbt128.parse_coi(text))
    ),
    CheckedForm(
        "isbt128-din", Scheme.DIN, isbt128.DIN_EXPECTED, lambda text: str(isbt128.parse_din(text))
    ),
    CheckedForm("sec", Scheme.SEC, sec.EXPECTED, lambda text: str(sec.parse_sec(text))),
    CheckedForm("gs1-sscc", Scheme.SSCC, "18 digits with a check digit", _gs1(gs1.SSCC)),
    CheckedForm("gs1-sgtin", Scheme.CONTAINER, "(01), 14 digits, (21), a serial", _gs1(gs1.GTIN)),
    CheckedForm(
        "gs1-grai", Scheme.SHIPPER, "0, 13 digits with a check digit, a serial", _gs1(gs1.GRAI)
    ),
    CheckedForm("gs1-giai", Scheme.SHIPPER, "company prefix and reference", _gs1(gs1.GIAI)),
    PatternForm("internal", Scheme.ORDER, "1 to 80 characters without blanks", r"\S{1,80}"),
)


def parse(text: str, form: str, forms: Iterable[IdentifierForm] = FORMS) -> str:
    """A text, read by the form of this name, as we keep it; raises Malformed."""
    return form_named(form, forms).parse(text)
