"""What S/4HANA says: a CloudEvent that names an object, and the object's record from OData.

The event says that something changed and the key of what; the facts are in the record. Whoever fetches
the record for an event adds `fetched_for`, which is the source and the id of the event, joined by a
slash. Both together are read as the IDoc that would say the same, so that a fact is one fact whichever
way the ERP tells it.

| object | change | with its record read as |
| --- | --- | --- |
| SalesOrder | Created | ORDERS |
| | any other | ORDCHG; Deleted needs no record, and cancels |
| OutboundDelivery | any | DESADV, once its goods movement is complete |
| ProductionOrder, ProcessOrder | any | LOIPRO |
| Batch | any | BATMAS |

A delivery's record alone is a whole fact once its goods have been issued; any other record alone does not
say what happened. Fields that the customer added to S/4HANA are named in the settings,
`mapping: {added: {YY1_COI_SDH: COI}}`, with the names of `connectors.agreed`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

import orjson

from connectors.connector import CannotUnderstand, Decision, Held, Ignored, Partner, Raw, Refused
from connectors.erp.idoc import Idoc, Segment
from connectors.erp.s4hana_records import READ, segment
from connectors.formats import json_document
from connectors.odata import Json, entities, padded, text, walk
from connectors.times import When, parse_rfc3339
from schemas.reasons import Reason

PREFIX = "sap.s4.beh."
OBJECTS = {
    "salesorder": ("SalesOrder", "SalesOrder", 10),
    "outbounddelivery": ("OutboundDelivery", "DeliveryDocument", 10),
    "productionorder": ("ProductionOrder", "ManufacturingOrder", 12),
    "processorder": ("ProcessOrder", "ManufacturingOrder", 12),
    "batch": ("Batch", "Batch", 0),
}
"""Name within the type of an event: the object, the property that names one, and its length in SAP."""
KEYS = {
    "OutboundDelivery": ("OutboundDelivery", "DeliveryDocument"),
    "ProductionOrder": ("ProductionOrder", "ManufacturingOrder"),
    "ProcessOrder": ("ProcessOrder", "ManufacturingOrder"),
}
"""How the data of an event may name its key, where it is not the property of the record."""
DELETED = "Deleted"
TELL_NOTHING = ("PartnerFunction", "ConfirmationGroup", "MaterialDocument", "BusinessPartner")
"""Records that are known by these properties and tell of no order, batch or goods issue."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event of S/4HANA about an object that we follow."""

    key: str
    source: str
    id: str
    object: str
    change: str
    number: str
    at: When | None

    @property
    def kind(self) -> str:
        """The object and what became of it, for people."""
        return f"S/4HANA {self.object} {self.change}"


def read(raw: Raw, partner: Partner, companions: tuple[Raw, ...]) -> Idoc | Decision:
    """The IDoc that would say the same; or what becomes of a document that says nothing yet."""
    document = json_document(raw.body)
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if isinstance(document, list) and any(_is_event(one) for one in document):
        detail = "several CloudEvents in one message; send them one by one"
        return Refused(Reason.UNKNOWN_FORMAT, detail)
    if _is_event(document):
        notice = _notice(document)
        if not isinstance(notice, Notice):
            return notice
        return _with_record(notice, None, partner, companions)
    key = document.get("fetched_for") if isinstance(document, Mapping) else None
    if isinstance(key, str) and key:
        fetched = next((n for n in _notices(companions) if n.key == key), None)
        return (
            Held(key, "notice") if fetched is None else _with_record(fetched, document, partner, ())
        )
    return _alone(document, partner)


def _is_event(document: object) -> TypeGuard[Json]:
    return isinstance(document, Mapping) and "specversion" in document


def _notice(document: Json) -> Notice | Decision:
    """The event, checked for what CloudEvents requires; one about something else is ignored."""
    for attribute in ("id", "source", "type"):
        if not text(document, attribute):
            return Refused(Reason.STANDARD_VIOLATED, f"CloudEvent: {attribute} is missing")
    at: When | None = None
    if "time" in document:
        try:
            at = parse_rfc3339(str(document["time"]), "time")
        except CannotUnderstand as error:
            return Refused(Reason.STANDARD_VIOLATED, f"CloudEvent: {error.detail}")
    kind = text(document, "type")
    parts = kind.removeprefix(PREFIX).split(".")
    if not kind.startswith(PREFIX) or parts[0].lower() not in OBJECTS or len(parts) < 4:
        return Ignored(f"CloudEvent {kind[:80]}")
    name, key, length = OBJECTS[parts[0].lower()]
    data = document.get("data")
    stated = text(data, *KEYS.get(name, ()), key) if isinstance(data, Mapping) else ""
    if not stated:
        return Refused(Reason.FIELD_MISSING, f"CloudEvent: data.{key}: names no {name}")
    source, own = text(document, "source"), text(document, "id")
    return Notice(f"{source}/{own}", source, own, name, parts[3], padded(stated, length), at)


