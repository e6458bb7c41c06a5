"""Judges journeys by their facts alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey, so that a label can be held against it.
It looks at one course with hindsight: what would have been raised, had every fact been known at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from schemas.catalogue import EVENT_BY_NAME
from schemas.collection import CollectionCompleted, CollectionFailed, IdentityVerified
from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultReported, Verdict
from schemas.manufacture import (
    BatchRecordCompleted,
    BatchTerminated,
    MaterialDecided,
    ProductFilled,
)
from schemas.ordering import AvailabilityConfirmed, BatchNumberAssigned, OrderChange, OrderChanged
from schemas.profile import Clock, ClockEdge, ClockUnit, Material, TherapyProfile
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
)
from schemas.transport import (
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import (
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionStarted,
    ThawPhase,
    ThawRecorded,
)
from tests.connectors.simulator.judge_condition import conditions
from tests.connectors.simulator.judge_custody import travelled
from tests.connectors.simulator.judge_identity import identity_exceptions
from tests.connectors.simulator.judge_interface import interface_exceptions
from tests.connectors.simulator.judge_partners import partner_exceptions
from tests.connectors.simulator.judge_quality import quality_exceptions
from tests.connectors.simulator.judge_release import release_exceptions
from tests.connectors.simulator.judge_scheduling import planned
from tests.connectors.simulator.judge_sequence import sequence_exceptions
from tests.connectors.simulator.judge_timing import timing

E = TypeVar("E", bound=Event)


def exceptions_of(profile: TherapyProfile, events: Sequence[Event]) -> set[str]:
    """The codes that the facts of one course call for, ID-04 and shared batches left aside."""
    found: set[str] = set()
    for code, called_for in (
        ("ID-01", _checks(events, course=True)),
        ("ID-05", _checks(events, course=False)),
        (
            "ID-10",
            len(_batches_at_once(events)) > 1,
        ),
        ("CU-01", any(gap > limit for gap, limit in hand_over_gaps(profile, events))),
        ("CU-03", _one_sided(events)),
        *travelled(events),
        *planned(profile, events),
        ("TW-01", any(margin < timedelta(0) for margin in hold_margins(profile, events))),
        (
            "TW-06",
            any(share > profile.clocks[0].warn_at for share in clock_shares(profile, events)),
        ),
        *timing(profile, events),
        *conditions(profile, events),
        ("TC-02", any(above > 0 for above in degrees_above(profile, events))),
        ("SQ-02", any(margin < timedelta(0) for margin in milestone_margins(profile, events))),
        ("SQ-04", _unprepared(events)),
        ("SQ-05", _uncertified(events)),
        ("QU-01", any(outside(result) for result in of(events, ResultReported))),
        *quality_exceptions(profile, events),
        *identity_exceptions(events),
        *sequence_exceptions(events),
        *release_exceptions(events),
        *interface_exceptions(events),
        *partner_exceptions(events),
        ("RE-01", any(margin < timedelta(0) for margin in release_margins(profile, events))),
    ):
        if called_for:
            found.add(code)
    return found


def _batches_at_once(events: Sequence[Event]) -> set[str]:
    """The batches of the course that no other one was said to replace."""
    return {
        batch
        for assigned in of(events, BatchNumberAssigned)
        for batch in assigned.named(Scheme.BATCH)
        if not assigned.remanufacture
    }


def of(events: Iterable[Event], kind: type[E]) -> list[E]:
    """The facts of one kind, amendments with reports."""
    return [event for event in events if isinstance(event, kind)]


def hand_over_gaps(
    profile: TherapyProfile, events: Sequence[Event]
) -> Iterator[tuple[timedelta, timedelta]]:
    """How long nobody held the material at each hand-over, and how long that may be."""
    kinds = {s: p.kind for p in of(events, PackagePacked) for s in p.named(Scheme.SHIPMENT)}
    for given in of(events, CustodyHandedOver):
        for taken in of(events, CustodyAccepted):
            if _key(given) != _key(taken):
                continue
            fresh = (
                profile.material is Material.FRESH
                and kinds[given.named(Scheme.SHIPMENT)[0]] is ShipmentKind.STARTING_MATERIAL
            )
            limit = profile.fresh_custody_gap if fresh else profile.frozen_custody_gap
            yield abs(taken.occurred_at - given.occurred_at), timedelta(minutes=limit.minutes)


def _key(word: CustodyHandedOver | CustodyAccepted) -> tuple[str, str | None]:
    return word.named(Scheme.SHIPMENT)[0], word.to_party


def _one_sided(events: Sequence[Event]) -> bool:
    given = {_key(word) for word in of(events, CustodyHandedOver)}
    return given != {_key(word) for word in of(events, CustodyAccepted)}


def _checks(events: Sequence[Event], *, course: bool) -> bool:
    for check in of(events, IdentityVerified):
        differing = {c.scheme for c in check.comparisons if c.expected != c.found}
        if differing and (Scheme.COI in differing) == course:
            return True
    return False


def hold_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[timedelta]:
    """How much of the hold time was left, up to the warning, when the maker decided."""
    if profile.fresh_hold is None:
        return
    allowed = timedelta(hours=profile.fresh_hold.hours * profile.fresh_hold_warn_at)
    for collected in of(events, CollectionCompleted):
        decided = [e.occurred_at for e in of(events, MaterialDecided)]
        yield collected.ended_at + allowed - min(decided, default=datetime.max.replace(tzinfo=UTC))


def clock_shares(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[float]:
    """Which share of each clock's limit had passed at its stop."""
    for clock in profile.clocks:
        stops = _edges(events, clock.stop)
        for start in _edges(events, clock.start):
            ends = [e.occurred_at for e in stops if _same_dose(clock, start, e)]
            ran = min(ends) - start.occurred_at if ends else timedelta.max
            yield ran / timedelta(minutes=clock.minutes)


