"""Faults of order: a step before its precondition, a step done twice, a step after the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.faults.sequence import rejected
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.ordering import OrderChange, OrderChanged


def _started_first(course: Course, chance: Random) -> Timeline:
    return course.timeline.taking("batch_started", -chance.uniform(20, 50))


def _once_more(line: Line, after: timedelta) -> Line:
    """The same step done again."""
    entered = {"recorded_at": line.at + after}
    return replace(line, name=f"{line.name}:again", at=line.at + after).saying(**entered)


def _infused_twice(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    again = _once_more(script.line("infusion:1"), timedelta(minutes=2))
    bag = script.course.names.doses[0]
    return script.having(again), About(object=f"{Scheme.CONTAINER}:{bag}")


def _certified_twice(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    names = script.course.names
    first = script.line("certified")
    again = _once_more(first, timedelta(minutes=chance.randrange(20, 50)))
    certificate = (Scheme.CERTIFICATE, f"{names.certificate}-2")
    line = replace(again, identifiers=(certificate, (Scheme.BATCH, names.batch)))
    return script.having(line), About(object=f"{Scheme.BATCH}:{names.batch}")


def _started_after_cancellation(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    course = script.course
    started = course.timeline["batch_started"]
    cancelled = Pen(course, System.ERP).line(
        "cancelled",
        OrderChanged,
        started - timedelta(minutes=chance.randrange(70, 170)),
        ((Scheme.ORDER, course.names.order),),
        delay=(2, 30),
        change=OrderChange.CANCELLED,
        reason_code="PATIENT-DECISION",
    )
    return script.until(started + timedelta(minutes=30)).having(cancelled), About()


def _certified_after_rejection(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    certified = script.line("certified").at
    at = certified - timedelta(minutes=chance.randrange(60, 180))
    line = rejected(script.course, at, "RELEASE-REFUSED")
    return script.until(certified).having(line), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "SQ-01",
        "started-before-acceptance",
        "the batch is started while the maker has not yet accepted the cells",
        timeline=_started_first,
    ),
    Fault(
        "SQ-03",
        "infused-twice",
        "the infusion of one bag is stated to have begun twice",
        script=_infused_twice,
    ),
    Fault(
        "SQ-03",
        "certified-twice",
        "the batch is certified a second time under another certificate number",
        script=_certified_twice,
    ),
    Fault(
        "SQ-07",
        "started-after-cancellation",
        "the batch is started although the order had been cancelled",
        script=_started_after_cancellation,
    ),
    Fault(
        "SQ-07",
        "certified-after-rejection",
        "the batch is certified although it had been rejected",
        script=_certified_after_rejection,
    ),
)
