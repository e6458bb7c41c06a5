"""Faults of slots: one slot that is kept for two courses at the same time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.outlook import overruns
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.manufacture import BatchStarted
from schemas.ordering import SlotChange, SlotChanged, SlotReserved

SOON = (2.0, 30.0)


def _slot_of(course: Course) -> str:
    return f"{Scheme.SLOT}:{course.names.slot}"


def _starts(course: Course) -> datetime:
    """When the slot of a course begins."""
    return course.timeline["batch_started"] - timedelta(hours=2)


def _reserved(course: Course, of: Course, name: str, at: datetime) -> Line:
    """The slot of one course, reserved for another: for the same days, since it is one slot."""
    return Pen(course, System.ERP, names_course=True).line(
        name,
        SlotReserved,
        at,
        ((Scheme.SLOT, of.names.slot),),
        delay=SOON,
        starts_at=_starts(of),
        ends_at=of.timeline["batch_started"] + timedelta(days=10),
    )


def _slot_of_another(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    begins = max(course.timeline["slot_reserved"], other.timeline["slot_reserved"])
    at = begins + timedelta(minutes=chance.randrange(20, 200))
    line = _reserved(course, other, "slot_reserved:wrongly", at)
    late = overruns(  # until manufacture starts as it was to
        course.profile, course.timeline["collected"], BatchStarted.type_name(), _starts(other)
    )
    about = About(_slot_of(other), also=(other,), for_a_while=("TW-04",) if late else ())
    return script.having(line), about


def _entered_by_mistake(course: Course) -> Course:
    """A course of which nobody hears more than its identifier and its slot."""
    coi = f"{course.names.coi[:7]}24{course.names.coi[9:]}"
    return replace(course, names=replace(course.names, coi=coi))


def _slot_of_a_mistake(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    shadow = _entered_by_mistake(course)
    at = course.timeline["slot_reserved"] + timedelta(minutes=chance.randrange(20, 200))
    line = _reserved(shadow, course, "slot_reserved:mistake", at)
    return script.having(line), About(_slot_of(course), also=(shadow,))


def _freed_again(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    bent, about = _slot_of_a_mistake(script, other, chance)
    shadow = _entered_by_mistake(script.course)
    at = bent.line("slot_reserved:mistake").at + timedelta(hours=chance.randrange(5, 30))
    freed = Pen(shadow, System.ERP, names_course=True).line(
        "slot_freed:mistake",
        SlotChanged,
        at,
        ((Scheme.SLOT, script.course.names.slot),),
        delay=SOON,
        change=SlotChange.RELEASED,
    )
    return bent.having(freed), about


FAULTS: tuple[Fault, ...] = (
    Fault(
        "SC-01",
        "slot-of-another",
        "the slot of another course is reserved for this one too",
        script=_slot_of_another,
        needs_other=True,
    ),
    Fault(
        "SC-01",
        "slot-of-a-mistake",
        "the slot is reserved a second time, for a course that was entered by mistake",
        script=_slot_of_a_mistake,
    ),
    Fault(
        "SC-01",
        "slot-freed-again",
        "the slot is reserved a second time by mistake, and freed for it the next day",
        script=_freed_again,
        stays=False,
    ),
)
