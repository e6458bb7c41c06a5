"""Faults of the whole way: a patient who must wait, and an infusion that is put off again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.manufacture import BatchStarted
from schemas.profile import PATH_ENDS
from schemas.treatment import InfusionChange, InfusionChanged


def target(course: Course) -> float:
    """Within how many hours after the collection the infusion is to begin."""
    assert course.profile.vein_to_vein is not None
    return course.profile.vein_to_vein.hours


def overruns(course: Course, starts: datetime) -> bool:
    """Whether a manufacture that starts then brings the infusion too late, by the standard times."""
    longest = {BatchStarted.type_name(): 0.0}
    for step in course.profile.path:
        before = [longest[name] for name in step.after if name in longest]
        if before:
            longest[step.step] = max(before) + step.p50_hours
    by = course.timeline["collected"] + timedelta(hours=target(course))
    return starts + timedelta(hours=longest[PATH_ENDS]) > by


def _treated_late(course: Course, chance: Random) -> Timeline:
    hours = target(course) + chance.uniform(30, 200)
    return course.timeline.reaching("thaw_day", "collected", hours, "depletion_started")


def _put_off(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = script.line("ready").at + timedelta(hours=chance.randrange(2, 10))
    by = script.line("collected").at + timedelta(hours=target(course))
    moved = Pen(course, System.CLINIC, names_course=True).line(
        "infusion_moved",
        InfusionChanged,
        at,
        ((Scheme.ORDER, course.names.order),),
        delay=(2, 40),
        change=InfusionChange.RESCHEDULED,
        planned_at=by + timedelta(hours=chance.randrange(30, 200)),
        reason_code="INFECTION",
    )
    return script.until(at).having(moved), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TW-04",
        "patient-has-to-wait",
        "the patient is fit for lymphodepletion only weeks after the product has come",
        timeline=_treated_late,
        stays=False,
    ),
    Fault(
        "TW-04",
        "infusion-put-off",
        "the infusion is put off beyond the time in which it helps best, and is never given",
        script=_put_off,
    ),
)
