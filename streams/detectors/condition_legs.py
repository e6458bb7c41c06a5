"""The legs on which cells travel with something that measures: one for each logger, one for each shipment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.envelope import Scheme
from schemas.manufacture import MaterialReceived
from schemas.profile import Material, TemperatureBand
from schemas.transport import (
    ConditionRead,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import ProductReceived
from streams.detectors.condition import kind_packed, leg_name
from streams.messages import Excursion, Handling, Leg
from streams.moments import Micros, micros
from streams.routing import handling
from streams.trace import summarise
from streams.view import View, made_of

ARRIVALS = (ShipmentDelivered, MaterialReceived, ProductReceived)
READS = (PackagePacked, ShipmentBooked, ConditionRead, Leg, *ARRIVALS)
"""What the legs of a course are made of."""


class Watched(NamedTuple):
    """One leg, and what measured the conditions on it."""

    packed: PackagePacked
    logger: str
    """The logger; empty for readings that name the shipment and no logger."""
    leg: Leg
    arrived: datetime | None

    @property
    def name(self) -> str:
        """The shipment, or the packing itself where no shipment is named."""
        return leg_name(self.packed)

    @property
    def anchor(self) -> str:
        """What an alert about this leg hangs on."""
        return f"{self.logger or 'shipment'}/{self.packed.event_id}"

    @property
    def by(self) -> str:
        """What measured, in words."""
        return f"logger {self.logger}" if self.logger else "readings of the shipment"

    def lasts(self, stretch: Excursion | Handling) -> Micros:
        """Until when a stretch lasted: until the next reading, or for two intervals where that one is missing."""
        if not self.leg.interval:
            return stretch.back
        return min(stretch.back, stretch.end + 2 * self.leg.interval)


def arrival(view: View, packed: PackagePacked) -> datetime | None:
    """When what was packed arrived; None while it is on its way."""
    arrived = [
        event.occurred_at
        for kind in ARRIVALS
        for shipment in packed.named(Scheme.SHIPMENT)
        for event in view.having(kind, Scheme.SHIPMENT, shipment)
        if event.occurred_at >= packed.occurred_at
    ]
    return min(arrived, default=None)


@made_of(*READS)
def with_loggers(view: View) -> tuple[Watched, ...]:
    """Every leg of every logger, whether it has read anything or not."""
    return tuple(_with_loggers(view))


@made_of(*READS)
def watched(view: View) -> tuple[Watched, ...]:
    """Every leg on which something was measured, be it said by a logger or of the shipment."""
    return tuple(_watched(view))


def _with_loggers(view: View) -> Iterator[Watched]:
    for packed in view.of(PackagePacked):
        arrived = arrival(view, packed)
        for logger in packed.named(Scheme.LOGGER):
            key = f"{Scheme.LOGGER}:{logger}"
            leg = view.legs.get(f"{key}/{packed.event_id}")
            if leg is None:
                leg = summarise(key, str(packed.event_id), [], [])
            yield Watched(packed, logger, leg, arrived)


def _watched(view: View) -> Iterator[Watched]:
    for each in with_loggers(view):
        if each.leg.readings or each.leg.handled:
            yield each
    events = view.of(ConditionRead)  # what names a logger comes as the leg of that logger instead
    if not events:
        return
    for packed in view.of(PackagePacked):
        arrived = arrival(view, packed)
        shipments = set(packed.named(Scheme.SHIPMENT))
        own = [e for e in events if shipments & set(e.named(Scheme.SHIPMENT))]
        start, end = packed.occurred_at, arrived
        points = {
            micros(at): (value, str(e.event_id))
            for e in own
            for at, value in sorted(
                (r.at, r.temperature) for r in e.readings if r.temperature is not None
            )
            if start <= at and (end is None or at <= end)
        }
        rough = [
            (at, kind, value, str(e.event_id))
            for e in own
            for at, kind, value in handling(e)
            if micros(start) <= at and (end is None or at <= micros(end))
        ]
        leg = summarise(
            "",
            str(packed.event_id),
            sorted((at, value, by) for at, (value, by) in points.items()),
            sorted(rough),
        )
        if leg.readings or leg.handled:
            yield Watched(packed, "", leg, arrived)


def fresh_band(view: View, packed: PackagePacked) -> TemperatureBand | None:
    """The band for what was packed; None when it travels frozen or nothing is known of it."""
    profile = view.profile
    if profile is None or profile.material is not Material.FRESH:
        return None
    starting = kind_packed(view, packed) is ShipmentKind.STARTING_MATERIAL
    return profile.fresh_band if starting else None
