"""What EPCIS has no member for, and partners say in our namespace: one table, read both ways.

`https://vein-to-vein.org/epcis/` is the namespace; a document declares it under any prefix. The
connector reads these members, and the simulator writes them, from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.logistics.vocabulary import OURS
from connectors.times import parse_rfc3339
from schemas.envelope import Event
from schemas.reasons import Reason

MEMBERS: Mapping[str, str] = {
    "coi": "coi",
    "environment": "environment",
    "precision": "occurred_precision",
    "device": "device",
    "actorRole": "actor_role",
    "capture": "capture",
    "sequence": "sequence",
    "withdraws": "withdraws",
    "reasonCode": "reason_code",
    "reasonText": "reason_text",
    "kind": "kind",
    "lanePlan": "lane_plan",
    "laneQualifiedUntil": "lane_qualified_until",
    "pickUpPlannedAt": "pick_up_planned_at",
    "arrivalPlannedAt": "arrival_planned_at",
    "shipperHoldHours": "shipper_hold",
    "seal": "seal",
    "sealIntact": "seal_intact",
    "delayCode": "delay_code",
    "arrivalExpectedAt": "arrival_expected_at",
    "outOfStorageAt": "out_of_storage_at",
    "refused": "refused",
    "calibratedUntil": "calibrated_until",
}
"""Our member of an EPCIS event, and the field of our event that it fills."""

STAFF: Mapping[str, str] = {"actor": "actor", "secondActor": "second_actor"}
"""Staff numbers, which never leave the connector as they are."""

CORRECTS = "corrects"
"""The eventID of the event that this one replaces."""

SIGNATURE: Mapping[str, str] = {
    "signer": "signer",
    "meaning": "meaning",
    "signedAt": "signed_at",
    "digest": "digest",
    "algorithm": "algorithm",
}

_TIMES = frozenset(
    {
        "laneQualifiedUntil",
        "pickUpPlannedAt",
        "arrivalPlannedAt",
        "arrivalExpectedAt",
        "outOfStorageAt",
        "calibratedUntil",
    }
)


def fields(
    said: Mapping[str, object], event: type[Event], partner: Partner, tokens: Tokens
) -> dict[str, Any]:
    """The fields of our event that the members of our namespace fill."""
    found: dict[str, Any] = {}
    for member, name in MEMBERS.items():
        value = said.get(OURS + member)
        if value is None or name not in event.model_fields:
            continue
        found[name] = (
            parse_rfc3339(_text(value, member), member).instant if (member in _TIMES) else value
        )
    for member, name in STAFF.items():
        if OURS + member in said:
            found[name] = tokens.staff(partner.name, _text(said[OURS + member], member))
    if OURS + "evidence" in said:
        found["evidence"] = said[OURS + "evidence"]
    if OURS + "signature" in said:
        found["signature"] = _signature(said[OURS + "signature"], partner, tokens)
    return found


def _signature(value: object, partner: Partner, tokens: Tokens) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CannotUnderstand(Reason.FIELD_INVALID, "signature: expected an object")
    stated = {name: value[member] for member, name in SIGNATURE.items() if member in value}
    if "signer" in stated:
        stated["signer"] = tokens.staff(partner.name, _text(stated["signer"], "signature.signer"))
    return stated


def _text(value: object, member: str) -> str:
    if not isinstance(value, str) or not value:
        raise CannotUnderstand(Reason.FIELD_INVALID, f"{member}: expected a text")
    return value
