"""Faults of quality: results of the product outside their limits."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.faults.sequence import rejected
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.laboratory import Verdict
from schemas.quality import OosCaseChanged, OosState

ACCEPTED_PATH: tuple[tuple[OosState, float], ...] = (
    # the state, and how many hours after the result
    (OosState.CONFIRMED, 20),
    (OosState.PHYSICIAN_REQUESTED, 30),
    (OosState.RISK_EVALUATED, 60),
    (OosState.PHYSICIAN_NOTIFIED, 66),
    (OosState.ACCEPTED, 90),
)


def _case(script: Script, state: OosState, hours: float) -> Line:
    course = script.course
    return Pen(course, System.QMS).line(
        f"case:{state.value}",
        OosCaseChanged,
        script.line("result:VIABILITY").at + timedelta(hours=hours),
        ((Scheme.OOS_CASE, course.names.numbered("OOS")), (Scheme.BATCH, course.names.batch)),
        delay=(5, 60),
        state=state,
    )


def _notice(script: Script) -> Line:
    """The authority hears of the product within two days of its leaving the maker."""
    supplied = script.line("home_handed_over").at - script.line("result:VIABILITY").at
    return _case(script, OosState.AUTHORITY_NOTIFIED, supplied.total_seconds() // 3600 + 12)


def _low_viability(script: Script, verdict: Verdict, chance: Random) -> Line:
    value = round(chance.uniform(58, 78.5), 2)
    return script.line("result:VIABILITY").saying(value=value, verdict=verdict)


def _rejected(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    end = script.course.timeline["filled"] + timedelta(days=5.5)
    return (
        script.until(end).having(
            _low_viability(script, Verdict.OUT_OF_SPECIFICATION, chance),
            _case(script, OosState.CONFIRMED, 20),
            rejected(script.course, end, "LOW-VIABILITY"),
        ),
        About(),
    )


def _overlooked(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return script.having(_low_viability(script, Verdict.PASS, chance)), About()


def _accepted(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return (
        script.having(
            _low_viability(script, Verdict.OUT_OF_SPECIFICATION, chance),
            *(_case(script, state, hours) for state, hours in ACCEPTED_PATH),
            _notice(script),
        ),
        About(),
    )


FAULTS: tuple[Fault, ...] = (
    Fault(
        "QU-01",
        "batch-rejected",
        "the viability of the product is below its limit, and the batch is rejected",
        script=_rejected,
        brings=("QU-02",),
    ),
    Fault(
        "QU-01",
        "overlooked",
        "the laboratory calls a viability below the limit a pass",
        script=_overlooked,
        brings=("QU-02", "RE-04", "RE-05"),
    ),
    Fault(
        "QU-01",
        "accepted-at-request",
        "the viability is below its limit, and the physician takes the product all the same",
        script=_accepted,
        stays=False,
        brings=("QU-02",),
    ),
)
