"""Faults of condition: frozen cells that get warmer than their limit on the way."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Script
from schemas.transport import Reading

WARM_READINGS = 3


def _frozen(course: Course) -> bool:
    return not course.fresh


def _warming(way: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        limit = script.course.profile.storage.celsius
        line = script.line(f"{way}_readings:2")
        readings = line.fields["readings"]
        assert isinstance(readings, Iterable)
        bent: list[Reading] = []
        for number, reading in enumerate(readings):
            warm = 2 <= number < 2 + WARM_READINGS
            temperature = round(limit + chance.uniform(4, 25), 1)
            update = {"temperature": temperature, "tilt": 70.0} if warm else {}
            bent.append(reading.model_copy(update=update))
        return script.having(line.saying(readings=tuple(bent))), About()

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TC-02",
        "shipper-fell-over",
        "the dry shipper with the product lies on its side and gets warmer than the limit",
        script=_warming("home"),
    ),
    Fault(
        "TC-02",
        "cells-got-warm",
        "frozen cells get warmer than the limit on their way to the maker",
        suits=_frozen,
        script=_warming("out"),
    ),
)
