"""Packing, handing over and receiving, as a clinic's SupplyDelivery, or R5's dispense of a product, says them.

A custodian is only taken from `supplier` and `receiver`, which say custody. What R4 has no element for
are extensions of ours: `seal`, `seal-intact`, `certificate-present`, `out-of-storage-at`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.clinic.identifiers import name_a_course
from connectors.clinic.node import Node
from connectors.clinic.said import Said, SaysNothing
from connectors.connector import CannotUnderstand
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.transport import CustodyAccepted, CustodyHandedOver, PackagePacked, ShipmentKind
from schemas.treatment import ProductReceived

Stated = TypeVar("Stated")

STEPS = frozenset(
    {Step.PACKING, Step.CUSTODY_HANDED_OVER, Step.CUSTODY_ACCEPTED, Step.PRODUCT_RECEIPT}
)


def supply_delivery(said: Said) -> tuple[Event, ...]:
    """A delivery that is complete from the clinic's side."""
    steps = said.steps("type") & STEPS
    if not steps:
        raise SaysNothing("a SupplyDelivery that is no step of the therapy")
    if said.status != "completed":
        raise SaysNothing(f"a SupplyDelivery that is {said.status or 'without status'}")
    at = said.happened(said.when("occurrenceDateTime", "occurrencePeriod.end"))
    seal = _extension(said, "seal", "valueString", Node.text)
    intact = _extension(said, "seal-intact", "valueBoolean", Node.flag)
    place = _party(said, "destination")
    giver, taker = _party(said, "supplier"), _party(said, "receiver")
    events: list[Event] = []
    if Step.PACKING in steps:
        kind = codes.word(ShipmentKind, _kind(said)) or ShipmentKind.UNKNOWN_TO_READER
        out = said.out_of_storage_at()
        events.append(said.event(PackagePacked, at, kind=kind, seal=seal, out_of_storage_at=out))
    if Step.CUSTODY_HANDED_OVER in steps:
        giver = _named(giver, "supplier")
        events.append(
            said.event(
                CustodyHandedOver, at, from_party=giver, to_party=taker, place=place, seal=seal
            )
        )
    if Step.PRODUCT_RECEIPT in steps:
        certificate = _extension(said, "certificate-present", "valueBoolean", Node.flag)
        events.append(
            said.event(
                ProductReceived,
                at,
                seal=seal,
                seal_intact=intact,
                certificate_present=certificate,
            )
        )
    if Step.CUSTODY_ACCEPTED in steps or (Step.PRODUCT_RECEIPT in steps and taker is not None):
        events.append(
            said.event(
                CustodyAccepted,
                at,
                to_party=_named(taker, "receiver"),
                from_party=giver,
                place=place,
                seal=seal,
                seal_intact=intact,
            )
        )
    return tuple(events)


def dispense(said: Said) -> tuple[Event, ...]:
    """A product that is issued to the ward, or comes back from there, as R5 says it."""
    if not name_a_course(said.identifiers):
        raise SaysNothing("a dispense that names no course")
    if said.status not in ("issued", "returned"):
        raise SaysNothing(f"a dispense that is {said.status}: nothing was handed over")
    store = _party(said, "location")
    ward = _party(said, "destination")
    if said.status == "issued":
        at, giver, taker = said.happened(said.when("whenHandedOver")), store, ward
    else:  # whenHandedOver stays the time of the way there
        at, giver, taker = said.happened(None), ward, store
    name = "location" if said.status == "issued" else "destination"
    if giver is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, f"{said.kind}.{name} names nobody")
    return (said.event(CustodyHandedOver, at, from_party=giver, to_party=taker),)


def _extension(
    said: Said, name: str, value: str, read: Callable[[Node, str], Stated | None]
) -> Stated | None:
    found = said.extension(name)
    return None if found is None else read(found, value)


def _party(said: Said, name: str) -> str | None:
    return next(
        (p for r in said.resource.each(name) if (p := said.attribution.party(r)) is not None), None
    )


def _named(party: str | None, name: str) -> str:
    if party is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, f"SupplyDelivery.{name} names nobody")
    return party


def _kind(said: Said) -> str | None:
    for item in said.resource.each("suppliedItem"):
        for concept in item.each("itemCodeableConcept"):
            for system, code in concept.codings():
                if system == codes.SHIPMENT_KIND_SYSTEM:
                    return code
    return None
