"""Faults of what travels: broken and exchanged seals, wrong places, bags too few or too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.custody import AT_ONCE
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Line, Script
from schemas.envelope import Scheme

SECOND_COURIER = "courier-2"
OTHER_HOSPITAL = "hospital-2"


def _shipment(script: Script, way: str) -> About:
    return About(f"{Scheme.SHIPMENT}:{script.course.names.shipment(way)}")


def read_out(script: Script, *ways: str) -> list[Line]:
    """What the loggers of these ways have said, for a journey that breaks off after their arrival."""
    said = tuple(f"{way}_{what}" for way in ways for what in ("readings", "trace"))
    return [line for line in script.lines if line.name.startswith(said)]


def _saying(way: str, name: str, **fields: object) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        line = script.line(name)
        return script.having(line.saying(**fields)), _shipment(script, way)

    return bend


def _other_seal(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("home_received")
    seal = f"SEAL-{script.course.names.serial:06d}-X"
    return script.having(line.saying(seal=seal)), _shipment(script, "home")


def _given_to_others(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    delivered = script.line("home_delivered")
    wrong = delivered.saying(receiver=OTHER_HOSPITAL, place=f"DOCK-{OTHER_HOSPITAL}")
    broken_off = script.until(delivered.at).without("home_delivered_over")
    return broken_off.having(*read_out(script, "home"), wrong), _shipment(script, "home")


def _given_to_others_first(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    delivered = script.line("home_delivered")
    at = delivered.at - timedelta(hours=chance.randrange(4, 8))
    wrong = replace(delivered, name="home_delivered:wrongly", at=at, delay=AT_ONCE).saying(
        receiver=OTHER_HOSPITAL, place=f"DOCK-{OTHER_HOSPITAL}", recorded_at=at
    )
    return script.having(wrong), _shipment(script, "home")


def _bag_missing(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    received = script.line("product_received")
    lost = (Scheme.CONTAINER, script.course.names.doses[-1])
    kept = tuple(i for i in received.identifiers if i != lost)
    return script.having(replace(received, identifiers=kept)), _shipment(script, "home")


def _bag_too_many(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    received = script.line("product_received")
    more = (Scheme.CONTAINER, f"{script.course.names.batch}-09")
    found = replace(received, identifiers=(*received.identifiers, more))
    return script.having(found), _shipment(script, "home")


def _two_bags(course: Course) -> bool:
    return len(course.names.doses) > 1


def _two_couriers(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """Somebody else takes the product from the maker as well, and both sides write that down."""
    lines = []
    for name in ("home_handed_over", "home_accepted"):
        line = script.line(name)
        at = line.at + timedelta(hours=3)
        again = replace(line, name=f"{name}:again", at=at, delay=AT_ONCE)
        lines.append(again.saying(to_party=SECOND_COURIER, recorded_at=at))
    return script.having(*lines), _shipment(script, "home")


def _lane_ended(way: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        leaves = script.line(f"{way}_handed_over").at
        ended = leaves - timedelta(days=chance.randrange(1, 40))
        booked = script.line(f"{way}_booked").saying(lane_qualified_until=ended)
        return script.having(booked), _shipment(script, way)

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "CU-08",
        "lane-ended-out",
        "the cells travel on a lane whose qualification has ended",
        script=_lane_ended("out"),
    ),
    Fault(
        "CU-08",
        "lane-ended-home",
        "the product travels on a lane whose qualification has ended",
        script=_lane_ended("home"),
    ),
    Fault(
        "CU-02",
        "two-couriers",
        "two couriers take the product from the maker, and neither gives it to the other",
        script=_two_couriers,
    ),
    Fault(
        "CU-05",
        "seal-broken",
        "the seal of the product is broken when the clinic takes it from the courier",
        script=_saying("home", "home_received", seal_intact=False),
    ),
    Fault(
        "CU-05",
        "seal-broken-at-receipt",
        "the maker unpacks the cells and finds their seal broken",
        script=_saying("out", "material_received", seal_intact=False),
    ),
    Fault(
        "CU-05",
        "other-seal",
        "the package arrives with another seal than the one it was closed with",
        script=_other_seal,
    ),
    Fault(
        "CU-06",
        "given-to-others",
        "the product is delivered to another hospital and never comes back",
        script=_given_to_others,
        strands="home",
        brings=("SQ-02",),
    ),
    Fault(
        "CU-06",
        "given-to-others-first",
        "the product is delivered to another hospital first, and to the right one hours later",
        script=_given_to_others_first,
        stays=False,
    ),
    Fault(
        "CU-07",
        "bag-missing",
        "one of the bags that were packed is not among those that the clinic receives",
        suits=_two_bags,
        script=_bag_missing,
    ),
    Fault(
        "CU-07",
        "bag-too-many",
        "the clinic receives a bag that nobody has packed",
        script=_bag_too_many,
    ),
)
