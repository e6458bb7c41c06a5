"""The laboratory tests the product: samples, results against limits, an amendment now and then, the certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.script import Line, Pen
from connectors.simulator.stages.documents import document
from schemas.envelope import Capture, Scheme, System
from schemas.laboratory import (
    CertificateOfAnalysisIssued,
    ResultAmended,
    ResultReported,
    SampleRegistered,
    Verdict,
)

PROMPT = (5.0, 70.0)


@dataclass(frozen=True, slots=True)
class Assay:
    """How the laboratory does one test: on which sample, when it is done, and what it finds."""

    sample: str
    done: float
    """The share of the time to the last result after which this one is there."""
    unit: str | None = None
    least: float = 0
    most: float = 0
    low: float | None = None
    high: float | None = None
    words: str | None = None
    """What is found, for tests without a number."""


ASSAYS: dict[str, Assay] = {
    "VIABILITY": Assay("PR", 0.05, "%", 85, 97, low=80),
    "ENDOTOXIN": Assay("PR", 0.16, "[EU]/mL", 0.05, 0.35, high=0.5),
    "IDENTITY": Assay("PR", 0.3, "%", 22, 61, low=15),
    "IFN_GAMMA": Assay("PR", 0.35, "pg/mL", 900, 5200, low=500),
    "VECTOR_COPY_NUMBER": Assay("PR", 0.4, "{copies}/{cell}", 1.1, 4.2, high=5),
    "MYCOPLASMA": Assay("MY", 0.55, words="not detected"),
    "STERILITY": Assay("ST", 1.0, words="no growth"),
}

SAMPLES = ("PR", "MY", "ST")
SPECIFICATION = "SPEC-12"


def tell_tests(course: Course) -> Iterator[Line]:
    """From the samples of the filled product to its certificate of analysis."""
    when, names = course.timeline, course.names
    chance = course.chance("laboratory")
    lims = Pen(course, System.LIMS)
    batch = ((Scheme.BATCH, names.batch),)
    for number, kind in enumerate(SAMPLES):
        yield lims.line(
            f"sampled:{kind}",
            SampleRegistered,
            when["sampled"] + timedelta(minutes=3 * number),
            (*batch, (Scheme.SAMPLE, names.sample(kind))),
            delay=(5, 90),
            sample_type=kind,
        )
    for test in course.profile.release.tests:
        yield result(course, lims, test.test, chance)
    preliminary = _at(course, 0.42)
    yield lims.line(
        "preliminary:STERILITY",
        ResultReported,
        preliminary,
        ((Scheme.SAMPLE, names.sample("ST")),),
        test="STERILITY",
        value_text="no growth so far",
        specification=SPECIFICATION,
        verdict=Verdict.PENDING,
        final=False,
    )
    if chance.random() < 0.25:
        yield _amended(course, lims, chance)
    yield lims.line(
        "analysed",
        CertificateOfAnalysisIssued,
        when["analysed"],
        batch,
        delay=PROMPT,
        version="1",
        evidence=(document(course, "certificate-of-analysis"),),
    )


def result(course: Course, lims: Pen, test: str, chance: Random) -> Line:
    """The final result of one release test, within its limits."""
    assay = ASSAYS[test]
    value: float | None = None
    if assay.words is None:
        value = round(chance.uniform(assay.least, assay.most), 2)
        if course.near == "result" and test == "VIABILITY":
            value = 80.2
    return lims.line(
        f"result:{test}",
        ResultReported,
        _at(course, assay.done),
        ((Scheme.SAMPLE, course.names.sample(assay.sample)),),
        delay=PROMPT,
        test=test,
        value=value,
        value_text=assay.words,
        unit=assay.unit,
        low=assay.low,
        high=assay.high,
        specification=SPECIFICATION,
        verdict=Verdict.PASS,
        final=True,
        capture=Capture.INSTRUMENT if assay.words is None else Capture.MANUAL,
    )


def _amended(course: Course, lims: Pen, chance: Random) -> Line:
    """The laboratory writes a value down anew; it passes as before."""
    assay = ASSAYS["ENDOTOXIN"]
    return lims.line(
        "amended:ENDOTOXIN",
        ResultAmended,
        _at(course, assay.done) + timedelta(hours=chance.randrange(3, 20)),
        ((Scheme.SAMPLE, course.names.sample(assay.sample)),),
        delay=PROMPT,
        test="ENDOTOXIN",
        value=round(chance.uniform(assay.least, assay.most), 2),
        unit=assay.unit,
        high=assay.high,
        specification=SPECIFICATION,
        verdict=Verdict.PASS,
        final=True,
        reason_code="TRANSCRIPTION",
        reason_text="the value was read off the wrong line",
    )


def _at(course: Course, share: float) -> datetime:
    when = course.timeline
    span = when["last_result"] - when["filled"]
    return (when["filled"] + span * share).replace(microsecond=0)
