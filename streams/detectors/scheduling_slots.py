"""Manufacturing slots that are missing, freed, given twice, or of which nobody knows how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.envelope import Event, Scheme
from schemas.manufacture import BatchStarted
from schemas.ordering import (
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.profiles import platform_limits
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Concern
from streams.moments import Micros, micros, moment
from streams.plans import ENDS_OF_COURSE, over
from streams.using import SLOT_WORDS, slots_kept
from streams.view import View, when

SlotWord = SlotReserved | SlotChanged


@detector("SC-01", Concern, *SLOT_WORDS)
def slot_double_booked(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A manufacturing slot that is kept for this course is kept for another one at the same time.

    Why: only one batch can be made in it; the other patient's cells would wait until they are too old.
    Act: the planner finds another slot for one of them before the cells are collected.
    """
    for slot, kept in slots_kept(view).items():
        told = view.concerns.get(f"{Scheme.SLOT}:{slot}")
        if told is None or not told.neighbours:
            continue
        others = told.neighbours
        yield Finding(
            object=f"{Scheme.SLOT}:{slot}",
            anchor="courses",
            raised_at=max(kept.said.occurred_at, moment(others[0].said_at)),
            detail=f"slot {slot} is also kept for {', '.join(sorted(o.course for o in others))}",
            severity=Severity.S2,
            harm_at=moment(kept.start),
            evidence=(kept.said.event_id,),
            missing=("corrected slots",),
        )


@detector(
    "SC-02",
    CollectionScheduled,
    CollectionCompleted,
    SlotReserved,
    SlotChanged,
    BatchStarted,
    *ENDS_OF_COURSE,
)
def collection_without_slot(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Cells are to be collected, or have been, and no manufacturing slot is kept for them.

    Why: cells that nobody has room to process grow old, and the patient cannot give them again soon.
    Act: the planner reserves a slot, or decides to freeze the cells or to move the collection.
    """
    words = _slot_words(view)
    # where nobody has ever spoken of a slot, only a planned collection says that one is needed
    collected = view.of(CollectionCompleted)
    needed: list[Event] = [*view.of(CollectionScheduled), *(collected if words else ())]
    if not needed or _slots_kept(words) or view.of(BatchStarted) or over(view):
        return
    limits = platform_limits()
    freed = [w for w in words if isinstance(w, SlotChanged) and w.change is SlotChange.RELEASED]
    since, wait = min(needed, key=when), limits.word_grace
    if freed and when(freed[-1]) > when(since):
        # the slot that takes the place of a freed one is reserved in the same hour
        since, wait = freed[-1], limits.orphan_grace
    due = since.occurred_at + timedelta(minutes=wait.minutes)
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    hold = view.profile.fresh_hold if view.profile is not None else None
    waiting = bool(collected) and hold is not None
    yield Finding(
        object="manufacturing slot",
        anchor=str(since.event_id),
        raised_at=due,
        detail=f"no slot is kept since {since.occurred_at.isoformat()}"
        + (", and fresh cells wait" if waiting else ""),
        severity=Severity.S1 if waiting else Severity.S2,
        harm_at=_held_until(collected[0], hold.hours) if collected and hold is not None else None,
        evidence=(since.event_id, *(c.event_id for c in collected if waiting)),
        missing=("slot that is kept for the course",),
    )


def _held_until(collected: CollectionCompleted, hours: float) -> datetime:
    return collected.ended_at + timedelta(hours=hours)


def _slot_words(view: View) -> list[SlotWord]:
    words: list[SlotWord] = [*view.of(SlotReserved), *view.of(SlotChanged)]
    return sorted(words, key=when)


def _slots_kept(words: list[SlotWord]) -> bool:
    """Whether a slot is kept once all these words are heard; one without a number is one more slot."""
    kept: set[str] = set()
    for word in words:
        named = set(word.named(Scheme.SLOT))
        if isinstance(word, SlotReserved) or word.change is SlotChange.MOVED:
            kept |= named or {"without a number"}
        elif word.change is SlotChange.RELEASED:
            kept -= named or kept
    return bool(kept)


@detector("SC-07", SlotReserved, SlotChanged)
def reservation_outcome_unknown(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The answer to a change of a slot never came, and nobody has stated since how the slot stands.

    Why: a second try may take a second slot, and no try may leave the patient without one.
    Act: integration and planner look the slot up; nobody repeats the change blindly.
    """
    words = _slot_words(view)
    for unknown in view.of(SlotChanged):
        if unknown.change is not SlotChange.OUTCOME_UNKNOWN:
            continue
        if any(_settles(word, unknown) for word in words):
            continue
        slots = ", ".join(unknown.named(Scheme.SLOT)) or "without a number"
        yield Finding(
            object=f"{Scheme.SLOT}:{slots}",
            anchor=str(unknown.event_id),
            raised_at=unknown.occurred_at,
            detail=f"no answer came about slot {slots}",
            severity=Severity.S2,
            evidence=(unknown.event_id,),
            missing=("how the slot stands",),
        )


def _settles(word: SlotWord, unknown: SlotChanged) -> bool:
    """Whether a later word about the same slot says how it stands."""
    if isinstance(word, SlotChanged) and word.change is SlotChange.OUTCOME_UNKNOWN:
        return False
    ours, theirs = set(unknown.named(Scheme.SLOT)), set(word.named(Scheme.SLOT))
    # what is looked up afterwards may be dated when it happened, before the answer was missed
    told = max(word.occurred_at, word.recorded_at or word.occurred_at)
    return told > unknown.occurred_at and (not ours or not theirs or bool(ours & theirs))


DETECTORS: tuple[Detector, ...] = (
    slot_double_booked,
    collection_without_slot,
    reservation_outcome_unknown,
)
