"""The verb `v2v accuracy`: simulated journeys through the whole chain, judged by the labels of their script."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from connectors.simulator.journey import tell_journeys
from connectors.simulator.labels import Label
from connectors.simulator.network import ends_at, inbound
from console import showing
from console.summary import Told, told_by
from schemas import topics
from schemas.alert import Alert
from schemas.control import Tick
from schemas.envelope import Event
from schemas.exceptions import EXCEPTIONS
from schemas.wire import WireMessage, decode_contract, encode_contract, to_message
from streams.replay import Replay

EVERY = timedelta(minutes=15)
"""How often it is said how late it is; the shortest clock of a profile runs for half an hour."""

Progress = Callable[[int, int], None]
Arrival = tuple[str, WireMessage]


@dataclass(frozen=True, slots=True)
class Count:
    """One code: how many labels it has, how many of them were raised, missed, and raised without a label."""

    expected: int
    raised: int
    missed: int
    false: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What a run came to."""

    events: int
    codes: dict[str, Count]
    missed: tuple[Told, ...]
    false: tuple[Told, ...]


def attach(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("accuracy")(accuracy)


def accuracy(
    journeys: Annotated[int, typer.Option(min=1, help="How many therapies to play.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed plays the same network.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play journeys, raise alerts without a broker, and count per code what was raised, missed and false.

    Half of the journeys go wrong, all codes equally often, and their scripts say how. Exit 1 when an
    exception was missed or an alert was false; those are named on stderr.

    Example: v2v accuracy --journeys 1000 --seed 7 --json
    """
    started = time.monotonic()
    with showing.progress("playing") as heard:
        labels = [x for told in tell_journeys(journeys, seed, passing=True) for x in told.labels]
        sent = list(inbound(journeys, seed, passing=True, progress=heard))
    with showing.progress("replaying") as heard:
        found = judged(labels, sent, heard)
    seconds = round(time.monotonic() - started, 1)
    for word, which in (("missed", found.missed), ("false", found.false)):
        for code, about in which:
            showing.err.print(f"{word}: {code} {showing.plain(about)}")
    codes = {code: asdict(count) for code, count in found.codes.items()}
    if as_json:
        run = {"journeys": journeys, "events": found.events, "seconds": seconds, "codes": codes}
        showing.json_line(run)
    else:
        columns = ("code", *Count.__dataclass_fields__)
        rows = ((code, *map(str, counts.values())) for code, counts in codes.items())
        showing.table(columns, rows, "no code")
        showing.say(f"{journeys} journey(s), {found.events} events, {seconds} s")
    if found.missed or found.false:
        raise typer.Exit(1)


def judged(
    labels: Iterable[Label], sent: Iterable[tuple[datetime, Event]], progress: Progress
) -> Accuracy:
    """Take what was sent through the whole chain, and hold its alerts against the labels."""
    arriving = list(sent)
    replay = Replay()
    total = len(arriving)
    for done, (_, event) in enumerate(_with_time(replay, arriving), start=1):
        replay.take(topics.inbound(event.system, event.partner), to_message(event))
        if done % 500 == 0 or done == total:
            progress(done, total)
    replay.take(*_tick(ends_at([event for _, event in arriving], arriving[-1][0])))
    wanted, raised = told_by(labels, (decode_contract(Alert, raw) for raw in replay.alerts))
    return Accuracy(
        total,
        counted(wanted, raised),
        tuple(sorted(wanted - raised)),
        tuple(sorted(raised - wanted)),
    )


def counted(wanted: set[Told], raised: set[Told]) -> dict[str, Count]:
    """How each code did, in the order of the catalogue; none is left out."""
    sets = (wanted, wanted & raised, wanted - raised, raised - wanted)
    per_code = [Counter(code for code, _ in told) for told in sets]
    return {kind.code: Count(*(found[kind.code] for found in per_code)) for kind in EXCEPTIONS}


def _with_time(
    replay: Replay, arriving: list[tuple[datetime, Event]]
) -> Iterator[tuple[datetime, Event]]:
    """What arrives, and before it the time that has passed since."""
    due = arriving[0][0]
    for moment, event in arriving:
        while due <= moment:
            replay.take(*_tick(due))
            due += EVERY
        yield moment, event


def _tick(now: datetime) -> Arrival:
    return topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=now)))
