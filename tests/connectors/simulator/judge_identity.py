"""Judges journeys by their facts alone: whose cells, under which numbers, and when it was written down.

It shares no code with the detectors nor with the script of a journey, so that a label can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from schemas.collection import CollectionCompleted, IdentityVerified, LabelApplied
from schemas.enrolment import PatientsMerged
from schemas.envelope import Event, Scheme, System
from schemas.manufacture import LabelsPrinted, LabelsReconciled, MaterialReceived
from schemas.ordering import CoiAssigned


def identity_exceptions(events: Sequence[Event]) -> Iterator[tuple[str, bool]]:
    """Each code with whether the facts of one course call for it."""
    yield "ID-02", any(len(tokens) > 1 for tokens in _tokens(events).values())
    merged = any(isinstance(event, PatientsMerged) for event in events)
    yield "ID-11", merged or len(set(map(frozenset, _tokens(events).values()))) > 1
    yield "ID-03", len({e.coi for e in events if isinstance(e, CoiAssigned)}) > 1
    yield "ID-06", _other_donation(events) or _bags_unlabelled(events)
    yield "ID-07", _labels_open(events)
    yield "ID-09", any(_one_person(e) for e in events)
    yield "DI-03", any(_impossible(e) for e in events)
    yield "DI-04", any(e.corrects and not (e.reason_code or e.reason_text) for e in events)
    yield "ID-08", any(len(sec) not in (21, 40) for e in events for sec in e.named(Scheme.SEC))


def _tokens(events: Sequence[Event]) -> dict[str, set[str]]:
    """What each clinic calls the patient."""
    found: dict[str, set[str]] = {}
    for event in events:
        if event.subject is not None and event.system is System.CLINIC:
            found.setdefault(event.partner, set()).add(event.subject)
    return found


def _other_donation(events: Sequence[Event]) -> bool:
    collected = {
        d for e in events if isinstance(e, CollectionCompleted) for d in e.named(Scheme.DIN)
    }
    return any(set(e.named(Scheme.DIN)) - collected for e in events)


def _bags_unlabelled(events: Sequence[Event]) -> bool:
    if not any(isinstance(event, MaterialReceived) for event in events):
        return False
    counted = sum(e.bags or 0 for e in events if isinstance(e, CollectionCompleted))
    labelled = {c for e in events if isinstance(e, LabelApplied) for c in e.named(Scheme.CONTAINER)}
    return counted != len(labelled)


def _one_person(event: Event) -> bool:
    """Whether a check or a labelling had the same person twice, or a check of the patient only one."""
    if not isinstance(event, IdentityVerified | LabelApplied):
        return False
    alone = isinstance(event, IdentityVerified) and event.second_actor is None
    return alone or event.second_actor == event.actor


def _labels_open(events: Sequence[Event]) -> bool:
    """Whether the labels were ever counted with another result than were printed."""
    printed = sum(e.printed for e in events if isinstance(e, LabelsPrinted))
    counts = [e for e in events if isinstance(e, LabelsReconciled)]
    return any(c.applied + c.destroyed + c.returned != printed for c in counts)


def _impossible(event: Event) -> bool:
    """Whether it was written down at a moment that cannot be, or ended before it began."""
    began = getattr(event, "started_at", None)
    entered = (event.recorded_at or event.occurred_at) - event.occurred_at
    soon_enough = timedelta(minutes=-2) <= entered <= timedelta(hours=72)
    return not soon_enough or (began is not None and began > event.occurred_at)
