"""Judges plans and windows by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from schemas.collection import CollectionCompleted, CollectionFailed
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
)
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
    OrderCreated,
    SlotChanged,
    SlotReserved,
)
from schemas.profile import TherapyProfile
from schemas.quality import BatchCertified, BatchRejected
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import (
    InfusionChanged,
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionCompleted,
    ProductReceived,
    ProductStored,
)

FINAL = ShipmentKind.FINAL_PRODUCT


def timing(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[tuple[str, bool]]:
    """Each code of plans and windows, with whether the facts call for it."""
    return (
        ("TW-02", _too_old(profile, events)),
        ("TW-05", _expires(profile, events)),
        ("TW-03", _runs_dry(profile, events)),
        ("TW-08", any(margin < timedelta(0) for margin in storage_margins(profile, events))),
        ("TW-09", _uncertified_near_pick_up(profile, events)),
        ("TW-10", _stands_still(profile, events)),
        ("TW-04", _too_long_away(profile, events)),
        ("TW-07", any(margin < timedelta(0) for margin in window_margins(profile, events))),
    )


def _too_long_away(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    """Whether the infusion was planned, or came, later than its target, or a slot was too late for it."""
    collected = [e.ended_at for e in events if isinstance(e, CollectionCompleted)]
    if not collected or profile.vein_to_vein is None:
        return False
    by = max(collected) + timedelta(hours=profile.vein_to_vein.hours)
    begun = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    if not begun and not any(map(_gives_up, events)):
        return True  # a play ends after the target of every course
    planned = [
        plan
        for e in events
        if isinstance(e, InfusionChanged | OrderCreated | AvailabilityConfirmed)
        for plan in (getattr(e, "planned_at", None) or getattr(e, "infusion_planned_at", None),)
        if plan is not None
    ]
    slots = [e.starts_at for e in events if isinstance(e, SlotReserved)]
    slots += [e.starts_at for e in events if isinstance(e, SlotChanged) and e.starts_at is not None]
    rest = timedelta(hours=_standard_hours(profile))
    return any(at > by for at in (*begun, *planned, *(slot + rest for slot in slots)))


def _gives_up(event: Event) -> bool:
    """Whether nobody waits for an infusion after this."""
    if isinstance(event, CollectionFailed | BatchTerminated | BatchRejected | InfusionCompleted):
        return True
    cancelled = isinstance(event, OrderChanged) and event.change is OrderChange.CANCELLED
    rejected = isinstance(event, MaterialDecided) and event.decision is MaterialDecision.REJECTED
    return cancelled or rejected


def _standard_hours(profile: TherapyProfile) -> float:
    """The standard hours from the start of manufacture to the infusion, on the slowest way."""
    hours = {"manufacture.BatchStarted": 0.0}
    for step in profile.path:
        hours.setdefault(
            step.step,
            step.p50_hours + max((hours[a] for a in step.after if a in hours), default=-1e9),
        )
    return hours["treatment.InfusionStarted"]


def window_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[timedelta]:
    """How much of the window was left at the infusion, and at each planned day while it was waited for."""
    window = profile.infusion_window
    ends = [e.occurred_at for e in events if isinstance(e, LymphodepletionCompleted)]
    begun = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    if window is None or not ends:
        return
    opens = ends[0] + timedelta(hours=window.earliest_hours)
    closes = ends[0] + timedelta(hours=window.latest_hours)
    if begun:
        yield min(begun) - opens
        yield closes - timedelta(hours=window.warn_hours) - min(begun)
    for event in events:
        if isinstance(event, InfusionChanged) and event.planned_at is not None:
            yield closes - event.planned_at


def storage_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterable[timedelta]:
    """How much of the time outside storage was left, of the cells and of the product."""
    assert profile.out_of_storage is not None
    limit = timedelta(minutes=profile.out_of_storage.minutes)
    spent = {kind: timedelta(0) for kind in ShipmentKind}
    for event in events:
        if isinstance(event, PackagePacked | ProductStored) and event.out_of_storage_at is not None:
            kind = event.kind if isinstance(event, PackagePacked) else FINAL
            spent[kind] += event.occurred_at - event.out_of_storage_at
    yield from (limit - total for total in spent.values())


def _expires(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    plans = [
        (e.occurred_at, e.infusion_planned_at)
        for e in events
        if isinstance(e, OrderCreated | AvailabilityConfirmed) and e.infusion_planned_at is not None
    ]
    begun = [e.occurred_at for e in events if isinstance(e, InfusionStarted)]
    if profile.expiry_margin is None or not plans:
        return False
    margin = timedelta(hours=profile.expiry_margin.hours)
    for event in events:
        if isinstance(event, ProductFilled) and event.expires_at is not None:
            planned = [day for _, day in plans]
            if any(day + margin > event.expires_at for day in planned):
                return True
            if any(at > event.expires_at for at in begun):
                return True
    return False


def _too_old(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    collected = [e.ended_at for e in events if isinstance(e, CollectionCompleted)]
    if profile.frozen_material_age is None or not collected:
        return False
    last_day = max(collected) + timedelta(hours=profile.frozen_material_age.hours)
    starts: list[datetime] = [e.occurred_at for e in events if isinstance(e, BatchStarted)]
    starts += [
        e.starts_at
        for e in events
        if isinstance(e, SlotReserved | SlotChanged) and e.starts_at is not None
    ]
    return any(start > last_day for start in starts)


NEVER = datetime.max.replace(tzinfo=UTC)


def _first(events: Sequence[Event], *kinds: type[Event]) -> datetime:
    return min((e.occurred_at for e in events if isinstance(e, kinds)), default=NEVER)


def _ended(events: Sequence[Event]) -> datetime:
    cancelled = [e for e in events if isinstance(e, OrderChanged)]
    return min(_first(cancelled, OrderChanged), _first(events, BatchRejected))


def _ways(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The facts of each shipment that was booked, in order of time."""
    ways: dict[str, list[Event]] = {
        shipment: []
        for event in events
        if isinstance(event, ShipmentBooked)
        for shipment in event.named(Scheme.SHIPMENT)
    }
    for event in sorted(events, key=lambda e: e.occurred_at):
        for shipment in event.named(Scheme.SHIPMENT):
            if shipment in ways:
                ways[shipment].append(event)
    return ways


