"""Faults of parties: a courier steps in whose qualification has run out, or is renewed too late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import COURIER, Line, Pen, Script
from schemas.envelope import Scheme, System
from schemas.quality import PartyQualified

DAY = timedelta(days=1)
WORDS = ("home_handed_over", "home_accepted", "home_delivered_over", "home_received")


def _courier(course: Course) -> str:
    """A courier that only the course of the fault has."""
    return course.names.numbered("STAND-IN-COURIER")


def _carried(script: Script) -> Iterator[Line]:
    """The hand-overs of the product, with the other courier in place of the usual one."""
    for name in WORDS:
        line = script.line(name)
        parties = {p: line.fields[p] for p in ("from_party", "to_party")}
        other = {p: _courier(script.course) for p, who in parties.items() if who == COURIER}
        yield line.saying(**other)


def _qualified(course: Course, part: int, at: datetime, start: datetime, end: datetime) -> Line:
    return Pen(course, System.QMS).line(
        f"party_qualified:{part}",
        PartyQualified,
        at,
        ((Scheme.PARTY, _courier(course)),),
        delay=(5, 60),
        starts_at=start,
        ends_at=end,
    )


def _lapsed(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    pick_up = course.timeline["home_handed_over"]
    end = pick_up - timedelta(hours=chance.randrange(3, 90))
    known = course.timeline["filled"]
    word = _qualified(course, 1, known, known - 300 * DAY, end)
    return script.having(*_carried(script), word), About()


def _renewed_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    bent, about = _lapsed(script, other, chance)
    end = bent.line("party_qualified:1").fields["ends_at"]
    assert isinstance(end, datetime)
    said = course.timeline["home_received"] + timedelta(hours=chance.randrange(5, 20))
    renewed = _qualified(course, 2, said, end, said + 300 * DAY)
    return bent.having(renewed), about


FAULTS: tuple[Fault, ...] = (
    Fault(
        "CU-04",
        "qualification-lapsed",
        "the product travels with a courier whose qualification had run out",
        script=_lapsed,
    ),
    Fault(
        "CU-04",
        "renewal-entered-late",
        "the renewal of the courier's qualification is entered after the courier has delivered",
        script=_renewed_late,
        stays=False,
    ),
)
