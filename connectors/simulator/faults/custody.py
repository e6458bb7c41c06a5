"""Faults of custody: material that nobody held for a while, and hand-overs that one side alone confirms."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Delay, Script
from connectors.simulator.timeline import Timeline

AT_ONCE: Delay = (2.0, 12.0)
"""Both words still come within the time for which the other side is waited for."""


def _long_wait_for_courier(course: Course, chance: Random) -> Timeline:
    return course.timeline.taking("out_accepted", chance.uniform(45, 90))


def _long_wait_at_clinic(course: Course, chance: Random) -> Timeline:
    return course.timeline.taking("home_received", chance.uniform(45, 90))


def _said_at_once(*names: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        lines = (replace(script.line(name), delay=AT_ONCE) for name in names)
        return script.having(*lines), About()

    return bend


def _silent(name: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        return script.without(name), About()

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "CU-01",
        "nobody-held-the-cells",
        "the courier takes charge of the collected cells long after the clinic has let go of them",
        timeline=_long_wait_for_courier,
        script=_said_at_once("out_handed_over", "out_accepted"),
    ),
    Fault(
        "CU-01",
        "nobody-held-the-product",
        "the clinic takes charge of the product long after the courier has let go of it",
        timeline=_long_wait_at_clinic,
        script=_said_at_once("home_delivered_over", "home_received"),
    ),
    Fault(
        "CU-03",
        "maker-never-accepts",
        "the maker never confirms that it took the cells from the courier",
        script=_silent("out_received"),
    ),
    Fault(
        "CU-03",
        "clinic-never-hands-over",
        "the clinic never confirms that it gave the cells to the courier",
        script=_silent("out_handed_over"),
    ),
    Fault(
        "CU-03",
        "courier-never-accepts",
        "the courier never confirms that it took the product from the maker",
        script=_silent("home_accepted"),
    ),
)
