"""Says of other formats that an ERP may send which they are, and that they are not read yet.

A thin notice about an object we follow is refused, not ignored: the record behind it may be a fact
that is missing. A notice about something else is ignored, as it will be once notices are read.
"""

from __future__ import annotations

from connectors.connector import CannotUnderstand, Decision, Ignored, Refused
from connectors.formats import json_document
from connectors.times import parse_rfc3339
from schemas.reasons import Reason

FOLLOWED = ("salesorder", "productionorder", "processorder", "outbounddelivery", "batch")
"""The S/4HANA objects whose changes tell of an order, a slot, a batch or a delivery."""


def flat_idoc(body: bytes) -> bool:
    """Whether the bytes begin as a fixed-width IDoc does."""
    return body.lstrip().startswith((b"EDI_DC40", b"EDI_DC "))


def decide_json(body: bytes) -> Decision:
    """What becomes of a JSON document: a CloudEvent, or a record of an unknown kind."""
    document = json_document(body)
    if not isinstance(document, dict) or "specversion" not in document:
        detail = "a JSON document that is no CloudEvent; IDoc as XML is read"
        return Refused(Reason.UNKNOWN_FORMAT, detail)
    return _cloud_event(document)


def _cloud_event(document: dict[str, object]) -> Decision:
    for attribute in ("id", "source", "type"):
        if not isinstance(document.get(attribute), str) or not document[attribute]:
            return Refused(Reason.STANDARD_VIOLATED, f"CloudEvent: {attribute} is missing")
    if "time" in document:
        try:
            parse_rfc3339(str(document["time"]), "time")
        except CannotUnderstand as error:
            return Refused(Reason.STANDARD_VIOLATED, f"CloudEvent: {error.detail}")
    kind = str(document["type"])
    if any(f".{name}." in kind.lower() for name in FOLLOWED):
        detail = f"CloudEvent {kind[:80]!r}: a notice without its record is not read yet"
        return Refused(Reason.UNKNOWN_FORMAT, detail)
    return Ignored(f"CloudEvent {kind[:80]}")
