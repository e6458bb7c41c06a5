"""Faults of entries: made before the act or days after it, ended before begun, corrected without a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Script
from schemas.envelope import Environment


def _entered_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line, hours = script.line("followed_up"), chance.randrange(76, 100)
    late = replace(line, delay=(hours * 60 + 2, hours * 60 + 60))
    return script.having(late.saying(recorded_at=line.at + timedelta(hours=hours))), About()


def _entered_before(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line, minutes = script.line("control:4"), chance.randrange(50, 70)
    return script.having(line.saying(recorded_at=line.at - timedelta(minutes=minutes))), About()


def _ended_before_begun(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("step:EXPANSION")
    began = line.at + timedelta(minutes=chance.randrange(5, 90))
    return script.having(line.saying(started_at=began)), About()


def _corrected_without_reason(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    line = script.line("followed_up")
    at = line.at + timedelta(minutes=chance.randrange(20, 50))
    said = {"corrects": line.event_id(script.course), "recorded_at": at + timedelta(seconds=20)}
    return script.having(replace(line, name="followed_up:corrected", at=at).saying(**said)), About()


def _said_otherwise(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line, course = script.line("followed_up"), script.course
    again = replace(line, name="followed_up:otherwise", direct=True, delay=(60, 600))
    return script.having(again.saying(event_id=line.event_id(course), site="another")), About()


def _real_beside_invented(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    again = replace(script.line("followed_up"), name="followed_up:elsewhere", direct=True)
    about = About(object=f"COI:{script.course.names.coi}")
    return script.having(again.saying(environment=Environment.PRODUCTION)), about


FAULTS: tuple[Fault, ...] = (
    Fault(
        "DI-02",
        "said-otherwise",
        "the clinic states a follow-up again under the same id, at another site",
        script=_said_otherwise,
    ),
    Fault(
        "DI-11",
        "environments-mixed",
        "a follow-up of production is published about a course that is invented",
        script=_real_beside_invented,
    ),
    Fault(
        "DI-03",
        "entered-days-late",
        "the follow-up is written down more than three days after the visit",
        script=_entered_late,
    ),
    Fault(
        "DI-03",
        "entered-before-it-happened",
        "a control of the process is recorded an hour before it is said to have happened",
        script=_entered_before,
    ),
    Fault(
        "DI-03",
        "ended-before-it-began",
        "the expansion is said to have ended before it began",
        script=_ended_before_begun,
    ),
    Fault(
        "DI-04",
        "corrected-without-reason",
        "the clinic corrects the time of a follow-up and does not say why",
        script=_corrected_without_reason,
    ),
)
