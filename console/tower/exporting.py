"""Lists as files for other people's tools: CSV, JSON, a calendar of deadlines, a record as PDF. Times are in UTC.

A cell that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import orjson
from fastapi import APIRouter
from icalendar import Calendar, Event
from starlette.responses import Response, StreamingResponse

from console.tower import lists, watched
from console.tower import partners as partner_list
from console.tower.asking import MOST, Answer, Question, question
from console.tower.guard import Asking, Looking, SeeingQuarantine
from console.tower.printing import printed
from console.tower.problems import NotFound
from console.tower.telling import parsed, utc

routes = APIRouter(include_in_schema=False)

List = Callable[[Any, Any, Question], Answer]
EXCEPTION_COLUMNS = (
    "alert_id", "code", "title", "hazard", "severity", "state", "coi", "object", "detail", "owner",
    "assigned_to", "raised_at", "acknowledge_by", "decide_by", "harm_at", "acknowledged_by",
    "acknowledged_at", "rule", "profile", "revision",
)  # fmt: skip
COURSE_COLUMNS = (
    "coi",
    "product",
    "phase",
    "sites",
    "open_alerts",
    "gravest",
    "harm_at",
    "infusion_at",
)
QUARANTINE_COLUMNS = (
    "quarantine_id", "reason", "stage", "topic", "system", "partner", "event_id", "courses", "detail",
    "remedy", "cleared",
)  # fmt: skip
SHIPMENT_COLUMNS = (
    "shipment", "coi", "kind", "begun_at", "hold_until", "holder", "to", "checkpoint", "held_up",
    "arrival_planned_at", "arrival_expected_at", "refused",
)  # fmt: skip
PARTNER_COLUMNS = (
    "system", "partner", "standing", "events", "last_at", "usual_seconds", "heartbeat_at", "heartbeat_due_at",
    "heartbeats_expected_seconds", "heartbeats_seen_seconds", "numbers_missing", "clock_ahead_seconds",
    "waiting", "set_aside", "exceptions",
)  # fmt: skip
TIMES = frozenset({"harm_at", "infusion_at", "last_at", "heartbeat_at", "heartbeat_due_at"})
"""Columns that hold microseconds in the lists of courses and of partners."""


@routes.get("/export/exceptions.{kind}")
def exceptions(asking: Looking, kind: str) -> Response:
    """The exceptions of a filter, all of them."""
    return _exported(
        asking, kind, "exceptions", lists.exceptions, lists.EXCEPTION_FILTERS, EXCEPTION_COLUMNS
    )


@routes.get("/export/courses.{kind}")
def courses(asking: Looking, kind: str) -> Response:
    """The courses of a filter, all of them."""
    return _exported(asking, kind, "courses", lists.courses, lists.COURSE_FILTERS, COURSE_COLUMNS)


@routes.get("/export/quarantine.{kind}")
def quarantine(asking: SeeingQuarantine, kind: str) -> Response:
    """The messages set aside of a filter, all of them."""
    return _exported(
        asking, kind, "quarantine", lists.set_aside, lists.QUARANTINE_FILTERS, QUARANTINE_COLUMNS
    )


@routes.get("/export/shipments.{kind}")
def shipments(asking: Looking, kind: str) -> Response:
    """The shipments that are on their way."""
    with asking.tower.snapshot() as database:
        rows = watched.shipments(database, asking.person)
    return _sent(kind, "shipments", iter([rows]), SHIPMENT_COLUMNS)


@routes.get("/export/partners.{kind}")
def partners(asking: Looking, kind: str) -> Response:
    """How each partner does."""
    with asking.tower.snapshot() as database:
        now = asking.tower.fresh(database).now
        rows = partner_list.partners(database, asking.person, now)
    told = [_in_cells(row) for row in rows] if kind == "csv" else rows
    return _sent(kind, "partners", iter([told]), PARTNER_COLUMNS)


def _in_cells(partner: dict[str, Any]) -> dict[str, Any]:
    """What is told of one partner, a value for each column; what is not known stays empty."""
    beat, numbers = partner["heartbeat"] or {}, partner["numbers"] or {}
    return {
        **partner,
        "heartbeat_at": beat.get("at"),
        "heartbeat_due_at": beat.get("due_at"),
        "heartbeats_expected_seconds": beat.get("expected_seconds"),
        "heartbeats_seen_seconds": beat.get("seen_seconds"),
        "numbers_missing": numbers.get("missing"),
        "clock_ahead_seconds": (partner["clock"] or {}).get("ahead_seconds"),
        "set_aside": [f"{reason}:{count}" for reason, count in partner["set_aside"] or ()],
        "exceptions": [alert["code"] for alert in partner["alerts"] or ()],
    }


def _exported(
    asking: Asking,
    kind: str,
    name: str,
    asked: List,
    filters: tuple[str, ...],
    columns: tuple[str, ...],
) -> Response:
    given = {k: v for k, v in asking.request.query_params.items() if k not in ("live", "sent")}
    wanted = question(given, filters)
    with (
        asking.tower.snapshot() as database
    ):  # what cannot be asked is refused before the answer begins
        asked(database, asking.person, Question(wanted.filters, None, 1))
    return _sent(kind, name, _all(asking, asked, wanted), columns)


def _sent(
    kind: str, name: str, pages: Iterator[list[dict[str, Any]]], columns: tuple[str, ...]
) -> Response:
    """The pages of a list as one file."""
    if kind not in ("csv", "json"):
        raise NotFound(f"a list is exported as csv or json, not as {kind}")
    parts = _csv(pages, columns) if kind == "csv" else _json(pages)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    return StreamingResponse(parts, media_type=media, headers=headers)


def _all(asking: Asking, asked: List, wanted: Question) -> Iterator[list[dict[str, Any]]]:
    """Every row of one snapshot, page by page."""
    with asking.tower.snapshot() as database:
        here: Question | None = Question(wanted.filters, None, MOST)
        while here is not None:
            found = asked(database, asking.person, here)
            yield found.rows
            more = {"cursor": found.next or "", "limit": str(MOST)}
            here = question({**wanted.filters, **more}, wanted.filters) if found.next else None


def _csv(pages: Iterator[list[dict[str, Any]]], columns: tuple[str, ...]) -> Iterator[str]:
    yield _lines([columns])
    for rows in pages:
        yield _lines([_cell(name, row.get(name)) for name in columns] for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in TIMES and isinstance(value, int):
        return utc(value)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _json(pages: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    between = b'{"rows":['
    for rows in pages:
        if rows:
            yield between + b",".join(map(orjson.dumps, rows))
            between = b","
    yield b"]}" if between == b"," else b'{"rows":[]}'


@routes.get("/export/courses/{coi}.pdf")
def course(asking: Looking, coi: str) -> Response:
    """The patient-batch record of one course, to print or to keep."""
    tower = asking.tower
    with tower.snapshot() as database:
        record = lists.course(database, asking.person, coi)
        if record is None:
            raise NotFound(f"there is no course {coi}, or none that you may see")
        now = tower.fresh(database).now
        events = lists.events(database, coi)
        every = Question({"course": coi, "state": "all"}, None, MOST)
        alerts = lists.exceptions(database, asking.person, every).rows
    made = printed(record, events, alerts, now, asking.person.staff_code, tower.settings.origin)
    name = "".join(c for c in coi if c.isalnum() or c in "-_")
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


@routes.get("/export/deadlines.ics")
def deadlines(asking: Looking) -> Response:
    """Until when each open exception must be decided, as a calendar to subscribe to."""
    calendar = Calendar()
    calendar.add("prodid", "-//vein to vein//control tower//EN")
    calendar.add("version", "2.0")
    with asking.tower.snapshot() as database:
        now = asking.tower.fresh(database).now
    pages = _all(asking, lists.exceptions, Question({}))
    for alert in chain.from_iterable(pages):
        at = parsed(alert.get("harm_at") or alert["decide_by"])
        assert at is not None
        entry = Event()
        entry.add("uid", f"{alert['alert_id']}@vein-to-vein")
        entry.add("sequence", alert["revision"])
        entry.add("dtstamp", now)
        entry.add("dtstart", at)
        entry.add("dtend", at + timedelta(minutes=15))
        what = "harm" if alert.get("harm_at") else "decide"
        entry.add(
            "summary",
            f"{alert['severity']} {alert['code']} {what}: {alert.get('coi') or alert['object']}",
        )
        entry.add("description", f"{alert['title']}: {alert['detail']} ({alert['owner']} must act)")
        entry.add("url", f"{asking.tower.settings.origin}/exceptions/{alert['alert_id']}")
        calendar.add_component(entry)
    return Response(calendar.to_ical(), media_type="text/calendar; charset=utf-8")
