"""Slots, tanks, lots, patients and parties are shared: each hears who uses it and what is said of it, and tells its users.

A course states that it uses the thing; partners state that something is wrong with the thing, or no
longer. Whichever comes first, each user is told the same: which other courses use it at the same time,
the first few of them, and what is wrong now. What is told is small however many users there are; a
user costs the thing about fifty bytes of state, so that a hundred thousand fit one broker message.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from schemas import topics
from schemas.envelope import Scheme
from streams import messages
from streams.identity.thing import Thing
from streams.messages import (
    PARTY_PREFIX,
    SUBJECT_PREFIX,
    Concern,
    Neighbour,
    Notice,
    Out,
    Span,
    Trouble,
    Use,
)
from streams.moments import NEVER, Micros

MOST = 5
"""So many neighbours or troubles are told; whoever has to act finds the first of them wrong already."""

MOST_SPANS = 100
"""So many stretches in which a party is qualified are told, the last ones; those that join are one."""

_EXCLUSIVE = (f"{Scheme.SLOT}:", SUBJECT_PREFIX)
"""Of these only one course may have one at a time; lots and tanks are made to be shared."""


def use(identifier: str, thing: Thing, stated: Use) -> list[Out]:
    """Take in that a course uses the thing, or no longer, and tell whom it concerns."""
    known = thing.users.get(stated.course)
    if known is not None and known.version >= stated.version:
        return []
    met = set(_meeting(thing, known)) if identifier.startswith(_EXCLUSIVE) and known else set()
    thing.users = {**thing.users, stated.course: stated}
    if identifier.startswith(_EXCLUSIVE):
        met.update(_meeting(thing, stated))
    return _tell(identifier, thing, sorted({*met, stated.course}), stated.said_at)


def notice(identifier: str, thing: Thing, said: Notice) -> list[Out]:
    """Take in that something is wrong with the thing, or no longer, and tell everybody who uses it."""
    known = thing.notices.get(said.event_id, [])
    if any(n.digest == said.digest for n in known):
        return []
    both = sorted([*known, said], key=lambda n: n.digest)
    thing.notices = {**thing.notices, said.event_id: both}
    return _tell(identifier, thing, thing.users, said.at)


def retell(identifier: str, thing: Thing) -> list[Out]:
    """Tell users what has changed because a notice counts no more, or again."""
    return _tell(identifier, thing, thing.users, 0) if thing.notices else []


def _meeting(thing: Thing, one: Use) -> Iterator[str]:
    """The courses whose use overlaps this one in time."""
    if one.start is None:
        return
    end = NEVER if one.end is None else one.end
    for course, other in thing.users.items():
        if course == one.course or other.start is None:
            continue
        if other.start < end and (other.end is None or one.start < other.end):
            yield course


def _tell(identifier: str, thing: Thing, courses: Iterable[str], said_at: Micros) -> list[Out]:
    outs: list[Out] = []
    of_party = identifier.startswith(PARTY_PREFIX)
    troubles = () if of_party else _troubles(thing)
    qualified = _qualified(thing) if of_party else None
    concerns = dict(thing.concerns)
    for course in courses:
        stated = thing.users[course]
        in_use = stated.start is not None
        neighbours = _neighbours(thing, stated) if identifier.startswith(_EXCLUSIVE) else ()
        spans = qualified if in_use else None
        concern = Concern(identifier, 0, 0, neighbours, troubles if in_use else (), spans)
        answers = in_use and of_party  # that nobody knows the party is an answer too
        told = neighbours or concern.troubles or answers
        content = messages.encode(concern) if told else None
        if concerns.get(course) == content:
            continue
        if content is None:
            del concerns[course]
        else:
            concerns[course] = content
        thing.version += 1
        word = msgspec.structs.replace(concern, version=thing.version, said_at=said_at)
        outs.append(Out(topics.COURSES, course, messages.encode(word)))
    thing.concerns = concerns
    return outs


def _neighbours(thing: Thing, one: Use) -> tuple[Neighbour, ...]:
    found = (Neighbour(c, thing.users[c].said_at) for c in _meeting(thing, one))
    return tuple(sorted(found, key=lambda n: (n.said_at, n.course))[:MOST])


def _troubles(thing: Thing) -> tuple[Trouble, ...]:
    """What is wrong with the thing once every notice that counts is heard, the oldest first."""
    standing: dict[str, Trouble] = {}
    for said in counted(thing):
        if said.stands:
            standing.setdefault(said.about, Trouble(said.about, said.at, said.event_id))
        elif said.stands is False:
            standing.pop(said.about, None)
    found = sorted(standing.values(), key=lambda t: (t.since, t.about))
    return tuple(found[:MOST])


def _qualified(thing: Thing) -> tuple[Span, ...] | None:
    """When the party is qualified: the last word that begins at or before a moment counts for it."""
    words = [said for said in counted(thing) if said.stands is not None]
    if not words:
        return None
    spans: list[Span] = []
    for place, said in enumerate(words):
        follows = words[place + 1].at if place + 1 < len(words) else None
        ends = [at for at in (said.until, follows) if at is not None]
        end = min(ends, default=None)
        if not said.stands or (end is not None and end <= said.at):
            continue
        if spans and spans[-1].end == said.at:
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(said.at, end))
    return tuple(spans[-MOST_SPANS:])


def counted(thing: Thing) -> list[Notice]:
    """The notices that count, in order of time."""
    return sorted(_counted(thing), key=lambda said: (said.at, said.event_id))


def _counted(thing: Thing) -> Iterator[Notice]:
    """Of each event the one content that is believed."""
    for event_id, said in thing.notices.items():
        belief = thing.beliefs.get(event_id)
        if belief is None:
            yield from said if len(said) == 1 else ()
        else:
            yield from (n for n in said if n.digest == belief.digest)
