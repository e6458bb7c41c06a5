"""Which partners a course waits for while a clock of its cells or its patient runs.

A clock that runs is a limit with a known end whose step has not happened. The course waits for the
steps that still lead there, and for the shipment that is on its way, as long as its shipper holds; for each partner that has
already spoken of the course and states such a step, the partner's thing is told the earliest end.
Whether the partner is silent is decided there. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from schemas import topics
from schemas.authority import Authority, authority
from schemas.catalogue import EVENT_BY_NAME
from schemas.envelope import Event, System
from schemas.ordering import OrderChanged, OrderCreated
from schemas.profile import ClockEdge, PathStep, TherapyProfile
from schemas.transport import ShipmentDelivered
from schemas.treatment import InfusionStarted, ThawRecorded
from streams import forecast, messages
from streams.course import Course
from streams.detectors import timing_transit
from streams.detectors.timing import running
from streams.detectors.timing_transit import transits
from streams.messages import Out, Reliance, partner_key
from streams.moments import micros
from streams.path import passed as passed_steps
from streams.plans import over
from streams.view import View, made_of


class Awaited(NamedTuple):
    """The end of a clock that runs, and the types of event that it waits for, the next first."""

    harm_at: datetime
    since: datetime
    steps: tuple[str, ...]
    thawing: bool = False


INFUSION = ("treatment.InfusionStarted", "treatment.InfusionCompleted")

RELYING: frozenset[type[Event]] = frozenset(
    {*forecast.READS, *timing_transit.READS, ThawRecorded, InfusionStarted}
)
"""The types of events by which a course may wait for somebody, or no longer."""


def state_reliances(coi: str, course: Course, view: View) -> list[Out]:
    """Tell each partner for whose next word the course waits otherwise than it was told."""
    outs: list[Out] = []
    clocks, partners = clocks_running(view), tuple(view.partners)
    if course.__dict__.get("stated") == (clocks, partners):
        return outs
    course.__dict__["stated"] = clocks, partners
    for partner, system in view.partners.items():
        known = course.relying.get(partner)
        now = _reliance(coi, system, clocks, 0 if known is None else known.version + 1)
        if known is not None and _same(known, now):
            continue
        course.relying[partner] = now
        if known is not None or now.harm_at is not None:
            outs.append(Out(topics.THINGS, partner, messages.encode(now)))
    for partner, known in course.relying.items():
        if partner not in view.partners and known.harm_at is not None:
            gone = course.relying[partner] = Reliance(coi, known.version + 1, None)
            outs.append(Out(topics.THINGS, partner, messages.encode(gone)))
    return outs


def speaks_anew(course: Course, event: Event) -> bool:
    """Whether the course has not yet asked itself if it waits for the partner of this event."""
    return partner_key(event.system, event.partner) not in course.relying


@made_of(*RELYING, OrderCreated, OrderChanged)
def clocks_running(view: View) -> tuple[Awaited, ...]:
    """Every clock of the course that runs."""
    return tuple(awaited(view))


def awaited(view: View) -> Iterator[Awaited]:
    """Every clock of the course that runs."""
    profile = view.profile
    if profile is None:
        return
    for clock, over_at in running(view, profile):
        ends = clock.stop is ClockEdge.INFUSION_COMPLETED
        began = over_at - timedelta(minutes=clock.minutes)
        yield Awaited(over_at, began, INFUSION if ends else INFUSION[:1], thawing=True)
    if over(view):
        return
    facts = forecast.kept_facts(view)
    if facts is None:
        return
    done = passed_steps(profile.path, facts.done)
    under_way = [transit for transit in transits(view) if transit.arrived is None]
    moving = (ShipmentDelivered.type_name(),) if under_way else ()
    for transit in under_way:
        booked, packed = transit.booked, transit.packed
        if booked is not None and packed is not None and booked.shipper_hold is not None:
            holds = timedelta(hours=booked.shipper_hold)
            yield Awaited(packed.occurred_at + holds, packed.occurred_at, moving)
    last = max(facts.done.values(), default=None)
    for limit, harm_at in facts.limits.items():
        if limit not in done and not view.of(EVENT_BY_NAME[limit]):
            steps = tuple(step for step in leading_to(profile, limit) if step not in done)
            yield Awaited(harm_at, harm_at if last is None else last, (*moving, *steps))


@cache
def _before(path: tuple[PathStep, ...], limit: str) -> tuple[str, ...]:
    wanted = {limit}
    for step in reversed(path):
        if step.step in wanted:
            wanted.update(step.after)
    return tuple(step.step for step in path if step.step in wanted)


def leading_to(profile: TherapyProfile, limit: str) -> tuple[str, ...]:
    """The steps on the way to a step, and the step itself, in the order of the path."""
    return _before(profile.path, limit) or (limit,)


def _reliance(coi: str, system: System, clocks: tuple[Awaited, ...], version: int) -> Reliance:
    mine = [
        (micros(clock.harm_at), step, clock.thawing, micros(clock.since))
        for clock in clocks
        for step in [_own(clock.steps, system)]
        if step is not None
    ]
    if not mine:
        return Reliance(coi, version, None)
    harm_at, step, _, since = min(mine)
    return Reliance(coi, version, harm_at, step, any(one[2] for one in mine), since)


def _own(steps: tuple[str, ...], system: System) -> str | None:
    """The first of these steps that the system states as its owner."""
    for step in steps:
        if authority(step, system) is Authority.OWNER:
            return step
    return None


def _same(one: Reliance, other: Reliance) -> bool:
    mine = one.harm_at, one.waits_for, one.thawing, one.since
    return mine == (other.harm_at, other.waits_for, other.thawing, other.since)
