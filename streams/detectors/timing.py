"""Windows that close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted
from schemas.envelope import Event, Scheme
from schemas.manufacture import MaterialDecided
from schemas.profile import Clock, ClockEdge, ClockUnit, TherapyProfile
from schemas.treatment import InfusionCompleted, InfusionStarted, ThawPhase, ThawRecorded
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View, when


@detector("TW-01", CollectionCompleted, MaterialDecided)
def fresh_hold_runs_out(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Fresh cells are about to outlast, or have outlasted, the time they may wait.

    Why: viability of fresh cells falls with every hour.
    Act: speed the transport up, or decide now whether to accept at risk or to freeze.
    """
    profile, collected = view.profile, view.last(CollectionCompleted)
    if profile is None or profile.fresh_hold is None or collected is None:
        return
    if any(d.occurred_at >= collected.ended_at for d in view.of(MaterialDecided)):
        return
    hold = timedelta(hours=profile.fresh_hold.hours)
    warn_at = collected.ended_at + hold * profile.fresh_hold_warn_at
    over_at = collected.ended_at + hold
    if now < micros(warn_at):
        yield AskAgain(micros(warn_at))
        return
    over = now >= micros(over_at)
    if not over:
        yield AskAgain(micros(over_at))
    yield Finding(
        object="starting material",
        anchor=str(collected.event_id),
        raised_at=warn_at,
        detail=f"collected until {collected.ended_at.isoformat()}, hold {hold}, "
        + ("over" if over else "running out"),
        severity=Severity.S1 if over else Severity.S2,
        harm_at=over_at,
        evidence=(collected.event_id,),
        missing=("acceptance decision of the manufacturer",),
    )


@detector("TW-06", ThawRecorded, InfusionStarted, InfusionCompleted)
def thaw_clock_runs_out(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Thawed product is about to outlast, or has outlasted, its time.

    Why: thawed cells die; after the limit nobody knows what is infused.
    Act: infuse at once, or let physician and manufacturer decide to discard.
    """
    if view.profile is None:
        return
    for clock in view.profile.clocks:
        for thing, start in _starts(view, clock):
            yield from _run(view, clock, thing, start, now)


def running(view: View, profile: TherapyProfile) -> Iterator[tuple[Clock, datetime]]:
    """Each clock of thawed cells that has been started and not stopped, with the moment at which it runs out."""
    for clock in profile.clocks:
        for thing, start in _starts(view, clock):
            if _stop(view, clock, thing, start) is None:
                yield clock, start.occurred_at + timedelta(minutes=clock.minutes)


def _run(
    view: View, clock: Clock, thing: str, start: Event, now: Micros
) -> Iterator[Finding | AskAgain]:
    limit = timedelta(minutes=clock.minutes)
    warn_at = start.occurred_at + limit * clock.warn_at
    over_at = start.occurred_at + limit
    stop = _stop(view, clock, thing, start)
    evidence: tuple[UUID, ...] = (start.event_id,)
    if stop is not None:
        if stop.occurred_at <= over_at:
            return
        evidence = (start.event_id, stop.event_id)
    elif now < micros(warn_at):
        yield AskAgain(micros(warn_at))
        return
    yield Finding(
        object=thing,
        anchor=f"{clock.name}/{start.event_id}",
        raised_at=warn_at,
        detail=f"{clock.name} of {thing}: {limit} from {start.occurred_at.isoformat()}, "
        + (f"stopped {_text(stop)}" if stop is not None else "still running"),
        severity=Severity.S1,
        harm_at=over_at,
        evidence=evidence,
        missing=("decision to infuse or to discard",),
    )


def _text(stop: Event) -> str:
    return f"at {stop.occurred_at.isoformat()}"


def _edges(view: View, edge: ClockEdge) -> list[Event]:
    match edge:
        case ClockEdge.THAW_STARTED | ClockEdge.THAW_COMPLETED:
            phase = ThawPhase.STARTED if edge is ClockEdge.THAW_STARTED else ThawPhase.COMPLETED
            return [event for event in view.of(ThawRecorded) if event.phase is phase]
        case ClockEdge.INFUSION_STARTED:
            return list(view.of(InfusionStarted))
        case ClockEdge.INFUSION_COMPLETED:
            return list(view.of(InfusionCompleted))


def _starts(view: View, clock: Clock) -> list[tuple[str, Event]]:
    """What the clock runs for, with the event that started it: each container, or the dose as a whole."""
    first: dict[str, Event] = {}
    for event in _edges(view, clock.start):
        names = event.named(Scheme.CONTAINER) if clock.per is ClockUnit.BAG else ()
        for thing in [f"{Scheme.CONTAINER}:{name}" for name in names] or ["dose"]:
            first.setdefault(thing, event)
    return sorted(first.items())


def _stop(view: View, clock: Clock, thing: str, start: Event) -> Event | None:
    after: list[Event] = []
    for event in _edges(view, clock.stop):
        named = [f"{Scheme.CONTAINER}:{name}" for name in event.named(Scheme.CONTAINER)]
        about = thing == "dose" or not named or thing in named
        if about and event.occurred_at >= start.occurred_at:
            after.append(event)
    return min(after, key=when, default=None)


DETECTORS: tuple[Detector, ...] = (
    fresh_hold_runs_out,
    thaw_clock_runs_out,
)
