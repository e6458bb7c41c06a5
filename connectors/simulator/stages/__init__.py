"""The stages of a journey, each telling its part of the script in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.simulator.course import Course
from connectors.simulator.script import Line, Script
from connectors.simulator.stages.collecting import tell_collection
from connectors.simulator.stages.enrolling import tell_enrolment
from connectors.simulator.stages.making import tell_manufacture
from connectors.simulator.stages.moving import tell_way_home, tell_way_out
from connectors.simulator.stages.releasing import tell_release
from connectors.simulator.stages.testing import tell_tests
from connectors.simulator.stages.treating import tell_treatment

STAGES: tuple[Callable[[Course], Iterator[Line]], ...] = (
    tell_enrolment,
    tell_collection,
    tell_way_out,
    tell_manufacture,
    tell_tests,
    tell_release,
    tell_way_home,
    tell_treatment,
)


def tell(course: Course) -> Script:
    """The whole script of a course in which nothing goes wrong."""
    return Script(course, tuple(line for stage in STAGES for line in stage(course)))
