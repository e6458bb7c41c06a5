"""Checks by hand what EPCIS 2.0 requires of an event, formats of times and words of CBV included.

Written by hand because GS1's schema file may not be carried here, and because without format checks
that schema lets wrong times through. Not checked: names of measurement types and of components,
which grow faster than we follow them, and anything inside a partner's own extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from connectors.connector import CannotUnderstand
from connectors.logistics.vocabulary import ACTIONS, FAMILIES
from connectors.times import parse_rfc3339

Said = Mapping[str, object]

_COMMON_NAMES = (
    "@context type eventTime recordTime eventTimeZoneOffset eventID certificationInfo"
    " errorDeclaration bizStep disposition persistentDisposition readPoint bizLocation"
    " bizTransactionList sourceList destinationList sensorElementList"
)
_COMMON = frozenset(_COMMON_NAMES.split())
_REQUIRED = ("eventTime", "eventTimeZoneOffset")

MEMBERS: Mapping[str, frozenset[str]] = {
    "ObjectEvent": _COMMON | {"action", "epcList", "quantityList", "ilmd"},
    "AggregationEvent": _COMMON | {"action", "parentID", "childEPCs", "childQuantityList"},
    "TransactionEvent": _COMMON | {"action", "parentID", "epcList", "quantityList"},
    "AssociationEvent": _COMMON | {"action", "parentID", "childEPCs", "childQuantityList"},
    "TransformationEvent": _COMMON
    | {"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"}
    | {"transformationID", "ilmd"},
}
"""What an event of each type may say without a namespace."""

_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "ObjectEvent": ("epcList", "quantityList", "sensorElementList"),
    "TransformationEvent": (
        "inputEPCList",
        "inputQuantityList",
        "outputEPCList",
        "outputQuantityList",
        "transformationID",
    ),
}
_REPORT_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_METADATA_TIMES = ("time", "startTime", "endTime")
_OBJECT_LISTS = (
    *("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
    *("bizTransactionList", "sourceList", "destinationList", "sensorElementList"),
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00")


def breaches_of_document(document: Said) -> Iterator[str]:
    """What the document around the events lacks."""
    if "@context" not in document:
        yield "@context: missing"
    if "creationDate" not in document:
        yield "creationDate: missing"
    else:
        yield from _time(document["creationDate"], "creationDate")


def breaches(event: object) -> Iterator[str]:
    """Every place in which the event breaks the standard."""
    if not isinstance(event, dict):
        yield "expected an object"
        return
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in MEMBERS:
        yield f"type: {str(kind)[:40]!r} is no EPCIS event type"
        return
    yield from (f"{name}: missing" for name in _REQUIRED if name not in event)
    yield from _names(event, MEMBERS[kind], "")
    yield from _of_kind(event, kind)
    yield from _times(event)
    yield from _words(event)
    yield from _places(event)
    yield from _lists(event)
    yield from _sensors(event)


def _names(value: Said, allowed: frozenset[str], at: str) -> Iterator[str]:
    """A member without a namespace must be one of the standard's."""
    for name in value:
        if name not in allowed and ":" not in name:
            yield f"{at}{name[:40]}: no member of EPCIS and without a namespace"


def _of_kind(event: Said, kind: str) -> Iterator[str]:
    """What this type of event needs beside the common members."""
    action = event.get("action")
    if kind != "TransformationEvent" and not (isinstance(action, str) and action in ACTIONS):
        yield f"action: expected ADD, OBSERVE or DELETE, found {str(action)[:20]!r}"
    if kind in _ONE_OF and not any(event.get(name) for name in _ONE_OF[kind]):
        yield f"one of {', '.join(_ONE_OF[kind])}: missing"
    if kind == "TransactionEvent" and not event.get("bizTransactionList"):
        yield "bizTransactionList: missing"
    if kind == "AssociationEvent" and not event.get("parentID"):
        yield "parentID: missing"
    if kind == "AggregationEvent" and action in ("ADD", "DELETE") and not event.get("parentID"):
        yield f"parentID: missing, and the action is {action}"
    children = event.get("childEPCs") or event.get("childQuantityList")
    if kind in ("AggregationEvent", "AssociationEvent") and action == "ADD" and not children:
        yield "childEPCs or childQuantityList: missing, and the action is ADD"
    ilmd = event.get("ilmd", {})
    if isinstance(ilmd, dict):
        yield from _names(ilmd, frozenset(), "ilmd.")
    else:
        yield "ilmd: expected an object"


