"""What a courier's tracker says in its webhook: every scan of the way, told anew with every message.

The model is EasyPost's tracker, alone or as the result of an event. The list of scans is sent whole
each time, so the id of a fact comes from what the scan states: a scan that is told again says nothing
new. A tracking number is a waybill unless the partner's `identifier_systems` say otherwise of
`tracking_code`; `shipment_id` counts only where they name it.

| status of a scan | fact |
| --- | --- |
| unknown, pre_transit | none: a label was made, or nobody knows |
| in_transit, out_for_delivery | CheckpointPassed |
| available_for_pickup | CheckpointPassed, held |
| return_to_sender | CheckpointPassed, with the status as the cause |
| failure, error, cancelled | CheckpointPassed, held, with the status as the cause |
| any of these with the detail `refused` | ShipmentDelivered, refused |
| delivered | ShipmentDelivered; who signed becomes a token |

Custody is not taken from a tracker: a scan names no party. Places are words of the courier; where the
partner's `mapping` lists `places`, they become the codes agreed there, and only an agreed code is the
place of a delivery, because a town's name would look like the wrong place to whoever compares codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Refused,
    Tokens,
)
from connectors.logistics.agreement import agreement
from connectors.times import When, parse_xsd
from schemas.envelope import Environment, Event, Identifier, Scheme, event_id
from schemas.reasons import Reason
from schemas.transport import CheckpointPassed, ShipmentDelivered

Said = Mapping[str, object]

SILENT = frozenset({"unknown", "pre_transit"})
ON_THE_WAY = frozenset({"in_transit", "out_for_delivery"})
WAITING = frozenset({"available_for_pickup"})
STOPPED = frozenset({"failure", "error", "cancelled"})
IN_TROUBLE = STOPPED | {"return_to_sender"}
NOT_MOVING = WAITING | STOPPED
KNOWN = ON_THE_WAY | WAITING | IN_TROUBLE
DELIVERED = "delivered"
REFUSED = "refused"
DELAYS = frozenset(
    {"delayed", "held", "weather_delay", "delivery_exception", "transit_exception", "missorted"}
    | {"lost", "damaged", "address_correction", "awaiting_information"}
)
"""Details of a scan that say why the way is no longer the planned one."""
HELD = frozenset({"held", "awaiting_information", "address_correction"})

OTHER_OBJECTS = ("Pickup", "Batch", "ScanForm", "Shipment", "Insurance", "Payment", "Refund")


def is_tracker(document: Said) -> bool:
    """Whether a JSON object is of a courier's tracker."""
    kind = document.get("object")
    if kind == "Event":
        return "result" in document and "description" in document
    return kind == "Tracker" or kind in OTHER_OBJECTS


def decisions(document: Said, partner: Partner, tokens: Tokens) -> tuple[Decision, ...]:
    """What the webhook says, scan by scan."""
    tracker = document.get("result") if document.get("object") == "Event" else document
    if not isinstance(tracker, dict):
        return (Refused(Reason.FIELD_MISSING, "result: expected the tracker"),)
    kind = tracker.get("object")
    if kind != "Tracker":
        return (Ignored(f"{str(kind)[:60]}: no tracker, tells nothing of the way"),)
    details = tracker.get("tracking_details", [])
    if not isinstance(details, list):
        detail = "tracking_details: expected an array of scans"
        return (Refused(Reason.FIELD_INVALID, detail),)
    places = agreement(partner).places
    told = _Tracker(tracker, partner, tokens, places, _environment(document, tracker, partner))
    signed = _last_delivery(details)
    events: dict[object, Event] = {}
    refused: dict[Refused, None] = {}
    for detail in details:
        try:
            found = told.fact(detail, last=detail is signed)
        except CannotUnderstand as fault:
            refused[Refused(fault.reason, fault.detail)] = None
        else:
            if found is not None:
                events[found.event_id] = found
    return tuple(_told(tuple(events.values()), tuple(refused)))


def _told(events: tuple[Event, ...], refused: tuple[Refused, ...]) -> Iterator[Decision]:
    if events:
        yield Mapped(events)
    yield from refused
    if not events and not refused:
        yield Ignored("Tracker: nothing has been scanned on the way yet")


def _environment(document: Said, tracker: Said, partner: Partner) -> Environment:
    """A tracker in the courier's test mode is about no real shipment."""
    mode = tracker.get("mode", document.get("mode"))
    return Environment.TEST if mode == "test" else partner.environment


def _last_delivery(details: list[object]) -> object:
    """The scan that a signature belongs to: the tracker has one place for it, whatever was before."""
    found = [d for d in details if isinstance(d, dict) and d.get("status") == DELIVERED]
    return max(found, key=lambda d: str(d.get("datetime")), default=None)


