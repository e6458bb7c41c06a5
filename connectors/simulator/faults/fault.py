"""What a fault is: one way to bend a journey so that an exception must be raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.script import Script
from connectors.simulator.timeline import Timeline


@dataclass(frozen=True, slots=True)
class About:
    """What the exception concerns besides the bent course itself, read off the bent script."""

    object: str | None = None
    without_course: bool = False
    """True when nothing can be said about whose cells they are."""
    also: tuple[Course, ...] = ()
    """Other courses that the same exception concerns."""
    same_thing: tuple[str, ...] = ()
    """Other codes that rightly come of it about the same thing, and of no course."""
    for_a_while: tuple[str, ...] = ()
    """Other codes that rightly come of it in this script, and that a later fact ends."""


BendTimeline = Callable[[Course, Random], Timeline]
BendScript = Callable[[Script, Course, Random], tuple[Script, About]]
"""`(script, another course, chance)`: the bent script, and what the exception is about."""


def any_course(course: Course) -> bool:
    """For faults that any product can have."""
    return True


def keep_timeline(course: Course, chance: Random) -> Timeline:
    """For faults that change what is said and not when things happen."""
    return course.timeline


def keep_script(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """For faults that change when things happen and not what is said."""
    return script, About()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a journey goes wrong, and the exception that must tell of it."""

    code: str
    way: str
    why: str
    suits: Callable[[Course], bool] = any_course
    timeline: BendTimeline = keep_timeline
    script: BendScript = keep_script
    stays: bool = True
    """False when a later fact of the journey ends the alert."""
    strands: str | None = None
    """The way, `out` or `home`, on which what was packed never arrives."""
    brings: tuple[str, ...] = ()
    """Other codes that rightly come of it, each about the same course."""
    brings_for_a_while: tuple[str, ...] = ()
    """Other codes that rightly come of it, and that a later fact of the journey ends."""
    needs_other: bool = False
    """True when a second course, otherwise clean, is harmed too."""
