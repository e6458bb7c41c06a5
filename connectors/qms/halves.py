"""Reads the two halves of a fact of quality: the notice that a record changed, and the record.

A notice is a Veeva Spark message, a Salesforce change event or a CloudEvent of S/4HANA; it says which
records changed and nothing about them. A record is what the vendor's interface answers, OData of SAP
included, with one member that is not the vendor's: whoever fetched it adds `fetched_for`, the id of the
notice (of a CloudEvent its source and id, joined by a slash), so that a record of yesterday is never
taken for today's. Names of members are read whatever their letters' case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import formats
from connectors.connector import CannotUnderstand
from connectors.odata import entities
from connectors.times import When, parse_epoch, parse_rfc3339
from schemas.reasons import Reason

Json = Mapping[str, object]
SAP = "sap.s4.beh."


@dataclass(frozen=True, slots=True)
class Notice:
    """The statement that records have changed."""

    key: str
    """The vendor's own id of the message."""
    kind: str
    """The vendor's name of the kind of record."""
    items: tuple[str, ...]
    at: When
    """When the change was told; Salesforce's is the time of the change itself, Veeva's is not."""
    deleted: bool = False
    changed: frozenset[str] | None = None
    """The fields that changed; None when the notice does not tell."""
    commits: bool = False
    """Whether `at` is the time of the change itself."""
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was fetched for a notice."""

    key: str
    item: str
    """The vendor's id of the record; empty where only the customer's mapping knows which property it is."""
    data: Json
    audit: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """Records of OData that no notice asked for; what they say of themselves may be enough."""

    records: tuple[Json, ...]


def read(body: bytes) -> Notice | Record | Alone:
    """The half that the bytes hold."""
    document = formats.json_object(body)
    inner = document.get("body")
    if isinstance(inner, dict):  # a door that keeps the headers wraps the message
        document = inner
    if "specversion" in document:
        if str(document.get("type", "")).startswith(SAP):
            return _sap_event(document)
        carried = document.get("data")  # a vendor's own message within a CloudEvent
        document = carried if isinstance(carried, dict) else {}
    said = {name.lower(): value for name, value in document.items()}
    payload = said.get("payload", document)
    header = payload.get("ChangeEventHeader") if isinstance(payload, dict) else None
    if isinstance(header, dict):
        return _change_event(header)
    if "message_id" in said and "message" in said:
        return _spark(said)
    if "fetched_for" in said or "responsestatus" in said:
        return _record(document, said)
    if any(name in said for name in ("d", "value", "__metadata", "@odata.context", "@odata.etag")):
        return Alone(entities(document))
    if _logged(said):
        return Alone(entities(document))
    detail = "neither a notice (message_id, ChangeEventHeader) nor a record (responseStatus, data)"
    raise CannotUnderstand(Reason.UNKNOWN_FORMAT, detail)


def _logged(said: Json) -> bool:
    """Whether records of OData stand in a line that a tool has logged."""
    return isinstance(said.get("message"), list) and "cursor" in said


def _sap_event(event: Json) -> Notice:
    """A CloudEvent of S/4HANA: its time is that of the change, and its data the key of the object."""
    parts = str(event["type"]).removeprefix(SAP).split(".")
    kind = parts[2] if len(parts) > 3 else parts[0]
    data = event.get("data")
    keys = [v for v in data.values() if isinstance(v, str)] if isinstance(data, dict) else []
    named = data.get(kind) if isinstance(data, dict) else None
    if named is None and len(keys) == 1:
        named = keys[0]
    source, own = _text(event.get("source"), "source"), _text(event.get("id"), "id")
    return Notice(
        key=f"{source}/{own}",
        kind=kind,
        items=(_text(named, f"data.{kind[:40]}"),),
        at=parse_rfc3339(_text(event.get("time"), "time"), "time"),
        deleted=len(parts) > 3 and parts[3] == "Deleted",
        commits=True,
    )


def _spark(said: Json) -> Notice:
    message = said["message"]
    attributes = message.get("attributes") if isinstance(message, dict) else None
    listed = message.get("items") if isinstance(message, dict) else None
    if not isinstance(attributes, dict) or not isinstance(listed, list):
        detail = "message: expected attributes and items"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    kind = attributes.get("object", attributes.get("object_name"))
    items = tuple(
        _text(item.get("id") if isinstance(item, dict) else item, "message.items")
        for item in listed
    )
    return Notice(
        key=_text(said["message_id"], "message_id"),
        kind=_text(kind, "message.attributes.object"),
        items=tuple(dict.fromkeys(items)),
        at=parse_rfc3339(
            _text(said.get("enter_queue_timestamp"), "enter_queue_timestamp"),
            "enter_queue_timestamp",
        ),
        deleted=str(attributes.get("event", "")).lower().startswith("delete"),
    )


def _change_event(header: Json) -> Notice:
    items = header.get("recordIds")
    changed = header.get("changedFields")
    kind = str(header.get("changeType", ""))
    sequence = header.get("sequenceNumber", 1)
    user = header.get("commitUser")
    return Notice(
        key=f"{_text(header.get('transactionKey'), 'transactionKey')}/{sequence}",
        kind=_text(header.get("entityName"), "entityName"),
        items=tuple(
            dict.fromkeys(
                _text(item, "recordIds") for item in (items if isinstance(items, list) else [])
            )
        ),
        at=parse_epoch(header.get("commitTimestamp"), "commitTimestamp"),
        deleted=kind in ("DELETE", "GAP_DELETE"),
        changed=(
            frozenset(str(name) for name in changed)
            if isinstance(changed, list) and changed and kind == "UPDATE"
            else None
        ),
        commits=True,
        user=user if isinstance(user, str) and user else None,
    )


def _record(document: Json, said: Json) -> Record:
    status = said.get("responsestatus", "SUCCESS")
    if status != "SUCCESS":
        detail = f"data: the vendor answered {str(status)[:20]!r}; fetch the record again"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    if not said.get("fetched_for"):
        detail = "fetched_for: name the notice (its message id) that the record was fetched for"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    data = said.get("data", document)
    if any(isinstance(document.get(name), dict | list) for name in ("d", "value")):
        found = entities(document)
        if len(found) != 1:
            detail = f"one record expected for each notice, found {len(found)}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        data = dict(found[0])
    if not isinstance(data, dict):
        raise CannotUnderstand(Reason.FIELD_INVALID, "data: expected an object")
    rows = said.get("audit", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CannotUnderstand(Reason.FIELD_INVALID, "audit: expected an array of entries")
    return Record(
        key=_text(said["fetched_for"], "fetched_for"),
        item=str(data.get("id", data.get("Id")) or "").strip(),
        data=data,
        audit=tuple(rows),
    )


def _text(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CannotUnderstand(Reason.FIELD_MISSING, f"{at}: missing")
    return value.strip()
