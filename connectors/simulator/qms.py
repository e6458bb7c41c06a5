"""Says quality events as a quality system would: a notice, and the record that was fetched for it.

The inverse of `connectors.qms.translate` with the mapping that is shipped: a Veeva-like notice,
which tells nothing but that a record changed, and the record with its audit trail. Computes: the
same events give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson

from connectors.qms.mapping import Kind, shipped
from connectors.simulator.native import NativeMessage
from schemas import quality
from schemas.envelope import Event, Identifier, System

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Form:
    """The kind of record that tells a fact, and the state before."""

    kind: str
    before: str


_FORMS: Mapping[type[Event], _Form] = {
    quality.DeviationOpened: _Form("quality_event__qdm", "initiated_state__c"),
    quality.DeviationClosed: _Form("quality_event__qdm", "in_approval_state__c"),
    quality.HoldPlaced: _Form("batch_hold__c", "draft_state__c"),
    quality.HoldLifted: _Form("batch_hold__c", "active_state__c"),
    quality.OosCaseChanged: _Form("investigation__qdm", "laboratory_phase_state__c"),
    quality.BatchCertified: _Form("batch_disposition__v", "in_review_state__c"),
    quality.BatchRejected: _Form("batch_disposition__v", "in_review_state__c"),
    quality.MaterialLotRecalled: _Form("material_recall__c", "draft_state__c"),
    quality.DeviationReported: _Form("quality_event__qdm", "in_investigation_state__c"),
    quality.IncidentDeclared: _Form("incident__c", "suspected_state__c"),
    quality.IncidentReported: _Form("incident__c", "declared_state__c"),
    quality.PartyQualified: _Form("party_qualification__c", "in_assessment_state__c"),
}

_TURNING = ("quarantine_shipment", "lifted", "suspended")
"""A certificate for shipment in quarantine, a recall that is lifted, a party that is suspended."""

_PLAIN: Mapping[str, str] = {
    "coi": "chain_of_identity__c",
    "site": "site__c",
    "device": "device__c",
    "second_actor": "second_person__c",
    "reason_code": "reason_code__c",
    "sequence": "sequence__c",
    "withdraws": "withdrawn__c",
    "evidence": "attachments__c",
    "reportable": "reportable__c",
    "authority": "authority__c",
    "starts_at": "qualified_from__c",
    "ends_at": "qualified_until__c",
}
"""Fields that stand in the record as they are."""

_WORDS: Mapping[str, str] = {
    "capture": "captured_by__c",
    "occurred_precision": "time_precision__c",
    "environment": "environment__c",
    "classification": "classification__c",
    "kind": "kind__c",
    "report": "report__c",
}
"""Fields that a vault says in words of its own, which all end alike."""


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """Two messages per event, notice and record, in the order of the events."""
    return [message for event in events for message in (_notice(event), _record(event))]


def message_id(event: UUID) -> str:
    """The vault's own id of the notice about an event."""
    return str(event)


def item(event: UUID) -> str:
    """The vault's own id of the record about an event."""
    return f"V0B{event.hex[:12].upper()}"


def _notice(event: Event) -> NativeMessage:
    vault = f"{event.partner}-quality"
    said: Json = {
        "vault_name": vault,
        "vault_host_name": f"{vault}.example",
        "queue_name": "v2v_quality__c",
        "enter_queue_timestamp": _utc(_queued(event)),
        "send_message_timestamp": _utc(_queued(event) + timedelta(seconds=2)),
        "send_attempt": 1,
        "message_id": message_id(event.event_id),
        "message": {
            "attributes": {"object": _FORMS[type(event)].kind, "event": "update"},
            "items": [item(event.event_id)],
        },
    }
    return _message(event, "notice", said)


def _record(event: Event) -> NativeMessage:
    kind = _kind(event)
    state = _state(event, kind)
    data: Json = {"id": item(event.event_id), "state__v": state}
    if event.recorded_at is not None:
        data["modified_date__v"] = _utc(event.recorded_at)
    data |= _fields(event) | _identifiers(event, kind)
    said: Json = {
        "responseStatus": "SUCCESS",
        "fetched_for": message_id(event.event_id),
        "data": data,
        "audit": [_entry(event, state)],
    }
    return _message(event, "record", said)


def _entry(event: Event, state: str) -> Json:
    """The entry of the audit trail in which the record came into its state."""
    offset = timezone(timedelta(minutes=event.occurred_offset_minutes or 0))
    said: Json = {
        "id": f"AT-{event.event_id.hex[12:24].upper()}",
        "timestamp": event.occurred_at.astimezone(offset).isoformat(),
        "action": "Edit",
        "field_name": "state__v",
        "old_value": _FORMS[type(event)].before,
        "new_value": state,
    }
    stated = event.model_dump(mode="json", exclude_none=True)
    for name, ours in (
        ("user_name", "actor"),
        ("capacity", "actor_role"),
        ("reason", "reason_text"),
    ):
        if ours in stated:
            said[name] = stated[ours]
    if event.signature is not None:
        said["signature"] = stated["signature"]
    return said


def _state(event: Event, kind: Kind) -> str:
    """The vault's word for the state that states the fact."""
    for word, meaning in kind.states.items():
        if meaning.type is not type(event):
            continue
        said = {name: getattr(event, name) for name in meaning.sets}
        if said == meaning.sets and _certain(event, meaning.sets):
            return word
    raise LookupError(f"the shipped mapping has no state for {event.type_name()}")


def _certain(event: Event, sets: Mapping[str, Any]) -> bool:
    """What one of these fields turns into its opposite is not said by the plain word."""
    return all(bool(getattr(event, name, False)) == (name in sets) for name in _TURNING)


def _fields(event: Event) -> Json:
    content = event.model_dump(mode="json", exclude_defaults=True)
    said: Json = {theirs: content[ours] for ours, theirs in _PLAIN.items() if ours in content}
    said |= {theirs: f"{content[ours]}__c" for ours, theirs in _WORDS.items() if ours in content}
    if event.corrects is not None:
        said["corrects__c"] = f"{message_id(event.corrects)}+{item(event.corrects)}"
    return said


def _identifiers(event: Event, kind: Kind) -> Json:
    """The record's own number and batch in their fields, all others in the list of related ones."""
    said: Json = {}
    related: list[Identifier] = []
    fields = {one.scheme: one.path.rpartition(".")[2] for one in kind.identifiers}
    for one in event.identifiers:
        name = fields.get(one.scheme)
        if name is None or name in said or one.issuer is not None:
            related.append(one)
        else:
            said[name] = one.value
    if related:
        said["related_identifiers__c"] = [
            {"scheme__c": one.scheme, "value__c": one.value, "issuer__c": one.issuer}
            for one in related
        ]
    return said


def _kind(event: Event) -> Kind:
    kind = shipped().kind(_FORMS[type(event)].kind)
    assert kind is not None
    return kind


def _queued(event: Event) -> datetime:
    """The queue takes a notice after the change, so its time is never the time of the fact."""
    return max(event.recorded_at or event.occurred_at, event.occurred_at) + timedelta(seconds=7)


def _message(event: Event, half: str, said: Json) -> NativeMessage:
    name = f"{event.type_name()}-{event.event_id}-{half}.json"
    return NativeMessage(System.QMS, name, orjson.dumps(said, option=orjson.OPT_INDENT_2))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
