"""Faults of the whole way: a patient who must wait, and an infusion that is put off again and again."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.outlook import target
from connectors.simulator.script import Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.treatment import InfusionChange, InfusionChanged


def _treated_late(course: Course, chance: Random) -> Timeline:
    hours = target(course.profile) + chance.uniform(30, 200)
    return course.timeline.reaching("thaw_day", "collected", hours, "depletion_started")


def _put_off(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = script.line("ready").at + timedelta(hours=chance.randrange(2, 10))
    by = script.line("collected").at + timedelta(hours=target(course.profile))
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
