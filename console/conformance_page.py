"""The conformance report as one HTML page that opens anywhere: no script, nothing fetched.

Whatever a partner wrote stands there as text: every value is escaped, and the page's own policy forbids
scripts, so that a message can do nothing to its reader. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from connectors.check import Answer
from console.showing import visible
from schemas.catalogue import EVENT_BY_NAME
from schemas.shape import parts

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100% }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere }
summary { cursor: pointer; padding: .25rem 0 }
.mapped, .told, .admitted { color: #176a2b } .ignored, .partly, .waiting { color: #7a5a00 }
.refused, .missing, .quarantined { color: #a01818; font-weight: 600 }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e4e6ea }
  .mapped, .told, .admitted { color: #7fd694 } .ignored, .partly, .waiting { color: #e3c46a }
  .refused, .missing, .quarantined { color: #ff9d9d } th, td { border-color: #3a3d44 } }
"""


def page(answers: Iterable[Answer], summary: Mapping[str, Any]) -> str:
    """The whole page."""
    return "".join(_page(list(answers), summary))


def text(value: object) -> str:
    """A value as text of the page, and nothing but text."""
    return escape(visible(value))


def _page(answers: list[Answer], summary: Mapping[str, Any]) -> Iterator[str]:
    system = text(summary["system"])
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{system}: what is understood</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
    yield f"<h1>{system}: what is understood</h1>"
    yield _table(("decision", "messages"), summary["decisions"].items())
    if summary["reasons"]:
        yield _table(("not mapped", "messages"), summary["reasons"].items())
    yield "<h2>Milestones</h2>"
    yield _rows(
        ("milestone", "state", "told by", "not in these messages"),
        (
            (
                text(f"{m['milestone']} {m['title']}"),
                _mark(m["state"]),
                text(", ".join(f"{name} ({n})" for name, n in m["told"].items()) or "-"),
                text(", ".join(m["missing"]) or "-"),
            )
            for m in summary["milestones"]
        ),
    )
    if summary["gates"]:
        yield "<h2>Gates that stay unknown</h2><p>They ask this system, and these messages do not answer.</p>"
        yield _table(
            ("gate", "must be so", "needs"),
            ((g["gate"], g["asks"], ", ".join(g["needs"])) for g in summary["gates"]),
        )
    yield "<h2>Events</h2>"
    yield _table(
        ("type", "events", "left open"),
        (
            (
                name,
                said["count"],
                ", ".join(f"{f} ({n})" for f, n in said["left_open"].items()) or "-",
            )
            for name, said in summary["events"].items()
        ),
    )
    yield "<h2>In the pipeline</h2><p>What becomes of these events, if nothing else ever came.</p>"
    yield _table(("outcome", "events"), summary["pipeline"].items())
    if summary["set_aside"]:
        yield _table(
            ("set aside", "reason", "detail", "what to do"),
            ((s["type"], s["reason"], s["detail"], s["remedy"]) for s in summary["set_aside"]),
        )
    if summary["waits_for"]:
        yield _table(("waits", "events"), summary["waits_for"].items())
    if summary["unread"]:
        yield "<h2>Fields that nothing reads</h2>"
        yield _table(("field", "messages"), summary["unread"].items())
    yield "<h2>Messages</h2>"
    for answer in answers:
        yield from _message(answer)
    yield "</body></html>\n"


def _message(answer: Answer) -> Iterator[str]:
    reason = f": {text(answer['reason'])}" if answer.get("reason") else ""
    yield f"<details><summary>{_mark(str(answer['decision']))} {text(answer['file'])}{reason}</summary>"
    for name in ("detail", "remedy"):
        if answer.get(name):
            yield f"<p>{name}: {text(answer[name])}</p>"
    events = answer["events"]
    assert isinstance(events, list)
    for event in events:
        docs = {part.name: part.doc or "" for part in parts(EVENT_BY_NAME[event["type"]])}
        yield f"<h3>{text(event['type'])}</h3>"
        yield _table(
            ("field", "value", "says"),
            ((n, _value(v), docs.get(n, "")) for n, v in event.items() if n != "type"),
        )
    fields = answer.get("fields")
    if isinstance(fields, dict):
        read = ((path, ", ".join(to)) for path, to in fields["read"].items())
        yield _table(("field that is read", "goes to"), read)
        yield f"<p>Not read: {text(', '.join(fields['ignored']) or 'nothing')}</p>"
        if fields["unknown"]:
            yield f"<p>Not looked at, too many: {text(len(fields['unknown']))} fields</p>"
    yield "</details>"


def _value(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_value(one) for one in value)
    if isinstance(value, dict):
        if {"scheme", "value"} <= value.keys():
            return f"{value['scheme']}:{value['value']}"
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    return str(value)


def _mark(state: str) -> str:
    return f'<span class="{text(state)}">{text(state)}</span>'


def _table(names: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    return _rows(names, ([text(cell) for cell in row] for row in rows))


def _rows(names: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table whose cells are markup already."""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
