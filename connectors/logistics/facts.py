"""Which of our facts a business step of EPCIS states, and with which fields.

Custody is taken from `possessing_party` alone: who owns a thing or where it lies says nothing about
who answers for it. A step of a journey that names no such party is a checkpoint on the way, and the
custody check reports the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.connector import CannotUnderstand
from connectors.logistics import names, things
from connectors.logistics.vocabulary import BOOKING, DELIVERING
from schemas import transport
from schemas.envelope import Event
from schemas.reasons import Reason

Said = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fact:
    """A type of event of ours and the fields that the standard's members fill."""

    event: type[Event]
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A business step with what stands beside it, in one spelling."""

    kind: str
    action: str
    name: str
    read_point: str | None
    location: str | None
    sources: Mapping[str, str]
    destinations: Mapping[str, str]


def step_of(event: Said, declared: Mapping[str, str]) -> Step:
    """The business step of an event."""
    return Step(
        kind=str(event["type"]),
        action=str(event.get("action", "")),
        name=names.word(str(event.get("bizStep", "")), "BizStep", declared),
        read_point=_place(event, "readPoint"),
        location=_place(event, "bizLocation"),
        sources=_parties(event, "sourceList", "source", declared),
        destinations=_parties(event, "destinationList", "destination", declared),
    )


def fact_of(step: Step) -> Fact | None:
    """The fact that a step states; None when it tells nothing that we follow."""
    if step.kind not in ("ObjectEvent", "AggregationEvent", "TransactionEvent"):
        return None
    if step.action == "DELETE":
        return None
    stated = _FACTS.get(step.name)
    return None if stated is None else stated(step)


def _booked(step: Step) -> Fact | None:
    destination = step.destinations.get("location")
    return Fact(transport.ShipmentBooked, {"destination": destination})


def _packed(step: Step) -> Fact | None:
    if step.kind != "AggregationEvent" or step.action != "ADD":
        return None
    return Fact(transport.PackagePacked, {})


def _handed_over(step: Step) -> Fact | None:
    holder = step.sources.get("possessing_party")
    if holder is None:
        return _passed(step)
    next_holder = step.destinations.get("possessing_party")
    fields = {"from_party": holder, "to_party": next_holder, "place": step.read_point}
    return Fact(transport.CustodyHandedOver, fields)


def _accepted(step: Step) -> Fact | None:
    holder = step.destinations.get("possessing_party")
    if holder is None:
        return _passed(step)
    earlier = step.sources.get("possessing_party")
    fields = {"to_party": holder, "from_party": earlier, "place": step.read_point}
    return Fact(transport.CustodyAccepted, fields)


def _arrived(step: Step) -> Fact | None:
    """Arriving where the event itself says that the journey ends is a delivery."""
    destination = step.destinations.get("location")
    if destination is not None and destination in (step.read_point, step.location):
        return _delivered(step)
    return _passed(step)


def _delivered(step: Step) -> Fact | None:
    receiver = step.destinations.get("possessing_party")
    return Fact(transport.ShipmentDelivered, {"receiver": receiver, "place": step.read_point})


def _passed(step: Step) -> Fact | None:
    """The point is the read point, and the step itself where no point is named."""
    fields = {"checkpoint": step.read_point or step.name, "held": step.name == "holding"}
    return Fact(transport.CheckpointPassed, fields)


def _voided(step: Step) -> Fact | None:
    detail = "void_shipping does not say which event it withdraws; send that with errorDeclaration"
    raise CannotUnderstand(Reason.FIELD_MISSING, detail)


_FACTS: Mapping[str, Callable[[Step], Fact | None]] = {
    BOOKING: _booked,
    "packing": _packed,
    "shipping": _handed_over,
    "receiving": _accepted,
    "accepting": _accepted,
    "departing": _passed,
    "transporting": _passed,
    "holding": _passed,
    "arriving": _arrived,
    DELIVERING: _delivered,
    "void_shipping": _voided,
}
"""Each business step that we follow, and the fact that it states."""


def _place(event: Said, member: str) -> str | None:
    place = event.get(member)
    return things.code(str(place["id"])) if isinstance(place, dict) else None


def _parties(event: Said, listed: str, member: str, declared: Mapping[str, str]) -> dict[str, str]:
    """The party or place of each type; where a type is named twice, nobody knows which one counts."""
    found: dict[str, str] = {}
    entries = event.get(listed)
    for entry in entries if isinstance(entries, list) else ():
        kind = names.word(str(entry["type"]), "SDT", declared)
        code = things.code(str(entry[member]))
        if found.get(kind, code) != code and kind == "possessing_party":
            detail = f"{listed}: two different parties are named as possessing_party"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        found[kind] = code
    return found
