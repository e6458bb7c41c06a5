"""A network of partners plays therapy journeys: what each sends in its own format, when, and in what disorder.

`play` gives the partners' own messages, `inbound` the same facts without a format, for runs of many
events. Both are the same for the same seed, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.connector import Partner
from connectors.simulator import clinic, erp, lims, logistics, mes, qms
from connectors.simulator.delays import send
from connectors.simulator.journey import Journey, tell_journeys
from connectors.simulator.labels import Label
from connectors.simulator.native import NativeMessage
from connectors.simulator.schedule import Schedule, Sending
from connectors.simulator.script import PARTNER
from connectors.simulator.stages.moving import DRY_SHIPPER_HOURS
from schemas.control import Tick
from schemas.envelope import Environment, Event, System, event_id
from schemas.platform import PartnerHeartbeat
from schemas.profiles import platform_limits, shipped

Render = Callable[[Sequence[Event]], list[NativeMessage]]

RENDERERS: Mapping[System, Render] = {
    System.CLINIC: clinic.render,
    System.ERP: erp.render,
    System.MES: mes.render,
    System.LIMS: lims.render,
    System.QMS: qms.render,
    System.LOGISTICS: logistics.render,
}
"""How each system writes what it has to say."""

PARTNERS: tuple[Partner, ...] = tuple(
    Partner(name=name, system=system, environment=Environment.SYNTHETIC)
    for system, name in PARTNER.items()
)
"""The partners of the network, as the connectors that listen to them have to know them."""

MOVES = (
    "transport.CustodyHandedOver",
    "transport.CustodyAccepted",
    "transport.CheckpointPassed",
)
"""After each of these the next point of the way is waited for."""

PLANS = ("pick_up_planned_at", "infusion_planned_at")
"""Fields whose day somebody waits for, although nothing happens before."""

PARTS_APART = timedelta(seconds=4)

Progress = Callable[[int, int], None]
"""Hears how many journeys are done, of how many."""


@dataclass(frozen=True, slots=True)
class Play:
    """One play: what is sent, what must be raised, and the facts behind it."""

    schedule: Schedule
    labels: tuple[Label, ...]
    events: tuple[Event, ...]
    """Every fact once, in the order in which they happened."""
    seed: int
    journeys: int


def play(
    journeys: int, seed: int, *, passing: bool = False, progress: Progress | None = None
) -> Play:
    """The journeys of a seed, as the partners' own messages in order of time.

    `passing` also plays faults whose alert a later fact of the same journey ends; whether such an alert is
    seen depends on when ticks come between the messages. What no connector would say has no message, and
    is not played here; see `inbound`.
    """
    sendings: list[Sending] = []
    labels: list[Label] = []
    events: list[Event] = []
    for done, journey in enumerate(tell_journeys(journeys, seed, passing=passing), start=1):
        told = [line.event(journey.course) for line in journey.script.lines if not line.direct]
        events += told
        labels += () if journey.script.direct else journey.labels
        sendings += _sendings(journey, told)
        if progress is not None:
            progress(done, journeys)
    sendings.sort(key=lambda sending: (sending.at, sending.system, sending.message.name))
    events.sort(key=lambda event: (event.occurred_at, event.event_id))
    return Play(_schedule(sendings, events), tuple(labels), tuple(events), seed, journeys)


def inbound(
    journeys: int,
    seed: int,
    *,
    passing: bool = False,
    only: Container[int] | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[datetime, Event]]:
    """The facts of a seed with the moments at which they are sent, in that order, repeats and all.

    `only` leaves out what is said about other journeys than these.
    """
    sent: list[tuple[datetime, int, Event]] = []
    for done, journey in enumerate(tell_journeys(journeys, seed, passing=passing), start=1):
        if only is not None and journey.course.journey not in only:
            continue
        for sending in send(journey.script):
            event = sending.line.event(journey.course)
            sent.extend((at, event.event_id.int, event) for at in sending.at)
        if progress is not None:
            progress(done, journeys)
    sent.sort(key=lambda one: one[:2])
    yield from ((at, event) for at, _, event in sent)


ALIVE_EVERY = timedelta(hours=12)
"""How often each partner of the network says that it is alive; seldom, since a play lasts for months."""


def alive(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, Event]]:
    """The heartbeats of the network's partners from one moment to another, in order of time."""
    at = begins
    while at <= ends:
        for partner in PARTNERS:
            system, name = partner.system, PartnerHeartbeat.type_name()
            yield (
                at,
                PartnerHeartbeat(
                    event_id=event_id(system.value, partner.name, at.isoformat(), name),
                    occurred_at=at,
                    system=system,
                    partner=partner.name,
                    environment=Environment.SYNTHETIC,
                    interface=system,
                    interval_seconds=int(ALIVE_EVERY.total_seconds()),
                ),
            )
        at += ALIVE_EVERY


