"""When a course will reach its infusion, from what is believed of it and the standard times of its product.

It is made anew only when a fact, a plan or a profile that it reads has changed, and never because time
has passed: a record does not change with every tick. What is left until harm is `harm_at` less now.
A product without standard times, and a course that is over, have no forecast. Pure.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.catalogue import EVENT_BY_NAME
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event
from schemas.manufacture import BatchStarted, MaterialDecided, ProductFilled
from schemas.ordering import AvailabilityConfirmed, OrderCreated, SlotChanged, SlotReserved
from schemas.profile import PATH_BEGINS, PATH_ENDS, TherapyProfile
from schemas.profiles import versions
from schemas.record import Forecast
from schemas.treatment import (
    InfusionChanged,
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionCompleted,
)
from streams.path import Facts, forecast
from streams.plans import ENDS_OF_COURSE, over, planned_infusion, planned_start
from streams.view import View, made_of

Made = tuple[TherapyProfile, Facts, Forecast | None]
"""A forecast with all that it was made from."""

READS: tuple[type[Event], ...] = tuple(
    dict.fromkeys(
        (
            *(EVENT_BY_NAME[step.step] for profile in versions() for step in profile.path),
            *ENDS_OF_COURSE,
            CollectionCompleted,
            CollectionScheduled,
            OrderCreated,
            SlotReserved,
            SlotChanged,
            InfusionChanged,
        )
    )
)
"""Every type of event that a forecast, a plan or an end of a course rests on."""


@made_of(*READS)
def kept_forecast(view: View) -> Forecast | None:
    """The forecast of a view; not looked at again while no event of a type that it reads has come."""
    made = view.forecast = forecast_of(view, view.forecast)
    return None if made is None else made[2]


def forecast_of(view: View, before: Made | None = None) -> Made | None:
    """The forecast of a course; the one before where nothing that it rests on has changed."""
    profile = view.profile
    if profile is None or not profile.path:
        return None
    if not view.of(InfusionStarted) and over(view) and not view.of(InfusionCompleted):
        return None
    facts = kept_facts(view)
    if facts is None:
        return None
    if before is not None and before[0] is profile and before[1] == facts:
        return before
    return profile, facts, forecast(profile.path, facts)


@made_of(*READS)
def kept_facts(view: View) -> Facts | None:
    """All that the forecast is made from; none without a profile."""
    return None if view.profile is None else facts_of(view, view.profile)


def facts_of(view: View, profile: TherapyProfile) -> Facts:
    """What happened, what is planned and what must not be missed."""
    done: dict[str, datetime] = {}
    names = {step.step for step in profile.path} | {PATH_BEGINS}
    for kind, events in view.believed.items():
        name = kind.type_name()
        if name in names:
            counting = [
                e for e in events if not isinstance(e, AvailabilityConfirmed) or e.available
            ]
            if counting:
                done[name] = max(map(_happened, counting))
    started = view.first(InfusionStarted) or view.first(InfusionCompleted)
    if started is not None:
        done[PATH_ENDS] = started.occurred_at
    return Facts(done, _planned(view), _limits(view, profile))


def _happened(event: Event) -> datetime:
    return event.ended_at if isinstance(event, CollectionCompleted) else event.occurred_at


def _planned(view: View) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    scheduled, ordered = view.last(CollectionScheduled), view.last(OrderCreated)
    if scheduled is not None:
        found[PATH_BEGINS] = scheduled.planned_at
    elif ordered is not None and ordered.collection_planned_at is not None:
        found[PATH_BEGINS] = ordered.collection_planned_at
    for name, plan in (
        (BatchStarted.type_name(), planned_start(view)),
        (PATH_ENDS, planned_infusion(view)),
    ):
        if plan is not None:
            found[name] = plan.at
    return found


def _limits(view: View, profile: TherapyProfile) -> dict[str, datetime]:
    """The patient's and the cells' own clocks, as far as they run."""
    found: dict[str, datetime] = {}
    collected = view.last(CollectionCompleted)
    if collected is not None and profile.fresh_hold is not None:
        hold = timedelta(hours=profile.fresh_hold.hours)
        found[MaterialDecided.type_name()] = collected.ended_at + hold
    if collected is not None and profile.frozen_material_age is not None:
        age = timedelta(hours=profile.frozen_material_age.hours)
        found[BatchStarted.type_name()] = collected.ended_at + age
    filled, depleted = view.last(ProductFilled), view.last(LymphodepletionCompleted)
    ends = [] if filled is None or filled.expires_at is None else [filled.expires_at]
    if depleted is not None and profile.infusion_window is not None:
        ends.append(depleted.occurred_at + timedelta(hours=profile.infusion_window.latest_hours))
    if ends:
        found[PATH_ENDS] = min(ends)
    return found
