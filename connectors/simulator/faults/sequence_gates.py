"""Faults of gates: a thaw or an infusion without a check, a collection without consent."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Pen, Script
from schemas.enrolment import ConsentChanged, ConsentState
from schemas.envelope import Scheme, System


def _never(name: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        return script.without(name), About()

    return bend


def _without_check(name: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        bag = script.course.names.doses[0]
        return script.without(name), About(object=f"{Scheme.CONTAINER}:{bag}")

    return bend


def _consent_withdrawn(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = course.timeline["collection_started"] - timedelta(hours=chance.randrange(20, 60))
    line = Pen(course, System.CLINIC, names_course=True).line(
        "consent_withdrawn",
        ConsentChanged,
        at,
        ((Scheme.ORDER, course.names.order),),
        state=ConsentState.WITHDRAWN,
        version="consent-3",
    )
    return script.having(line), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "SQ-06",
        "thawed-unchecked",
        "the first bag is thawed and nobody had compared its identifiers",
        script=_without_check("checked:thaw:1"),
    ),
    Fault(
        "SQ-06",
        "infused-unchecked",
        "the first bag is infused and nobody had compared its identifiers at the bedside",
        script=_without_check("bedside:1"),
    ),
    Fault(
        "SQ-08",
        "collected-without-consent",
        "the cells are collected and no consent is ever stated",
        script=_never("consented"),
    ),
    Fault(
        "SQ-08",
        "collected-after-withdrawal",
        "the cells are collected although the patient had withdrawn consent",
        script=_consent_withdrawn,
        brings=("SC-05",),
    ),
)
