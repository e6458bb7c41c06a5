"""Slots, pick-ups and sites that are not there when a therapy needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event, Scheme
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChanged,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profile import SiteReady
from schemas.profiles import platform_limits
from schemas.transport import (
    CheckpointPassed,
    CustodyAccepted,
    CustodyHandedOver,
    ShipmentBooked,
    ShipmentDelivered,
)
from schemas.treatment import (
    InfusionChanged,
    InfusionStarted,
    ProductReceived,
    SiteReadinessConfirmed,
)
from streams.detectors.custody_shipment import shipments
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.sequence import over
from streams.detectors.timing_plans import ENDS_OF_COURSE, planned_infusion
from streams.messages import Micros, micros
from streams.view import View, when

PICKED_UP: tuple[type[Event], ...] = (
    CustodyHandedOver,
    CustodyAccepted,
    CheckpointPassed,
    ShipmentDelivered,
    MaterialReceived,
    ProductReceived,
)
"""Whichever of these names a shipment, it has been picked up."""


@detector(
    "SC-02",
    CollectionScheduled,
    CollectionCompleted,
    SlotReserved,
    SlotChanged,
    BatchStarted,
    *ENDS_OF_COURSE,
)
def collection_without_slot(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Cells are to be collected, or have been, and no manufacturing slot is kept for them.

    Why: cells that nobody has room to process grow old, and the patient cannot give them again soon.
    Act: the planner reserves a slot, or decides to freeze the cells or to move the collection.
    """
    words = sorted((*view.of(SlotReserved), *view.of(SlotChanged)), key=when)
    # where nobody has ever spoken of a slot, only a planned collection says that one is needed
    collected = view.of(CollectionCompleted)
    needed: list[Event] = [*view.of(CollectionScheduled), *(collected if words else ())]
    if not needed or _slots_kept(words) or view.of(BatchStarted) or over(view):
        return
    limits = platform_limits()
    freed = [w for w in words if isinstance(w, SlotChanged) and w.change is SlotChange.RELEASED]
    since, wait = min(needed, key=when), limits.word_grace
    if freed and when(freed[-1]) > when(since):
        # the slot that takes the place of a freed one is reserved in the same hour
        since, wait = freed[-1], limits.orphan_grace
    due = since.occurred_at + timedelta(minutes=wait.minutes)
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    hold = view.profile.fresh_hold if view.profile is not None else None
    waiting = bool(collected) and hold is not None
    yield Finding(
        object="manufacturing slot",
        anchor=str(since.event_id),
        raised_at=due,
        detail=f"no slot is kept since {since.occurred_at.isoformat()}"
        + (", and fresh cells wait" if waiting else ""),
        severity=Severity.S1 if waiting else Severity.S2,
        harm_at=_held_until(collected[0], hold.hours) if collected and hold is not None else None,
        evidence=(since.event_id, *(c.event_id for c in collected if waiting)),
        missing=("slot that is kept for the course",),
    )


def _held_until(collected: CollectionCompleted, hours: float) -> datetime:
    return collected.ended_at + timedelta(hours=hours)


def _slots_kept(words: list[SlotReserved | SlotChanged]) -> bool:
    """Whether a slot is kept once all these words are heard; one without a number is one more slot."""
    kept: set[str] = set()
    for word in words:
        named = set(word.named(Scheme.SLOT))
        if isinstance(word, SlotReserved) or word.change is SlotChange.MOVED:
            kept |= named or {"without a number"}
        elif word.change is SlotChange.RELEASED:
            kept -= named or kept
    return bool(kept)