def lags(
    journeys: int, seed: int, *, passing: bool = False, only: Container[int] | None = None
) -> Iterator[Tick]:
    """What time says of the pipeline's own outages in a play, at the end of each and shortly after it."""
    for journey in tell_journeys(journeys, seed, passing=passing):
        if only is None or journey.course.journey in only:
            for outage in journey.script.outages:
                number, until = outage.partition, outage.until
                yield Tick(now=until, partition=number, waiting_since=outage.since)
                if outage.ends:
                    yield Tick(now=until + PARTS_APART, partition=number)


def ends_at(events: Sequence[Event], last: datetime) -> datetime:
    """A moment after the last message and after every deadline that one of the facts sets."""
    waits = _longest_waits()
    deadlines = (
        max(event.occurred_at, event.recorded_at or event.occurred_at)
        + timedelta(hours=waits.get(event.type_name(), 0.0) + waits[""])
        for event in events
    )
    plans = (
        planned + timedelta(hours=waits[""])
        for event in events
        for field in PLANS
        if isinstance(planned := getattr(event, field, None), datetime)
    )
    return max(last, *deadlines, *plans) + timedelta(hours=1)


def _longest_waits() -> dict[str, float]:
    """How many hours may pass after a fact before something is overdue; under "" for any fact."""
    waits = {"transport.PackagePacked": DRY_SHIPPER_HOURS}
    limits = platform_limits()
    waits |= {"": max(limits.orphan_grace.minutes, limits.word_grace.minutes) / 60}
    waits["treatment.InfusionStarted"] = limits.authority_notice.hours_at_most
    for profile in shipped():
        leads = [(lead.after, lead.hours) for lead in profile.milestones]
        leads.append(("manufacture.ProductFilled", profile.release.planned_hours_after_fill))
        leads += [("treatment.ThawRecorded", clock.minutes / 60) for clock in profile.clocks]
        window = profile.handover_window.minutes / 60
        notice = max(window, limits.authority_notice.hours_at_most)
        leads += [("transport.CustodyHandedOver", notice), ("transport.CustodyAccepted", notice)]
        if profile.fresh_hold is not None:
            leads.append(("collection.CollectionCompleted", profile.fresh_hold.hours))
        if profile.vein_to_vein is not None:
            leads.append(("collection.CollectionCompleted", profile.vein_to_vein.hours))
        if profile.infusion_window is not None:
            latest = profile.infusion_window.latest_hours
            leads.append(("treatment.LymphodepletionCompleted", latest))
        if profile.dwell is not None:
            leads += [(name, profile.dwell.hours) for name in MOVES]
        for name, hours in leads:
            waits[name] = max(waits.get(name, 0.0), hours)
    return waits


def _sendings(journey: Journey, events: Sequence[Event]) -> Iterator[Sending]:
    """Each system's messages about one journey, at every moment at which they are sent."""
    sent = [one for one in send(journey.script) if not one.line.direct]
    moments = {event.event_id: one.at for event, one in zip(events, sent, strict=True)}
    for system, render in RENDERERS.items():
        own = [event for event in events if event.system is system]
        messages = render(own)
        each = len(messages) // max(1, len(own))
        for place, event in enumerate(own):
            # a quality system sends a notice first, and the record of it some seconds later
            for part, message in enumerate(messages[place * each : (place + 1) * each]):
                for at in moments[event.event_id]:
                    later = at + PARTS_APART * part
                    yield Sending(later, system, event.partner, message)


def _schedule(sendings: Sequence[Sending], events: Sequence[Event]) -> Schedule:
    first = min(sending.at for sending in sendings)
    begins = first.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return Schedule(tuple(sendings), begins, ends_at(events, sendings[-1].at))
