"""Finds the events in what a logistics platform sends: a document, a query result, or events alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.connector import CannotUnderstand
from connectors.logistics import epcis_xml, names
from schemas.reasons import Reason

DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds the events: the document itself, or nothing when events came alone."""

    document: Mapping[str, object]
    """Empty when the events came without a document."""
    events: tuple[object, ...]
    context: object
    breaches: tuple[str, ...] = ()
    """What breaks the standard and shows only in XML."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to a repository, which states nothing."""

    asked: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Silent:
    """A document that states nothing, and why."""

    why: str


def read_xml(body: bytes) -> Envelope | Silent:
    """The events that an XML document holds, in their form in JSON, unchecked."""
    found = epcis_xml.read(body)
    if isinstance(found, str):
        return Silent(found)
    return Envelope(found.document, found.events, found.context, found.breaches)


def read_json(document: object) -> Envelope | Query:
    """The events that a JSON document holds, unchecked."""
    if isinstance(document, list):
        if not document or not all(_looks_like_event(event) for event in document):
            raise CannotUnderstand(Reason.UNKNOWN_FORMAT, "the array does not hold EPCIS events")
        return Envelope({}, tuple(document), None)
    if not isinstance(document, dict):
        raise CannotUnderstand(Reason.UNKNOWN_FORMAT, "expected an EPCIS document or event")
    kind = _kind(document)
    if kind in DOCUMENTS:
        return Envelope(document, _event_list(document, kind), document.get("@context"))
    if _looks_like_event(document):
        return Envelope({}, (document,), document.get("@context"))
    if isinstance(document.get("eventType"), list) and "epcisBody" not in document:
        return Query(document)
    raise CannotUnderstand(Reason.UNKNOWN_FORMAT, f"{_guess(document)} is not EPCIS 2.0 JSON")


def _kind(document: Mapping[str, object]) -> str:
    kind = document.get("type", document.get("isA", ""))
    declared = names.prefixes(document.get("@context"))
    full = names.expanded(kind, declared) if isinstance(kind, str) else ""
    return full.removeprefix("https://ref.gs1.org/epcis/")


def _looks_like_event(value: object) -> bool:
    return isinstance(value, dict) and (
        _kind(value).endswith("Event") or ("eventTime" in value and "eventTimeZoneOffset" in value)
    )


def _event_list(document: Mapping[str, object], kind: str) -> tuple[object, ...]:
    """Where the events of a captured document and of a query result lie."""
    version = document.get("schemaVersion")
    if not isinstance(version, str) or not version:
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, "schemaVersion: missing")
    if version.partition(".")[0] != "2":
        detail = f"schemaVersion: EPCIS {version[:20]} as JSON is not known; send 2.0"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    path = ["epcisBody", "eventList"]
    if kind == "EPCISQueryDocument":
        path[1:1] = ["queryResults", "resultsBody"]
    found: object = document
    for step in path:
        if not isinstance(found, dict) or step not in found:
            raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{'.'.join(path)}: missing")
        found = found[step]
    if not isinstance(found, list):
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{'.'.join(path)}: expected an array")
    return tuple(found)


def _guess(document: Mapping[str, object]) -> str:
    """What the document is instead, where we know it by sight."""
    if "result" in document and str(document.get("object")) == "Event":
        return "a webhook of a courier's tracker"
    if str(document.get("object")) in ("Tracker", "Pickup") or "tracking_code" in document:
        return "a record of a courier's tracker"
    kind = document.get("@type")
    if isinstance(kind, str) and kind.partition(":")[0] in ("cargo", "api"):
        return f"an IATA ONE Record {kind[:40]}"
    return "the JSON object"