def _notices(companions: tuple[Raw, ...]) -> list[Notice]:
    found = []
    for companion in companions:
        try:
            document = json_document(companion.body)
        except CannotUnderstand:
            continue  # it was refused by itself
        if _is_event(document):
            notice = _notice(document)
            if isinstance(notice, Notice):
                found.append(notice)
    return found


def _with_record(
    notice: Notice, document: object, partner: Partner, companions: tuple[Raw, ...]
) -> Idoc | Decision:
    """The event with the record that was fetched for it, of which one is in the other's companions."""
    if notice.change == DELETED:
        if notice.object != "SalesOrder":
            return Ignored(f"{notice.kind}: states no fact")
        return _idoc(notice, {"SalesOrder": notice.number}, partner)
    for companion in companions:
        try:
            other = json_document(companion.body)
        except CannotUnderstand:
            continue
        if isinstance(other, Mapping) and other.get("fetched_for") == notice.key:
            document = other
    if document is None:
        return Held(notice.key, f"record of {notice.object}")
    records = entities(document)
    _, key, length = next(o for o in OBJECTS.values() if o[0] == notice.object)
    fitting = [r for r in records if padded(text(r, key, notice.object), length) == notice.number]
    if len(fitting) != 1:
        detail = f"{key}: {len(records)} records, {len(fitting)} of them of the event's own object"
        return Refused(Reason.FIELD_INVALID, detail)
    return _idoc(notice, fitting[0], partner)


def _alone(document: object, partner: Partner) -> Idoc | Decision:
    """A record that no event asked for."""
    records = entities(document)
    known = [r for r in records if any(n in r for n in ("DeliveryDocument", "SalesOrder"))]
    if len(records) == 1 and "DeliveryDocument" in records[0]:
        record = records[0]
        number = padded(text(record, "DeliveryDocument"), 10)
        content = orjson.dumps(
            READ["OutboundDelivery"](record)[1], default=_plain, option=orjson.OPT_SORT_KEYS
        )
        digest = hashlib.sha256(content).hexdigest()
        alone = Notice("", partner.name, digest, "OutboundDelivery", "record", number, None)
        return _idoc(alone, record, partner)
    if len(known) > 1:
        return Refused(
            Reason.UNKNOWN_FORMAT, "several records in one message; send them one by one"
        )
    if any(n in r for r in records for n in ("SalesOrder", "ManufacturingOrder", "Batch")):
        detail = "fetched_for: name the event (source/id) that the record was fetched for"
        return Refused(Reason.FIELD_MISSING, detail)
    if records and any(name in records[0] for name in TELL_NOTHING):
        return Ignored(f"OData record with {next(n for n in TELL_NOTHING if n in records[0])}")
    detail = "a JSON document that is neither a CloudEvent nor a record of S/4HANA"
    return Refused(Reason.UNKNOWN_FORMAT, detail)


def _idoc(notice: Notice, record: Json, partner: Partner) -> Idoc:
    """The IDoc that says what the record says, under the key of the event."""
    kind, segments = READ[notice.object](record)
    if notice.object == "SalesOrder" and notice.change == "Created":
        kind = "ORDERS"
    if notice.change == DELETED:
        segments = (segment("E1EDK01", ACTION="002", BELNR=notice.number), *segments)
    control = segment("EDI_DC40", MESTYP=kind, SNDPRN=notice.source)
    body = Segment("IDOC", {}, (*segments, *_added(record, partner)))
    return Idoc(control, body, notice.id, named=notice.kind, told=notice.at)


def _added(record: Json, partner: Partner) -> tuple[Segment, ...]:
    """The customer's own fields that the settings give a name of ours."""
    agreed = partner.mapping.get("added")
    if not isinstance(agreed, Mapping):
        return ()
    return tuple(
        segment("Z1V2VEXT", NAME=str(name), VALUE=value)
        for one in walk(record)
        for field, name in agreed.items()
        if (value := text(one, str(field)))
    )


def _plain(value: object) -> object:
    if isinstance(value, Segment):
        return [value.name, value.fields, value.below]
    raise TypeError
