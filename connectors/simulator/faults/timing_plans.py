"""Faults of plans: infusions outside their window, a product that expires first, frozen cells that grow old."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Delay, Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.ordering import SlotChange, SlotChanged
from schemas.profile import InfusionWindow
from schemas.treatment import InfusionChange, InfusionChanged

SOON: Delay = (2, 40)


def _has_window(course: Course) -> bool:
    return course.profile.infusion_window is not None


def _window(course: Course) -> InfusionWindow:
    assert course.profile.infusion_window is not None
    return course.profile.infusion_window


def _infused_late(course: Course, chance: Random) -> Timeline:
    hours = _window(course).latest_hours + chance.uniform(6, 60)
    return course.timeline.taking("thaw_day", hours * 60)


def _infused_early(course: Course, chance: Random) -> Timeline:
    hours = _window(course).earliest_hours * chance.uniform(0.2, 0.6)
    return course.timeline.taking("thaw_day", hours * 60)


def _moved_away_and_back(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    end, thaw = course.timeline["depletion_completed"], course.timeline["thaw_day"]
    late = end + timedelta(hours=_window(course).latest_hours + 30)
    pen = Pen(course, System.CLINIC, names_course=True)
    lines = [
        pen.line(
            name,
            InfusionChanged,
            at,
            ((Scheme.ORDER, course.names.order),),
            delay=SOON,
            change=InfusionChange.RESCHEDULED,
            planned_at=day,
            reason_code=reason,
        )
        for name, at, day, reason in (
            ("infusion_moved:1", end + timedelta(hours=3), late, "INFECTION"),
            ("infusion_moved:2", end + timedelta(hours=23), thaw, "PATIENT-RECOVERED"),
        )
    ]
    return script.having(*lines), About()


def _expires_first(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    infused = script.line("infusion:1").at
    filled = script.line("filled").saying(
        expires_at=infused - timedelta(hours=chance.randrange(2, 60))
    )
    return script.having(filled), About()


def _expires_soon(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    assert course.profile.expiry_margin is not None
    spare = timedelta(hours=course.profile.expiry_margin.hours * chance.uniform(0.4, 0.8))
    infused = script.line(f"infused:{len(course.names.doses)}").at
    return script.having(script.line("filled").saying(expires_at=infused + spare)), About()


def _frozen(course: Course) -> bool:
    return course.profile.frozen_material_age is not None


def _age(course: Course) -> float:
    assert course.profile.frozen_material_age is not None
    return course.profile.frozen_material_age.hours


def _left_in_the_tank(course: Course, chance: Random) -> Timeline:
    hours = _age(course) + chance.uniform(12, 90)
    return course.timeline.reaching("batch_started", "collected", hours, "out_packed")


def _slot_away_and_back(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    collected, starts = course.timeline["collected"], course.timeline["batch_started"]
    late = collected + timedelta(hours=_age(course) + 48)
    pen = Pen(course, System.ERP)
    lines = [
        pen.line(
            name,
            SlotChanged,
            at,
            ((Scheme.ORDER, course.names.order), (Scheme.SLOT, course.names.slot)),
            delay=SOON,
            change=SlotChange.MOVED,
            starts_at=day,
        )
        for name, at, day in (
            ("slot_moved:1", collected + timedelta(hours=4), late),
            ("slot_moved:2", collected + timedelta(hours=40), starts - timedelta(hours=2)),
        )
    ]
    return script.having(*lines), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TW-02",
        "left-in-the-tank",
        "frozen cells are left in the tank until they are older than their limit, and are used",
        suits=_frozen,
        timeline=_left_in_the_tank,
        brings_for_a_while=("SQ-02", "TW-04"),
    ),
    Fault(
        "TW-02",
        "slot-moved-too-far",
        "the slot is moved to a day on which the frozen cells are too old, and moved back",
        suits=_frozen,
        script=_slot_away_and_back,
        stays=False,
        brings_for_a_while=("TW-04",),
    ),
    Fault(
        "TW-05",
        "infused-after-expiry",
        "the product expires before the day for which its infusion is planned, and is infused",
        script=_expires_first,
    ),
    Fault(
        "TW-05",
        "expires-soon-after",
        "the infusion is planned for the last days of the product's shelf life",
        script=_expires_soon,
        stays=False,
    ),
    Fault(
        "TW-07",
        "infused-too-late",
        "the infusion begins when the window after lymphodepletion has closed",
        suits=_has_window,
        timeline=_infused_late,
    ),
    Fault(
        "TW-07",
        "infused-too-early",
        "the infusion begins before the window after lymphodepletion has opened",
        suits=_has_window,
        timeline=_infused_early,
    ),
    Fault(
        "TW-07",
        "moved-out-of-the-window",
        "the infusion is moved to a day after its window, and moved back the next day",
        suits=_has_window,
        script=_moved_away_and_back,
        stays=False,
    ),
)