@detector("SC-03", ShipmentBooked, *PICKED_UP, *ENDS_OF_COURSE)
def pick_up_missed(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Nobody has picked up the shipment although its planned time is over.

    Why: a missed pick-up is a missed flight, and time windows are counted in hours.
    Act: logistics sends another courier and reckons the windows anew.
    """
    if over(view):
        return
    tolerance = timedelta(minutes=platform_limits().pick_up_tolerance.minutes)
    for shipment in shipments(view, ShipmentBooked):
        booked = view.having(ShipmentBooked, Scheme.SHIPMENT, shipment)
        plans = [(b, b.pick_up_planned_at) for b in booked if b.pick_up_planned_at is not None]
        if not plans or any(view.having(kind, Scheme.SHIPMENT, shipment) for kind in PICKED_UP):
            continue
        booking, planned = plans[-1]
        due = planned + tolerance
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=str(booking.event_id),
            raised_at=due,
            detail=f"shipment {shipment} was to be picked up at {planned.isoformat()}",
            severity=Severity.S2,
            evidence=(booking.event_id,),
            missing=("pick-up, or another courier",),
        )


@detector(
    "SC-04",
    ProductReceived,
    SiteReadinessConfirmed,
    OrderCreated,
    OrderChanged,
    AvailabilityConfirmed,
    InfusionChanged,
    InfusionStarted,
    *ENDS_OF_COURSE,
)
def site_not_ready(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The product is at the clinic, the infusion is near, and the clinic has not stated that it is ready.

    Why: without bed, staff and tocilizumab an infusion is unsafe, and a thawed product does not wait.
    Act: the clinic completes its checklist, or moves the infusion.
    """
    received, plan = view.first(ProductReceived), planned_infusion(view)
    if view.profile is None or view.profile.site_ready is None or over(view):
        return
    if received is None or plan is None or view.of(InfusionStarted):
        return
    wanted = view.profile.site_ready
    said = view.last(SiteReadinessConfirmed)
    missing = _not_ready(said, wanted)
    if not missing:
        return
    near = plan.at - timedelta(hours=wanted.hours_before_infusion)
    due = max(near, received.occurred_at, plan.said.occurred_at)
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    known = (received, plan.said) if said is None else (received, plan.said, said)
    yield Finding(
        object="treatment centre",
        anchor=str(plan.said.event_id),
        raised_at=due,
        detail=f"infusion planned for {plan.at.isoformat()}; not stated: {', '.join(missing)}",
        severity=Severity.S2,
        evidence=tuple(event.event_id for event in known),
        missing=missing,
    )


def _not_ready(said: SiteReadinessConfirmed | None, wanted: SiteReady) -> tuple[str, ...]:
    """What the clinic has not stated to be there, by its latest word."""
    doses = wanted.tocilizumab_doses
    has = (said.tocilizumab_doses if said is not None else None) or 0
    items = {
        "bed": said is not None and said.bed is True,
        "staff": said is not None and said.staff is True,
        f"{doses} doses of tocilizumab": has >= doses,
    }
    return tuple(name for name, there in items.items() if not there)


@detector("SC-07", SlotReserved, SlotChanged)
def reservation_outcome_unknown(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The answer to a change of a slot never came, and nobody has stated since how the slot stands.

    Why: a second try may take a second slot, and no try may leave the patient without one.
    Act: integration and planner look the slot up; nobody repeats the change blindly.
    """
    words = sorted((*view.of(SlotReserved), *view.of(SlotChanged)), key=when)
    for unknown in view.of(SlotChanged):
        if unknown.change is not SlotChange.OUTCOME_UNKNOWN:
            continue
        if any(_settles(word, unknown) for word in words):
            continue
        slots = ", ".join(unknown.named(Scheme.SLOT)) or "without a number"
        yield Finding(
            object=f"{Scheme.SLOT}:{slots}",
            anchor=str(unknown.event_id),
            raised_at=unknown.occurred_at,
            detail=f"no answer came about slot {slots}",
            severity=Severity.S2,
            evidence=(unknown.event_id,),
            missing=("how the slot stands",),
        )


def _settles(word: SlotReserved | SlotChanged, unknown: SlotChanged) -> bool:
    """Whether a later word about the same slot says how it stands."""
    if isinstance(word, SlotChanged) and word.change is SlotChange.OUTCOME_UNKNOWN:
        return False
    ours, theirs = set(unknown.named(Scheme.SLOT)), set(word.named(Scheme.SLOT))
    # what is looked up afterwards may be dated when it happened, before the answer was missed
    told = max(word.occurred_at, word.recorded_at or word.occurred_at)
    return told > unknown.occurred_at and (not ours or not theirs or bool(ours & theirs))


DETECTORS: tuple[Detector, ...] = (
    collection_without_slot,
    pick_up_missed,
    site_not_ready,
    reservation_outcome_unknown,
)
