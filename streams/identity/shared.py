"""Slots, tanks, lots and patients are shared: each hears who uses it and what is wrong with it, and tells its users.

A course states that it uses the thing; partners state that something is wrong with the thing, or no
longer. Whichever comes first, each user is told the same: which other courses use it at the same time,
the first few of them, and what is wrong now. What is told is small however many users there are; a
user costs the thing about fifty bytes of state, so that a hundred thousand fit one broker message.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas import topics
from schemas.envelope import Scheme
from streams import messages
from streams.identity.thing import Thing
from streams.messages import (
    NEVER,
    SUBJECT_PREFIX,
    Concern,
    Micros,
    Neighbour,
    Notice,
    Out,
    Trouble,
    Use,
)

MOST = 5
"""So many neighbours or troubles are told; whoever has to act finds the first of them wrong already."""

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
    troubles = _troubles(thing)
    concerns = dict(thing.concerns)
    for course in courses:
        stated = thing.users[course]
        in_use = stated.start is not None
        neighbours = _neighbours(thing, stated) if identifier.startswith(_EXCLUSIVE) else ()
        concern = Concern(identifier, 0, 0, neighbours, troubles if in_use else ())
        content = messages.encode(concern) if neighbours or concern.troubles else None
        if concerns.get(course) == content:
            continue
        if content is None:
            del concerns[course]
        else:
            concerns[course] = content
        thing.version += 1
        told = Concern(identifier, thing.version, said_at, neighbours, concern.troubles)
        outs.append(Out(topics.COURSES, course, messages.encode(told)))
    thing.concerns = concerns
    return outs


def _neighbours(thing: Thing, one: Use) -> tuple[Neighbour, ...]:
    found = (Neighbour(c, thing.users[c].said_at) for c in _meeting(thing, one))
    return tuple(sorted(found, key=lambda n: (n.said_at, n.course))[:MOST])


def _troubles(thing: Thing) -> tuple[Trouble, ...]:
    """What is wrong with the thing once every notice that counts is heard, the oldest first."""
    standing: dict[str, Trouble] = {}
    for said in sorted(_counted(thing), key=lambda n: (n.at, n.event_id)):
        if said.stands:
            standing.setdefault(said.about, Trouble(said.about, said.at, said.event_id))
        elif said.stands is False:
            standing.pop(said.about, None)
    found = sorted(standing.values(), key=lambda t: (t.since, t.about))
    return tuple(found[:MOST])


def _counted(thing: Thing) -> Iterator[Notice]:
    """The notices that count: of each event the one content that is believed."""
    for event_id, said in thing.notices.items():
        belief = thing.beliefs.get(event_id)
        if belief is None:
            yield from said if len(said) == 1 else ()
        else:
            yield from (n for n in said if n.digest == belief.digest)
