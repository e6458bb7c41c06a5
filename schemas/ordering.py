"""The order, its identity, its slot and its batch number, as the manufacturer's ERP knows them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.contract import Code, Instant
from schemas.envelope import Event, Identifier, Scheme


class OrderChange(StrEnum):
    """What became of the order."""

    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNKNOWN_TO_READER = "unknown_to_reader"


class SlotChange(StrEnum):
    """What became of the slot."""

    MOVED = "moved"
    RELEASED = "released"
    OUTCOME_UNKNOWN = "outcome_unknown"
    UNKNOWN_TO_READER = "unknown_to_reader"


class OrderCreated(Event):
    """A treatment order has been placed for one patient and one product."""

    number: ClassVar[int] = 20
    product: Code
    """The product code that names the therapy profile."""
    collection_planned_at: Instant | None = None
    infusion_planned_at: Instant | None = None


class OrderApproved(Event):
    """The manufacturer has approved the order."""

    number: ClassVar[int] = 21
    product: Code | None = None


class OrderChanged(Event):
    """The order has been changed or cancelled."""

    number: ClassVar[int] = 22
    change: OrderChange
    product: Code | None = None
    infusion_planned_at: Instant | None = None


class CoiAssigned(Event):
    """A chain-of-identity identifier has been issued for one therapy course."""

    number: ClassVar[int] = 23
    links: ClassVar = ((Scheme.ORDER, (Scheme.COI,)),)
    issuer: Code


class AliasLinked(Event):
    """The identity registry states that an identifier belongs to a course, or leads to another identifier."""

    number: ClassVar[int] = 24
    alias: Identifier
    target: Identifier


class AliasRevoked(Event):
    """The identity registry withdraws a link that it or another system had stated."""

    number: ClassVar[int] = 24
    alias: Identifier
    target: Identifier


class SlotReserved(Event):
    """A manufacturing slot has been reserved."""

    number: ClassVar[int] = 25
    starts_at: Instant
    ends_at: Instant | None = None


class SlotChanged(Event):
    """A manufacturing slot has been moved or released, or the answer never came."""

    number: ClassVar[int] = 26
    change: SlotChange
    starts_at: Instant | None = None


class BatchNumberAssigned(Event):
    """A batch number has been assigned to the course."""

    number: ClassVar[int] = 27
    links: ClassVar = ((Scheme.BATCH, (Scheme.COI, Scheme.ORDER)),)
    remanufacture: bool = False
    """True when this batch is declared to replace an earlier one."""


class AvailabilityConfirmed(Event):
    """The manufacturer has confirmed to the clinic that the product is, or is no longer, available."""

    number: ClassVar[int] = 28
    available: bool = True
    earliest_at: Instant | None = None
    infusion_planned_at: Instant | None = None


class GoodsIssued(Event):
    """The product has left the manufacturer's stock for delivery."""

    number: ClassVar[int] = 29
    links: ClassVar = ((Scheme.DELIVERY, (Scheme.COI, Scheme.BATCH, Scheme.ORDER)),)
