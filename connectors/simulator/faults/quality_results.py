"""Faults of quality that the laboratory finds: dead cells, contamination, results changed too late."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.faults.sequence import rejected
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.testing import ASSAYS, SPECIFICATION
from schemas.envelope import Scheme, System
from schemas.laboratory import ResultAmended, Verdict

JUDGED_WITHIN = timedelta(hours=20)
"""The quality unit rejects a contaminated batch by then, and before certification was planned."""


def product_limit(course: Course) -> bool:
    """For products whose own information limits the viability."""
    return course.profile.viability is not None


def _too_wide(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    value = round(chance.uniform(71, 79), 2)
    line = script.line("result:VIABILITY").saying(value=value, low=70.0, verdict=Verdict.PASS)
    return script.having(line), About()


def _amended(
    script: Script,
    test: str,
    hours: float,
    *,
    value: float | None = None,
    value_text: str | None = None,
) -> Line:
    """The laboratory replaces its result of a test, and the new one passes."""
    course, assay = script.course, ASSAYS[test]
    first = script.line(f"result:{test}")
    return Pen(course, System.LIMS).line(
        f"amended-by-fault:{test}",
        ResultAmended,
        first.at + timedelta(hours=hours),
        ((Scheme.SAMPLE, course.names.sample(assay.sample)),),
        delay=(5, 70),
        test=test,
        unit=assay.unit,
        low=assay.low,
        high=assay.high,
        specification=SPECIFICATION,
        final=True,
        value=value,
        value_text=value_text,
        verdict=Verdict.PASS,
        reason_code="RETEST",
    )


def _wrong_at_first(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    value = round(chance.uniform(66, 78), 2)
    low = script.line("result:VIABILITY").saying(value=value, verdict=Verdict.OUT_OF_SPECIFICATION)
    again = round(chance.uniform(86, 94), 2)
    hours = chance.uniform(8, 20)
    return (
        script.having(low, _amended(script, "VIABILITY", hours, value=again)),
        About(),
    )


def _positive(test: str, **found: object) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        line = script.line(f"result:{test}")
        end = line.at + JUDGED_WITHIN
        positive = line.saying(verdict=Verdict.OUT_OF_SPECIFICATION, **found)
        judged = rejected(script.course, end, "CONTAMINATION")
        passed = f"amended:{test}"  # the laboratory has no reason to write this one down anew
        kept = [name for name in (passed,) if any(li.name == name for li in script.lines)]
        return script.without(*kept).until(end).having(positive, judged), About()

    return bend


def _sample_was_at_fault(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    positive = script.line("result:MYCOPLASMA").saying(
        value_text="detected", verdict=Verdict.OUT_OF_SPECIFICATION
    )
    hours = chance.uniform(20, 40)
    negative = _amended(script, "MYCOPLASMA", hours, value_text="not detected")
    return script.having(positive, negative), About()


def _after_certificate(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    certified = script.line("certified").at
    hours = (certified - script.line("result:ENDOTOXIN").at).total_seconds() / 3600
    value = round(chance.uniform(0.05, 0.4), 2)
    late = _amended(
        script,
        "ENDOTOXIN",
        round(hours) + chance.randrange(3, 20),
        value=value,
    )
    return script.having(late), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "QU-02",
        "specification-too-wide",
        "fewer cells live than the product information asks for, and the specification allows it",
        suits=product_limit,
        script=_too_wide,
    ),
    Fault(
        "QU-02",
        "counted-again",
        "the viability is below its limit, and the laboratory counts again and finds more",
        script=_wrong_at_first,
        stays=False,
        brings=("QU-01",),
    ),
    Fault(
        "QU-03",
        "growth",
        "the product is not sterile, and its batch is rejected",
        script=_positive("STERILITY", value_text="growth"),
        brings=("QU-01",),
    ),
    Fault(
        "QU-03",
        "endotoxin",
        "the product holds too much endotoxin, and its batch is rejected",
        script=_positive("ENDOTOXIN", value=0.9),
        brings=("QU-01",),
    ),
    Fault(
        "QU-03",
        "sample-was-at-fault",
        "mycoplasma is found, and it turns out that only the sample was contaminated",
        script=_sample_was_at_fault,
        stays=False,
        brings=("QU-01",),
    ),
    Fault(
        "QU-07",
        "after-certificate",
        "the laboratory replaces a result hours after the batch was certified",
        script=_after_certificate,
    ),
)
