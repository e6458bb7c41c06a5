"""Moving cells between sites: booking, packing, custody, the way, and the conditions on it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from schemas.contract import Code, Contract, Instant
from schemas.envelope import Event, Scheme
from schemas.units import Celsius, Degrees, Hours, Percent


class ShipmentKind(StrEnum):
    """What is on its way."""

    STARTING_MATERIAL = "starting_material"
    FINAL_PRODUCT = "final_product"
    UNKNOWN_TO_READER = "unknown_to_reader"


class ShipmentBooked(Event):
    """Transport has been booked."""

    number: ClassVar[int] = 53
    links: ClassVar = (
        (Scheme.SHIPMENT, (Scheme.COI, Scheme.BATCH, Scheme.DIN, Scheme.ORDER)),
        (Scheme.WAYBILL, (Scheme.SHIPMENT,)),
    )
    kind: ShipmentKind
    lane_plan: Code | None = None
    lane_qualified_until: Instant | None = None
    """When the qualification of the lane ends, by the transport plan."""
    pick_up_planned_at: Instant | None = None
    arrival_planned_at: Instant | None = None
    shipper_hold: Hours | None = None
    """Qualified hold time of the shipper, in hours."""
    destination: Code | None = None


class PackagePacked(Event):
    """Containers, seal and logger have been packed into a shipper."""

    number: ClassVar[int] = 54
    links: ClassVar = ((Scheme.SSCC, (Scheme.SHIPMENT, Scheme.COI)),)
    kind: ShipmentKind = ShipmentKind.UNKNOWN_TO_READER
    seal: Code | None = None
    out_of_storage_at: Instant | None = None
    """When the containers were taken out of controlled storage to be packed."""


class CustodyHandedOver(Event):
    """The holder states that the material has been handed to another party."""

    number: ClassVar[int] = 55
    from_party: Code
    to_party: Code | None = None
    place: Code | None = None
    seal: Code | None = None


class CustodyAccepted(Event):
    """A party states that it has taken charge of the material."""

    number: ClassVar[int] = 56
    to_party: Code
    from_party: Code | None = None
    place: Code | None = None
    seal: Code | None = None
    seal_intact: bool | None = None


class CheckpointPassed(Event):
    """The shipment has passed a point on its way, or is held there."""

    number: ClassVar[int] = 57
    checkpoint: Code
    held: bool = False
    delay_code: Code | None = None
    arrival_expected_at: Instant | None = None


class Reading(Contract):
    """What a logger measured at one moment."""

    at: Instant
    temperature: Celsius | None = None
    tilt: Degrees | None = None
    shock: Annotated[float, Field(ge=0, le=1000, description="g")] | None = None
    lid_open: bool | None = None
    battery: Percent | None = None

    @model_validator(mode="after")
    def _measures_something(self) -> Self:
        measured = (self.temperature, self.tilt, self.shock, self.lid_open, self.battery)
        if all(value is None for value in measured):
            raise ValueError("a reading needs at least one measured value")
        return self


class ConditionRead(Event):
    """A logger has reported readings; the course is found by what the logger was packed with."""

    number: ClassVar[int] = 58
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=10_000)]


class ConditionFileUploaded(Event):
    """The complete file of a logger has been stored."""

    number: ClassVar[int] = 58
    first_at: Instant | None = None
    last_at: Instant | None = None
    calibrated_until: Instant | None = None
    """When the calibration of the logger runs out, where its platform states it."""


class ShipmentDelivered(Event):
    """The courier states that the shipment has been delivered or refused."""

    number: ClassVar[int] = 59
    receiver: Code | None = None
    place: Code | None = None
    refused: bool = False
