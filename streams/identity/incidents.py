"""Incidents that an authority must hear of, by the clocks of the law: DI-08 of security, DI-09 of privacy.

An incident concerns no course, so it is judged by the thing that it is. Each report that is not there
in its time is an alert of its own, from the moment at which its clock begins: the duty is there before
it is late. Whether an incident is one at all, people decide in their own system; a declaration that
is withdrawn takes its alerts back. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from schemas.alert import Finding
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.quality import IncidentKind, IncidentReport
from streams.alert_work import clock_of
from streams.identity.shared import counted
from streams.identity.thing import Thing
from streams.messages import INCIDENT_PREFIX, Notice
from streams.moments import Micros, moment

SECURITY, PRIVACY = "DI-08", "DI-09"


class Duty(NamedTuple):
    """A report that is owed, and what may be given in its place."""

    timer: str
    report: IncidentReport
    serves: tuple[IncidentReport, ...]
    after: IncidentReport | None = None
    """The report from which its clock begins; the declaration where none is named."""

    @property
    def what(self) -> str:
        """The report in words."""
        return self.report.value.replace("_", " ")


_WARNING, _NOTICE, _FINAL = (
    IncidentReport.EARLY_WARNING,
    IncidentReport.NOTIFICATION,
    IncidentReport.FINAL_REPORT,
)
DUTIES: dict[str, tuple[IncidentKind, tuple[Duty, ...]]] = {
    SECURITY: (
        IncidentKind.SECURITY,
        (
            Duty("security_warning", _WARNING, (_WARNING, _NOTICE, _FINAL)),
            Duty("security_notice", _NOTICE, (_NOTICE, _FINAL)),
            Duty("security_report", _FINAL, (_FINAL,), after=_NOTICE),
        ),
    ),
    PRIVACY: (IncidentKind.PRIVACY, (Duty("privacy_notice", _NOTICE, (_NOTICE, _FINAL)),)),
}


def judge_security(
    thing: Thing, identifier: str, now: Micros
) -> tuple[list[Finding], Micros | None]:
    """A significant incident is known, and a report that the authority must have is missing or was late.

    Why: the early warning is due within a day, the notification within three, the final report in a month.
    Act: the security lead gives the report, or decides that the incident is not significant.
    """
    return list(_owed(thing, identifier, SECURITY)), None


def judge_privacy(
    thing: Thing, identifier: str, now: Micros
) -> tuple[list[Finding], Micros | None]:
    """A breach of personal data is known, and the supervisory authority has no notice of it or had it late.

    Why: the notice is due within three days after the breach is known.
    Act: the data protection officer notifies the authority, or writes down why nobody is at risk.
    """
    return list(_owed(thing, identifier, PRIVACY)), None


def _owed(thing: Thing, identifier: str, code: str) -> Iterator[Finding]:
    if not thing.notices or not identifier.startswith(INCIDENT_PREFIX):
        return
    kind, duties = DUTIES[code]
    said = [notice for notice in counted(thing) if notice.stands]
    declared = [n for n in said if n.about == f"{kind.value}/declared"]
    if not declared:
        return
    for duty in duties:
        begins = declared
        if duty.after is not None:
            begins = _given(said, kind, (duty.after,))
        if begins:
            given = _given(said, kind, duty.serves)
            yield from _finding(identifier, code, duty, begins[0], given[:1])


def _given(
    said: list[Notice], kind: IncidentKind, reports: tuple[IncidentReport, ...]
) -> list[Notice]:
    about = {f"{kind.value}/{report.value}" for report in reports}
    return [notice for notice in said if notice.about in about]


def _finding(
    identifier: str, code: str, duty: Duty, begins: Notice, given: list[Notice]
) -> Iterator[Finding]:
    began = moment(begins.at)
    due = clock_of(duty.timer).due(began)
    if any(moment(report.at) <= due for report in given):
        return
    late = f", given late at {moment(given[0].at).isoformat()}" if given else ""
    yield Finding(
        object=identifier,
        anchor=duty.report.value,
        raised_at=began,
        detail=f"{duty.what} due by {due.isoformat()}{late}",
        severity=EXCEPTION_BY_CODE[code].severity,
        evidence=tuple(UUID(notice.event_id) for notice in (begins, *given)),
        missing=() if given else (f"{duty.what} to the authority",),
        timer=duty.timer,
        timer_began_at=began,
    )
