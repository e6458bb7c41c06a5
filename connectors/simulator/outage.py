"""An outage drill: many courses close together, one partner of whom nothing comes for some hours, and who is then in danger.

Who is in danger is read off the scripts: which facts their partners have sent by a moment, and which
clocks of cells run then. It shares no code with what watches partners. The courses follow one another
closely, so that many of them travel at the same time; what the silent partner has to say meanwhile is
sent when the outage is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from connectors.connector import Partner
from connectors.simulator.course import Course, draw_course
from connectors.simulator.delays import send
from connectors.simulator.equipment import equip
from connectors.simulator.network import PARTNERS
from connectors.simulator.script import Script
from connectors.simulator.stages import tell
from connectors.simulator.timeline import START
from schemas.envelope import Environment, Event, Scheme, System, event_id
from schemas.platform import PartnerHeartbeat
from schemas.transport import ShipmentBooked

APART = timedelta(minutes=15)
"""One collection follows the other so closely."""

FIRST = START + timedelta(days=20)
"""When the first collection ends; everybody was enrolled before."""

BEAT = timedelta(minutes=5)
"""How often each partner says that it is alive."""

HORIZON = timedelta(hours=72)
"""From so long before its end a clock counts; proposed, and stated by the platform's own limits as well."""

FULL = timedelta(hours=24)
"""So long after the first collection the cells of many courses are on their way."""


@dataclass(frozen=True, slots=True)
class InDanger:
    """A course that is harmed unless the silent partner's word comes."""

    coi: str
    harm_at: datetime


@dataclass(frozen=True)
class Drill:
    """One drill: whose cells, which partner, and how long."""

    journeys: int
    seed: int
    silent: Partner
    since: datetime
    until: datetime

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """What would be said without the outage; every journey is a clean one."""
        drawn = [draw_course(self.seed, number) for number in range(self.journeys)]
        return tuple(tell(course) for course in equip([_moved(course) for course in drawn]))

    def sent(self) -> list[tuple[datetime, Event]]:
        """Every message until some hours after the outage, in the order in which they come."""
        found: list[tuple[datetime, int, Event]] = []
        for script in self.scripts:
            for one in send(script):
                event = one.line.event(script.course)
                found += [
                    (self._comes(event.system, at), event.event_id.int, event) for at in one.at
                ]
        ends = self.until + timedelta(hours=2)
        found.sort(key=lambda one: one[:2])
        return [(at, event) for at, _, event in found if at <= ends]

    def beats(self) -> Iterator[tuple[datetime, Event]]:
        """The heartbeats of every partner around the outage; the silent one sends none in it."""
        at = self.since - timedelta(hours=1)
        while at <= self.until + timedelta(hours=2):
            for partner in PARTNERS:
                if partner != self.silent or not self.since < at < self.until:
                    yield at, _beat(partner, at)
            at += BEAT

    def _comes(self, system: System, at: datetime) -> datetime:
        waits = system is self.silent.system and self.since < at < self.until
        return self.until + timedelta(minutes=1) if waits else at

    def in_danger(self, at: datetime) -> list[InDanger]:
        """Who is in danger at a moment of the outage, those with the least time left first."""
        found = [self._danger(script, at) for script in self.scripts]
        return sorted((one for one in found if one is not None), key=lambda d: (d.harm_at, d.coi))

    def _danger(self, script: Script, at: datetime) -> InDanger | None:
        known = self._known(script, at)
        spoken = any(
            line.system is self.silent.system for line in script.lines if known.get(line.name)
        )
        clocks = list(_clocks(script.course, known, script, self.silent.system))
        near = [harm for harm in clocks if harm - HORIZON <= at and harm > self.since]
        if not spoken or not near:
            return None
        return InDanger(script.course.names.coi, min(near))

    def _known(self, script: Script, at: datetime) -> Mapping[str, bool]:
        """Which lines of a script have come by a moment."""
        return {
            one.line.name: self._comes(one.line.system, one.at[0]) <= at for one in send(script)
        }


def drill(journeys: int, seed: int, system: System, hours: float) -> Drill:
    """A drill with the network's partner of this system."""
    (silent,) = (partner for partner in PARTNERS if partner.system is system)
    since = FIRST + FULL
    return Drill(journeys, seed, silent, since, since + timedelta(hours=hours))


def _moved(course: Course) -> Course:
    """The same course at another time: its cells are collected when its turn comes."""
    timeline = course.timeline
    start = FIRST + APART * course.journey - (timeline["collected"] - timeline.start)
    return replace(course, timeline=timeline.starting(start))


def _clocks(
    course: Course, known: Mapping[str, bool], script: Script, system: System
) -> Iterator[datetime]:
    """The ends of the clocks that run by what is known, as far as they wait for a word of this system.

    Until the maker decides, fresh cells wait to arrive and to be decided on, and a shipper holds until
    it has arrived; thawed cells wait for the clinic.
    """
    when = course.timeline
    for way, arrived in (("out", "material_received"), ("home", "product_received")):
        here = known[arrived] or known[f"{way}_delivered"] or known[f"{way}_received"]
        here = here or (way == "out" and known["material_decided"])
        waits = system is System.LOGISTICS and known[f"{way}_booked"] and known[f"{way}_packed"]
        if waits and not here:
            yield when[f"{way}_packed"] + timedelta(hours=_hold(script, way))
    hold = course.profile.fresh_hold
    if hold is not None and known["collected"] and not known["material_decided"]:
        travels = known["out_booked"] or known["out_packed"] or known["out_handed_over"]
        here = known["material_received"] or known["out_delivered"] or known["out_received"]
        if system is System.MES or (system is System.LOGISTICS and travels and not here):
            yield when["collected"] + timedelta(hours=hold.hours)
    if system is System.CLINIC:
        clock = course.profile.clocks[0]
        for dose in range(1, len(course.names.doses) + 1):
            start = f"thaw:{dose}" if clock.start.value == "thaw_started" else f"thawed:{dose}"
            stop = "infusion" if clock.stop.value == "infusion_started" else "infused"
            if known[start] and not known[f"{stop}:{dose}"]:
                yield when[start] + timedelta(minutes=clock.minutes)


def _hold(script: Script, way: str) -> float:
    line = script.line(f"{way}_booked")
    assert line.kind is ShipmentBooked
    assert any(scheme is Scheme.SHIPMENT for scheme, _ in line.identifiers)
    hours = line.fields["shipper_hold"]
    assert isinstance(hours, float)
    return hours


def _beat(partner: Partner, at: datetime) -> PartnerHeartbeat:
    system, name = partner.system, PartnerHeartbeat.type_name()
    return PartnerHeartbeat(
        event_id=event_id(system.value, partner.name, f"drill/{at.isoformat()}", name),
        occurred_at=at,
        system=system,
        partner=partner.name,
        environment=Environment.SYNTHETIC,
        interface=system,
        interval_seconds=int(BEAT.total_seconds()),
    )
