"""`v2v connect SYSTEM --check`: what is understood of a partner's messages, for people, programs and a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors import load
from connectors.check import Answer, check
from connectors.settings import read_partner, usable
from console import files, showing
from console.conformance import Conformance
from console.conformance_page import page
from console.trouble import Trouble
from schemas.envelope import System

COLOURS = {"mapped": "green", "ignored": "yellow"}
STATES = {"told": "green", "partly": "yellow"}
ENVELOPE = frozenset(
    {
        *("type", "event_id", "occurred_at", "occurred_offset_minutes", "occurred_precision"),
        *("identifiers", "coi", "system", "partner", "environment", "source_message"),
    }
)
"""What is told in its own place, or says nothing about one event."""


def run(
    system: str,
    path: Path,
    config: Path | None,
    *,
    as_json: bool,
    fields: bool,
    html: Path | None,
) -> bool:
    """Tell it all; whether nothing was refused."""
    if not path.exists():
        raise Trouble(f"{path} does not exist", "name a file or a folder of messages")
    partner = read_partner(system, config)
    usable(load(system), partner)
    found = Conformance(System(system))
    kept: list[Answer] = []
    for answer in check(system, path, partner, fields=fields or html is not None):
        found.add(answer)
        if html is not None:
            kept.append(answer)
        if as_json:
            showing.json_line(answer)
        else:
            _tell(answer, fields)
    summary = found.summary()
    if html is not None:
        files.write(html, [page(kept, summary)])
    if as_json:
        showing.json_line({"summary": summary})
    else:
        _tell_summary(summary)
    return not found.decisions["refused"]


def _tell(answer: Answer, fields: bool) -> None:
    decision = str(answer["decision"])
    colour = COLOURS.get(decision, "red")
    reason = f": {answer['reason']}" if answer.get("reason") else ""
    about = showing.plain(f"{answer['file']}{reason}")
    showing.say(f"[{colour}]{decision}[/{colour}] {about}")
    for name in ("detail", "remedy"):
        if answer.get(name):
            showing.say(showing.plain(f"    {name}: {answer[name]}"))
    events = answer["events"]
    assert isinstance(events, list)
    for event in events:
        showing.say(showing.plain(f"    {' '.join(_told(event))}"))
    traced = answer.get("fields")
    if fields and isinstance(traced, dict):
        for path, to in traced["read"].items():
            showing.say(showing.plain(f"    {path} -> {', '.join(to)}"))
        showing.say(showing.plain(f"    not read: {', '.join(traced['ignored']) or 'nothing'}"))


def _told(event: Mapping[str, Any]) -> Iterator[str]:
    """An event in one line: what, when and how exactly, of what, and what else it says."""
    yield str(event["type"])
    yield str(event["occurred_at"])
    if offset := event.get("occurred_offset_minutes"):
        yield f"(partner's offset {offset:+d} min)"
    if (precision := event.get("occurred_precision")) is not None:
        yield f"(exact to the {precision})"
    if event.get("coi"):
        yield f"COI:{event['coi']}"
    yield from (f"{one['scheme']}:{one['value']}" for one in event.get("identifiers", ()))
    yield from (f"{name}={_short(v)}" for name, v in event.items() if name not in ENVELOPE)


def _short(value: object) -> str:
    return f"[{len(value)}]" if isinstance(value, list) else str(value)


def _tell_summary(summary: Mapping[str, Any]) -> None:
    say, plain = showing.say, showing.plain
    say(f"\n[bold]Together[/bold] {plain(_counts(summary['decisions']) or 'no message')}")
    for reason, n in summary["reasons"].items():
        say(plain(f"  {n} {reason}"))
    say("\n[bold]Milestones[/bold]")
    for m in summary["milestones"]:
        colour = STATES.get(m["state"], "red")
        missing = f"; missing {', '.join(m['missing'])}" if m["missing"] else ""
        told = plain(f"{m['milestone']} {m['title']}{missing}")
        say(f"  [{colour}]{m['state']:<7}[/{colour}] {told}")
    for gate in summary["gates"]:
        needs = " or ".join(gate["needs"])
        say(plain(f"  gate {gate['gate']} stays unknown: {gate['asks']} Needs {needs}"))
    say("\n[bold]Left open[/bold]")
    for name, said in summary["events"].items():
        left = _counts(said["left_open"]) or "nothing"
        say(plain(f"  {name} ({said['count']}): {left}"))
    say(f"\n[bold]In the pipeline, alone[/bold] {plain(_counts(summary['pipeline']) or 'nothing')}")
    _few("  set aside", (f"{s['type']} {s['reason']}: {s['remedy']}" for s in summary["set_aside"]))
    _few("  waits", summary["waits_for"])
    if summary["unread"]:
        say(f"\n[bold]Fields that nothing reads[/bold] {plain(_counts(summary['unread']))}")


def _few(what: str, said: Iterable[str], most: int = 10) -> None:
    found = list(said)
    for one in found[:most]:
        showing.say(showing.plain(f"{what} {one}"))
    if len(found) > most:
        showing.say(f"{what}: {len(found) - most} more; --json has all")


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in found.items())
