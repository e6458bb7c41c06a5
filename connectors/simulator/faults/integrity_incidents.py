"""Faults of incidents: what the maker must tell an authority, and tells it in time or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.quality import IncidentDeclared, IncidentKind, IncidentReport, IncidentReported

SOON = (5.0, 40.0)

IN_TIME: dict[IncidentKind, tuple[tuple[IncidentReport, float], ...]] = {
    # which report, and how many hours after the incident was known
    IncidentKind.SECURITY: (
        (IncidentReport.EARLY_WARNING, 15),
        (IncidentReport.NOTIFICATION, 60),
        (IncidentReport.FINAL_REPORT, 500),
    ),
    IncidentKind.PRIVACY: ((IncidentReport.NOTIFICATION, 50),),
}


def _number(course: Course) -> str:
    return course.names.numbered("INC")


def _declared(course: Course, kind: IncidentKind, at: datetime) -> Line:
    return Pen(course, System.QMS).line(
        "incident_declared",
        IncidentDeclared,
        at,
        ((Scheme.INCIDENT, _number(course)),),
        delay=SOON,
        kind=kind,
    )


def _reported(course: Course, kind: IncidentKind, report: IncidentReport, at: datetime) -> Line:
    return Pen(course, System.QMS).line(
        f"incident_reported:{report.value}",
        IncidentReported,
        at,
        ((Scheme.INCIDENT, _number(course)),),
        delay=SOON,
        kind=kind,
        report=report,
        authority="AUTHORITY-2",
    )


def _incident(kind: IncidentKind, *, reported: bool) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        course = script.course
        at = course.timeline["batch_started"] + timedelta(hours=chance.randrange(5, 90))
        lines = [_declared(course, kind, at)]
        if reported:
            lines += [
                _reported(course, kind, report, at + timedelta(hours=hours))
                for report, hours in IN_TIME[kind]
            ]
        about = About(f"{Scheme.INCIDENT}:{_number(course)}", without_course=True)
        return script.having(*lines), about

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "DI-08",
        "incident-never-reported",
        "the maker declares a significant incident of its systems and tells no authority",
        script=_incident(IncidentKind.SECURITY, reported=False),
    ),
    Fault(
        "DI-08",
        "incident-reported",
        "the maker declares a significant incident and gives every report in its time",
        script=_incident(IncidentKind.SECURITY, reported=True),
        stays=False,
    ),
    Fault(
        "DI-09",
        "breach-never-notified",
        "the maker declares a breach of personal data and tells no authority",
        script=_incident(IncidentKind.PRIVACY, reported=False),
    ),
    Fault(
        "DI-09",
        "breach-notified",
        "the maker declares a breach of personal data and notifies the authority in time",
        script=_incident(IncidentKind.PRIVACY, reported=True),
        stays=False,
    ),
)
