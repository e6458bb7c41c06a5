"""Faults of reports: deviations of a product that left, of which the authority must hear."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.releasing import deviation
from schemas.envelope import Scheme, System
from schemas.quality import DeviationClass, DeviationReported

PART = 2
"""The first deviation of a batch is an ordinary one."""


def _deviation(course: Course) -> list[Line]:
    """A major deviation in manufacture that is closed before the certificate."""
    began, filled = course.timeline["batch_started"], course.timeline["filled"]
    opened = began + (filled - began) * 0.4
    lines = deviation(
        course,
        Pen(course, System.QMS),
        DeviationClass.MAJOR,
        opened.replace(microsecond=0),
        filled + timedelta(hours=30),
        PART,
    )
    first, *rest = lines
    return [first.saying(reportable=True), *rest]


def _unreported(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return script.having(*_deviation(script.course)), About()


def _reported(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    left = script.line("home_accepted").at
    about = (
        (Scheme.DEVIATION, course.names.numbered("DEV", PART)),
        (Scheme.BATCH, course.names.batch),
    )
    report = Pen(course, System.QMS).line(
        "deviation_reported",
        DeviationReported,
        left + timedelta(hours=chance.randrange(20, 40)),
        about,
        delay=(5, 60),
        authority="AUTHORITY-1",
    )
    return script.having(*_deviation(course), report), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "QU-09",
        "deviation-never-reported",
        "a reportable deviation of a product that was shipped is never reported",
        script=_unreported,
    ),
    Fault(
        "QU-09",
        "deviation-reported",
        "a reportable deviation of a product that was shipped is reported in the days after",
        script=_reported,
        stays=False,
    ),
)
