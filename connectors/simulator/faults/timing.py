"""Faults of time windows: fresh cells that wait too long, and a thawed bag that is not infused in time."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.near import clock_start
from connectors.simulator.script import Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.ordering import OrderChange, OrderChanged
from schemas.treatment import InfusionChange, InfusionChanged


def _fresh(course: Course) -> bool:
    return course.profile.fresh_hold is not None


def _hold(course: Course) -> float:
    assert course.profile.fresh_hold is not None
    return course.profile.fresh_hold.hours


def _never_arrives(course: Course, chance: Random) -> Timeline:
    return course.timeline.reaching("out_delivered", "collected", _hold(course) + 24)


def _order_cancelled(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    # before the cells were to be received at the latest, so that only their hold time is at stake
    cancelled = course.timeline["collected"] + timedelta(hours=_hold(course) - 1.5)
    line = Pen(course, System.ERP).line(
        "order_cancelled",
        OrderChanged,
        cancelled,
        ((Scheme.ORDER, course.names.order),),
        delay=(2, 20),
        change=OrderChange.CANCELLED,
        reason_code="MATERIAL-LOST",
    )
    return script.until(cancelled).having(line), About()


def _slow_way(course: Course, chance: Random) -> Timeline:
    slow = course.timeline.reaching("out_delivered", "collected", 0.65 * _hold(course))
    return slow.reaching("material_decided", "collected", 0.88 * _hold(course))


def _slow_infusion(course: Course, chance: Random) -> Timeline:
    clock = course.profile.clocks[0]
    hours = clock.minutes / 60 * chance.uniform(1.1, 1.35)
    return course.timeline.reaching("infused:1", clock_start(clock), hours)


def _infusion_cancelled(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    thawed = course.timeline["thawed:1"]
    line = Pen(course, System.CLINIC, names_course=True).line(
        "infusion_cancelled",
        InfusionChanged,
        thawed + timedelta(minutes=chance.randrange(3, 12)),
        ((Scheme.ORDER, course.names.order),),
        delay=(2, 30),
        change=InfusionChange.CANCELLED,
        reason_code="PATIENT-UNFIT",
    )
    return script.until(thawed).having(line), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TW-01",
        "stuck-on-the-way",
        "fresh cells are stuck on the way, and the order is cancelled before they arrive",
        suits=_fresh,
        timeline=_never_arrives,
        script=_order_cancelled,
        strands="out",
        brings_for_a_while=("TW-03",),
    ),
    Fault(
        "TW-01",
        "slow-way",
        "fresh cells arrive late, and the maker decides when most of their hold time is over",
        suits=_fresh,
        timeline=_slow_way,
        stays=False,
    ),
    Fault(
        "TW-06",
        "slow-infusion",
        "the infusion of a thawed bag ends after its limit",
        timeline=_slow_infusion,
    ),
    Fault(
        "TW-06",
        "thawed-in-vain",
        "a bag is thawed and the infusion is cancelled",
        script=_infusion_cancelled,
    ),
)
