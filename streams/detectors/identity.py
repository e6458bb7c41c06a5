"""Cells that may not be this patient's."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.collection import IdentityVerified
from schemas.envelope import Event, Scheme
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.identity_donation import DETECTORS as DONATION
from streams.detectors.identity_labels import DETECTORS as LABELS
from streams.detectors.identity_links import DETECTORS as LINKS
from streams.detectors.identity_links import linked_twice, parted
from streams.detectors.identity_people import DETECTORS as PEOPLE
from streams.moments import Micros
from streams.view import Standing, View


@detector("ID-01", IdentityVerified)
def course_mismatch_at_check(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A check has found another chain-of-identity identifier than the one expected.

    Why: the material may be another patient's; nothing that follows can be trusted.
    Act: stop at the site, check both identifiers again by two persons, open a deviation.
    """
    for check in view.of(IdentityVerified):
        for compared in check.comparisons:
            if compared.scheme is Scheme.COI and compared.expected != compared.found:
                yield Finding(
                    object=f"COI:{compared.expected}",
                    anchor=str(check.event_id),
                    raised_at=check.occurred_at,
                    detail=f"at {check.context}: expected {compared.expected}, found {compared.found}",
                    severity=Severity.S1,
                    evidence=(check.event_id,),
                    missing=("second check by two persons", "deviation"),
                )


@detector("ID-05", Event)
def second_identifier_mismatch(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A further identifier does not belong to this course.

    Why: the course agrees and another identifier does not, so one of the two labels is wrong.
    Act: check both identifiers again by two persons; let the owner of a wrong link revoke it.
    """
    for check in view.of(IdentityVerified):
        wrong = [c for c in check.comparisons if c.expected != c.found]
        if any(c.scheme is Scheme.COI for c in wrong):
            continue
        for compared in wrong:
            yield Finding(
                object=f"{compared.scheme}:{compared.expected}",
                anchor=str(check.event_id),
                raised_at=check.occurred_at,
                detail=f"at {check.context}: expected {compared.expected}, found {compared.found}",
                severity=Severity.S1,
                evidence=(check.event_id,),
                missing=("both identifiers checked again by two persons",),
            )
    yield from _led_elsewhere(view)


def _led_elsewhere(view: View) -> Iterator[Finding]:
    statuses = view.leading_elsewhere()
    if not statuses:
        return
    said: dict[str, list[Event]] = {}
    for known in view.standing_as(Standing.DISPUTED):
        for identifier in known.way.route:
            if not identifier.startswith(f"{Scheme.BATCH}:"):
                said.setdefault(identifier, []).append(known.event)
    for status in statuses:
        identifier = status.identifier
        if identifier.startswith(f"{Scheme.BATCH}:"):
            continue
        if status.root != identifier and status.root in view.names:
            continue  # the identifier where the courses part is named instead
        if linked_twice(view, status):
            if identifier.startswith(f"{Scheme.ORDER}:"):
                continue  # an order of two courses has a code of its own
            yield parted(status, "links", "the link that is right, from its system of record")
        elif identifier in said and any(course != view.coi for course in status.now):
            events = said[identifier]
            yield Finding(
                object=identifier,
                anchor="other-course",
                raised_at=min(event.occurred_at for event in events),
                detail=f"{identifier} leads to {' and to '.join(status.now)}",
                severity=Severity.S1,
                evidence=tuple(event.event_id for event in events),
                missing=("both identifiers checked again by two persons",),
            )


DETECTORS: tuple[Detector, ...] = (
    course_mismatch_at_check,
    second_identifier_mismatch,
    *LINKS,
    *DONATION,
    *LABELS,
    *PEOPLE,
)
