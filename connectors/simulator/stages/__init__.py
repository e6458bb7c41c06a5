"""The stages of a journey, each telling its part of the script in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.simulator.course import Course
from connectors.simulator.script import Line, Script
from connectors.simulator.stages import (
    collecting,
    enrolling,
    making,
    moving,
    releasing,
    testing,
    treating,
)

STAGES: tuple[Callable[[Course], Iterator[Line]], ...] = (
    enrolling.tell,
    collecting.tell,
    moving.tell_way_out,
    making.tell,
    testing.tell,
    releasing.tell,
    moving.tell_way_home,
    treating.tell,
)


def tell(course: Course) -> Script:
    """The whole script of a course in which nothing goes wrong."""
    return Script(course, tuple(line for stage in STAGES for line in stage(course)))
