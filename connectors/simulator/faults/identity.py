"""Faults of identity: wrong labels, unknown identifiers, a batch number given twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.faults.identity_labels import FAULTS as LABELS
from connectors.simulator.faults.identity_people import FAULTS as PEOPLE
from connectors.simulator.faults.identity_subjects import FAULTS as SUBJECTS
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.releasing import deviation
from schemas.envelope import Identifier, Scheme, System
from schemas.laboratory import ResultReported, Verdict
from schemas.ordering import AliasRevoked, BatchNumberAssigned
from schemas.quality import DeviationClass


def _finding(line: Line, scheme: Scheme, found: str) -> Line:
    """The same check, in which this identifier was found to be another."""
    comparisons = line.fields["comparisons"]
    assert isinstance(comparisons, Iterable)
    return line.saying(
        comparisons=tuple(
            {**c, "found": found} if c["scheme"] is scheme else c for c in comparisons
        )
    )


def _again(line: Line, after: timedelta) -> Line:
    """The same check made once more, by which the matter was settled."""
    entered = {"recorded_at": line.at + after}
    return replace(line, name=f"{line.name}:again", at=line.at + after).saying(**entered)


def _investigated(script: Script) -> Iterable[Line]:
    """The deviation that the receiving site opened, closed in good time."""
    when = script.course.timeline
    opened = when["batch_started"] + timedelta(minutes=40)
    closed = when["filled"] + timedelta(hours=50)
    qms = Pen(script.course, System.QMS)
    return deviation(script.course, qms, DeviationClass.MAJOR, opened, closed, part=2)


def _other_patient_at_receipt(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    right = script.line("checked:receipt")
    wrong = _finding(right, Scheme.COI, other.names.coi)
    again = _again(right, timedelta(minutes=25))
    return script.having(wrong, again, *_investigated(script)), About()


def _other_patient_at_thaw(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    right = script.line("checked:thaw:1")
    wrong = _finding(right, Scheme.COI, other.names.coi)
    return script.having(wrong, _again(right, timedelta(minutes=1))), About()


def _other_donation(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    right = script.line("checked:receipt")
    wrong = _finding(right, Scheme.DIN, other.names.din)
    again = _again(right, timedelta(minutes=20))
    return script.having(wrong, again, *_investigated(script)), About()


def _other_bag(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    right = script.line("checked:thaw:1")
    wrong = _finding(right, Scheme.CONTAINER, other.names.doses[0])
    return script.having(wrong, _again(right, timedelta(minutes=1))), About()


def _unregistered_sample(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    names, when = script.course.names, script.course.timeline
    sample = names.sample("RT")
    line = Pen(script.course, System.LIMS).line(
        "result:RETENTION",
        ResultReported,
        when["sampled"] + timedelta(hours=chance.randrange(20, 60)),
        ((Scheme.SAMPLE, sample),),
        test="RETENTION_APPEARANCE",
        value_text="clear",
        verdict=Verdict.PASS,
        final=True,
    )
    return script.having(line), About(object=f"SAMPLE:{sample}", without_course=True)


def _mistyped_shipment(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    shipment = script.course.names.shipment("home")
    typed = f"{shipment[:-1]}O"
    line = replace(script.line("home_station:1"), identifiers=((Scheme.SHIPMENT, typed),))
    return script.having(line), About(object=f"SHIPMENT:{typed}", without_course=True)


def _sample_registered_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    sample = script.course.names.sample("PR")
    first = script.line("result:VIABILITY")
    registered = script.line("sampled:PR")
    hours = (first.at - registered.at).total_seconds() / 3600 + chance.uniform(10, 14)
    late = replace(registered, delay=(hours * 60, hours * 60 + 20))
    return script.having(late), About(object=f"SAMPLE:{sample}", without_course=True)


def _number_of_another(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    right = script.line("batch_assigned")
    erp = Pen(course, System.ERP, names_course=True)
    at = right.at - timedelta(minutes=chance.randrange(45, 55))
    wrong = erp.line(
        "batch_assigned:wrongly",
        BatchNumberAssigned,
        at,
        ((Scheme.BATCH, other.names.batch),),
        delay=(2, 6),
    )
    revoked = erp.line(
        "batch_revoked",
        AliasRevoked,
        at + timedelta(minutes=chance.randrange(20, 40)),
        delay=(2, 6),
        alias=Identifier(scheme=Scheme.BATCH, value=other.names.batch),
        target=Identifier(scheme=Scheme.COI, value=course.names.coi),
        reason_code="WRONG-ORDER",
    )
    return script.having(wrong, revoked), About(also=(other,))


def _second_number(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    erp = Pen(course, System.ERP, names_course=True)
    line = erp.line(
        "batch_assigned:twice",
        BatchNumberAssigned,
        course.timeline["batch_started"] + timedelta(hours=chance.randrange(5, 40)),
        ((Scheme.BATCH, course.names.second_batch), (Scheme.ORDER, course.names.order)),
        delay=(5, 60),
    )
    return script.having(line), About()


def _two_courses(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, right = script.course, script.line("coi_assigned")
    # seen before anything else of the order is: what else names it would be of two courses as well
    second = f"{course.names.coi[:7]}25{course.names.coi[9:]}"
    at = right.at + timedelta(minutes=chance.randrange(2, 8))
    wrong = replace(right, name="coi_assigned:twice", at=at, coi=second, delay=(2, 6))
    wrong = wrong.saying(recorded_at=at)
    erp = Pen(course, System.ERP, names_course=True)
    revoked = erp.line(
        "coi_revoked",
        AliasRevoked,
        at + timedelta(minutes=chance.randrange(15, 30)),
        delay=(2, 6),
        alias=Identifier(scheme=Scheme.ORDER, value=course.names.order),
        target=Identifier(scheme=Scheme.COI, value=second),
        reason_code="ASSIGNED-TWICE",
    )
    shadow = replace(course, names=replace(course.names, coi=second))
    order = f"ORDER:{course.names.order}"
    return script.having(wrong, revoked), About(object=order, also=(shadow,))


FAULTS: tuple[Fault, ...] = (
    Fault(
        "ID-01",
        "other-patient-at-receipt",
        "the label on the received cells names the course of another patient",
        script=_other_patient_at_receipt,
    ),
    Fault(
        "ID-01",
        "other-patient-at-thaw",
        "the cassette taken for the thaw names the course of another patient",
        script=_other_patient_at_thaw,
    ),
    Fault(
        "ID-03",
        "two-courses-of-one-order",
        "an order is given a second chain-of-identity identifier, which is revoked within the hour",
        script=_two_courses,
    ),
    Fault(
        "ID-04",
        "unregistered-sample",
        "the laboratory reports on a sample that it never registered",
        script=_unregistered_sample,
    ),
    Fault(
        "ID-04",
        "mistyped-shipment",
        "a courier station reports a shipment number that nobody booked",
        script=_mistyped_shipment,
    ),
    Fault(
        "ID-04",
        "sample-registered-late",
        "the laboratory reports results hours before it registers their sample",
        script=_sample_registered_late,
        stays=False,
    ),
    Fault(
        "ID-05",
        "other-donation-at-receipt",
        "the received bag carries another donation number under the right course",
        script=_other_donation,
    ),
    Fault(
        "ID-05",
        "other-bag-at-thaw",
        "another bag than the expected one is taken for the thaw",
        script=_other_bag,
    ),
    Fault(
        "ID-10",
        "number-of-another-course",
        "the ERP gives a course the batch number of another and revokes it within the hour",
        script=_number_of_another,
        needs_other=True,
    ),
    Fault(
        "ID-10",
        "second-number",
        "the ERP gives a course a second batch number without declaring a re-manufacture",
        script=_second_number,
    ),
    *LABELS,
    *PEOPLE,
    *SUBJECTS,
)
