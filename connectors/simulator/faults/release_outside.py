"""Faults of the path out of specification: records that are missing, a notice never given, a late failure."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.testing import ASSAYS
from schemas.envelope import Scheme, System
from schemas.laboratory import ResultReported, Verdict
from schemas.quality import OosCaseChanged, OosState

PATH: tuple[tuple[OosState, float], ...] = (
    # the state, and how many hours after the result
    (OosState.CONFIRMED, 20),
    (OosState.PHYSICIAN_REQUESTED, 30),
    (OosState.RISK_EVALUATED, 50),
    (OosState.PHYSICIAN_NOTIFIED, 56),
    (OosState.ACCEPTED, 70),
)


def oos_case(course: Course, state: OosState, at: datetime) -> Line:
    """The case about the batch reaches a state."""
    return Pen(course, System.QMS).line(
        f"case:{state.value}",
        OosCaseChanged,
        at,
        ((Scheme.OOS_CASE, course.names.numbered("OOS")), (Scheme.BATCH, course.names.batch)),
        delay=(5, 60),
        state=state,
    )


def told_in_time(script: Script) -> Line:
    """The authorities get their notice a day after the product has left."""
    left = script.line("home_handed_over").at
    return oos_case(script.course, OosState.AUTHORITY_NOTIFIED, left + timedelta(hours=22))


def _missed(script: Script, chance: Random) -> Line:
    """The result of the last of the release tests, outside its limit."""
    test = script.course.profile.release.tests[-1].test
    assay = ASSAYS[test]
    share = chance.uniform(0.4, 0.9)
    if assay.low is not None:
        value = assay.low * share
    else:
        assert assay.high is not None
        value = assay.high / share
    return script.line(f"result:{test}").saying(
        value=round(value, 2), verdict=Verdict.OUT_OF_SPECIFICATION
    )


def _path(script: Script, result: Line, *left_out: OosState) -> tuple[Line, ...]:
    return tuple(
        oos_case(script.course, state, result.at + timedelta(hours=hours))
        for state, hours in PATH
        if state not in left_out
    )


def _nobody_accepted(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    result = _missed(script, chance)
    path = _path(script, result, OosState.RISK_EVALUATED, OosState.ACCEPTED)
    return script.having(result, *path, told_in_time(script)), About()


def _authority_never_told(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    result = _missed(script, chance)
    return script.having(result, *_path(script, result)), About()


def _authority_told_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    result = _missed(script, chance)
    left = script.line("home_handed_over").at
    late = left + timedelta(hours=chance.uniform(50, 60))
    notice = oos_case(script.course, OosState.AUTHORITY_NOTIFIED, late.replace(microsecond=0))
    return script.having(result, *_path(script, result), notice), About()


def _late_failure(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    infused = script.line(f"infused:{len(course.names.doses)}").at
    at = infused + timedelta(hours=chance.randrange(20, 90))
    sample = course.names.sample("PR")
    result = Pen(course, System.LIMS).line(
        "result:REPLICATION",
        ResultReported,
        at,
        ((Scheme.SAMPLE, sample),),
        delay=(5, 70),
        test="REPLICATION_COMPETENT_VIRUS",
        value_text="detected",
        verdict=Verdict.OUT_OF_SPECIFICATION,
        final=True,
    )
    told = (
        oos_case(course, OosState.CONFIRMED, at + timedelta(hours=6)),
        oos_case(course, OosState.AUTHORITY_NOTIFIED, at + timedelta(hours=20)),
    )
    return script.having(result, *told), About(object=f"{Scheme.SAMPLE}:{sample}")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "RE-04",
        "nobody-accepted",
        "a product out of specification is supplied without a risk evaluation and an acceptance",
        script=_nobody_accepted,
        brings=("QU-01",),
    ),
    Fault(
        "RE-05",
        "authority-never-told",
        "a product out of specification is supplied, and the authorities never hear of it",
        script=_authority_never_told,
        brings_for_a_while=("QU-01",),
    ),
    Fault(
        "RE-05",
        "authority-told-late",
        "a product out of specification is supplied, and the authorities hear of it too late",
        script=_authority_told_late,
        brings_for_a_while=("QU-01",),
    ),
    Fault(
        "RE-07",
        "late-failure",
        "a test for the record fails after the product was infused",
        script=_late_failure,
        brings=("QU-01",),
    ),
)
