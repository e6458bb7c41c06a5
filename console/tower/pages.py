"""The pages that people look at. Each reads one snapshot; none changes anything."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from console.tower import course_told, drawing, lists, watched
from console.tower import partners as partner_list
from console.tower.access import Deed
from console.tower.acting import DEEDS, MEANING, NEED_A_REASON, grave, releasable
from console.tower.asking import Question, question
from console.tower.guard import Asking, Looking, SeeingQuarantine
from console.tower.problems import NotFound
from console.tower.rendering import page
from schemas.alert import AlertState, Hazard, Severity
from schemas.catalogue import EVENTS
from schemas.control import ActionKind
from schemas.dispositions import MEANINGS
from schemas.exceptions import EXCEPTIONS
from schemas.reasons import REMEDIES, Reason
from schemas.record import Phase

routes = APIRouter(include_in_schema=False)
SHOWN_BYTES = 4000
UNKNOWN = "unknown_to_reader"
OF_THE_PAGE = frozenset({"live", "sent"})
"""What an address may hold beside filters."""

CHOICES: dict[str, list[str]] = {
    "hazard": [h.value for h in Hazard if h.value != UNKNOWN],
    "severity": [s.value for s in Severity if s.value != UNKNOWN],
    "state": [
        "over",
        "all",
        *(s.value for s in AlertState if s.value not in ("open", UNKNOWN)),
    ],
    "owner": sorted({kind.owner for kind in EXCEPTIONS}),
    "phase": [p.value for p in Phase if p.value != UNKNOWN],
    "reason": [r.value for r in Reason],
    "standing": ["cleared", "all"],
}


def asked(asking: Asking, filters: tuple[str, ...]) -> Question:
    """The question in the address of a page."""
    given = {k: v for k, v in asking.request.query_params.items() if k not in OF_THE_PAGE}
    return question(given, filters)


@routes.get("/")
def exceptions(asking: Looking) -> Response:
    """What is going wrong, by the time that is left until somebody is harmed."""
    wanted = asked(asking, lists.EXCEPTION_FILTERS)
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        found = lists.exceptions(database, asking.person, wanted)
        shelved = lists.on_the_shelf(database, asking.person)
    return page(
        asking, "exceptions.html", fresh, asked=wanted, found=found, choices=CHOICES,
        sent=asking.request.query_params.get("sent"), kinds=_kinds(asking), shelved=shelved,
        dispositions=MEANINGS,
    )  # fmt: skip


@routes.get("/exceptions/{alert_id}")
def exception(asking: Looking, alert_id: str) -> Response:
    """One exception: what, why, who, by when, what was done, and what can be."""
    tower = asking.tower
    with tower.snapshot() as database:
        fresh = tower.fresh(database)
        alert = lists.exception(database, asking.person, alert_id)
        if alert is None:
            raise NotFound(f"there is no exception {alert_id}, or none that you may see")
        done = lists.actions(database, alert_id)
        events = lists.events(database, alert["coi"]) if alert.get("coi") else []
    kind = next((kind for kind in EXCEPTIONS if kind.code == alert["code"]), None)
    return page(
        asking, "exception.html", fresh, alert=alert, done=done, kind=kind,
        names=course_told.names_of(events), grave=grave(alert), dispositions=MEANINGS, kinds=_kinds(asking, alert),
        claimed=tower.claims.held(alert_id, alert["revision"], tower.clock()),
        sent=asking.request.query_params.get("sent"),
    )  # fmt: skip


def _kinds(asking: Asking, alert: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What this person can do, with what he states by it."""
    found = []
    for kind, deed in DEEDS.items():
        needed = Deed.CLOSE_GRAVE if alert and deed is Deed.CLOSE and grave(alert) else deed
        fits = alert is None or _fits(kind, alert)
        if asking.person.may(needed) and fits:
            found.append(
                {
                    "kind": kind.value,
                    "meaning": MEANING[kind],
                    "needs_reason": kind in NEED_A_REASON,
                }
            )
    return found


def _fits(kind: ActionKind, alert: dict[str, Any]) -> bool:
    if kind is ActionKind.REOPEN:
        return bool(alert["state"] == "closed")
    if kind is ActionKind.UNSHELVE:
        return bool(alert["state"] == "shelved")
    if kind is ActionKind.SHELVE:
        return bool(alert["open"]) and alert["state"] != "shelved" and not grave(alert)
    return bool(alert["open"]) or kind is ActionKind.COMMENT


