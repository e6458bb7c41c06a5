"""Decides which journeys go wrong, and how: half of them, and every code once before any comes twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults import CODES, FAULTS
from connectors.simulator.faults.fault import Fault

LATER_BATCH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Role:
    """The fault of one journey, and the other journey that it brings in."""

    fault: Fault
    other: int


def cast(courses: Sequence[Course], seed: int, *, passing: bool) -> Mapping[int, Role]:
    """The role of each journey that goes wrong; the others are clean.

    `passing` also plays faults whose alert a later fact of the same journey ends.
    """
    chance = Random(f"{seed}:casting")
    faults = [fault for fault in FAULTS if fault.stays or passing]
    wanted = (len(courses) + 1) // 2
    free = {course.journey for course in courses}
    chosen: dict[int, Fault] = {}
    ways = {code: [fault for fault in faults if fault.code == code] for code in CODES}
    for known in ways.values():
        chance.shuffle(known)
    for code in _codes(courses, wanted, faults, chance):
        found = _journey(courses, free, ways[code], chance)
        if found is not None:
            journey, fault = found
            free.discard(journey)
            chosen[journey] = fault
            # the next journey with this code goes wrong in another way
            ways[code].remove(fault)
            ways[code].append(fault)
    return _roles(courses, chosen, sorted(free), chance)


def _codes(
    courses: Sequence[Course], wanted: int, faults: Sequence[Fault], chance: Random
) -> list[str]:
    """The codes to play; those that the fewest courses can have choose first."""
    codes: list[str] = []
    playable = dict.fromkeys(fault.code for fault in faults)
    while len(codes) < wanted:
        round_of_all = list(playable)
        chance.shuffle(round_of_all)
        codes.extend(round_of_all[: wanted - len(codes)])
    suitable = {
        code: sum(any(f.suits(course) for f in faults if f.code == code) for course in courses)
        for code in playable
    }
    return sorted(codes, key=lambda code: suitable[code])


def _journey(
    courses: Sequence[Course], free: set[int], ways: Sequence[Fault], chance: Random
) -> tuple[int, Fault] | None:
    """A free journey, and the first of these ways that it can go."""
    for fault in ways:
        suited = sorted(c.journey for c in courses if c.journey in free and fault.suits(c))
        if suited:
            return chance.choice(suited), fault
    return None


def _roles(
    courses: Sequence[Course], chosen: Mapping[int, Fault], clean: list[int], chance: Random
) -> dict[int, Role]:
    """Gives each fault its other course: where that one is harmed too, the nearest clean one of a later batch.

    A batch that is already in use would lose all its facts while it is contested, and with them much
    more than the one exception that is to be raised.
    """
    untouched = list(clean)
    roles: dict[int, Role] = {}
    for journey, fault in sorted(chosen.items()):
        if fault.needs_other:
            begins = courses[journey].timeline["batch_assigned"]
            later = [
                free
                for free in untouched
                if courses[free].timeline["batch_assigned"] > begins + LATER_BATCH
            ]
            if not later:
                fault = next(f for f in FAULTS if f.code == fault.code and not f.needs_other)
                roles[journey] = Role(fault, _neighbour(courses, journey))
                continue
            other = min(later, key=lambda free: (abs(free - journey), free))
            untouched.remove(other)
        else:
            other = _neighbour(courses, journey)
        roles[journey] = Role(fault, other)
    return roles


def _neighbour(courses: Sequence[Course], journey: int) -> int:
    """The course that came before, or the next one for the first."""
    return journey - 1 if journey > 0 else min(1, len(courses) - 1)
