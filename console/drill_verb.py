"""The verb `v2v drill`: one partner falls silent for some hours, and the right courses must be named in the right order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Annotated

import typer

from connectors.simulator.outage import Drill, InDanger, drill
from console import showing
from schemas import topics
from schemas.alert import Alert
from schemas.control import Tick
from schemas.envelope import Event, System
from schemas.wire import WireMessage, decode_contract, encode_contract, to_message
from streams.messages import partner_key
from streams.replay import Replay

EVERY = timedelta(minutes=15)
"""How often it is said how late it is, and who is named is looked at."""

BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """Who was named at a moment of the outage, and who is in danger by the scripts."""

    at: datetime
    alert: Alert | None
    expected: list[InDanger]

    @property
    def named(self) -> list[InDanger]:
        """The courses that the alert names, in its order."""
        found = () if self.alert is None else self.alert.harmed
        return [InDanger(course.coi, course.harm_at) for course in found]

    @property
    def right(self) -> bool:
        """Whether exactly the right courses were named, in the right order."""
        return self.named == self.expected


def attach(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("drill")(drill_verb)


def drill_verb(
    system: Annotated[System, typer.Option(help="Whose partner falls silent.")] = System.LOGISTICS,
    hours: Annotated[float, typer.Option(min=1, max=48, help="For how long.")] = 6,
    journeys: Annotated[int, typer.Option(min=1, help="How many therapies there are.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed plays the same network.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let one partner fall silent, and look whether exactly the courses in danger are named.

    Exit 1 when at any moment of the silence another course was named, or one was not.

    Example: v2v drill --system logistics --hours 6 --json
    """
    plan = drill(journeys, seed, system, hours)
    looks, replay = played(plan)
    last = looks[-1]
    wrong = [look for look in looks if not look.right]
    over = ended(plan, replay)
    if as_json:
        named = [{"coi": d.coi, "harm_at": d.harm_at.isoformat()} for d in last.named]
        showing.json_line(
            {
                "journeys": journeys,
                "system": system.value,
                "hours": hours,
                "looks": len(looks),
                "wrong": len(wrong),
                "named_at_most": max(len(look.named) for look in looks),
                "ended_with_the_silence": over,
                "named_at_the_end": named,
            }
        )
    else:
        rows = (
            [d.coi, f"{d.harm_at:%Y-%m-%d %H:%M}Z", str(d.harm_at - last.at)] for d in last.named
        )
        showing.table(("course", "harm at", "time left"), rows, "No course was in danger.")
        showing.say(f"{len(looks)} looks in {hours:g} h of silence, {len(wrong)} of them wrong")
    for look in wrong:
        odd = {d.coi for d in look.named} ^ {d.coi for d in look.expected}
        about = ", ".join(sorted(odd)) or "the order of those who are named"
        showing.err.print(f"wrong at {look.at.isoformat()}: {about}", soft_wrap=True)
    if wrong or not over:
        raise typer.Exit(1)


def played(plan: Drill) -> tuple[list[Look], Replay]:
    """Every look at the alert during the silence, from the moment on at which it has to be there."""
    replay, looks = Replay(), list[Look]()
    for at, said in merge(_messages(plan), _ticks(plan), key=lambda one: one[0]):
        if isinstance(said, Event):
            replay.take(topics.inbound(said.system, said.partner), to_message(said))
            continue
        replay.take(topics.TICKS, WireMessage(b"0", encode_contract(said)))
        if plan.since + EVERY <= at < plan.until:
            looks.append(Look(at, alert_of(plan, replay), plan.in_danger(at)))
    return looks, replay


def alert_of(plan: Drill, replay: Replay) -> Alert | None:
    """The open alert about the silent partner."""
    key = partner_key(plan.silent.system, plan.silent.name)
    for value in replay.latest.get("v2v.alerts.interface", {}).values():
        alert = decode_contract(Alert, value)
        if alert.code == "IF-01" and alert.object == key and alert.open:
            return alert
    return None


def ended(plan: Drill, replay: Replay) -> bool:
    """Whether nobody is called silent once all partners speak again."""
    latest = replay.latest.get("v2v.alerts.interface", {}).values()
    found = [decode_contract(Alert, value) for value in latest]
    return not any(alert.code == "IF-01" and alert.open for alert in found)


def _messages(plan: Drill) -> Iterator[tuple[datetime, Event | Tick]]:
    yield from merge(plan.sent(), plan.beats(), key=lambda one: one[0])


def _ticks(plan: Drill) -> Iterator[tuple[datetime, Event | Tick]]:
    at = plan.since - BEFORE
    while at <= plan.until + BEFORE:
        yield at, Tick(now=at)
        at += EVERY
