"""Lets a journey come close to one limit of its product without crossing it, so that a false alarm shows.

A limit is the moment at which somebody would be told; a journey stays a little on the right side of it,
and its message arrives in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.outlook import in_time
from connectors.simulator.timeline import Timeline
from schemas.profile import Clock, ClockEdge, TherapyProfile

NEAR_SHARE = 0.75
"""How many of the clean journeys come close to a limit."""

IN_TIME = 0.985
"""The share of a short limit at which the step happens."""

HOURS_LEFT = 3.0
"""What is left of a limit of days: more than any message of a milestone takes to arrive."""

CLOCK_STARTS: dict[ClockEdge, str] = {
    ClockEdge.THAW_STARTED: "thaw:1",
    ClockEdge.THAW_COMPLETED: "thawed:1",
}

MILESTONES: dict[tuple[str, str], tuple[str, str, str]] = {
    # what is expected after what: the step, the step it is counted from, and the step that takes longer
    ("collection.CollectionCompleted", "collection.MaterialCryopreserved"): (
        "cryopreserved",
        "collected",
        "cryopreserved",
    ),
    ("collection.MaterialCryopreserved", "manufacture.MaterialReceived"): (
        "material_received",
        "cryopreserved",
        "out_packed",
    ),
    ("manufacture.MaterialDecided", "manufacture.BatchStarted"): (
        "batch_started",
        "material_decided",
        "batch_started",
    ),
    ("manufacture.BatchStarted", "manufacture.ProductFilled"): (
        "filled",
        "batch_started",
        "filled",
    ),
    ("quality.BatchCertified", "ordering.AvailabilityConfirmed"): (
        "available",
        "certified",
        "available",
    ),
    ("ordering.AvailabilityConfirmed", "treatment.ProductReceived"): (
        "product_received",
        "available",
        "home_packed",
    ),
}


def limits_of(profile: TherapyProfile) -> tuple[str, ...]:
    """The limits that a course of this product may come close to."""
    own = ("decided",) if profile.fresh_hold else ("out_storage",)
    window = ("window",) if profile.infusion_window else ()
    return (
        *own,
        *window,
        "out_hand_over",
        "home_hand_over",
        "home_storage",
        "infused",
        "certified",
        "result",
        "milestone",
    )


def near_limits(courses: Iterable[Course], seed: int) -> dict[int, str]:
    """Which of these journeys come close to which limit; every limit once before any comes twice."""
    chance = Random(f"{seed}:near")
    found: dict[int, str] = {}
    used: list[str] = []
    for course in courses:
        if chance.random() >= NEAR_SHARE:
            continue
        limits = list(limits_of(course.profile))
        chance.shuffle(limits)
        chosen = min(limits, key=used.count)
        used.append(chosen)
        found[course.journey] = chosen
    return found


def come_close(course: Course, near: str, chance: Random) -> Course:
    """The same course, near to this limit; as it was where that would let the infusion seem too late."""
    bent = _bent(course, near, chance)
    if not in_time(course.profile, bent):
        return course
    return replace(course, near=near, timeline=bent)


def clock_start(clock: Clock) -> str:
    """The step of the first bag that starts this clock."""
    return CLOCK_STARTS[clock.start]


def _bent(course: Course, near: str, chance: Random) -> Timeline:
    profile, timeline = course.profile, course.timeline
    match near:
        case "decided":
            assert profile.fresh_hold is not None
            hours = profile.fresh_hold.hours * profile.fresh_hold_warn_at * IN_TIME
            return timeline.reaching("material_decided", "collected", hours)
        case "out_hand_over":
            gap = profile.fresh_custody_gap if course.fresh else profile.frozen_custody_gap
            return timeline.taking("out_accepted", gap.minutes * IN_TIME)
        case "home_hand_over":
            return timeline.taking("home_received", profile.frozen_custody_gap.minutes * IN_TIME)
        case "infused":
            clock = profile.clocks[0]
            hours = clock.minutes * clock.warn_at * IN_TIME / 60
            return timeline.reaching("infused:1", clock_start(clock), hours)
        case "certified":
            hours = profile.release.planned_hours_after_fill - HOURS_LEFT
            return timeline.reaching("certified", "filled", hours)
        case "window":
            assert profile.infusion_window is not None
            window = profile.infusion_window
            hours = window.latest_hours - window.warn_hours - HOURS_LEFT
            return timeline.reaching("infusion:1", "depletion_completed", hours, "thaw_day")
        case "milestone":
            known = [m for m in profile.milestones if (m.after, m.expect) in MILESTONES]
            first = chance.choice(known)
            for lead in (first, *known):
                step, since, by = MILESTONES[lead.after, lead.expect]
                bent = timeline.reaching(step, since, lead.hours - HOURS_LEFT, by)
                if in_time(profile, bent):
                    break
            return bent
        case _:
            return timeline  # readings and results come close by their values