def _times(event: Said) -> Iterator[str]:
    for name in ("eventTime", "recordTime"):
        if name in event:
            yield from _time(event[name], name)
    offset = event.get("eventTimeZoneOffset", "+00:00")
    if not isinstance(offset, str) or not _OFFSET.fullmatch(offset):
        yield f"eventTimeZoneOffset: expected an offset such as +02:00, found {str(offset)[:20]!r}"
    if "errorDeclaration" in event:
        declared = event["errorDeclaration"]
        if not isinstance(declared, dict) or "declarationTime" not in declared:
            yield "errorDeclaration.declarationTime: missing"
            return
        yield from _time(declared["declarationTime"], "errorDeclaration.declarationTime")
        yield from _word(declared.get("reason"), "ER", "errorDeclaration.reason")


def _words(event: Said) -> Iterator[str]:
    yield from _word(event.get("bizStep"), "BizStep", "bizStep")
    yield from _word(event.get("disposition"), "Disp", "disposition")
    persistent = event.get("persistentDisposition", {})
    if not isinstance(persistent, dict):
        yield "persistentDisposition: expected an object"
        return
    for name in ("set", "unset"):
        for said in _entries(persistent.get(name)):
            yield from _word(said, "Disp", f"persistentDisposition.{name}")


def _places(event: Said) -> Iterator[str]:
    for name in ("readPoint", "bizLocation"):
        if name in event:
            place = event[name]
            yield from _uri(place.get("id") if isinstance(place, dict) else None, f"{name}.id")


def _lists(event: Said) -> Iterator[str]:
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        if not isinstance(event.get(name, []), list):
            yield f"{name}: expected an array"
        for said in _entries(event.get(name)):
            yield from _uri(said, name)
    for name in _OBJECT_LISTS:
        if not isinstance(event.get(name, []), list):
            yield f"{name}: expected an array"
    if "parentID" in event:
        yield from _uri(event["parentID"], "parentID")
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for said in _objects(event, name):
            yield from _uri(said.get("epcClass"), f"{name}.epcClass")
            if not _number(said.get("quantity", 0)):
                yield f"{name}.quantity: expected a number"
    for said in _objects(event, "bizTransactionList"):
        yield from _uri(said.get("bizTransaction"), "bizTransactionList.bizTransaction")
        yield from _word(said.get("type"), "BTT", "bizTransactionList.type")
    for name, member in (("sourceList", "source"), ("destinationList", "destination")):
        for said in _objects(event, name):
            yield from _uri(said.get(member), f"{name}.{member}")
            if "type" not in said:
                yield f"{name}.type: missing"
            yield from _word(said.get("type"), "SDT", f"{name}.type")


def _sensors(event: Said) -> Iterator[str]:
    for element in _objects(event, "sensorElementList"):
        metadata = element.get("sensorMetadata", {})
        if not isinstance(metadata, dict):
            yield "sensorMetadata: expected an object"
            metadata = {}
        for name in _METADATA_TIMES:
            if name in metadata:
                yield from _time(metadata[name], f"sensorMetadata.{name}")
        reports = element.get("sensorReport")
        if not isinstance(reports, list) or not reports:
            yield "sensorReport: missing"
            continue
        for report in reports:
            if not isinstance(report, dict) or not ("type" in report or "exception" in report):
                yield "sensorReport.type: missing"
                continue
            if "time" in report:
                yield from _time(report["time"], "sensorReport.time")
            for name in _REPORT_NUMBERS:
                if not _number(report.get(name, 0)):
                    yield f"sensorReport.{name}: expected a number"


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _objects(event: Said, name: str) -> Iterator[Said]:
    """The objects in a list; anything else counts as an empty one, and is refused for what it lacks."""
    for said in _entries(event.get(name)):
        yield said if isinstance(said, dict) else {}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(value: object, at: str) -> Iterator[str]:
    try:
        parse_rfc3339(value if isinstance(value, str) else "", at)
    except CannotUnderstand as fault:
        yield fault.detail


def _uri(value: object, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not _URI.fullmatch(value):
        yield f"{at}: expected a URI, found {str(value)[:40]!r}"


def _word(value: object, family: str, at: str) -> Iterator[str]:
    """A bare word must be one of the vocabulary; a URI or a shortened one is anybody's own."""
    if value is None:
        return
    if not isinstance(value, str) or (":" not in value and value not in FAMILIES[family]):
        yield f"{at}: {str(value)[:40]!r} is no word of the Core Business Vocabulary"
    elif ":" in value:
        yield from _uri(value, at)
