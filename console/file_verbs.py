"""Verbs for files: simulate, export, publish, replay."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from connectors.simulator.network import play
from connectors.simulator.writing import FolderNotEmpty
from connectors.simulator.writing import write as write_play
from console import files, settings, showing, topics
from console.trouble import Trouble
from schemas.wire import SchemaIds

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("simulate")(simulate)
    app.command("export")(export)
    app.command("publish")(publish)
    app.command("replay")(replay)


def simulate(
    to: Annotated[Path, typer.Option(help="A new or empty folder.")],
    journeys: Annotated[int, typer.Option(min=1)] = 40,
    seed: Annotated[int, typer.Option()] = 1,
    as_json: Json = False,
) -> None:
    """Write what a network of partners sends, in their own formats, with the labels of its faults.

    Example: v2v simulate --journeys 10 --seed 7 --to /tmp/partners
    """
    with showing.progress("playing") as heard:
        played = play(journeys, seed, progress=heard)
    try:
        with showing.progress("writing") as heard:
            counts = write_play(played, to, progress=heard)
    except FolderNotEmpty as wrong:
        raise Trouble(str(wrong)) from wrong
    if as_json:
        showing.json_line({"to": str(to), "messages": counts, "labels": len(played.labels)})
    else:
        told = ", ".join(f"{system} {count}" for system, count in counts.items())
        showing.say(f"{showing.plain(to)}: {told}; {len(played.labels)} labelled exception(s)")


def export(
    kind: Annotated[str, typer.Argument(help=" | ".join(files.KINDS))],
    to: Annotated[Path, typer.Option(help="The file to write.")],
    history: Annotated[
        bool, typer.Option("--history", help="With alerts: every revision.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write what the topics hold as JSON Lines, up to the end they have now.

    Example: v2v export alerts --to alerts.jsonl
    """
    if kind not in files.KINDS:
        raise Trouble(f"found {kind!r}", f"choose one of {', '.join(files.KINDS)}")
    with showing.progress(f"reading {kind}") as heard:
        lines = files.export_lines(
            kind,
            settings.brokers(),
            settings.partners(),
            history=history,
            librdkafka=settings.librdkafka(),
            progress=heard,
            ids=settings.schema_ids(),
        )
        count = files.write(to, lines)
    if as_json:
        showing.json_line({"file": str(to), "lines": count})
    else:
        showing.say(f"{showing.plain(to)}: {count} line(s)")


def publish(
    file: Annotated[Path, typer.Argument(help="A file of 'v2v export inbound'.")],
    as_json: Json = False,
) -> None:
    """Put the lines of an inbound file onto their topics.

    Example: v2v publish inbound.jsonl
    """
    client = topics.admin(settings.brokers(), settings.librdkafka())
    lines = list(files.read_file(file))
    files.demand_topics(client, {topic for topic, _ in lines})
    counts = files.publish(settings.brokers(), lines, settings.librdkafka())
    if as_json:
        showing.json_line(counts)
    else:
        showing.say(f"{sum(counts.values())} message(s) published to {len(counts)} topic(s)")


def replay(
    source: Annotated[str, typer.Option("--from", help="An inbound file, or kafka.")],
    to: Annotated[Path, typer.Option(help="The folder to write to.")],
    as_json: Json = False,
) -> None:
    """Take what came in through the whole pure chain, without Faust, and write what leaves it.

    Two replays of the same facts compare with cmp, whatever the order of the lines.

    Example: v2v replay --from inbound.jsonl --to replayed
    """
    ids: SchemaIds | None = settings.schema_ids()
    with showing.progress("replaying") as heard:
        if source == "kafka":
            lines = files.read_inbound(
                settings.brokers(), settings.partners(), settings.librdkafka(), heard
            )
        else:
            lines = files.read_file(Path(source))
            ids = ids or files.ids_of_file(Path(source))
        replayed = files.replay_to(to, lines, ids)
    outcomes: Counter[str] = Counter()
    for (_, outcome), count in replayed.line.outcomes.items():
        outcomes[outcome.value] += count
    summary = {
        kind: _count(to / f"{kind}.jsonl")
        for kind in ("records", "alerts", "quarantine", "waiting")
    }
    if as_json:
        showing.json_line({"to": str(to), **summary, "received": dict(outcomes)})
    else:
        told = ", ".join(f"{kind} {count}" for kind, count in summary.items())
        showing.say(f"{showing.plain(to)}: {told}")


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
