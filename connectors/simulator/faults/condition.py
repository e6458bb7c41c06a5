"""Faults of condition: cells that get too warm, too cold, or are thawed and frozen again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.condition_loggers import FAULTS as LOGGERS
from connectors.simulator.faults.fault import About, BendScript, Fault, any_course
from connectors.simulator.script import Line, Pen, Script
from schemas.envelope import Capture, Scheme, System
from schemas.manufacture import InProcessControlRecorded
from schemas.transport import Reading
from schemas.treatment import InfusionChange, InfusionChanged, ProductStored

WARM_READINGS = 3

FILLED_AT = 0.6
"""The share of the way at which a shipper that has run low is filled again."""

LOST_AT = 0.85
"""The share of the way at which a warming shipper is lost."""

WARMS_FOR = timedelta(hours=18)

LEFT = 2.0
"""How many degrees are left then."""


def _frozen(course: Course) -> bool:
    return not course.fresh


def _fresh(course: Course) -> bool:
    return course.fresh


def readings_of(line: Line) -> list[Reading]:
    """The readings that a line reports."""
    readings = line.fields["readings"]
    assert isinstance(readings, Iterable)
    return list(readings)


def _warming(way: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        limit = script.course.profile.storage.celsius
        line = script.line(f"{way}_readings:2")
        bent: list[Reading] = []
        for number, reading in enumerate(readings_of(line)):
            warm = 2 <= number < 2 + WARM_READINGS
            temperature = round(limit + chance.uniform(4, 25), 1)
            update = {"temperature": temperature, "tilt": 70.0} if warm else {}
            bent.append(reading.model_copy(update=update))
        return script.having(line.saying(readings=tuple(bent))), About()

    return bend


def _between(way: str, first: int, last: int, coldest: float, warmest: float) -> BendScript:
    """These readings of the second message lie between these degrees."""

    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        line = script.line(f"{way}_readings:2")
        bent = [
            reading.model_copy(update={"temperature": round(chance.uniform(coldest, warmest), 1)})
            if first <= number <= last
            else reading
            for number, reading in enumerate(readings_of(line))
        ]
        return script.having(line.saying(readings=tuple(bent))), About()

    return bend


def _runs_low(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """The product's shipper warms evenly from packing until it is filled, short of its limit."""
    course = script.course
    packed, delivered = course.timeline["home_packed"], course.timeline["home_delivered"]
    filled = packed + (delivered - packed) * FILLED_AT
    return _ramp(script, chance, packed, filled), About()


def _lost_while_warming(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """The product's shipper warms for most of a day, and then nothing is heard of it any more."""
    course = script.course
    packed, delivered = course.timeline["home_packed"], course.timeline["home_delivered"]
    lost = packed + (delivered - packed) * LOST_AT
    return _ramp(script, chance, max(packed, lost - WARMS_FOR), lost).until(lost), About()


def _ramp(script: Script, chance: Random, begins: datetime, filled: datetime) -> Script:
    course = script.course
    packed, delivered = course.timeline["home_packed"], course.timeline["home_delivered"]
    rise = course.profile.storage.celsius - LEFT + 190

    def at(moment: datetime) -> float:
        cold = -190 + chance.uniform(-0.2, 0.2)
        share = max(0.0, (moment - begins) / (filled - begins))
        return cold if moment > filled else cold + rise * share

    lines: list[Line] = []
    for line in script.lines:
        if not line.name.startswith("home_readings:"):
            continue
        bent = tuple(
            reading.model_copy(update={"temperature": round(at(reading.at), 1)})
            if packed < reading.at < delivered
            else reading
            for reading in readings_of(line)
        )
        said = line.saying(readings=bent)
        # the platform is told while there is still time to fill the shipper
        lines.append(said if line.after else replace(said, delay=(2.0, 40.0)))
    return script.having(*lines)


def _put_back(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """The infusion is cancelled after the thaw, and the bag goes back into the tank."""
    course = script.course
    thawed = course.timeline["thawed:1"]
    clinic = Pen(course, System.CLINIC, names_course=True)
    bag = course.names.doses[0]
    cancelled = clinic.line(
        "infusion_cancelled",
        InfusionChanged,
        thawed + timedelta(minutes=chance.randrange(3, 12)),
        ((Scheme.ORDER, course.names.order),),
        delay=(2, 30),
        change=InfusionChange.CANCELLED,
        reason_code="PATIENT-UNFIT",
    )
    stored = clinic.line(
        "stored_again",
        ProductStored,
        thawed + timedelta(minutes=chance.randrange(15, 40)),
        ((Scheme.BATCH, course.names.batch), (Scheme.CONTAINER, bag), (Scheme.TANK, "TANK-01")),
        position="R1-B1",
    )
    about = About(object=f"{Scheme.CONTAINER}:{bag}")
    return script.until(thawed).having(cancelled, stored), about


def _freezes_too_fast(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    line = Pen(course, System.MES).line(
        "control:freezing",
        InProcessControlRecorded,
        course.timeline["filled"] - timedelta(minutes=chance.randrange(5, 40)),
        ((Scheme.BATCH, course.names.batch),),
        test="FREEZING_RATE",
        value=round(chance.uniform(3, 9), 2),
        unit="Cel/min",
        low=0.5,
        high=2.0,
        capture=Capture.INSTRUMENT,
    )
    return script.having(line), About(object="FREEZING_RATE")


def _thawed(way: str, suits: Callable[[Course], bool], why: str) -> Fault:
    return Fault(
        "TC-07",
        f"thawed-on-the-way-{way}",
        why,
        suits=suits,
        script=_between(way, 1, 3, -45, -10),
        brings=("TC-02",),
    )


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TC-01",
        "box-gets-warm",
        "the box with the fresh cells stands in the sun",
        suits=_fresh,
        script=_between("out", 1, 5, 9.5, 16),
    ),
    Fault(
        "TC-01",
        "box-gets-cold",
        "the box with the fresh cells stands against a frozen pack",
        suits=_fresh,
        script=_between("out", 1, 4, -1, 1.5),
    ),
    Fault(
        "TC-02",
        "shipper-fell-over",
        "the dry shipper with the product lies on its side and gets warmer than the limit",
        script=_warming("home"),
        brings=("TC-06",),
    ),
    Fault(
        "TC-02",
        "cells-got-warm",
        "frozen cells get warmer than the limit on their way to the maker, in a shipper on its side",
        suits=_frozen,
        script=_warming("out"),
        brings=("TC-06",),
    ),
    Fault(
        "TC-03",
        "shipper-runs-low",
        "the product's shipper runs low on its way, and is filled before its limit is reached",
        script=_runs_low,
        stays=False,
    ),
    Fault(
        "TC-03",
        "lost-while-warming",
        "the product's shipper warms on its way, and is never heard of again",
        script=_lost_while_warming,
        strands="home",
        brings=("SQ-02", "TW-03", "TW-10", "TC-04"),
    ),
    _thawed("home", any_course, "the product thaws in its shipper, which is then filled again"),
    _thawed("out", _frozen, "frozen cells thaw in their shipper, which is then filled again"),
    Fault(
        "TC-07",
        "put-back",
        "a thawed bag is put back into the tank after the infusion is cancelled",
        script=_put_back,
        brings=("TW-06",),
    ),
    Fault(
        "TC-08",
        "frozen-too-fast",
        "the controlled-rate freezer cools the product faster than its curve allows",
        script=_freezes_too_fast,
    ),
    *LOGGERS,
)