def _uncertified_near_pick_up(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    decided = min(_ended(events), _first(events, BatchCertified))
    return any(
        event.pick_up_planned_at - timedelta(hours=profile.ship_buffer.hours) < decided
        and event.occurred_at < decided
        for event in events
        if isinstance(event, ShipmentBooked)
        and event.kind is ShipmentKind.FINAL_PRODUCT
        and event.pick_up_planned_at is not None
        and profile.ship_buffer is not None
    )


def _arrives(way: Sequence[Event], events: Sequence[Event]) -> datetime:
    return min(_first(way, ShipmentDelivered, MaterialReceived, ProductReceived), _ended(events))


def _stands_still(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    assert profile.dwell is not None
    for way in _ways(events).values():
        moved = [
            e.occurred_at
            for e in way
            if isinstance(e, CustodyHandedOver | CustodyAccepted | CheckpointPassed)
        ]
        arrived = _arrives(way, events)
        steps = [*(at for at in moved if at < arrived), arrived]
        gaps = (later - earlier for earlier, later in pairwise(steps))
        if any(gap > timedelta(hours=profile.dwell.hours) for gap in gaps):
            return True
    return False


def _runs_dry(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    assert profile.shipper_margin is not None
    for way in _ways(events).values():
        packed = [e.occurred_at for e in way if isinstance(e, PackagePacked)]
        holds = [e.shipper_hold for e in way if isinstance(e, ShipmentBooked) and e.shipper_hold]
        if not packed or not holds:
            continue
        spare = packed[0] + timedelta(hours=holds[0] - profile.shipper_margin.hours)
        expected = [e.arrival_expected_at for e in way if isinstance(e, CheckpointPassed)]
        expected += [e.arrival_planned_at for e in way if isinstance(e, ShipmentBooked)]
        expected.append(_arrives(way, events))
        if any(day is not None and day > spare for day in expected):
            return True
    return False