@routes.get("/courses")
def courses(asking: Looking) -> Response:
    """Every therapy course, with what is open about it."""
    wanted = asked(asking, lists.COURSE_FILTERS)
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        found = lists.courses(database, asking.person, wanted)
        every = lists.words(database, "course_site", "site")
    sites = every if asking.person.sites is None else sorted(asking.person.sites)
    return page(
        asking, "courses.html", fresh, asked=wanted, found=found, choices=CHOICES, sites=sites
    )


@routes.get("/courses/{coi}")
def course(asking: Looking, coi: str) -> Response:
    """One therapy course: whose it is, what happened, who held it, and what everything rests on."""
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        record = lists.course(database, asking.person, coi)
        if record is None:
            raise NotFound(f"there is no course {coi}, or none that you may see")
        events = lists.events(database, coi)
        everything = Question({"course": coi, "state": "all"}, None, 500)
        alerts = lists.exceptions(database, asking.person, everything).rows
    forecast = record.get("forecast")
    return page(
        asking, "course.html", fresh, record=record,
        identity=course_told.identity(record, events),
        timeline=drawing.timeline(forecast, fresh.now) if forecast else "",
        handovers=course_told.handovers(record), custody=drawing.custody(record["custody"]),
        legs=[(leg, drawing.temperature(leg)) for leg in record["conditions"]],
        gates=course_told.gates(record), names=course_told.names_of(events),
        events=course_told.told_events(record, events),
        alerts=sorted(alerts, key=lambda a: (not a["open"], a["act_by"])),
    )  # fmt: skip


@routes.get("/shipments")
def shipments(asking: Looking) -> Response:
    """Shipments on their way, by the hold time that is left."""
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        rows = watched.shipments(database, asking.person)
    return page(asking, "shipments.html", fresh, rows=rows)


@routes.get("/partners")
def partners(asking: Looking) -> Response:
    """How each partner's system does."""
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        rows = partner_list.partners(database, asking.person, fresh.now)
        unreadable = watched.unreadable(database)
    return page(asking, "partners.html", fresh, rows=rows, unreadable=unreadable)


@routes.get("/quarantine")
def quarantine(asking: SeeingQuarantine) -> Response:
    """Messages set aside, with the reason and what to do."""
    wanted = asked(asking, lists.QUARANTINE_FILTERS)
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        found = lists.set_aside(database, asking.person, wanted)
    return page(asking, "quarantine.html", fresh, asked=wanted, found=found, choices=CHOICES)


@routes.get("/quarantine/{quarantine_id}")
def one_set_aside(asking: SeeingQuarantine, quarantine_id: str) -> Response:
    """One message set aside: what came beside what was expected."""
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        entry = lists.one_set_aside(database, asking.person, quarantine_id)
    if entry is None:
        raise NotFound(f"there is no message {quarantine_id}, or none that you may see")
    return page(
        asking, "set_aside.html", fresh, entry=entry, original=original(entry),
        expected=expected(entry), releasable=releasable(entry),
        sent=asking.request.query_params.get("sent"),
    )  # fmt: skip


def original(entry: dict[str, Any]) -> dict[str, Any]:
    """The message as it came: its headers as text, its bytes as text or as hexadecimal."""
    value = b64decode(entry["value"]) if entry.get("value") else b""
    return {
        "key": _shown(b64decode(entry["key"])) if entry.get("key") else "",
        "headers": [(h["name"], _shown(b64decode(h["value"]))) for h in entry.get("headers", [])],
        "size": len(value),
        "value": _shown(value[:SHOWN_BYTES]),
        "cut": len(value) > SHOWN_BYTES,
    }


def _shown(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content.hex(" ")
    kept = {"\n", "\t", "\r"}
    return "".join(c if c.isprintable() or c in kept else f"\\x{ord(c):02x}" for c in text)


def expected(entry: dict[str, Any]) -> dict[str, Any]:
    """What a message that names this type should have been: the fields of its contract."""
    headers = {h["name"]: b64decode(h["value"]).decode(errors="replace") for h in entry["headers"]}
    named = headers.get("ce_type", "")
    kind = next((event for event in EVENTS if named.endswith(event.type_name())), None)
    fields = [] if kind is None else [
        (name, field.is_required(), field.description or "")
        for name, field in kind.model_fields.items()
    ]  # fmt: skip
    known = {reason.value: remedy for reason, remedy in REMEDIES.items()}
    return {
        "type_name": None if kind is None else kind.type_name(),
        "says": None if kind is None else (kind.__doc__ or ""),
        "fields": fields,
        "remedy": known.get(entry["reason"], entry["remedy"]),
    }


@routes.get("/catalogue")
def catalogue(asking: Looking) -> Response:
    """Every exception that is looked for and every event that is spoken."""
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
    return page(asking, "catalogue.html", fresh, exceptions=EXCEPTIONS, events=EVENTS)
