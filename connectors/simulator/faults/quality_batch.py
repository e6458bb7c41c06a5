"""Faults of quality before there is a result: weak cells, unwritten alarms, batches given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.releasing import deviation
from schemas.envelope import Scheme, System
from schemas.manufacture import AlarmChanged, AlarmState, BatchTerminated, MaterialDecision
from schemas.ordering import BatchNumberAssigned
from schemas.quality import DeviationClass


def needs_many_cells(course: Course) -> bool:
    """For products that say how many cells their starting material must hold."""
    return course.profile.nucleated_cells is not None


def _part_way(course: Course, share: float) -> datetime:
    """A moment of the process after this share of it."""
    began = course.timeline["batch_started"]
    return (began + (course.timeline["filled"] - began) * share).replace(microsecond=0)


def _given_up(course: Course, at: datetime) -> Line:
    return Pen(course, System.MES).line(
        "terminated",
        BatchTerminated,
        at,
        ((Scheme.BATCH, course.names.batch),),
        delay=(2, 25),
        reason_code="POOR-GROWTH",
    )


def _terminated(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    end = _part_way(script.course, chance.uniform(0.4, 0.8))
    return script.until(end).having(_given_up(script.course, end)), About()


def _made_again(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    end = _part_way(course, chance.uniform(0.4, 0.8))
    again = Pen(course, System.ERP, names_course=True).line(
        "batch_assigned:again",
        BatchNumberAssigned,
        end + timedelta(hours=chance.randrange(20, 60)),
        ((Scheme.BATCH, course.names.second_batch), (Scheme.ORDER, course.names.order)),
        delay=(5, 60),
        remanufacture=True,
    )
    return script.until(end).having(_given_up(course, end), again), About()


def _alarm(course: Course, at: datetime) -> Iterator[Line]:
    mes = Pen(course, System.MES)
    for state, moment in (
        (AlarmState.RAISED, at),
        (AlarmState.CLEARED, at + timedelta(minutes=50)),
    ):
        yield mes.line(
            f"critical:{state.value}",
            AlarmChanged,
            moment,
            ((Scheme.BATCH, course.names.batch),),
            alarm="INCUBATOR-TEMPERATURE",
            state=state,
            critical=True,
            message="temperature of the incubator outside its critical band",
        )


def _unwritten(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    # by this time of the process the deviation of an ordinary journey has been opened
    return script.having(*_alarm(script.course, _part_way(script.course, 0.75))), About()


def _written_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = _part_way(course, 0.75)
    opened = at + timedelta(hours=chance.randrange(30, 45))
    closed = opened + timedelta(hours=chance.randrange(20, 50))
    qms = Pen(course, System.QMS)
    late = deviation(course, qms, DeviationClass.MINOR, opened, closed, part=2)
    return script.having(*_alarm(course, at), *late), About()


def _few_cells(script: Script, chance: Random) -> Line:
    return script.line("collected").saying(nucleated_cells=chance.randrange(80, 195) * 1e7)


def _overlooked(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return script.having(_few_cells(script, chance)), About()


def _at_risk(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    decided = script.line("material_decided").saying(decision=MaterialDecision.ACCEPTED_AT_RISK)
    return script.having(_few_cells(script, chance), decided), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "QU-04",
        "terminated",
        "the cells do not grow, and the batch is given up",
        script=_terminated,
    ),
    Fault(
        "QU-04",
        "made-again",
        "the batch is given up, and another one is planned a day or two later",
        script=_made_again,
        stays=False,
    ),
    Fault(
        "QU-05",
        "unwritten-alarm",
        "nobody opens a deviation after a critical alarm",
        script=_unwritten,
    ),
    Fault(
        "QU-05",
        "written-late",
        "the deviation of a critical alarm is opened on the second day",
        script=_written_late,
        stays=False,
    ),
    Fault(
        "QU-06",
        "few-cells",
        "too few cells are collected, and they are accepted as if they were enough",
        suits=needs_many_cells,
        script=_overlooked,
    ),
    Fault(
        "QU-06",
        "accepted-at-risk",
        "too few cells are collected, and the maker accepts them at risk",
        suits=needs_many_cells,
        script=_at_risk,
        stays=False,
    ),
)
