"""Cells that may have warmed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from schemas.profile import Material
from schemas.transport import ConditionRead, PackagePacked, ShipmentBooked, ShipmentKind
from streams.detectors.custody import kind_of
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Leg
from streams.moments import Micros, moment
from streams.view import View


def kind_packed(view: View, packed: PackagePacked) -> ShipmentKind:
    """What was packed, as the packing says, or else the booking."""
    kind = packed.kind
    for shipment in packed.named(Scheme.SHIPMENT):
        if kind is ShipmentKind.UNKNOWN_TO_READER:
            kind = kind_of(view, shipment)
    return kind


def frozen_limit(view: View, packed: PackagePacked) -> float | None:
    """The product's limit for what was packed; None when it travels fresh or nothing is known of it."""
    if view.profile is None:
        return None
    kind = kind_packed(view, packed)
    frozen = kind is ShipmentKind.FINAL_PRODUCT or (
        kind is ShipmentKind.STARTING_MATERIAL and view.profile.material is Material.FROZEN
    )
    return view.profile.storage.celsius if frozen else None


def leg_name(packed: PackagePacked) -> str:
    """The shipment of a leg, or the packing itself where no shipment is named."""
    shipments = packed.named(Scheme.SHIPMENT)
    return f"{Scheme.SHIPMENT}:{shipments[0]}" if shipments else f"PACKING:{packed.event_id}"


@detector("TC-02", PackagePacked, ShipmentBooked, ConditionRead, Leg)
def cryogenic_limit_exceeded(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A logger has read warmer than the product's storage limit while it travelled with the cells.

    Why: there is no proof of stability above the limit, however short.
    Act: quarantine on arrival; quality judges the full trace before anything else happens.
    """
    for packed in view.of(PackagePacked):
        limit = frozen_limit(view, packed)
        if limit is None:
            continue
        for logger in packed.named(Scheme.LOGGER):
            leg = view.legs.get(f"{Scheme.LOGGER}:{logger}/{packed.event_id}")
            if leg is None or not leg.readings or leg.warmest <= limit:
                continue
            above = dict(leg.excursions).get(limit, ())
            yield Finding(
                object=leg_name(packed),
                anchor=f"{logger}/{packed.event_id}",
                raised_at=moment(above[0].start) if above else moment(leg.warmest_at),
                detail=f"logger {logger}: warmest {leg.warmest:g} degrees Celsius, limit {limit:g}, "
                f"{len(above)} excursion(s)",
                severity=Severity.S1,
                evidence=(packed.event_id, *(UUID(event_id) for event_id in leg.events)),
                missing=("full trace", "disposition by quality"),
            )
        yield from _direct(view, packed, limit)


def _direct(view: View, packed: PackagePacked, limit: float) -> Iterator[Finding]:
    """Readings of events that name the shipment and no logger."""
    shipments = set(packed.named(Scheme.SHIPMENT))
    for event in view.of(ConditionRead):
        if not shipments & set(event.named(Scheme.SHIPMENT)):
            continue
        warm = [r for r in event.readings if r.temperature is not None and r.temperature > limit]
        if warm:
            yield Finding(
                object=leg_name(packed),
                anchor=str(event.event_id),
                raised_at=min(r.at for r in warm),
                detail=f"{len(warm)} reading(s) above {limit:g} degrees Celsius",
                severity=Severity.S1,
                evidence=(packed.event_id, event.event_id),
                missing=("full trace", "disposition by quality"),
            )


DETECTORS: tuple[Detector, ...] = (cryogenic_limit_exceeded,)
