"""Verbs for partners that state our own events: write one, have it judged, send it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import orjson
import typer

from console import files, settings, showing, topics
from console.judging import Judged, judge, read_events
from console.trouble import Trouble
from schemas.authority import AUTHORITY
from schemas.catalogue import EVENT_BY_NAME
from schemas.envelope import System
from schemas.examples import PARTNER, example_line, owner_of
from schemas.lines import BadLine

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
COLOURS = {"admitted": "green", "waiting": "yellow"}


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(event, name="event")


event = typer.Typer(no_args_is_help=True, help="Events that a partner states in our own words.")


@event.command("new")
def event_new(
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="See v2v catalogue events.")],
    system: Annotated[str | None, typer.Option(help="The system that says it.")] = None,
    partner: Annotated[str, typer.Option(help="The partner's name in topics.")] = PARTNER,
    whole: Annotated[bool, typer.Option("--all", help="With every field it may have.")] = False,
) -> None:
    """Write an event of a type with example values, to be changed and sent.

    Example: v2v event new laboratory.ResultReported --partner lab-1 > result.json
    """
    kind = EVENT_BY_NAME.get(type_name)
    if kind is None:
        near = [name for name in EVENT_BY_NAME if type_name.lower() in name.lower()]
        known = ", ".join(near) if near else "a type of 'v2v catalogue events'"
        raise Trouble(f"there is no event type {type_name!r}", f"take {known}")
    speakers = sorted(s.value for name, s in AUTHORITY if name == type_name)
    if system is not None and system not in speakers:
        raise Trouble(f"{system!r} may not say {type_name}", f"choose {' or '.join(speakers)}")
    speaker = System(system) if system else owner_of(kind)
    try:
        line = example_line(kind, whole=whole, system=speaker, partner=partner)
    except ValueError:
        raise Trouble(
            f"--partner: found {partner!r}", "write small letters, digits and hyphens"
        ) from None
    print(orjson.dumps(line, option=orjson.OPT_INDENT_2).decode())


@event.command("validate")
def event_validate(
    file: Annotated[Path, typer.Argument(help="JSON Lines, one JSON event, or an array of them.")],
    as_json: Json = False,
) -> None:
    """Say of each event of a file whether it would be admitted, wait, or be set aside, and why; exit 1 if any would.

    Example: v2v event validate result.json
    """
    judged = _judged(file)
    _tell(judged, as_json)
    if not all(one.well for one in judged):
        raise typer.Exit(1)


@event.command("send")
def event_send(
    file: Annotated[Path, typer.Argument(help="A file that validates.")],
    as_json: Json = False,
) -> None:
    """Send the events of a file to their partners' topics; nothing is sent unless all validate.

    Example: v2v event send result.json
    """
    judged = _judged(file)
    wrong = [one for one in judged if not one.well]
    if wrong:
        _tell(wrong, as_json)
        raise Trouble(f"{len(wrong)} of {len(judged)} would be set aside", "nothing was sent")
    arrivals = [(one.topic, one.message) for one in judged if one.topic and one.message]
    client = topics.admin(settings.brokers(), settings.librdkafka())
    files.demand_topics(client, {topic for topic, _ in arrivals})
    counts = files.publish(settings.brokers(), arrivals, settings.librdkafka())
    if as_json:
        showing.json_line(counts)
        return
    for topic, count in sorted(counts.items()):
        showing.say(showing.plain(f"{topic}: {count} event(s)"))


def _judged(file: Path) -> list[Judged]:
    try:
        content = file.read_bytes()
    except OSError as wrong:
        raise Trouble(f"{file} cannot be read: {wrong.strerror}", "name a file of events") from None
    try:
        judged = judge(read_events(content), settings.schema_ids())
    except BadLine as wrong:
        raise Trouble(f"{file}: {wrong}", "'v2v event new TYPE' writes one") from None
    if not judged:
        raise Trouble(f"{file} holds no event", "'v2v event new TYPE' writes one")
    return judged


def _tell(judged: Iterable[Judged], as_json: bool) -> None:
    for one in judged:
        if as_json:
            showing.json_line(one.row())
            continue
        colour = COLOURS.get(one.outcome, "red")
        about = showing.plain(f"{one.place} {one.type}")
        showing.say(f"[{colour}]{one.outcome}[/{colour}] {about}")
        if one.detail:
            said = f"{one.reason}: {one.detail}" if one.reason else one.detail
            showing.say(showing.plain(f"    {said}"))
        if one.remedy:
            showing.say(showing.plain(f"    what to do: {one.remedy}"))
