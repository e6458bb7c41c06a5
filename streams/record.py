"""From what we believe to the record that others read. Pure: no clock, no broker, no randomness."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar, cast

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
    CoiAssigned,
    OrderApproved,
    OrderChange,
    OrderChanged,
    OrderCreated,
)
from schemas.quality import BatchCertified, BatchRejected
from schemas.record import (
    CustodyInterval,
    Deadline,
    ExcursionAbove,
    KnownIdentifier,
    LegConditions,
    Milestone,
    OpenAlert,
    PatientBatchRecord,
    Phase,
    Withheld,
    WithheldEvent,
)
from schemas.transport import ConditionRead, CustodyAccepted, CustodyHandedOver, PackagePacked
from schemas.treatment import InfusionCompleted, ProductReceived
from streams.alerting import still_open
from streams.course import Course
from streams.detectors.condition import frozen_limit, leg_name
from streams.detectors.custody import hand_overs
from streams.forecast import kept_forecast
from streams.gates import answers, outside_paths
from streams.messages import Micros, moment
from streams.view import Standing, View

L = TypeVar("L")

_PHASES: tuple[tuple[Phase, tuple[type[Event], ...]], ...] = (
    (Phase.INFUSED, (InfusionCompleted,)),
    (Phase.AT_TREATMENT_CENTRE, (ProductReceived,)),
    (Phase.AVAILABLE, (AvailabilityConfirmed,)),
    (Phase.CERTIFIED, (BatchCertified,)),
    (Phase.FILLED, (ProductFilled,)),
    (Phase.IN_MANUFACTURE, (BatchStarted,)),
    (Phase.AT_MANUFACTURER, (MaterialReceived, MaterialDecided)),
    (Phase.COLLECTED, (CollectionCompleted,)),
    (Phase.ORDERED, (OrderCreated, OrderApproved, CoiAssigned)),
)

_WHY = {
    Standing.CORRECTED: Withheld.CORRECTED,
    Standing.CONTESTED: Withheld.CONTESTED,
    Standing.DISPUTED: Withheld.TWO_COURSES,
    Standing.REPORTED: Withheld.REPORTED_ONLY,
}


def record_of(
    coi: str, course: Course, view: View, deadlines: Iterable[tuple[str, Micros]] = ()
) -> PatientBatchRecord:
    """The record of a course, from its view, what is still to be asked, and the alerts that are open."""
    believed = view.in_order
    subject = next((e.subject for e in reversed(believed) if e.subject is not None), None)
    open_alerts = still_open(course.issued)
    return PatientBatchRecord(
        coi=coi,
        subject=subject,
        product=view.product,
        profile=None if view.profile is None else view.profile.label,
        phase=phase_of(view),
        identifiers=tuple(_identifiers(view)),
        milestones=tuple(_milestones(view, believed)),
        custody=_kept(view, _HAND_OVERS, _custody),
        conditions=_conditions_kept(view),
        gates=answers(view),
        out_of_specification=outside_paths(view),
        withheld=tuple(
            WithheldEvent(
                event_id=k.event.event_id,
                type_name=k.event.type_name(),
                why=_WHY[k.standing],
                leads_to=k.leads_to,
            )
            for k in view.standing_as(*_WHY)
        ),
        deadlines=tuple(Deadline(code=code, at=moment(at)) for code, at in sorted(deadlines)),
        alerts=tuple(
            OpenAlert(alert_id=a.alert_id, code=a.code, severity=a.severity, state=a.state)
            for a in sorted(open_alerts, key=lambda a: (a.code, a.alert_id))
        ),
        forecast=kept_forecast(view),
    )


def phase_of(view: View) -> Phase:
    """How far the course has come; ended when it will not go on."""
    ended = (
        bool(view.of(CollectionFailed) or view.of(BatchTerminated) or view.of(BatchRejected))
        or any(c.change is OrderChange.CANCELLED for c in view.of(OrderChanged))
        or any(d.decision is MaterialDecision.REJECTED for d in view.of(MaterialDecided))
    )
    if ended and not view.of(InfusionCompleted):
        return Phase.ENDED
    for phase, kinds in _PHASES:
        if any(view.of(kind) for kind in kinds):
            return phase
    return Phase.KNOWN


def _milestones(view: View, believed: Iterable[Event]) -> Iterator[Milestone]:
    """A line for each event; those of the record before are kept, since most have not changed."""
    kept, view.milestones = view.milestones, {}
    for event in believed:
        if not isinstance(event, ConditionRead):
            before = kept.get(event.event_id)
            line = (
                before if before is not None and before[0] is event else (event, _milestone(event))
            )
            view.milestones[event.event_id] = line
            yield line[1]


def _identifiers(view: View) -> Iterator[KnownIdentifier]:
    """A line for each identifier; those of the record before are kept, since most have not changed."""
    kept, view.identifiers = view.identifiers, {}
    for name in view.mentioned():
        leads_to = view.statuses[name].now if name in view.statuses else ()
        line = kept.get(name)
        if line is None or line.leads_to != leads_to:
            line = KnownIdentifier(identifier=name, leads_to=leads_to)
        view.identifiers[name] = line
        yield line


def _milestone(event: Event) -> Milestone:
    about = [f"{i.scheme}:{i.value}" for i in event.identifiers if i.scheme is not Scheme.COI]
    return Milestone(
        type_name=event.type_name(),
        occurred_at=event.occurred_at,
        event_id=event.event_id,
        system=event.system,
        objects=tuple(sorted(about)),
    )


_HAND_OVERS = (CustodyHandedOver, CustodyAccepted)


def _kept(
    view: View,
    reads: tuple[type[Event], ...],
    make: Callable[[View], Iterable[L]],
    *beside: Hashable,
) -> tuple[L, ...]:
    """The lines of one section, made anew only when an event that they are made of has come.

    Events are only ever added to a view, and everything else makes a new one; `beside` is what else
    the lines are made of.
    """
    state = (*[len(view.believed.get(kind, ())) for kind in reads], *beside)
    before = view.sections.get(make.__name__)
    if before is None or before[0] != state:
        before = view.sections[make.__name__] = state, tuple(make(view))
    return cast(tuple[L, ...], before[1])


def _conditions_kept(view: View) -> tuple[LegConditions, ...]:
    told = tuple(sorted((key, leg.version) for key, leg in view.legs.items()))
    return _kept(view, (PackagePacked,), _conditions, told, view.label)


def _custody(view: View) -> list[CustodyInterval]:
    intervals: list[CustodyInterval] = []
    for shipment, given, taken in hand_overs(view):
        intervals.append(
            CustodyInterval(
                shipment=shipment,
                party=(given.from_party if given else None)
                or (taken.from_party if taken else None)
                or "unknown",
                accepted_at=None if taken is None else taken.occurred_at,
                handed_over_at=None if given is None else given.occurred_at,
                to_party=taken.to_party if taken is not None else given.to_party if given else None,
                evidence=tuple(e.event_id for e in (given, taken) if e is not None),
            )
        )
    return intervals


def _conditions(view: View) -> list[LegConditions]:
    found: list[LegConditions] = []
    for packed in view.of(PackagePacked):
        limit = frozen_limit(view, packed)
        for logger in packed.named(Scheme.LOGGER):
            leg = view.legs.get(f"{Scheme.LOGGER}:{logger}/{packed.event_id}")
            if leg is None or not leg.readings:
                continue
            above = dict(leg.excursions).get(limit, ()) if limit is not None else ()
            found.append(
                LegConditions(
                    logger=logger,
                    packed_by=packed.event_id,
                    shipment=leg_name(packed),
                    kind=packed.kind,
                    readings=leg.readings,
                    first_at=moment(leg.first),
                    last_at=moment(leg.last),
                    coldest=leg.coldest,
                    warmest=leg.warmest,
                    warmest_at=moment(leg.warmest_at),
                    limit=limit,
                    excursions=tuple(
                        ExcursionAbove(
                            start=moment(e.start),
                            end=moment(e.end),
                            warmest=e.warmest,
                            readings=e.readings,
                        )
                        for e in above
                    ),
                )
            )
    return found
