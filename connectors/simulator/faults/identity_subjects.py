"""Faults of subjects: a course of two patients, a patient whom two clinics call otherwise, records that are merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from schemas.enrolment import PatientsMerged
from schemas.envelope import System

REFERRING = "hospital-2"
"""The clinic that sent the patient."""


def _enrolled_again(script: Script, after: timedelta, part: int) -> tuple[Line, Line]:
    """The enrolment with the patient's token, and a second one with another."""
    names = script.course.names
    # the patient is invented by the name of the course wherever a line names nobody
    right = script.line("enrolled").saying(subject=names.coi)
    second = script.line("coi_assigned").at + after
    wrong = replace(right, name="enrolled:again", at=second)
    return right, wrong.saying(subject=names.numbered("SUBJECT", part), recorded_at=second)


def _second_patient(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    after = timedelta(hours=chance.randrange(2, 40))
    about = About(f"COI:{script.course.names.coi}")
    return script.having(*_enrolled_again(script, after, 1)), about


def _two_clinics(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    right, wrong = _enrolled_again(script, timedelta(hours=chance.randrange(2, 40)), 2)
    # only one clinic of the play has a connector
    wrong = replace(wrong, direct=True).saying(partner=REFERRING, site=REFERRING)
    return script.having(right, wrong), About(f"COI:{script.course.names.coi}")


def _two_courses(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    second = f"{course.names.coi[:7]}23{course.names.coi[9:]}"
    shadow = replace(course, names=replace(course.names, coi=second))
    right, again = _enrolled_again(script, timedelta(hours=chance.randrange(2, 40)), 1)
    wrong = replace(again, name="enrolled:twice", coi=second, identifiers=())
    wrong = wrong.saying(subject=course.names.coi)
    return script.having(right, wrong), About(f"SUBJECT:{course.names.coi}", also=(shadow,))


def _merged(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, names = script.course, script.course.names
    right = script.line("enrolled").saying(subject=names.coi)
    at = script.line("coi_assigned").at + timedelta(hours=chance.randrange(2, 40))
    merger = Pen(course, System.CLINIC, names_course=True).line(
        "records-merged",
        PatientsMerged,
        at,
        subject=names.coi,
        other_subject=names.numbered("SUBJECT", 3),
    )
    return script.having(right, merger), About(f"COI:{names.coi}")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "ID-02",
        "second-patient",
        "the clinic enrols a second patient under the identifier of the course",
        script=_second_patient,
    ),
    Fault(
        "ID-03",
        "two-courses-of-one-patient",
        "the patient of a course is enrolled for a second one that is never ordered",
        script=_two_courses,
    ),
    Fault(
        "ID-11",
        "two-clinics",
        "the clinic that sent the patient calls him by another token than the one that treats him",
        script=_two_clinics,
    ),
    Fault(
        "ID-11",
        "records-merged",
        "the clinic merges the patient's record with another one after the course has begun",
        script=_merged,
    ),
)
