"""Evidence for release that is not there in time. Only people release; this says what they still lack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultAmended, ResultReported
from schemas.manufacture import BatchRecordCompleted, BatchTerminated, ProductFilled
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.record import Answer
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.quality import latest_results, meets
from streams.moments import Micros, micros
from streams.view import View

SETTLED: tuple[type[Event], ...] = (BatchCertified, BatchRejected, BatchTerminated)
"""Once one of these is there, nobody waits for evidence any more."""


class Item(NamedTuple):
    """One item of the release checklist."""

    name: str
    answer: Answer
    evidence: tuple[UUID, ...]


def checklist(view: View) -> list[Item]:
    """Every item of the release evidence, each answered by facts; what is not there is unknown."""
    items: list[Item] = []
    record = view.last(BatchRecordCompleted)
    items.append(_there("batch record completed", record.event_id if record else None))
    analysis = view.last(CertificateOfAnalysisIssued)
    items.append(_there("certificate of analysis", analysis.event_id if analysis else None))
    results = latest_results(view)
    for wanted in view.profile.release.tests if view.profile is not None else ():
        found = [r for (_, test), r in results.items() if test == wanted.test]
        answers = {meets(result) for result in found}
        if Answer.NOT_SATISFIED in answers:
            answer = Answer.NOT_SATISFIED
        else:
            answer = Answer.SATISFIED if answers == {Answer.SATISFIED} else Answer.UNKNOWN
        refused = answer is Answer.NOT_SATISFIED
        speaks = [r for r in found if meets(r) is answer] if refused else found
        evidence = tuple(sorted(r.event_id for r in speaks))
        items.append(Item(f"result {wanted.test}", answer, evidence))
    return [*items, *open_deviations(view), *open_holds(view)]


def _there(name: str, event_id: UUID | None) -> Item:
    if event_id is None:
        return Item(name, Answer.UNKNOWN, ())
    return Item(name, Answer.SATISFIED, (event_id,))


def open_deviations(view: View) -> Iterator[Item]:
    """An item for each deviation that is not minor and not closed."""
    closed = {n for event in view.of(DeviationClosed) for n in numbers(event, Scheme.DEVIATION)}
    for opened in view.of(DeviationOpened):
        for number in numbers(opened, Scheme.DEVIATION):
            if opened.classification is not DeviationClass.MINOR and number not in closed:
                yield Item(f"deviation {number} closed", Answer.NOT_SATISFIED, (opened.event_id,))


def open_holds(view: View) -> Iterator[Item]:
    """An item for each hold that nobody has lifted."""
    lifted = {n for event in view.of(HoldLifted) for n in numbers(event, Scheme.HOLD)}
    for placed in view.of(HoldPlaced):
        for number in numbers(placed, Scheme.HOLD):
            if number not in lifted:
                yield Item(f"hold {number} lifted", Answer.NOT_SATISFIED, (placed.event_id,))


def numbers(event: Event, scheme: Scheme) -> tuple[str, ...]:
    """The numbers that an event names; one without any is ended only by another without any."""
    return event.named(scheme) or ("without a number",)


@detector(
    "RE-01",
    ProductFilled,
    BatchCertified,
    BatchRejected,
    BatchTerminated,
    BatchRecordCompleted,
    CertificateOfAnalysisIssued,
    ResultReported,
    ResultAmended,
    DeviationOpened,
    DeviationClosed,
    HoldPlaced,
    HoldLifted,
)
def release_evidence_incomplete(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """At planned certification the evidence for release is not complete.

    Why: every day of release is a day of the patient's window.
    Act: quality assurance chases the missing items, or plans the certification anew.
    """
    filled = view.last(ProductFilled)
    if view.profile is None or filled is None:
        return
    if any(view.of(kind) for kind in SETTLED):
        return
    due = filled.occurred_at + timedelta(hours=view.profile.release.planned_hours_after_fill)
    open_items = [item for item in checklist(view) if item.answer is not Answer.SATISFIED]
    if not open_items:
        return
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    yield Finding(
        object="release evidence",
        anchor=str(filled.event_id),
        raised_at=due,
        detail=f"{len(open_items)} item(s) open at planned certification",
        severity=Severity.S2,
        evidence=(filled.event_id,),
        missing=tuple(f"{item.name}: {item.answer}" for item in open_items),
    )


DETECTORS: tuple[Detector, ...] = (release_evidence_incomplete,)
