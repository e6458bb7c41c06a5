"""From what we believe to the record that others read. Pure: no clock, no broker, no randomness."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from schemas.collection import CollectionCompleted
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    BatchStarted,
    MaterialDecided,
    MaterialReceived,
    ProductFilled,
)
from schemas.ordering import (
    AvailabilityConfirmed,
    CoiAssigned,
    OrderApproved,
    OrderChanged,
    OrderCreated,
)
from schemas.quality import BatchCertified
from schemas.record import (
    CustodyInterval,
    Deadline,
    ExcursionAbove,
    ExcursionBelow,
    KnownIdentifier,
    LegConditions,
    Milestone,
    OpenAlert,
    PatientBatchRecord,
    Phase,
    Withheld,
    WithheldEvent,
)
from schemas.transport import (
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
)
from schemas.treatment import InfusionCompleted, ProductReceived
from schemas.wire import body_of, encode_written, many, part_writers
from streams.alerting import still_open
from streams.course import Course
from streams.detectors.condition import frozen_limit, leg_name
from streams.detectors.condition_legs import fresh_band
from streams.detectors.custody import hand_overs
from streams.forecast import kept_forecast
from streams.gates import answers, outside_paths
from streams.messages import Leg
from streams.moments import Micros, moment
from streams.plans import ended_by
from streams.view import Standing, View, made_of

_WRITE = part_writers(PatientBatchRecord)

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


def written_record(
    coi: str, course: Course, view: View, deadlines: Iterable[tuple[str, Micros]] = ()
) -> bytes:
    """The record of a course as it is sent: what is believed, what is still to be asked, and the open alerts.

    A course says one more thing at a time, so each section is written again only when it has changed.
    """
    phase, phase_evidence = phase_of(view)
    plain: dict[str, object] = {
        "coi": coi,
        "subject": view.subject,
        "product": view.product,
        "profile": None if view.profile is None else view.profile.label,
        "phase": phase,
        "phase_evidence": phase_evidence,
        "gates": answers(view),
        "out_of_specification": outside_paths(view),
        "alerts": tuple(
            OpenAlert(alert_id=a.alert_id, code=a.code, severity=a.severity, state=a.state)
            for a in sorted(still_open(course.issued), key=lambda a: (a.code, a.alert_id))
        ),
        "forecast": kept_forecast(view),
    }
    written = {name: _WRITE[name](value) for name, value in plain.items()}
    written["identifiers"] = _identifiers(view)
    written["milestones"] = many([body for _, body in view.by_itself(_milestone)])
    written["custody"] = _kept(view, "custody", _custody(view))
    written["conditions"] = _kept(view, "conditions", _conditions(view))
    written["withheld"] = _withheld(view)
    written["deadlines"] = many([_deadline(code, at) for code, at in sorted(deadlines)])
    return encode_written(PatientBatchRecord, written)


def phase_of(view: View) -> tuple[Phase, tuple[UUID, ...]]:
    """How far the course has come, ended when it will not go on; and the events that say so."""
    there = view.believed.__contains__
    if not there(InfusionCompleted) and (ends := [e.event_id for e in ended_by(view)]):
        return Phase.ENDED, tuple(sorted(ends))
    for phase, kinds in _PHASES:
        if any(map(there, kinds)):
            return phase, tuple(sorted(e.event_id for kind in kinds for e in view.of(kind)))
    return Phase.KNOWN, ()


def _milestone(event: Event) -> bytes | None:
    """The line about one event; readings have none, they stand in the conditions."""
    if isinstance(event, ConditionRead):
        return None
    about = [f"{i.scheme}:{i.value}" for i in event.identifiers if i.scheme is not Scheme.COI]
    return body_of(
        Milestone,
        type_name=event.type_name(),
        occurred_at=event.occurred_at,
        event_id=event.event_id,
        system=event.system,
        objects=tuple(sorted(about)),
    )


def _identifiers(view: View) -> bytes:
    """A line for each identifier; those of the record before are kept, since most have not changed."""
    lines = []
    for name in view.mentioned:
        leads_to = view.statuses[name].now if name in view.statuses else ()
        line = view.identifiers.get(name)
        if line is None or line[0] != leads_to:
            body = body_of(KnownIdentifier, identifier=name, leads_to=leads_to)
            line = view.identifiers[name] = leads_to, body
        lines.append(line[1])
    return many(lines)


def _withheld(view: View) -> bytes:
    return _WRITE["withheld"](
        tuple(
            WithheldEvent(
                event_id=k.event.event_id,
                type_name=k.event.type_name(),
                why=_WHY[k.standing],
                leads_to=k.leads_to,
            )
            for k in view.standing_as(*_WHY)
        )
    )


@lru_cache(maxsize=100_000)
def _deadline(code: str, at: Micros) -> bytes:
    """The line about one deadline; kept, because most stand in the next record too."""
    return body_of(Deadline, code=code, at=moment(at))


def _kept(view: View, section: str, lines: object) -> bytes:
    """One section as it is written, written anew only when its lines were made anew."""
    before = view.written.get(section)
    if before is None or before[0] is not lines:
        before = view.written[section] = lines, _WRITE[section](lines)
    return before[1]


@made_of(CustodyHandedOver, CustodyAccepted)
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


@made_of(PackagePacked, ShipmentBooked, Leg, OrderCreated, OrderChanged)
def _conditions(view: View) -> list[LegConditions]:
    found: list[LegConditions] = []
    for packed in view.of(PackagePacked):
        band = fresh_band(view, packed)
        limit = frozen_limit(view, packed) if band is None else band.warmest
        for logger in packed.named(Scheme.LOGGER):
            leg = view.legs.get(f"{Scheme.LOGGER}:{logger}/{packed.event_id}")
            if leg is None or not leg.readings:
                continue
            above = dict(leg.excursions).get(limit, ()) if limit is not None else ()
            below = dict(leg.below).get(band.coldest, ()) if band is not None else ()
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
                    lower_limit=None if band is None else band.coldest,
                    excursions_below=tuple(
                        ExcursionBelow(
                            start=moment(e.start),
                            end=moment(e.end),
                            coldest=e.warmest,  # the one that is farthest outside
                            readings=e.readings,
                        )
                        for e in below
                    ),
                )
            )
    return found
