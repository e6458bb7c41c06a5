"""What a course has that other courses may have too: slots, lots of materials, storage tanks, the patient, custodians.

The course tells each such thing that it uses it; the thing answers with what concerns the course (see
`streams.identity.shared`). Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from schemas import topics
from schemas.collection import CollectionFailed, MaterialCryopreserved
from schemas.enrolment import PatientEnrolled
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)
from schemas.ordering import (
    CoiAssigned,
    OrderChange,
    OrderChanged,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.quality import BatchRejected
from schemas.transport import CustodyAccepted, CustodyHandedOver, PackagePacked
from schemas.treatment import InfusionCompleted, ProductReceived, ProductStored, ThawRecorded
from streams import messages
from streams.course import Course
from streams.messages import PARTY_PREFIX, SUBJECT_PREFIX, Out, Use
from streams.moments import Micros, micros
from streams.view import View, when

_ENDS: tuple[type[Event], ...] = (
    CollectionFailed,
    MaterialDecided,
    BatchTerminated,
    BatchRejected,
    OrderChanged,
    InfusionCompleted,
)

SLOT_WORDS: tuple[type[Event], ...] = (SlotReserved, SlotChanged, *_ENDS)
"""What `slots_kept` reads."""


class Kept(NamedTuple):
    """A thing that the course uses, from when to when, and the event that says so."""

    start: Micros
    end: Micros | None
    said: Event


def slots_kept(view: View) -> dict[str, Kept]:
    """The slots that are kept for the course, by number.

    A slot without an end is kept until the course is over; what is reserved afterwards is for a new try.
    """
    kept: dict[str, Kept] = {}
    words: list[SlotReserved | SlotChanged] = [*view.of(SlotReserved), *view.of(SlotChanged)]
    for word in sorted(words, key=when):
        named = word.named(Scheme.SLOT)
        if isinstance(word, SlotReserved):
            kept |= dict.fromkeys(named, _reserved(word))
        elif word.change is SlotChange.MOVED:
            kept = {slot: _moved(kept.get(slot), word) for slot in named or kept}
        elif word.change is SlotChange.RELEASED:
            kept = {s: k for s, k in kept.items() if named and s not in named}
    over = _over_at(view)
    if over is None:
        return kept
    return {
        slot: k if micros(k.said.occurred_at) > over else k._replace(end=_sooner(k.end, over))
        for slot, k in kept.items()
        if k.start < over or micros(k.said.occurred_at) > over
    }


def _reserved(word: SlotReserved) -> Kept:
    """The slot as it was reserved; an end that is none, since nobody keeps a slot for no time, is left out."""
    ends = word.ends_at
    later = ends is not None and ends > word.starts_at
    return Kept(micros(word.starts_at), micros(ends) if ends is not None and later else None, word)


def _moved(before: Kept | None, word: SlotChanged) -> Kept:
    """The slot at its new time, for as long as it was kept before."""
    if word.starts_at is None:
        if before is not None:
            return before._replace(said=word)
        return Kept(micros(word.occurred_at), None, word)
    start = micros(word.starts_at)
    if before is None or before.end is None:
        return Kept(start, None, word)
    return Kept(start, start + before.end - before.start, word)


def _sooner(end: Micros | None, over: Micros) -> Micros:
    return over if end is None else min(end, over)


def _over_at(view: View) -> Micros | None:
    """When the course ended first."""
    ends: list[Event] = [
        *view.of(CollectionFailed),
        *(d for d in view.of(MaterialDecided) if d.decision is MaterialDecision.REJECTED),
        *view.of(BatchTerminated),
        *view.of(BatchRejected),
        *(c for c in view.of(OrderChanged) if c.change is OrderChange.CANCELLED),
        *view.of(InfusionCompleted),
    ]
    return min((micros(event.occurred_at) for event in ends), default=None)


LOT_WORDS: tuple[type[Event], ...] = (BatchStarted, StepCompleted, ProductFilled)
"""What `lots_used` reads."""


def lots_used(view: View) -> dict[str, Kept]:
    """The lots of materials that went into the product, by number, with the event that names each first."""
    used: dict[str, Kept] = {}
    for event in sorted((e for kind in LOT_WORDS for e in view.of(kind)), key=when):
        for lot in event.named(Scheme.MATERIAL_LOT):
            used.setdefault(lot, Kept(micros(event.occurred_at), None, event))
    return used


_STORING: tuple[type[Event], ...] = (
    MaterialCryopreserved,
    MaterialReceived,
    ProductFilled,
    ProductReceived,
    ProductStored,
)
_TAKING: tuple[type[Event], ...] = (
    BatchStarted,
    PackagePacked,
    ThawRecorded,
    InfusionCompleted,
    MaterialDecided,
    BatchRejected,
)

TANK_WORDS: tuple[type[Event], ...] = (*_STORING, *_TAKING)
"""What `tanks_used` reads."""


def tanks_used(view: View) -> dict[str, Kept]:
    """The storage tanks in which cells of the course lie now, with the event that put the first of them there.

    Whatever names a tank puts its containers there, or everything where it names none; the next step of
    the same containers takes them out.
    """
    inside: dict[str, tuple[tuple[str, ...], Event]] = {}
    for word in sorted((e for kind in TANK_WORDS for e in view.of(kind)), key=when):
        if isinstance(word, MaterialDecided) and word.decision is not MaterialDecision.REJECTED:
            continue
        named = word.named(Scheme.CONTAINER)
        gone = set(named or inside)
        if not isinstance(word, ThawRecorded):  # of containers that nobody named, some are left
            gone.add(_UNNAMED)
        inside = {one: where for one, where in inside.items() if one not in gone}
        tanks = word.named(Scheme.TANK) if isinstance(word, _STORING) else ()
        if tanks:
            inside |= dict.fromkeys(named or (_UNNAMED,), (tanks, word))
    used: dict[str, Kept] = {}
    for tanks, word in sorted(inside.values(), key=lambda where: when(where[1])):
        for tank in tanks:
            used.setdefault(tank, Kept(micros(word.occurred_at), None, word))
    return used


_UNNAMED = ""
"""Containers that the event which put them into a tank does not name."""

SUBJECT_WORDS: tuple[type[Event], ...] = (PatientEnrolled, OrderCreated, CoiAssigned, *_ENDS)
"""What `subjects_treated` reads."""


def subjects_treated(view: View) -> dict[str, Kept]:
    """The tokens of the patient of a live course, with the event that names each first."""
    named: list[Event] = [*view.of(PatientEnrolled), *view.of(OrderCreated), *view.of(CoiAssigned)]
    over = _over_at(view)
    treated: dict[str, Kept] = {}
    for event in sorted(named, key=when):
        start = micros(event.occurred_at)
        if event.subject is not None and (over is None or start < over):
            treated.setdefault(event.subject, Kept(start, over, event))
    return treated


CUSTODY_WORDS: tuple[type[Event], ...] = (CustodyHandedOver, CustodyAccepted)
"""What `custodies` reads."""


def custodies(view: View) -> dict[str, list[Event]]:
    """The words by which a party has, or had, cells of the course in its custody, by party and in order."""
    found: dict[str, list[Event]] = {}
    words: list[CustodyHandedOver | CustodyAccepted] = [
        *view.of(CustodyHandedOver),
        *view.of(CustodyAccepted),
    ]
    for word in sorted(words, key=when):
        party = word.from_party if isinstance(word, CustodyHandedOver) else word.to_party
        found.setdefault(party, []).append(word)
    return found


def custodians(view: View) -> dict[str, Kept]:
    """The parties that had cells in their custody, each since the first word of it."""
    return {
        party: Kept(micros(words[0].occurred_at), None, words[0])
        for party, words in custodies(view).items()
    }


_KINDS: tuple[tuple[str, tuple[type[Event], ...], Callable[[View], dict[str, Kept]]], ...] = (
    (f"{Scheme.SLOT}:", SLOT_WORDS, slots_kept),
    (f"{Scheme.MATERIAL_LOT}:", LOT_WORDS, lots_used),
    (f"{Scheme.TANK}:", TANK_WORDS, tanks_used),
    (SUBJECT_PREFIX, SUBJECT_WORDS, subjects_treated),
    (PARTY_PREFIX, CUSTODY_WORDS, custodians),
)

USING: frozenset[type[Event]] = frozenset(kind for _, reads, _ in _KINDS for kind in reads)
"""The types of events by which the course may use something, or no longer."""


def state_uses(
    coi: str, course: Course, view: View, changed: type[Event] | None = None
) -> list[Out]:
    """Tell the things whose use by the course has changed, because of one type of event or of anything."""
    outs: list[Out] = []
    for prefix, reads, find in _KINDS:
        if changed is not None and changed not in reads:
            continue
        found = {f"{prefix}{value}": kept for value, kept in find(view).items()}
        told = [t for t in course.using if t.startswith(prefix)]
        for thing in sorted({*found, *told}):
            before, kept = course.using.get(thing), found.get(thing)
            use = _use(coi, view, reads, 0 if before is None else before.version, kept)
            if before is not None and _same(before, use):
                continue
            course.using[thing] = use
            outs.append(Out(topics.THINGS, thing, messages.encode(use)))
    return outs


def _use(
    coi: str, view: View, reads: tuple[type[Event], ...], version: int, kept: Kept | None
) -> Use:
    if kept is None:
        last = (view.last(kind) for kind in reads)
        said = max((micros(event.occurred_at) for event in last if event is not None), default=0)
        return Use(coi, version + 1, None, None, said)
    return Use(coi, version + 1, kept.start, kept.end, micros(kept.said.occurred_at))


def _same(before: Use, now: Use) -> bool:
    if before.start is None or now.start is None:
        return before.start is now.start
    return (before.start, before.end, before.said_at) == (now.start, now.end, now.said_at)
