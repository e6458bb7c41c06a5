"""Faults of loggers: dead, never read out, the wrong one, out of calibration; and shippers handled roughly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Script
from schemas.envelope import Scheme
from schemas.transport import Reading


def _never_said(name: str, way: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        return script.without(name), _shipment(script, way)

    return bend


def _shipment(script: Script, way: str) -> About:
    return About(object=f"{Scheme.SHIPMENT}:{script.course.names.shipment(way)}")


def _other_logger(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("home_trace")
    wrong = tuple(
        (scheme, "LGR-900" if scheme is Scheme.LOGGER else value)
        for scheme, value in line.identifiers
    )
    return script.having(replace(line, identifiers=wrong)), _shipment(script, "home")


def _out_of_calibration(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    until = script.course.timeline["home_delivered"] - timedelta(days=chance.randrange(1, 30))
    line = script.line("home_trace").saying(calibrated_until=until)
    return script.having(line), About(object=f"{Scheme.LOGGER}:{script.course.devices[1].logger}")


def _rough(way: str, first: int, last: int, measured: Mapping[str, object]) -> BendScript:
    """These readings of the second message also say this."""

    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        line = script.line(f"{way}_readings:2")
        readings = line.fields["readings"]
        assert isinstance(readings, Iterable)
        bent: list[Reading] = [
            reading.model_copy(update=measured) if first <= number <= last else reading
            for number, reading in enumerate(readings)
        ]
        return script.having(line.saying(readings=tuple(bent))), _shipment(script, way)

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TC-04",
        "never-read-out",
        "the logger of the product is never read out, so that its file is missing",
        script=_never_said("home_trace", "home"),
    ),
    Fault(
        "TC-04",
        "logger-pauses",
        "the logger of the starting material measures nothing for some hours",
        script=_never_said("out_readings:2", "out"),
    ),
    Fault(
        "TC-05",
        "other-logger",
        "the file for the product's shipment is of a logger that did not travel with it",
        script=_other_logger,
        brings=("TC-04",),
    ),
    Fault(
        "TC-05",
        "out-of-calibration",
        "the calibration of the product's logger had run out before it travelled",
        script=_out_of_calibration,
    ),
    Fault(
        "TC-06",
        "on-its-side",
        "the dry shipper with the product lies on its side for hours",
        script=_rough("home", 1, 3, {"tilt": 80.0}),
    ),
    Fault(
        "TC-06",
        "dropped",
        "the shipper with the starting material is dropped",
        script=_rough("out", 2, 2, {"shock": 60.0}),
    ),
    Fault(
        "TC-06",
        "opened",
        "somebody opens the shipper with the product on its way",
        script=_rough("home", 3, 3, {"lid_open": True}),
    ),
)
