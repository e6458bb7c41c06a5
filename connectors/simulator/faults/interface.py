"""Faults between partners: one releases what another holds, or a fact is entered after the decision it speaks against."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Pen, Script
from connectors.simulator.stages.releasing import deviation
from schemas.envelope import Scheme, System
from schemas.quality import DeviationClass, HoldPlaced


def _issued_on_hold(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, certified = script.course, script.line("certified").at
    between = script.line("issued").at - certified
    about = (
        (Scheme.HOLD, course.names.numbered("HLD")),
        (Scheme.BATCH, course.names.batch),
    )
    placed = certified + between * chance.uniform(0.3, 0.7)
    qms = Pen(course, System.QMS)
    return script.having(qms.line("hold_placed", HoldPlaced, placed, about, delay=(5, 60))), About()


def _entered_after_certificate(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    course, certified = script.course, script.line("certified").at
    opened = certified - timedelta(hours=chance.randrange(1, 5))
    entered = certified + timedelta(minutes=chance.randrange(20, 500))
    closed = entered + timedelta(hours=chance.randrange(2, 20))
    qms = Pen(course, System.QMS)
    first, *more = deviation(course, qms, DeviationClass.MAJOR, opened, closed, part=2)
    minutes = (entered - opened).total_seconds() / 60
    late = replace(first, delay=(minutes + 5, minutes + 60)).saying(recorded_at=entered)
    about = About(object=f"{Scheme.CERTIFICATE}:{course.names.certificate}")
    return script.having(late, *more), about


FAULTS: tuple[Fault, ...] = (
    Fault(
        "IF-04",
        "entered-after-certificate",
        "a major deviation from before the certificate is entered only after it",
        script=_entered_after_certificate,
    ),
    Fault(
        "IF-05",
        "issued-on-hold",
        "the maker's stock issues a batch that the quality unit has put on hold",
        script=_issued_on_hold,
    ),
)