def _same_dose(clock: Clock, start: Event, stop: Event) -> bool:
    if clock.per is ClockUnit.DOSE:
        return True
    return start.named(Scheme.CONTAINER) == stop.named(Scheme.CONTAINER)


def _edges(events: Sequence[Event], edge: ClockEdge) -> list[Event]:
    match edge:
        case ClockEdge.THAW_STARTED:
            return [e for e in of(events, ThawRecorded) if e.phase is ThawPhase.STARTED]
        case ClockEdge.THAW_COMPLETED:
            return [e for e in of(events, ThawRecorded) if e.phase is ThawPhase.COMPLETED]
        case ClockEdge.INFUSION_STARTED:
            return list(of(events, InfusionStarted))
        case ClockEdge.INFUSION_COMPLETED:
            return list(of(events, InfusionCompleted))


def degrees_above(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[float]:
    """How far each reading of frozen material on its way was above its limit."""
    for packed in of(events, PackagePacked):
        frozen = packed.kind is ShipmentKind.FINAL_PRODUCT or profile.material is Material.FROZEN
        if not frozen:
            continue
        delivered = [
            e.occurred_at
            for e in of(events, ShipmentDelivered)
            if e.named(Scheme.SHIPMENT) == packed.named(Scheme.SHIPMENT)
        ]
        until = min(delivered, default=datetime.max.replace(tzinfo=UTC))
        for event in of(events, ConditionRead):
            if event.named(Scheme.LOGGER) != packed.named(Scheme.LOGGER):
                continue
            for reading in event.readings:
                if packed.occurred_at <= reading.at <= until and reading.temperature is not None:
                    yield reading.temperature - profile.storage.celsius


def _over_at(events: Sequence[Event]) -> datetime:
    ends = [
        e.occurred_at
        for e in events
        if isinstance(e, CollectionFailed | BatchTerminated | BatchRejected | InfusionCompleted)
        or (isinstance(e, OrderChanged) and e.change is OrderChange.CANCELLED)
    ]
    return min(ends, default=datetime.max.replace(tzinfo=UTC))


def milestone_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[timedelta]:
    """How much time was left when each expected milestone came; negative where it never did."""
    never = datetime.max.replace(tzinfo=UTC)
    for lead in profile.milestones:
        expected = [e.occurred_at for e in of(events, EVENT_BY_NAME[lead.expect])]
        for event in of(events, EVENT_BY_NAME[lead.after]):
            deadline = event.occurred_at + timedelta(hours=lead.hours)
            if _over_at(events) > deadline:
                yield deadline - min(expected, default=never)


def _unprepared(events: Sequence[Event]) -> bool:
    available = [e.occurred_at for e in of(events, AvailabilityConfirmed) if e.available]
    return any(
        not any(at <= depletion.occurred_at for at in available)
        for depletion in of(events, LymphodepletionStarted)
    )


def _uncertified(events: Sequence[Event]) -> bool:
    products = {
        shipment
        for packed in of(events, PackagePacked)
        if packed.kind is ShipmentKind.FINAL_PRODUCT
        for shipment in packed.named(Scheme.SHIPMENT)
    }
    certified = [e.occurred_at for e in of(events, BatchCertified)]
    moves = [*of(events, CustodyHandedOver), *of(events, CustodyAccepted)]
    return any(
        set(move.named(Scheme.SHIPMENT)) & products
        and not any(at <= move.occurred_at for at in certified)
        for move in moves
    )


def outside(result: ResultReported) -> bool:
    """Whether a final result misses its specification, by verdict or by value."""
    if not result.final:
        return False
    low, high, value = result.low, result.high, result.value
    beyond = value is not None and (
        (low is not None and value < low) or (high is not None and value > high)
    )
    return beyond or result.verdict is Verdict.OUT_OF_SPECIFICATION


def release_margins(profile: TherapyProfile, events: Sequence[Event]) -> Iterator[timedelta]:
    """How much time was left at planned certification when the evidence was complete or judged."""
    for filled in of(events, ProductFilled):
        due = filled.occurred_at + timedelta(hours=profile.release.planned_hours_after_fill)
        judged = [e.occurred_at for e in events if isinstance(e, BatchCertified | BatchRejected)]
        yield due - min([*judged, _complete_at(profile, events)])


def _complete_at(profile: TherapyProfile, events: Sequence[Event]) -> datetime:
    never = datetime.max.replace(tzinfo=UTC)
    parts = [
        min((e.occurred_at for e in of(events, kind)), default=never)
        for kind in (BatchRecordCompleted, CertificateOfAnalysisIssued)
    ]
    results = of(events, ResultReported)
    for wanted in profile.release.tests:
        passed = [
            r.occurred_at
            for r in results
            if r.test == wanted.test and r.final and r.verdict is Verdict.PASS
        ]
        parts.append(min(passed, default=never))
    closed = {
        d: e.occurred_at for e in of(events, DeviationClosed) for d in e.named(Scheme.DEVIATION)
    }
    for opened in of(events, DeviationOpened):
        if opened.classification is not DeviationClass.MINOR:
            parts += [closed.get(d, never) for d in opened.named(Scheme.DEVIATION)]
    return max(parts)
