"""Orders, patients and batches that belong to two courses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.ordering import BatchNumberAssigned
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import SUBJECT_PREFIX, Concern, Neighbour, Status
from streams.moments import Micros, moment
from streams.using import subjects_treated
from streams.view import View

DECISION = "signed decision which identifier stands"


@detector("ID-03", Event, Concern)
def order_of_two_courses(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """One order was given two chain-of-identity identifiers, or one patient has two live courses.

    Why: half of what is said about the patient's cells goes to a course that nobody looks at.
    Act: let the identity registry decide which identifier stands, and revoke the other, signed.
    """
    for status in view.leading_elsewhere():
        if status.identifier.startswith(f"{Scheme.ORDER}:") and linked_twice(view, status):
            yield parted(status, "courses", DECISION)
    for thing, told in view.concerns.items():
        if told.neighbours:
            yield from _treated_twice(view, thing, told.neighbours)


def _treated_twice(view: View, thing: str, others: tuple[Neighbour, ...]) -> Iterator[Finding]:
    """The patient of this course has another live one, since the later of the two was named."""
    treated = subjects_treated(view).get(thing.removeprefix(SUBJECT_PREFIX))
    if treated is not None:
        yield Finding(
            object=thing,
            anchor="courses",
            raised_at=max(treated.said.occurred_at, moment(others[0].said_at)),
            detail=f"the patient also has {' and '.join(sorted(o.course for o in others))}",
            severity=Severity.S1,
            evidence=(treated.said.event_id,),
            missing=(DECISION,),
        )


@detector("ID-10", Event)
def batch_not_one_to_one(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A batch belongs to two courses, or a course has two batches that are not declared.

    Why: one batch is one patient's cells; anything else is a mix-up until proven otherwise.
    Act: hold both batches, and let the owner of the batch number and quality settle the genealogy.
    """
    for status in view.leading_elsewhere():
        if status.identifier.startswith(f"{Scheme.BATCH}:") and linked_twice(view, status):
            yield parted(status, "courses", "batch genealogy")
    yield from _undeclared(view)


def linked_twice(view: View, status: Status) -> bool:
    """Whether an identifier that leads elsewhere was ever linked to this course too."""
    return view.coi in {course for course, _, _ in status.ever}


def parted(status: Status, anchor: str, missing: str) -> Finding:
    """An identifier that was linked to several courses, since the second of them was named."""
    first_said = sorted((at, event_id) for _, at, event_id in status.ever)
    return Finding(
        object=status.identifier,
        anchor=anchor,
        raised_at=moment(first_said[1][0]),
        detail=f"{status.identifier} was linked to "
        f"{' and to '.join(course for course, _, _ in status.ever)}",
        severity=Severity.S1,
        evidence=tuple(UUID(event_id) for _, event_id in first_said),
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


DETECTORS: tuple[Detector, ...] = (order_of_two_courses, batch_not_one_to_one)
