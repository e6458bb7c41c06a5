"""Entries that cannot be right as they are written, or that nobody can follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.catalogue import EVENTS
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Environment, Event, Precision
from schemas.manufacture import ProductFilled, StepCompleted
from schemas.ordering import SlotChanged, SlotReserved
from schemas.profiles import platform_limits
from schemas.transport import ConditionFileUploaded, ConditionRead, ShipmentBooked
from schemas.treatment import InfusionChanged
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Status
from streams.moments import Micros
from streams.view import Standing, View

PLANS: tuple[type[Event], ...] = (
    CollectionScheduled,
    SlotReserved,
    SlotChanged,
    ShipmentBooked,
    InfusionChanged,
)
"""What these say lies ahead, and some partners date them by the day that is planned."""

READ_OUT_LATER: tuple[type[Event], ...] = (ConditionRead, ConditionFileUploaded)
"""Instruments measure now and are read out when they arrive."""

ACTS: tuple[type[Event], ...] = tuple(
    kind
    for kind in EVENTS
    if kind not in (*PLANS, ConditionRead) and not kind.type_name().startswith("platform.")
)

_ARE_ACTS = frozenset(ACTS)
_LASTING = (CollectionCompleted, StepCompleted, ConditionFileUploaded, ProductFilled)
"""What says of itself when it began and when it ended."""


@detector("DI-03", *ACTS)
def implausible_time(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """An entry was made before its act or days after it, or its act ended before it began.

    Why: times decide about hold times, clocks and gates; a wrong one makes them pass or fail unseen.
    Act: ask the producer what happened when, and correct the entry; look at the clock of its system.
    """
    for event, (raised_at, detail) in view.by_itself(_trouble):
        yield Finding(
            object=_object(view, event),
            anchor=str(event.event_id),
            raised_at=raised_at,
            detail=f"{event.type_name()}: {detail}",
            severity=Severity.S2,
            evidence=(event.event_id,),
            missing=("explanation from the producer",),
        )


def _trouble(event: Event) -> tuple[datetime, str] | None:
    """Since when an entry cannot be right as it is written, and why; None where it can."""
    if type(event) not in _ARE_ACTS:
        return None
    return (_reversed(event) if isinstance(event, _LASTING) else None) or _entered(event)


def _entered(event: Event) -> tuple[datetime, str] | None:
    """Whether the moment of entry fits the moment of the act, as exactly as the partner knows it."""
    if event.recorded_at is None:
        return None
    after = event.recorded_at - event.occurred_at
    least, most = _tolerated(event.occurred_precision)
    if after < least:
        return event.recorded_at, f"entered {-after} before it happened"
    if after > most and event.corrects is None and not isinstance(event, READ_OUT_LATER):
        return event.recorded_at, f"entered {after} after it happened"
    return None


@cache
def _tolerated(precision: Precision) -> tuple[timedelta, timedelta]:
    """How long before and after an act its entry may be made."""
    limits, exact = platform_limits(), _exactness(precision)
    least = timedelta(minutes=limits.clock_tolerance.minutes) + exact
    return -least, timedelta(hours=limits.late_entry.hours) + exact


def _exactness(precision: Precision) -> timedelta:
    match precision:
        case Precision.INSTANT:
            return timedelta(0)
        case Precision.MINUTE:
            return timedelta(minutes=1)
        case _:
            return timedelta(days=1)


def _reversed(event: Event) -> tuple[datetime, str] | None:
    """Whether the event itself says that something ended before it began."""
    match event:
        case CollectionCompleted(started_at=began, ended_at=ended):
            what = "the collection"
        case StepCompleted(started_at=began, occurred_at=ended):
            what = "the step"
        case ConditionFileUploaded(first_at=began, last_at=ended):
            what = "the trace"
        case ProductFilled(occurred_at=began, expires_at=ended):
            what = "the shelf life"
        case _:
            return None
    if began is None or ended is None or began <= ended:
        return None
    return event.occurred_at, f"{what} began {began.isoformat()} and ended {ended.isoformat()}"


@detector("DI-04", Event)
def unexplained_correction(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """An entry was corrected or withdrawn, and nobody says why.

    Why: a record that changes without a reason cannot be relied upon, and hides what was hidden.
    Act: let the producer state the reason in a correction of its own; review the entry before release.
    """
    corrections = [
        known.event
        for known in view.corrections
        if known.standing in (Standing.BELIEVED, Standing.REPORTED, Standing.CORRECTED)
    ]
    if not corrections:
        return
    explained = {(event.corrects, event.system) for event in corrections}
    for event in corrections:
        if event.reason_code or event.reason_text or (event.event_id, event.system) in explained:
            continue
        yield Finding(
            object=_object(view, event),
            anchor=str(event.event_id),
            raised_at=event.recorded_at or event.occurred_at,
            detail=f"{event.type_name()} {'withdraws' if event.withdraws else 'corrects'} "
            f"{event.corrects} without a reason",
            severity=Severity.S2,
            evidence=(event.event_id,),
            missing=("reason for the correction",),
        )


def _object(view: View, event: Event) -> str:
    """The first thing that the event names; the course where it names nothing else."""
    return str(event.identifiers[0]) if event.identifiers else f"COI:{view.coi}"


@detector("DI-02", Status)
def said_with_two_contents(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """One entry was stated twice under the same id, with different contents.

    Why: neither content counts, and nobody knows which one was changed, or by whom.
    Act: the producer says which is right, a person releases that one from quarantine, and security
    looks at how the other came about. It reads no type of event: a second content makes everything asked anew.
    """
    contents: dict[UUID, list[Event]] = {}
    for known in view.known.values():
        if known.contested:
            contents.setdefault(known.event.event_id, []).append(known.event)
    for event_id, versions in contents.items():
        event = min(versions, key=lambda e: (_written(e), e.model_dump_json()))
        yield Finding(
            object=_object(view, event),
            anchor=str(event_id),
            raised_at=max(_written(version) for version in versions),
            detail=f"{event.type_name()} was stated with other content under the same id",
            severity=Severity.S1,
            evidence=(event_id,),
            missing=("release of the content that is right",),
        )


@detector("DI-11", Event)
def environments_mixed(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Some facts of this course come from production, and others from a test.

    Why: an invented fact decides about a patient, or a patient's about a test.
    Act: the platform's owner finds out which partner is set up wrongly, and plans what to purge. A
    course that is invented as a whole is no mistake: nothing real is in it.
    """
    if len(view.environments) < 2:
        return
    written = sorted(view.in_order, key=lambda e: (_written(e), e.event_id))
    real = [event for event in written if event.environment is Environment.PRODUCTION]
    invented = [event for event in written if event.environment is not Environment.PRODUCTION]
    if not real:
        return
    each = [
        f"{event.type_name()} of {event.system}.{event.partner} is marked {event.environment}"
        for event in (real[0], invented[0])
    ]
    yield Finding(
        object=f"COI:{view.coi}",
        anchor="environments",
        raised_at=max(_written(real[0]), _written(invented[0])),
        detail=", and ".join(each),
        severity=Severity.S2,
        evidence=(real[0].event_id, invented[0].event_id),
        missing=("plan for the purge",),
    )


def _written(event: Event) -> datetime:
    """When an entry was made, as far as its producer says."""
    return event.recorded_at or event.occurred_at


DETECTORS: tuple[Detector, ...] = (
    implausible_time,
    unexplained_correction,
    said_with_two_contents,
    environments_mixed,
)
