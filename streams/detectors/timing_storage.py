"""Containers that were outside controlled storage for too long, all steps together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.transport import PackagePacked, ShipmentBooked, ShipmentKind
from schemas.treatment import ProductStored
from streams.detectors.custody import kind_of
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros
from streams.view import View

NAMES = {
    ShipmentKind.STARTING_MATERIAL: "starting material",
    ShipmentKind.FINAL_PRODUCT: "final product",
}


class Outside(NamedTuple):
    """From when to when containers were outside controlled storage, and the step that says so."""

    since: datetime
    until: datetime
    step: Event


def outside(view: View, kind: ShipmentKind) -> list[Outside]:
    """Every stated time outside controlled storage of one kind of material, in order."""
    found = [
        Outside(e.out_of_storage_at, e.occurred_at, e)
        for e in view.of(PackagePacked)
        if e.out_of_storage_at is not None and _kind(view, e) is kind
    ]
    if kind is ShipmentKind.FINAL_PRODUCT:
        found += [
            Outside(e.out_of_storage_at, e.occurred_at, e)
            for e in view.of(ProductStored)
            if e.out_of_storage_at is not None
        ]
    return sorted(found, key=lambda o: (o.since, o.until, o.step.event_id))


def _kind(view: View, packed: PackagePacked) -> ShipmentKind:
    """What was packed; its shipment's booking says it where the packing does not."""
    if packed.kind is not ShipmentKind.UNKNOWN_TO_READER:
        return packed.kind
    kinds = {kind_of(view, shipment) for shipment in packed.named(Scheme.SHIPMENT)}
    return kinds.pop() if len(kinds) == 1 else ShipmentKind.UNKNOWN_TO_READER


def exceeded_at(times: list[Outside], limit: timedelta) -> datetime | None:
    """The moment at which the sum passed the limit; time that two steps state counts once."""
    total = timedelta(0)
    counted: datetime | None = None
    for since, until, _ in times:
        begins = since if counted is None else max(since, counted)
        if until <= begins:
            continue
        if total + (until - begins) > limit:
            return begins + (limit - total)
        total += until - begins
        counted = until
    return None


@detector("TW-08", PackagePacked, ProductStored, ShipmentBooked)
def too_long_out_of_storage(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The containers were outside controlled storage for longer than all steps together may take.

    Why: every minute in the warmth counts, and no single step shows what they add up to.
    Act: the holder gives the times of each step; quality judges them against the stability data.
    """
    if view.profile is None or view.profile.out_of_storage is None:
        return
    limit = timedelta(minutes=view.profile.out_of_storage.minutes)
    for kind, name in NAMES.items():
        times = outside(view, kind)
        passed = exceeded_at(times, limit)
        if passed is None:
            continue
        yield Finding(
            object=name,
            anchor="time out of storage",
            raised_at=passed,
            detail=f"{len(times)} step(s) outside controlled storage, longer together than {limit}",
            severity=Severity.S2,
            evidence=tuple(sorted(time.step.event_id for time in times)),
            missing=("stability basis",),
        )


DETECTORS: tuple[Detector, ...] = (too_long_out_of_storage,)
