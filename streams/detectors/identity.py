"""Cells that may not be this patient's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.collection import IdentityVerified
from schemas.envelope import Event, Scheme
from schemas.ordering import BatchNumberAssigned
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.identity_donation import DETECTORS as DONATION
from streams.detectors.identity_labels import DETECTORS as LABELS
from streams.detectors.identity_people import DETECTORS as PEOPLE
from streams.messages import Micros, Status, moment
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


@detector("ID-03", Event)
def order_of_two_courses(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """One order was given two chain-of-identity identifiers.

    Why: half of what is said about the patient's cells goes to a course that nobody looks at.
    Act: let the identity registry decide which identifier stands, and revoke the other, signed.
    """
    for identifier in view.mentioned():
        status = view.statuses.get(identifier)
        if status is None or not identifier.startswith(f"{Scheme.ORDER}:"):
            continue
        if _linked_twice(view, status):
            yield _parted(status, "courses", "signed decision which identifier stands")


@detector("ID-05", Event)
def second_identifier_mismatch(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A further identifier does not belong to this course.

    Why: the course agrees and another identifier does not, so one of the two labels is wrong.
    Act: check both identifiers again by two persons; let the owner of a wrong link revoke it.
    """
    for check in view.of(IdentityVerified):
        wrong = [c for c in check.comparisons if c.expected != c.found]
        if not wrong or any(c.scheme is Scheme.COI for c in wrong):
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
    said: dict[str, list[Event]] = {}
    for known in view.standing_as(Standing.DISPUTED):
        for identifier in known.way.route:
            if not identifier.startswith(f"{Scheme.BATCH}:"):
                said.setdefault(identifier, []).append(known.event)
    mentioned = view.mentioned()
    for identifier in mentioned:
        status = view.statuses.get(identifier)
        if status is None or identifier.startswith(f"{Scheme.BATCH}:"):
            continue
        if status.root != identifier and status.root in mentioned:
            continue  # the identifier where the courses part is named instead
        if _linked_twice(view, status):
            if identifier.startswith(f"{Scheme.ORDER}:"):
                continue  # an order of two courses has a code of its own
            yield _parted(status, "links", "the link that is right, from its system of record")
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


@detector("ID-10", Event)
def batch_not_one_to_one(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A batch belongs to two courses, or a course has two batches that are not declared.

    Why: one batch is one patient's cells; anything else is a mix-up until proven otherwise.
    Act: hold both batches, and let the owner of the batch number and quality settle the genealogy.
    """
    for identifier in view.mentioned():
        status = view.statuses.get(identifier)
        if status is None or not identifier.startswith(f"{Scheme.BATCH}:"):
            continue
        if _linked_twice(view, status):
            yield _parted(status, "courses", "batch genealogy")
    yield from _undeclared(view)


def _linked_twice(view: View, status: Status) -> bool:
    """Whether an identifier was ever linked to this course and to another one."""
    ever = [course for course, _, _ in status.ever]
    return len(ever) > 1 and view.coi in ever


def _parted(status: Status, anchor: str, missing: str) -> Finding:
    """An identifier that was linked to several courses, since the second of them was named."""
    first_said = sorted((at, event_id) for _, at, event_id in status.ever)
    return Finding(
        object=status.identifier,
        anchor=anchor,
        raised_at=moment(first_said[1][0]),
        detail=f"{status.identifier} was linked to "
        f"{' and to '.join(course for course, _, _ in status.ever)}",
        severity=Severity.S1,
        evidence=tuple(UUID(event_id) for _, event_id in first_said if event_id),
        missing=(missing,),
    )


def _undeclared(view: View) -> Iterator[Finding]:
    assigned = view.of(BatchNumberAssigned)
    for earlier, later in pairwise(assigned):
        before, after = earlier.named(Scheme.BATCH), later.named(Scheme.BATCH)
        if not later.remanufacture and set(after) - set(before):
            number = sorted(set(after) - set(before))[0]
            yield Finding(
                object=f"{Scheme.BATCH}:{number}",
                anchor="second-batch",
                raised_at=later.occurred_at,
                detail=f"batch {number} beside {', '.join(before)}, and no re-manufacture declared",
                severity=Severity.S1,
                evidence=(earlier.event_id, later.event_id),
                missing=("declaration of a re-manufacture, or withdrawal of one number",),
            )


DETECTORS: tuple[Detector, ...] = (
    course_mismatch_at_check,
    order_of_two_courses,
    second_identifier_mismatch,
    batch_not_one_to_one,
    *DONATION,
    *LABELS,
    *PEOPLE,
)