@dataclass(frozen=True)
class _Tracker:
    """One tracker, and what is needed to read its scans."""

    said: Said
    partner: Partner
    tokens: Tokens
    places: Mapping[str, str]
    environment: Environment

    def fact(self, detail: object, last: bool) -> Event | None:
        """The fact that a scan states; None when it states none."""
        if not isinstance(detail, dict):
            raise CannotUnderstand(Reason.FIELD_INVALID, "tracking_details: expected objects")
        status, why = _word(detail, "status"), _word(detail, "status_detail")
        if status in SILENT:
            return None
        when = parse_xsd(
            _required(detail, "datetime"), self.partner.clock, "tracking_details.datetime"
        )
        if status == DELIVERED:
            fields: dict[str, object] = {"place": self.places.get(_place(detail))}
            return self._event(ShipmentDelivered, detail, when, fields, signed=last)
        if why == REFUSED:
            return self._event(ShipmentDelivered, detail, when, {"refused": True})
        if status not in KNOWN:
            unknown = f"tracking_details.status: {status[:40]!r} is no status that is known"
            raise CannotUnderstand(Reason.FIELD_INVALID, unknown)
        place = _place(detail)
        cause = why if why in DELAYS else status if status in IN_TROUBLE else None
        expected = detail.get("est_delivery_date")
        fields = {
            "checkpoint": self.places.get(place) or place or why or status,
            "held": status in NOT_MOVING or why in HELD,
            "delay_code": cause,
            "arrival_expected_at": (
                parse_xsd(expected, self.partner.clock, "est_delivery_date").instant
                if isinstance(expected, str) and expected
                else None
            ),
        }
        return self._event(CheckpointPassed, detail, when, fields)

    def _event(
        self,
        kind: type[Event],
        detail: Said,
        when: When,
        fields: Mapping[str, object],
        signed: bool = False,
    ) -> Event:
        content: dict[str, Any] = {
            **{name: value for name, value in fields.items() if value is not None},
            "identifiers": self._identifiers,
            "occurred_at": when.instant,
            "occurred_offset_minutes": when.offset_minutes,
            "occurred_precision": when.precision,
            "site": self.partner.site,
            "environment": self.environment,
            "capture": "scan",
        }
        signer = self.said.get("signed_by")
        if signed and isinstance(signer, str) and signer.strip():
            content["second_actor"] = self.tokens.staff(self.partner.name, signer)
        native = self._native(detail, content)
        content |= {
            "system": self.partner.system,
            "partner": self.partner.name,
            "source_message": self._source(detail),
            "event_id": event_id(self.partner.system, self.partner.name, native, kind.type_name()),
        }
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in found["loc"])
            raise CannotUnderstand(Reason.FIELD_INVALID, f"{place}: {found['msg']}") from None

    def _native(self, detail: Said, content: Mapping[str, object]) -> str:
        """The carrier, the time, the status and the message of the scan, and all that it states."""
        stated = [self.said.get("carrier"), detail.get("datetime"), detail.get("status")]
        stated += [detail.get("message"), {**content, "identifiers": self._plain_identifiers}]
        digest = hashlib.sha256(orjson.dumps(stated, default=str, option=orjson.OPT_SORT_KEYS))
        return digest.hexdigest()

    @cached_property
    def _plain_identifiers(self) -> list[object]:
        return [identifier.model_dump(mode="json") for identifier in self._identifiers]

    def _source(self, detail: Said) -> str:
        said = (self.said.get("carrier"), self.said.get("tracking_code"), detail.get("datetime"))
        return " ".join(str(part) for part in said if isinstance(part, str))[:100].strip()

    @cached_property
    def _identifiers(self) -> tuple[Identifier, ...]:
        agreed = self.partner.identifier_systems
        found = [
            _identifier(agreed.get("tracking_code", Scheme.WAYBILL), self.said, "tracking_code")
        ]
        if (scheme := agreed.get("shipment_id")) and self.said.get("shipment_id"):
            found.append(_identifier(scheme, self.said, "shipment_id"))
        return tuple(found)


def _identifier(scheme: Scheme, said: Said, name: str) -> Identifier:
    value = said.get(name)
    if value is None or value == "":
        raise CannotUnderstand(Reason.NO_IDENTIFIER, f"{name}: the tracker has none")
    try:
        return Identifier.model_validate({"scheme": scheme, "value": value})
    except ValidationError:
        detail = f"{name}: {str(value)[:40]!r} is no identifier of scheme {scheme}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def _word(detail: Said, name: str) -> str:
    value = detail.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def _required(detail: Said, name: str) -> str:
    value = detail.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CannotUnderstand(Reason.FIELD_MISSING, f"tracking_details.{name}: missing")
    return value


def _place(detail: Said) -> str:
    """The town of a scan as the courier writes it; streets and postcodes are no part of it."""
    location = detail.get("tracking_location")
    if not isinstance(location, dict):
        return ""
    said = (location.get(name) for name in ("city", "state", "country"))
    parts = [part.strip() for part in said if isinstance(part, str) and part.strip()]
    return ", ".join(parts)[:100].strip()
