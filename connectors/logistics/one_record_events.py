"""What the objects of a ONE Record document state: events on the way, and measured values.

| said | fact |
| --- | --- |
| LogisticsEvent with a code of `PASSED` | CheckpointPassed; held by customs, on hand or waiting for pick-up |
| one with a discrepancy (DIS) | CheckpointPassed with the code as the cause; held unless something was found |
| one with DLV or DDL | ShipmentDelivered; of a part only, a point that was passed |
| Sensor with measurements of a thermometer | ConditionRead |
| any other object | ignored, by its type |

Only what is said to be ACTUAL has happened: a plan is ignored, and an event that does not say is set
aside. Custody is not taken from a status: no member of an event says who answers for the shipment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.agreed import state
from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Refused,
    Tokens,
)
from connectors.logistics import things
from connectors.logistics.agreement import agreement
from connectors.logistics.json_ld import Said, code, each, nodes, text, types
from connectors.times import When, parse_xsd
from connectors.units import celsius
from schemas.envelope import Event, Identifier, Scheme, event_id
from schemas.reasons import Reason
from schemas.transport import CheckpointPassed, ConditionRead, Reading, ShipmentDelivered

PASSED = frozenset(
    {"DPU", "RCS", "FIW", "FOW", "PRE", "DEP", "ARR", "RCF", "RCT", "TFD", "CCD"}
    | {"FOH", "TGC", "NFD"}
)
"""Status codes of a consignment that has passed a point on its way; papers and plans are no such points."""
HELD = frozenset({"FOH", "TGC", "NFD"})
DELIVERED = frozenset({"DLV", "DDL"})
DISCREPANCY = "DIS"
FOUND = ("DIS_FD", "DIS_DFLD")

ACTUAL = "ACTUAL"
NOT_YET = frozenset({"PLANNED", "EXPECTED", "ESTIMATED", "SCHEDULED", "REQUESTED"})
MOST_READINGS = 10_000
_LONGEST = 80
_SSCC = re.compile(r"(?:00)?(\d{18})", re.ASCII)
"""How the identifier of a piece looks where it is that of a logistic unit."""
_STATUS = re.compile(r"[A-Z]{2,4}(_[A-Z]{2,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Document:
    """One document, every name of it in one spelling."""

    nodes: list[tuple[Said, tuple[Said, ...]]]
    """Every node with those around it, outer ones first."""
    known: Mapping[str, Said]
    """What the document says of each object, by its address; `within` is the shipment around it."""
    places: Mapping[str, str]
    partner: Partner
    tokens: Tokens

    @classmethod
    def of(cls, read: object, partner: Partner, tokens: Tokens) -> Document:
        """The document, with what it says of each object at hand."""
        found = nodes(read)
        return cls(found, _described(found), agreement(partner).places, partner, tokens)

    def decisions(self) -> Iterator[Decision]:
        """What the document states, event by event, and what of it is set aside."""
        events: dict[object, Event] = {}
        others: dict[Decision, None] = {}
        for node, parents in self.nodes:
            try:
                found = self._said(node, parents)
            except CannotUnderstand as fault:
                others[Refused(fault.reason, fault.detail)] = None
                continue
            if isinstance(found, Ignored):
                others[found] = None
            elif found is not None:
                events[found.event_id] = found
        if events:
            yield Mapped(tuple(events.values()))
        yield from others
        if not events and not others:
            named = ", ".join(t for node, _ in self.nodes for t in types(node))
            yield Ignored(f"ONE Record {named[:60] or 'document'}: states no event")

    def _said(self, node: Said, parents: tuple[Said, ...]) -> Event | Ignored | None:
        if "LogisticsEvent" in types(node):
            return self._happened(node, parents)
        if "Sensor" in types(node) and node.get("measurements"):
            return self._measured(node, parents)
        return None

    def _happened(self, node: Said, parents: tuple[Said, ...]) -> Event | Ignored:
        status = code(node.get("eventCode")).upper()
        fact = _fact(status)
        if fact is None:
            named = status if _STATUS.fullmatch(status) else "without a status code"
            return Ignored(f"LogisticsEvent {named}: no kind that we follow")
        timed = code(node.get("eventTimeType")).upper()
        if timed in NOT_YET:
            return Ignored(f"LogisticsEvent {status} is {timed.lower()}: it has not happened")
        if timed != ACTUAL:
            detail = f"eventTimeType: expected ACTUAL, found {timed[:20]!r}; has it happened"
            raise CannotUnderstand(Reason.FIELD_INVALID if timed else Reason.FIELD_MISSING, detail)
        about = self._about(node, parents)
        when = self._when(node, "eventDate")
        place = self._place(node)
        agreed = self.places.get(place)
        partial = text(node.get("partialEventIndicator")) == "true"
        fields: dict[str, Any]
        if fact is ShipmentDelivered and not partial:
            fields = {"place": agreed}
        else:
            fact = CheckpointPassed
            stopped = status.startswith(DISCREPANCY) and not status.startswith(FOUND)
            cause = status if status.startswith(DISCREPANCY) else "PARTIAL" if partial else None
            fields = {
                "checkpoint": agreed or place or status,
                "held": status in HELD or stopped,
                "delay_code": cause,
            }
        recorded = text(node.get("creationDate"))
        if recorded:
            fields["recorded_at"] = self._when(node, "creationDate").instant
        actor = next(iter(each(node.get("recordingActor"))), {})
        if address := str(actor.get("@id", "")):
            fields["actor"] = self.tokens.staff(self.partner.name, address)
        key = str(node.get("@id", "")) or _digest([node, [str(one) for one in about]])
        return self._event(fact, key, when, about, fields)

    def _measured(self, node: Said, parents: tuple[Said, ...]) -> Event | Ignored:
        """The temperatures of a sensor; the device that it is part of is the logger."""
        kind = code(node.get("sensorType")).upper()
        if kind != "THERMOMETER":
            return Ignored(f"Sensor {kind[:40] or 'of no type'}: measures nothing that we follow")
        readings = tuple(self._reading(one) for one in each(node["measurements"]))
        if not readings:
            raise CannotUnderstand(Reason.FIELD_INVALID, "measurements: expected objects")
        if len(readings) > MOST_READINGS:
            detail = f"measurements: at most {MOST_READINGS} in one sensor, found {len(readings)}"
            raise CannotUnderstand(Reason.TOO_LARGE, detail)
        device = next((p for p in reversed(parents) if "IotDevice" in types(p)), node)
        serial = text(device.get("serialNumber")) or text(node.get("serialNumber"))
        logger = _identifier(Scheme.LOGGER, serial or str(node.get("@id", "")), "serialNumber")
        last = max(readings, key=lambda reading: reading.at)
        when = parse_xsd(last.at.isoformat(), self.partner.clock, "measurementTimestamp")
        key = _digest([str(logger), [r.model_dump(mode="json") for r in readings]])
        return self._event(ConditionRead, key, when, (logger,), {"readings": readings})

    def _reading(self, one: Said) -> Reading:
        value = next(iter(each(one.get("measurementValue"))), {})
        stated = text(value.get("numericalValue"))
        when = self._when(one, "measurementTimestamp")
        measured = celsius(stated, code(value.get("unit")), "measurementValue")
        return Reading(at=when.instant, temperature=measured)

    def _about(self, node: Said, parents: tuple[Said, ...]) -> tuple[Identifier, ...]:
        """What the event is for; where it does not say, the object that it stands in."""
        named = each(node.get("eventFor")) or tuple(p for p in parents[-1:] if p.get("@id"))
        found: list[Identifier | None] = []
        for one in named:
            whole = {**self.known.get(str(one.get("@id")), {}), **one}
            found += self._names(whole)
            found += self._names(whole.get("within", {}))
        about = things.unique(found)
        if not about:
            what = ", ".join(t for one in named for t in types(one))[:60] or "nothing"
            detail = f"eventFor: {what}: no shipment, waybill or agreed address is named"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        return about

    def _names(self, one: Said) -> Iterator[Identifier | None]:
        address = str(one.get("@id", ""))
        agreed = things.thing(address, self.partner) if address else None
        yield agreed
        for waybill in (one, *each(one.get("waybill"))):
            prefix, number = text(waybill.get("waybillPrefix")), text(waybill.get("waybillNumber"))
            if number:
                yield _identifier(
                    Scheme.WAYBILL, f"{prefix}-{number}" if prefix else number, "waybillNumber"
                )
        if match := _SSCC.fullmatch(text(one.get("upid"))):
            yield things.thing(f"https://id.gs1.org/00/{match[1]}", self.partner)
        scheme = {"Shipment": Scheme.SHIPMENT, "Waybill": Scheme.WAYBILL}
        for kind in types(one):
            if agreed is None and kind in scheme and 0 < len(address) <= _LONGEST:
                yield _identifier(scheme[kind], address, "eventFor")

    def _place(self, node: Said) -> str:
        """The code of the place, else its name, else its address."""
        for place in each(node.get("eventLocation")):
            codes = [text(one.get("code")) for one in each(place.get("locationCodes"))]
            named = (*codes, text(place.get("locationName")), str(place.get("@id", "")))
            return next((one[:100].strip() for one in named if one), "")
        return ""

    def _when(self, node: Said, name: str) -> When:
        stated = text(node.get(name))
        if not stated:
            raise CannotUnderstand(Reason.FIELD_MISSING, f"{name}: missing")
        return parse_xsd(stated, self.partner.clock, name)

    def _event(
        self,
        kind: type[Event],
        key: str,
        when: When,
        identifiers: tuple[Identifier, ...],
        fields: Mapping[str, Any],
    ) -> Event:
        name = self.partner.name
        content = {
            **fields,
            "occurred_at": when.instant,
            "occurred_offset_minutes": when.offset_minutes,
            "occurred_precision": when.precision,
            "identifiers": identifiers,
            "source_message": key[:100],
            "event_id": event_id(self.partner.system, name, key, kind.type_name()),
        }
        return state(kind, self.partner, content)


def _described(described: Iterable[tuple[Said, tuple[Said, ...]]]) -> dict[str, Said]:
    found: dict[str, dict[str, Any]] = {}
    for node, parents in described:
        if (address := str(node.get("@id", ""))) and "LogisticsEvent" not in types(node):
            about = found.setdefault(address, {})
            about.update(node)
            for parent in parents:
                if "Shipment" in types(parent):
                    about["within"] = parent
    return dict(found)


def _fact(status: str) -> type[Event] | None:
    if status in DELIVERED:
        return ShipmentDelivered
    if status in PASSED or (status.startswith(DISCREPANCY) and _STATUS.fullmatch(status)):
        return CheckpointPassed
    return None


def _identifier(scheme: Scheme, value: str, at: str) -> Identifier:
    try:
        return Identifier(scheme=scheme, value=value)
    except ValueError:
        detail = f"{at}: {value[:40]!r} is no identifier of scheme {scheme}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def _digest(stated: object) -> str:
    content = orjson.dumps(stated, default=str, option=orjson.OPT_SORT_KEYS)
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
