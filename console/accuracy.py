"""The verb `v2v accuracy`: simulated journeys through the whole chain, judged by the labels of their script."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Annotated

import typer

from connectors.simulator.journey import Journey, tell_journeys
from connectors.simulator.network import alive, ends_at, inbound, lags
from console import accuracy_live, showing
from console.summary import Told, told_by
from schemas import topics
from schemas.alert import Alert
from schemas.control import Tick
from schemas.envelope import Event
from schemas.exceptions import EXCEPTIONS
from schemas.lines import Arrival
from schemas.wire import WireMessage, decode_contract, encode_contract, to_message
from streams.replay import Replay

EVERY = timedelta(minutes=15)
"""How often it is said how late it is; the shortest clock of a profile runs for half an hour."""

TOGETHER = 100
"""About how many journeys are replayed together; courses meet in the things that they share."""


@dataclass(frozen=True, slots=True)
class Count:
    """One code: how many labels it has, how many of them were raised or missed, and alerts without one."""

    expected: int
    raised: int
    missed: int
    false: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some journeys of a play that share nothing with the others, so that they are replayed apart."""

    journeys: int
    seed: int
    only: range


def attach(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("accuracy")(accuracy)


def accuracy(
    journeys: Annotated[int, typer.Option(min=1, help="How many therapies to play.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed plays the same network.")] = 1,
    processes: Annotated[int, typer.Option(min=1, help="Replay in so many at once.")] = (
        os.cpu_count() or 1
    ),
    live: Annotated[
        bool,
        typer.Option("--live", help="Through a real Kafka and a worker; take 40 journeys or so."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play journeys, raise alerts without a broker, and count per code what was raised, missed and false.

    Half of the journeys go wrong, all codes equally often, and their scripts say how. Exit 1 when an
    exception was missed or an alert was false; those are named on stderr. With --live a worker takes the
    events from Kafka; there time is told twice a day, so faults that last for less are not played.

    Example: v2v accuracy --journeys 1000 --seed 7 --json
    """
    started = time.monotonic()
    told = list(tell_journeys(journeys, seed, passing=not live))
    if live:
        events, alerts = accuracy_live.run(
            arrivals(
                Part(journeys, seed, range(journeys)), passing=False, every=accuracy_live.EVERY
            )
        )
    else:
        pieces = max(1, journeys // TOGETHER)
        parts = [Part(journeys, seed, only) for only in apart(told, pieces)]
        events, alerts = _replayed(parts, processes)
    wanted, raised = told_by((label for journey in told for label in journey.labels), alerts)
    codes = {code: asdict(count) for code, count in counted(wanted, raised).items()}
    seconds = round(time.monotonic() - started, 1)
    for word, found in (("missed", wanted - raised), ("false", raised - wanted)):
        for code, about in sorted(found):
            showing.err.print(f"{word}: {code} {showing.plain(about)}", soft_wrap=True)
    if as_json:
        run = {"journeys": journeys, "events": events, "seconds": seconds, "codes": codes}
        showing.json_line(run)
    else:
        columns = ("code", *Count.__dataclass_fields__)
        rows = ((code, *map(str, counts.values())) for code, counts in codes.items())
        showing.table(columns, rows, "no code")
        showing.say(f"{journeys} journey(s), {events} events, {seconds} s")
    if wanted != raised:
        raise typer.Exit(1)


def counted(wanted: set[Told], raised: set[Told]) -> dict[str, Count]:
    """How each code did, in the order of the catalogue; none is left out."""
    sets = (wanted, wanted & raised, wanted - raised, raised - wanted)
    per_code = [Counter(code for code, _ in told) for told in sets]
    return {kind.code: Count(*(found[kind.code] for found in per_code)) for kind in EXCEPTIONS}


def apart(journeys: list[Journey], pieces: int) -> list[range]:
    """About as many pieces of a play, cut where no journey brings in one of another piece."""
    bound = {0}  # journeys before which the play cannot be cut
    for place, journey in enumerate(journeys):
        brought = {label.journey for label in journey.labels} | {place}
        if journey.fault is not None:
            brought.add(place - 1 if place else 1)  # whom a fault names that harms nobody else
        bound.update(range(min(brought) + 1, max(brought) + 1))
    free = [place for place in range(len(journeys)) if place not in bound]
    wished = [piece * len(journeys) // pieces for piece in range(1, pieces)]
    cuts = sorted({min(free, key=lambda place: abs(place - wish)) for wish in wished if free})
    return [
        range(begin, end)
        for begin, end in zip([0, *cuts], [*cuts, len(journeys)], strict=True)
        if begin < end
    ]


def arrivals(part: Part, *, passing: bool = True, every: timedelta = EVERY) -> Iterator[Arrival]:
    """What one part has to say, in order of sending, and at every step how late it is."""
    sent = list(inbound(part.journeys, part.seed, passing=passing, only=part.only))
    ends = ends_at([event for _, event in sent], sent[-1][0])
    sent = list(merge(sent, alive(sent[0][0], ends), key=_moment))
    behind = sorted(lags(part.journeys, part.seed, passing=passing, only=part.only), key=_when)
    due = sent[0][0]
    for moment, event in sent:
        while behind and behind[0].now <= moment:
            yield _tick(behind.pop(0))
        while due <= moment:
            yield _tick(Tick(now=due))
            due += every
        yield topics.inbound(event.system, event.partner), to_message(event)
    yield _tick(Tick(now=ends))


def replay(part: Part) -> tuple[int, list[bytes]]:
    """How many events one part has, and every alert that they raise, as it was issued."""
    found, events = Replay(), 0
    for topic, message in arrivals(part):
        events += topic != topics.TICKS
        found.take(topic, message)
    return events, found.alerts


def _replayed(parts: list[Part], processes: int) -> tuple[int, list[Alert]]:
    events, alerts = 0, list[Alert]()
    with showing.progress("replaying") as heard:
        heard(0, len(parts))
        for done, (count, issued) in enumerate(_results(parts, processes), start=1):
            events += count
            alerts += (decode_contract(Alert, raw) for raw in issued)
            heard(done, len(parts))
    return events, alerts


def _results(parts: list[Part], processes: int) -> Iterator[tuple[int, list[bytes]]]:
    if processes == 1 or len(parts) == 1:
        yield from map(replay, parts)
        return
    fresh = multiprocessing.get_context("spawn")  # a fork would take over the threads of the bar
    with ProcessPoolExecutor(min(processes, len(parts)), fresh) as pool:
        yield from pool.map(replay, parts)


def _tick(tick: Tick) -> tuple[str, WireMessage]:
    return topics.TICKS, WireMessage(b"0", encode_contract(tick))


def _moment(sent: tuple[datetime, Event]) -> datetime:
    return sent[0]


def _when(tick: Tick) -> datetime:
    return tick.now
