"""Faults of release: evidence that is not there at planned certification."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Pen, Script
from connectors.simulator.stages.releasing import deviation
from connectors.simulator.timeline import Timeline
from schemas.envelope import System
from schemas.quality import DeviationClass

JUST_BEFORE = timedelta(minutes=2)


def _no_certificate_of_analysis(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    return script.until(script.line("analysed").at - JUST_BEFORE), About()


def _open_deviation(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    opened = course.timeline["filled"] + timedelta(hours=chance.randrange(20, 90))
    lines = deviation(course, Pen(course, System.QMS), DeviationClass.MAJOR, opened, None, part=2)
    return script.until(script.line("certified").at - JUST_BEFORE).having(*lines), About()


def _no_batch_record(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return script.without("recorded").until(script.line("certified").at - JUST_BEFORE), About()


def _late_analysis(course: Course, chance: Random) -> Timeline:
    hours = course.profile.release.planned_hours_after_fill + chance.uniform(14, 30)
    return course.timeline.reaching("analysed", "filled", hours)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "RE-01",
        "no-certificate-of-analysis",
        "the laboratory never issues its certificate of analysis",
        script=_no_certificate_of_analysis,
    ),
    Fault(
        "RE-01",
        "open-deviation",
        "a major deviation of the batch is never closed",
        script=_open_deviation,
    ),
    Fault(
        "RE-01",
        "no-batch-record",
        "production never completes the batch record",
        script=_no_batch_record,
    ),
    Fault(
        "RE-01",
        "late-analysis",
        "the certificate of analysis comes after the planned certification",
        timeline=_late_analysis,
        stays=False,
    ),
)
