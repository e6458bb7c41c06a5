"""Faults of materials: lots that are recalled after they went into products."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.manufacture import StepCompleted
from schemas.quality import MaterialLotRecalled

SOON = (2.0, 30.0)


def _lot(course: Course) -> str:
    """A lot that only the courses of one fault use; every lot of the store serves a dozen."""
    return course.names.numbered("WASH-BUFFER")


def _washed(course: Course, lot: str) -> Line:
    """One more step of the process, which uses the lot."""
    began = course.timeline["batch_started"]
    at = (began + (course.timeline["filled"] - began) * 0.5).replace(microsecond=0)
    used = ((Scheme.BATCH, course.names.batch), (Scheme.MATERIAL_LOT, lot))
    return Pen(course, System.MES).line(
        f"step:WASH:{course.names.batch}", StepCompleted, at, used, step="WASH"
    )


def _recalled(course: Course, lot: str, at: datetime, *, lifted: bool = False) -> Line:
    return Pen(course, System.QMS).line(
        "recall_lifted" if lifted else "recalled",
        MaterialLotRecalled,
        at,
        ((Scheme.MATERIAL_LOT, lot),),
        delay=SOON,
        lifted=lifted,
        reason_code="SUPPLIER-RECALL",
    )


def _recall(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, lot = script.course, _lot(script.course)
    at = course.timeline["filled"] + timedelta(hours=chance.randrange(2, 60))
    bent = script.having(_washed(course, lot), _recalled(course, lot, at))
    return bent, About(f"{Scheme.MATERIAL_LOT}:{lot}")


def _recall_of_two(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    bent, about = _recall(script, other, chance)
    lot = _lot(script.course)
    return bent.having(_washed(other, lot)), About(about.object, also=(other,))


def _recall_lifted(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    bent, about = _recall(script, other, chance)
    at = bent.line("recalled").at + timedelta(hours=chance.randrange(20, 40))
    course = script.course
    return bent.having(_recalled(course, _lot(course), at, lifted=True)), about


FAULTS: tuple[Fault, ...] = (
    Fault(
        "QU-08",
        "lot-of-two-courses",
        "a lot that went into two products is recalled, after the one use and before the other",
        script=_recall_of_two,
        needs_other=True,
    ),
    Fault(
        "QU-08",
        "lot-recalled",
        "a lot that went into the product is recalled after the fill",
        script=_recall,
    ),
    Fault(
        "QU-08",
        "recall-lifted",
        "a lot that went into the product is recalled by mistake, and the recall is lifted the next day",
        script=_recall_lifted,
        stays=False,
    ),
)
