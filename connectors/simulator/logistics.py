"""Says transport events as a logistics platform would: each as an EPCIS 2.0 document in JSON-LD.

The inverse of `connectors.logistics.translate`, by the members of `connectors.logistics.extension`.
What a courier is never told is not written: the patient's token. Computes: the same events give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson

from connectors.logistics import extension, things
from connectors.logistics.vocabulary import (
    BATTERY,
    BOOKING,
    DELIVERING,
    LID_OPEN,
    OURS,
)
from connectors.simulator.native import NativeMessage
from schemas import transport
from schemas.envelope import Event, Identifier, Scheme, System

Json = dict[str, Any]

_DOCUMENTS: Mapping[Scheme, str] = {
    Scheme.ORDER: "po",
    Scheme.DELIVERY: "desadv",
    Scheme.WAYBILL: "bol",
    Scheme.SHIPMENT: "v2v:BTT-shipment",
}
"""Identifiers of business documents, and the type of document; all others name things."""

_PARENTS = (Scheme.SSCC, Scheme.SHIPPER, Scheme.SHIPMENT)


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """One document per event, in the order of the events."""
    return [_message(event) for event in events]


def _message(event: Event) -> NativeMessage:
    document: Json = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"v2v": OURS},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _utc(event.recorded_at or event.occurred_at),
        "sender": things.party_uri(event.partner),
        "epcisBody": {"eventList": [_event(event)]},
    }
    name = f"{event.type_name()}-{event.event_id}.json"
    return NativeMessage(System.LOGISTICS, name, orjson.dumps(document, option=orjson.OPT_INDENT_2))


def _event(event: Event) -> Json:
    offset = event.occurred_offset_minutes or 0
    said: Json = {
        "eventID": f"urn:uuid:{event.event_id}",
        "eventTime": _at(event.occurred_at, offset),
        "eventTimeZoneOffset": _at(event.occurred_at, offset)[-6:],
    }
    if event.recorded_at is not None:
        said["recordTime"] = _utc(event.recorded_at)
    said |= _STEPS[type(event)](event)
    if event.site is not None:
        said["bizLocation"] = {"id": things.place_uri(event.site)}
    if documents := _documents(event):
        said["bizTransactionList"] = documents
    said |= _extension(event)
    return said


def _booked(event: Event) -> Json:
    assert isinstance(event, transport.ShipmentBooked)
    return (
        _step("TransactionEvent", BOOKING, "ADD")
        | _things(event)
        | _ends("destination", location=event.destination and things.place_uri(event.destination))
    )


def _packed(event: Event) -> Json:
    """The outermost thing is the parent, and everything else is packed into it."""
    objects = [i for i in event.identifiers if i.scheme not in _DOCUMENTS]
    parent = next((i for scheme in _PARENTS for i in event.identifiers if i.scheme is scheme), None)
    children = [things.identifier_uri(i) for i in objects if i is not parent]
    # EPCIS wants a parent and a child: a package that names neither names itself by its event
    own = f"urn:uuid:{event.event_id}"
    return _step("AggregationEvent", "packing", "ADD", "in_progress") | {
        "parentID": own if parent is None else things.identifier_uri(parent),
        "childEPCs": children or [own],
    }


def _handed_over(event: Event) -> Json:
    assert isinstance(event, transport.CustodyHandedOver)
    return (
        _object(event, "shipping", "in_transit", event.place)
        | _ends("source", possessing_party=things.party_uri(event.from_party))
        | _ends("destination", possessing_party=event.to_party and things.party_uri(event.to_party))
    )


def _accepted(event: Event) -> Json:
    assert isinstance(event, transport.CustodyAccepted)
    return (
        _object(event, "accepting", "in_progress", event.place)
        | _ends("source", possessing_party=event.from_party and things.party_uri(event.from_party))
        | _ends("destination", possessing_party=things.party_uri(event.to_party))
    )


def _passed(event: Event) -> Json:
    assert isinstance(event, transport.CheckpointPassed)
    step = "holding" if event.held else "transporting"
    return _object(event, step, "in_transit", event.checkpoint)


def _delivered(event: Event) -> Json:
    assert isinstance(event, transport.ShipmentDelivered)
    return _object(event, DELIVERING, "returned" if event.refused else None, event.place) | _ends(
        "destination", possessing_party=event.receiver and things.party_uri(event.receiver)
    )


def _read(event: Event) -> Json:
    assert isinstance(event, transport.ConditionRead)
    reports = [report for reading in event.readings for report in _reports(reading)]
    return _sensed(event, {}, reports)


def _stored(event: Event) -> Json:
    assert isinstance(event, transport.ConditionFileUploaded)
    metadata: Json = {"rawData": f"https://{event.partner}.example/files/{event.event_id}"}
    if event.first_at is not None:
        metadata["startTime"] = _utc(event.first_at)
    if event.last_at is not None:
        metadata["endTime"] = _utc(event.last_at)
    return _sensed(event, metadata, [{"type": "Temperature"}])


_STEPS: Mapping[type[Event], Callable[[Event], Json]] = {
    transport.ShipmentBooked: _booked,
    transport.PackagePacked: _packed,
    transport.CustodyHandedOver: _handed_over,
    transport.CustodyAccepted: _accepted,
    transport.CheckpointPassed: _passed,
    transport.ConditionRead: _read,
    transport.ConditionFileUploaded: _stored,
    transport.ShipmentDelivered: _delivered,
}
"""How each fact of transport is said."""


def _step(kind: str, step: str, action: str, disposition: str | None = None) -> Json:
    said = {"type": kind, "action": action, "bizStep": step}
    return said if disposition is None else said | {"disposition": disposition}


def _object(event: Event, step: str, disposition: str | None, place: str | None) -> Json:
    said = _step("ObjectEvent", step, "OBSERVE", disposition) | _things(event)
    # an event about a document alone is one about a transaction
    if "epcList" not in said:
        said["type"] = "TransactionEvent"
    if place is not None:
        said["readPoint"] = {"id": things.place_uri(place)}
    return said


def _sensed(event: Event, metadata: Json, reports: list[Json]) -> Json:
    """Readings of the first logger that the event names; all other things stand beside it."""
    logger = next((i for i in event.identifiers if i.scheme is Scheme.LOGGER), None)
    if logger is not None:
        metadata["deviceID"] = things.identifier_uri(logger)
    element: Json = {"sensorMetadata": metadata} if metadata else {}
    element["sensorReport"] = reports
    said = _step("ObjectEvent", "sensor_reporting", "OBSERVE") | _things(event, leaving_out=logger)
    return said | {"sensorElementList": [element]}


def _reports(reading: transport.Reading) -> Iterable[Json]:
    at = {"time": _utc(reading.at)}
    for kind, value, unit in (
        ("Temperature", reading.temperature, "CEL"),
        ("Angle", reading.tilt, "DD"),
        ("Acceleration", reading.shock, "K40"),
        (BATTERY, reading.battery, "P1"),
    ):
        if value is not None:
            yield {"type": kind, "value": value, "uom": unit, **at}
    if reading.lid_open is not None:
        yield {"type": LID_OPEN, "booleanValue": reading.lid_open, **at}


def _things(event: Event, leaving_out: Identifier | None = None) -> Json:
    uris = [
        things.identifier_uri(i)
        for i in event.identifiers
        if i.scheme not in _DOCUMENTS and i is not leaving_out
    ]
    return {"epcList": uris} if uris else {}


def _documents(event: Event) -> list[Json]:
    """The business documents; what the parent of a package is must not be said twice."""
    found = [
        {"type": _DOCUMENTS[i.scheme], "bizTransaction": things.identifier_uri(i)}
        for i in event.identifiers
        if i.scheme in _DOCUMENTS
    ]
    needed = isinstance(event, transport.ShipmentBooked) or (
        not isinstance(event, transport.PackagePacked) and not _things(event)
    )
    if not found and needed:
        # a transaction needs a document: the event itself, of a type that names nothing
        own = f"urn:uuid:{event.event_id}"
        found = [{"type": "upevt", "bizTransaction": own}]
    return found


def _ends(name: str, **uris: str | None) -> Json:
    entries = [{"type": kind, name: uri} for kind, uri in uris.items() if uri]
    return {f"{name}List": entries} if entries else {}


def _extension(event: Event) -> Json:
    """What EPCIS has no member for; what says nothing more than its default is not said."""
    content = event.model_dump(mode="json", exclude_defaults=True)
    said: Json = {}
    for member, name in {**extension.MEMBERS, **extension.STAFF}.items():
        if name in content:
            said[f"v2v:{member}"] = content[name]
    if event.corrects is not None:
        said[f"v2v:{extension.CORRECTS}"] = f"urn:uuid:{event.corrects}"
    if event.evidence:
        said["v2v:evidence"] = content["evidence"]
    if event.signature is not None:
        stated = content["signature"]
        said["v2v:signature"] = {
            member: stated[name] for member, name in extension.SIGNATURE.items() if name in stated
        }
    return said


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _at(moment: datetime, offset: int) -> str:
    return moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()
