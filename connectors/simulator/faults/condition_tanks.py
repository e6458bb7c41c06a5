"""Faults of storage: a tank of the plant that has an alarm while a product lies in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.manufacture import AlarmChanged, AlarmState

ALARM = "NITROGEN-LEVEL-LOW"


def _tank(course: Course) -> str:
    """A tank of the plant in which only this product lies."""
    return course.names.numbered("PLANT-TANK")


def _alarm(course: Course, at: datetime, state: AlarmState) -> Line:
    return Pen(course, System.MES).line(
        f"tank_alarm:{state.value}",
        AlarmChanged,
        at,
        ((Scheme.TANK, _tank(course)),),
        delay=(1.0, 10.0),
        alarm=ALARM,
        state=state,
        critical=True,
        message="liquid nitrogen below its lowest level",
    )


def _in_alarm(script: Script, chance: Random) -> Script:
    """The product is put into a tank after the fill, and the tank has an alarm before it is shipped."""
    course, filled = script.course, script.line("filled")
    at = course.timeline["home_packed"] - timedelta(minutes=chance.randrange(90, 200))
    stored = replace(filled, identifiers=(*filled.identifiers, (Scheme.TANK, _tank(course))))
    return script.having(stored, _alarm(course, at, AlarmState.RAISED))


def _never_moved(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    bent = _in_alarm(script, chance).until(course.timeline["home_packed"] - timedelta(minutes=85))
    return bent, About(f"{Scheme.TANK}:{_tank(course)}")


def _refilled(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    bent = _in_alarm(script, chance)
    at = bent.line("tank_alarm:raised").at + timedelta(minutes=chance.randrange(35, 80))
    cleared = _alarm(course, at, AlarmState.CLEARED)
    return bent.having(cleared), About(f"{Scheme.TANK}:{_tank(course)}")


def _moved(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return _in_alarm(script, chance), About(f"{Scheme.TANK}:{_tank(script.course)}")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TC-09",
        "tank-in-alarm",
        "the tank in which the product waits runs dry, and nothing is heard of the product again",
        script=_never_moved,
        strands="home",
        brings=("SC-03", "SQ-02"),
    ),
    Fault(
        "TC-09",
        "tank-refilled",
        "the tank in which the product waits runs dry, and is refilled within two hours",
        script=_refilled,
        stays=False,
    ),
    Fault(
        "TC-09",
        "product-moved",
        "the tank in which the product waits runs dry, and the product leaves it for its journey",
        script=_moved,
        stays=False,
    ),
)
