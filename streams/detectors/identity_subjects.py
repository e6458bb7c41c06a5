"""Courses about which more than one patient is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.enrolment import PatientEnrolled, PatientsMerged, RecordChange
from schemas.envelope import Event, Scheme, System
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import SUBJECT_PREFIX, Concern
from streams.moments import Micros, moment
from streams.routing import records_of
from streams.using import subjects_treated
from streams.view import View, when

Words = dict[str, Event]
"""The first event of one partner that names a subject, by the subject's token."""


@detector("ID-02", Event)
def course_of_two_subjects(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """One partner names two patients for one course, or two orders of two patients share it.

    Why: cells of one patient may be given to the other, and nothing that is said later can tell whose.
    Act: stop the course, and let the identity registry and quality settle whose it is.
    """
    if len(view.subjects) < 2:  # tokens of different partners need not be alike
        return
    named = _of_two_patients(view)
    if named:
        yield _finding(view, named, "subjects", "which of them the course belongs to")


@detector("ID-11", Event, Concern)
def tokens_in_conflict(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Two clinics name the patient of one course by different tokens, or a clinic merges the patient with another.

    Why: it may be one patient who is known twice, or two patients; nobody may merge them by a guess.
    Act: let the identity authority settle, signed, which token stands.
    """
    yield from _merged(view)
    if len(view.subjects) < 2 or _of_two_patients(view):
        return
    clinics = [words for (system, _), words in _words(view).items() if system is System.CLINIC]
    named = [
        event
        for ours, theirs in combinations(clinics, 2)
        if ours.keys().isdisjoint(theirs)
        for event in (*ours.values(), *theirs.values())
    ]
    if named:
        yield _finding(view, named, "tokens", "signed disposition which token stands")


def _merged(view: View) -> Iterator[Finding]:
    """Mergers of the patient's records, told by the patient's token or naming the course itself.

    One that was over when the course began is the registry's own history, unless the course was begun
    under the number that is used no more.
    """
    found: dict[str, tuple[datetime, tuple[UUID, ...]]] = {}
    concerns = [(thing, told.troubles) for thing, told in view.concerns.items() if told.troubles]
    treated = subjects_treated(view) if concerns else {}
    for thing, troubles in concerns:
        token = thing.removeprefix(SUBJECT_PREFIX)
        if token not in treated:
            continue  # it is no patient, or none of this course any more
        named = treated[token].said
        for trouble in troubles:
            since = moment(trouble.since)
            if since >= named.occurred_at or trouble.about.endswith(f" {token}"):
                evidence: tuple[UUID, ...] = (named.event_id, UUID(trouble.event_id))
                found.setdefault(trouble.about, (max(since, named.occurred_at), evidence))
    own: dict[str, tuple[datetime, tuple[UUID, ...]]] = {}
    for said in view.of(PatientsMerged):
        if said.change is RecordChange.SEPARATED:
            own.pop(records_of(said), None)
        else:
            own.setdefault(records_of(said), (said.occurred_at, (said.event_id,)))
    found = own | found
    for records, (at, evidence) in sorted(found.items()):
        yield Finding(
            object=f"{Scheme.COI}:{view.coi}",
            anchor=records,
            raised_at=at,
            detail="a clinic has merged or linked the patient's record with another one",
            severity=Severity.S1,
            evidence=evidence,
            missing=("signed disposition which token stands",),
        )


def _words(view: View) -> dict[tuple[System, str], Words]:
    """What each partner calls the patient; tokens are alike only where one issuer stands behind them."""
    words: dict[tuple[System, str], Words] = {}
    for event in view.in_order:
        if event.subject is not None and not isinstance(event, PatientsMerged):
            known = words.setdefault((event.system, event.partner), {})
            known.setdefault(event.subject, event)
    return words


def _of_two_patients(view: View) -> list[Event]:
    """The events by which the course is of two patients; none where it need not be."""
    named = [event for words in _words(view).values() if len(words) > 1 for event in words.values()]
    for one, other in combinations(view.of(PatientEnrolled), 2):
        ours, theirs = set(one.named(Scheme.ORDER)), set(other.named(Scheme.ORDER))
        of_two = None not in (one.subject, other.subject) and one.subject != other.subject
        if of_two and ours and theirs and ours.isdisjoint(theirs):
            named += [one, other]
    return named


def _finding(view: View, named: Iterable[Event], anchor: str, missing: str) -> Finding:
    """Several names of the patient, since the second of them was said."""
    events = sorted({event.event_id: event for event in named}.values(), key=when)
    second = next(event for event in events if event.subject != events[0].subject)
    partners = sorted({f"{event.system.value} of {event.partner}" for event in events})
    return Finding(
        object=f"{Scheme.COI}:{view.coi}",
        anchor=anchor,
        raised_at=second.occurred_at,
        detail=f"{len({e.subject for e in events})} subjects are named, by {', '.join(partners)}",
        severity=Severity.S1,
        evidence=tuple(event.event_id for event in events),
        missing=(missing,),
    )


DETECTORS: tuple[Detector, ...] = (course_of_two_subjects, tokens_in_conflict)
