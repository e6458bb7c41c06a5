"""Faults of the way: a pick-up without a certificate, a shipment that stands still, a shipper too weak."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Script
from connectors.simulator.timeline import Timeline

AFTER = timedelta(minutes=5)


def _never_certified(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    at = script.line("analysed").at + AFTER
    pick_up = at + timedelta(hours=chance.randrange(30, 60))
    booking = script.line("home_booked").saying(
        recorded_at=at,
        pick_up_planned_at=pick_up,
        arrival_planned_at=pick_up + timedelta(hours=40),
    )
    return script.until(at).having(replace(booking, at=at)), About()


def _picked_up_at_once(course: Course, chance: Random) -> Timeline:
    soon = course.timeline.taking("available", chance.uniform(60, 120))
    soon = soon.taking("home_booked", chance.uniform(60, 120))
    return soon.taking("home_packed", chance.uniform(4, 7) * 60)


def _booked_before_certification(
    script: Script, other: Course, chance: Random
) -> tuple[Script, About]:
    at = script.course.timeline["last_result"] + AFTER
    booking = script.line("home_booked").saying(recorded_at=at)
    return script.having(replace(booking, at=at)), About()


def _stands_still(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return script.until(script.line("home_station:2").at), About()


def _slow_flight(course: Course, chance: Random) -> Timeline:
    return course.timeline.taking("home_delivered", chance.uniform(100, 115) * 60)


def _unscanned(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    names = [line.name for line in script.lines if line.name.startswith("home_station:")]
    return script.without(*names[1:]), About()


def _weak_shipper(spare_hours: float) -> BendScript:
    """The shipper of the product holds for so many hours longer than its way takes."""

    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        when = script.course.timeline
        way = (when["home_delivered"] - when["home_packed"]) / timedelta(hours=1)
        booking = script.line("home_booked").saying(shipper_hold=round(way + spare_hours, 1))
        return script.having(booking), About()

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TW-03",
        "shipper-ran-dry",
        "the product is booked into a shipper that does not hold for the whole way",
        script=_weak_shipper(-4),
    ),
    Fault(
        "TW-03",
        "shipper-without-margin",
        "the product travels in a shipper that just holds until it arrives",
        script=_weak_shipper(9),
        stays=False,
    ),
    Fault(
        "TW-09",
        "booked-and-never-certified",
        "the courier is booked for the product, whose batch is never certified",
        script=_never_certified,
        brings=("SC-03",),  # and so the courier that was booked never comes
    ),
    Fault(
        "TW-09",
        "certified-at-the-last-moment",
        "the batch is certified only hours before the courier was to come",
        timeline=_picked_up_at_once,
        script=_booked_before_certification,
        stays=False,
    ),
    Fault(
        "TW-10",
        "never-leaves-the-hub",
        "the product reaches a hub on its way and is never heard of again",
        script=_stands_still,
        strands="home",
        brings=("SQ-02", "TW-03", "TC-04"),
    ),
    Fault(
        "TW-10",
        "days-without-a-scan",
        "the product is on its way for days and nobody scans it",
        timeline=_slow_flight,
        script=_unscanned,
        stays=False,
    ),
)
