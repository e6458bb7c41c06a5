"""Judges the conditions on the way by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchTerminated,
    InProcessControlRecorded,
    MaterialReceived,
)
from schemas.ordering import OrderChange, OrderChanged
from schemas.profile import Material, TherapyProfile
from schemas.quality import BatchRejected
from schemas.transport import (
    ConditionFileUploaded,
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import ProductReceived, ProductStored, ThawPhase, ThawRecorded

NEVER = datetime.max.replace(tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Trip(NamedTuple):
    """One way of one logger, with hindsight."""

    packed: PackagePacked
    arrived: datetime
    readings: list[Reading]
    files: list[ConditionFileUploaded]
    fresh: bool

    @property
    def degrees(self) -> list[tuple[datetime, float]]:
        """When it was how warm."""
        return [(r.at, r.temperature) for r in self.readings if r.temperature is not None]


def conditions(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[tuple[str, bool]]:
    """Each code of condition but that of the limit itself, with whether the facts call for it."""
    trips = list(_trips(profile, events))
    over = min(
        (
            e.occurred_at
            for e in events
            if isinstance(e, BatchRejected | BatchTerminated)
            or (isinstance(e, OrderChanged) and e.change is OrderChange.CANCELLED)
        ),
        default=NEVER,
    )
    return (
        ("TC-01", any(_outside(profile, trip) for trip in trips if trip.fresh)),
        ("TC-03", any(_rises(_limit(profile, trip), trip) for trip in trips)),
        ("TC-04", any(_untold(trip, over) for trip in trips)),
        ("TC-05", any(_wrong(trip) for trip in trips)),
        ("TC-06", any(_rough(trip) for trip in trips)),
        ("TC-07", any(_refrozen(t) for t in trips if not t.fresh) or _put_back(events)),
        ("TC-08", any(_off_curve(e) for e in events)),
        ("TC-09", any(_alarmed(e, events) for e in events)),
    )


def _alarmed(stored: Event, events: Sequence[Event]) -> bool:
    """Whether the tank that a product was put into had an alarm while it lay there."""
    if isinstance(stored, AlarmChanged):
        return False
    left = [e.occurred_at for e in events if isinstance(e, PackagePacked | ThawRecorded)]
    until = min((at for at in left if at > stored.occurred_at), default=NEVER)
    alarms = [e for e in events if isinstance(e, AlarmChanged) and e.state is AlarmState.RAISED]
    tanks = set(stored.named(Scheme.TANK))
    return any(tanks & set(a.named(Scheme.TANK)) and a.occurred_at < until for a in alarms)


def _trips(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[Trip]:
    for packed in (e for e in events if isinstance(e, PackagePacked)):
        (shipment,) = packed.named(Scheme.SHIPMENT)
        arrived = min(
            (
                e.occurred_at
                for e in events
                if isinstance(e, ShipmentDelivered | MaterialReceived | ProductReceived)
                and shipment in e.named(Scheme.SHIPMENT)
            ),
            default=NEVER,
        )
        readings = {
            reading.at: reading
            for e in events
            if isinstance(e, ConditionRead)
            and e.named(Scheme.LOGGER) == packed.named(Scheme.LOGGER)
            for reading in e.readings
            if packed.occurred_at <= reading.at <= arrived
        }
        files = [
            e
            for e in events
            if isinstance(e, ConditionFileUploaded) and shipment in e.named(Scheme.SHIPMENT)
        ]
        starting = packed.kind is ShipmentKind.STARTING_MATERIAL
        fresh = starting and profile.material is Material.FRESH
        yield Trip(packed, arrived, [readings[at] for at in sorted(readings)], files, fresh)


def _limit(profile: TherapyProfile, trip: Trip) -> float:
    if not trip.fresh:
        return profile.storage.celsius
    assert profile.fresh_band is not None
    return profile.fresh_band.warmest


def _outside(profile: TherapyProfile, trip: Trip) -> bool:
    band = profile.fresh_band
    assert band is not None
    spent = timedelta(0)
    for (at, degrees), (later, _) in pairwise(trip.degrees):
        if not band.coldest <= degrees <= band.warmest:
            spent += later - at
    return spent > band.minutes * MINUTE


def _rises(limit: float, trip: Trip) -> bool:
    """Whether it got warmer with every reading for eight hours, towards the limit; a jump is no rise."""
    run: list[tuple[datetime, float]] = []
    for at, degrees in trip.degrees:
        if run and not 0 < degrees - run[-1][1] < 30:
            run = []
        run.append((at, degrees))
        took = at - run[0][0]
        if degrees > limit or took < 9 * HOUR:
            continue
        rate = (degrees - run[0][1]) / (took / HOUR)
        reached = at + (limit - degrees) / rate * HOUR
        if reached < min(trip.arrived, at + 9 * HOUR):
            return True
    return False


def _untold(trip: Trip, over: datetime) -> bool:
    moments = [trip.packed.occurred_at, *(at for at, _ in trip.degrees)]
    if trip.arrived == NEVER:
        return moments[-1] + 16 * HOUR < over
    usual = median_low(b - a for a, b in pairwise(moments[1:]))
    (logger,) = trip.packed.named(Scheme.LOGGER)
    gaps = [b - a for a, b in pairwise([*moments, trip.arrived])]
    return max(gaps) > 2 * usual or not any(logger in f.named(Scheme.LOGGER) for f in trip.files)


def _wrong(trip: Trip) -> bool:
    return any(
        file.named(Scheme.LOGGER) != trip.packed.named(Scheme.LOGGER)
        or (file.calibrated_until is not None and file.calibrated_until < trip.arrived)
        for file in trip.files
    )


def _rough(trip: Trip) -> bool:
    leaning = timedelta(0)
    for one, after in pairwise(trip.readings):
        leaning = leaning + (after.at - one.at) if (one.tilt or 0) > 45 else timedelta(0)
        if leaning > 30 * MINUTE:
            return True
    return any(r.lid_open or (r.shock or 0) > 25 for r in trip.readings)


def _refrozen(trip: Trip) -> bool:
    thawed = [degrees > -60 for _, degrees in trip.degrees]
    return any(one and not after for one, after in pairwise(thawed)) and not thawed[0]


def _put_back(events: Sequence[Event]) -> bool:
    return any(
        set(thaw.named(Scheme.CONTAINER)) & set(stored.named(Scheme.CONTAINER))
        for thaw in events
        if isinstance(thaw, ThawRecorded) and thaw.phase is ThawPhase.STARTED
        for stored in events
        if isinstance(stored, ProductStored) and stored.occurred_at > thaw.occurred_at
    )


def _off_curve(event: Event) -> bool:
    if not isinstance(event, InProcessControlRecorded) or "FREEZING" not in event.test:
        return False
    assert event.low is not None
    assert event.high is not None
    assert event.value is not None
    return not event.low <= event.value <= event.high
