"""Everything that a page shows, as JSON for other people's programs, with OpenAPI at /api/openapi.json.

Lists come in pages: follow `next`. Errors are problem+json. An answer that has not changed since is a 304
for whoever sends its ETag. A token may look and do nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from console.tower import lists, watched, working
from console.tower import partners as partner_list
from console.tower.asking import Answer, Question, question
from console.tower.guard import Asking, Looking, Releasing, SeeingQuarantine, Working
from console.tower.problems import NotFound
from schemas.alert import Alert
from schemas.catalogue import EVENTS
from schemas.control import QuarantinedMessage
from schemas.exceptions import EXCEPTIONS
from schemas.json_form import as_json, rfc3339
from schemas.record import PatientBatchRecord

routes = APIRouter(prefix="/api")


class Problem(BaseModel):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class Exceptions(BaseModel):
    """One page of exceptions; each has also `open`, `act_by` (microseconds) and `seq`."""

    rows: list[Alert]
    total: int
    next: str | None = None


class Courses(BaseModel):
    """One page of therapy courses."""

    rows: list[dict[str, Any]]
    total: int
    next: str | None = None


class SetAside(BaseModel):
    """One page of messages set aside."""

    rows: list[QuarantinedMessage]
    total: int
    next: str | None = None


class Said(BaseModel):
    """What somebody does about an exception whose revision he has seen."""

    kind: str
    revision: int
    reason: str = ""
    assignee: str = ""
    disposition: str = ""
    hours: float | None = None


class Released(BaseModel):
    """Why a message may count after all."""

    reason: str


TROUBLES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": told}
    for status, told in ((400, "not understood"), (401, "sign in"), (403, "not allowed"))
}


def told(request: Request, value: Any) -> Response:
    """A value as JSON with its ETag; a 304 where the asking side has it already."""
    body = orjson.dumps(value)
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {
        part.strip().removeprefix("W/")
        for part in request.headers.get("if-none-match", "").split(",")
    }
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _page(asking: Asking, found: Answer) -> Response:
    return told(asking.request, {"rows": found.rows, "total": found.total, "next": found.next})


def _asked(asking: Asking, filters: tuple[str, ...]) -> Question:
    return question(dict(asking.request.query_params), filters)


def _filters(filters: tuple[str, ...]) -> dict[str, Any]:
    """The filters of a list as OpenAPI has them."""
    names = (*filters, "cursor", "limit")
    parameters = [
        {"name": n, "in": "query", "required": False, "schema": {"type": "string"}} for n in names
    ]
    return {"parameters": parameters}


@routes.get(
    "/exceptions", tags=["exceptions"], responses={**TROUBLES, 200: {"model": Exceptions}},
    openapi_extra=_filters(lists.EXCEPTION_FILTERS),
)  # fmt: skip
def exceptions(asking: Looking) -> Response:
    """Exceptions by the time left until harm."""
    with asking.tower.snapshot() as database:
        found = lists.exceptions(database, asking.person, _asked(asking, lists.EXCEPTION_FILTERS))
    return _page(asking, found)


@routes.get(
    "/exceptions/{alert_id}", tags=["exceptions"], responses={**TROUBLES, 200: {"model": Alert}}
)
def exception(asking: Looking, alert_id: str) -> Response:
    """One exception, with what people did about it."""
    with asking.tower.snapshot() as database:
        alert = lists.exception(database, asking.person, alert_id)
        if alert is None:
            raise NotFound(f"there is no exception {alert_id}, or none that you may see")
        done = lists.actions(database, alert_id)
    return told(asking.request, {**alert, "actions": done})


@routes.post(
    "/exceptions/{alert_id}/actions", tags=["exceptions"], status_code=202, responses=TROUBLES
)
async def act(asking: Working, alert_id: str, said: Said) -> Response:
    """Say to the log what you do about an exception; 409 where somebody was first."""
    wish = working.wish_of(said.model_dump())
    await run_in_threadpool(working.perform, asking, wish, [f"{alert_id}@{said.revision}"])
    return Response(status_code=202)


@routes.get(
    "/courses", tags=["courses"], responses={**TROUBLES, 200: {"model": Courses}},
    openapi_extra=_filters(lists.COURSE_FILTERS),
)  # fmt: skip
def courses(asking: Looking) -> Response:
    """Therapy courses by their identifier."""
    with asking.tower.snapshot() as database:
        found = lists.courses(database, asking.person, _asked(asking, lists.COURSE_FILTERS))
    return _page(asking, found)


@routes.get(
    "/courses/{coi}", tags=["courses"], responses={**TROUBLES, 200: {"model": PatientBatchRecord}}
)
def course(asking: Looking, coi: str) -> Response:
    """The patient-batch record of one course."""
    with asking.tower.snapshot() as database:
        record = lists.course(database, asking.person, coi)
    if record is None:
        raise NotFound(f"there is no course {coi}, or none that you may see")
    return told(asking.request, record)


@routes.get("/courses/{coi}/events", tags=["courses"], responses=TROUBLES)
def events(asking: Looking, coi: str) -> Response:
    """Every event of one course, each with its source and whether it counts."""
    with asking.tower.snapshot() as database:
        record = lists.course(database, asking.person, coi)
        found = lists.events(database, coi)
    if record is None:
        raise NotFound(f"there is no course {coi}, or none that you may see")
    return told(asking.request, {"rows": found, "total": len(found), "next": None})


@routes.get(
    "/quarantine", tags=["quarantine"], responses={**TROUBLES, 200: {"model": SetAside}},
    openapi_extra=_filters(lists.QUARANTINE_FILTERS),
)  # fmt: skip
def quarantine(asking: SeeingQuarantine) -> Response:
    """Messages set aside, the latest first."""
    with asking.tower.snapshot() as database:
        found = lists.set_aside(database, asking.person, _asked(asking, lists.QUARANTINE_FILTERS))
    return _page(asking, found)


@routes.get(
    "/quarantine/{quarantine_id}",
    tags=["quarantine"],
    responses={**TROUBLES, 200: {"model": QuarantinedMessage}},
)
def one_set_aside(asking: SeeingQuarantine, quarantine_id: str) -> Response:
    """One message set aside, byte for byte."""
    with asking.tower.snapshot() as database:
        entry = lists.one_set_aside(database, asking.person, quarantine_id)
    if entry is None:
        raise NotFound(f"there is no message {quarantine_id}, or none that you may see")
    return told(asking.request, entry)


@routes.post(
    "/quarantine/{quarantine_id}/release", tags=["quarantine"], status_code=202, responses=TROUBLES
)
async def release(asking: Releasing, quarantine_id: str, said: Released) -> Response:
    """Say to the log that a message may count after all."""
    await run_in_threadpool(working.perform_release, asking, quarantine_id, said.reason)
    return Response(status_code=202)


@routes.get("/shipments", tags=["shipments"], responses=TROUBLES)
def shipments(asking: Looking) -> Response:
    """Shipments on their way, by the hold time that is left."""
    with asking.tower.snapshot() as database:
        rows = watched.shipments(database, asking.person)
    return told(asking.request, {"rows": rows, "total": len(rows), "next": None})


@routes.get("/partners", tags=["partners"], responses=TROUBLES)
def partners(asking: Looking) -> Response:
    """How each partner's system does."""
    with asking.tower.snapshot() as database:
        rows = partner_list.partners(database, asking.person, asking.tower.fresh(database).now)
    return told(asking.request, {"rows": rows, "total": len(rows), "next": None})


@routes.get("/catalogue/exceptions", tags=["catalogue"], responses=TROUBLES)
def catalogue_exceptions(asking: Looking) -> Response:
    """Every exception that is looked for."""
    return told(asking.request, {"rows": [as_json(kind) for kind in EXCEPTIONS]})


@routes.get("/catalogue/events", tags=["catalogue"], responses=TROUBLES)
def catalogue_events(asking: Looking) -> Response:
    """Every event that is spoken, with its fields."""
    rows = [
        {"type_name": e.type_name(), "says": e.__doc__, "schema": e.model_json_schema()}
        for e in EVENTS
    ]
    return told(asking.request, {"rows": rows})


@routes.get("/freshness", tags=["tower"], responses=TROUBLES)
def fresh(asking: Looking) -> Response:
    """How fresh the picture is, and since when nothing was heard."""
    with asking.tower.snapshot() as database:
        found = asking.tower.fresh(database)
    said = {
        "now": rfc3339(found.now),
        "heard_at": None if found.heard_at is None else rfc3339(found.heard_at),
        "silent": found.silent,
        "unreadable": found.unreadable,
        "trouble": found.trouble,
        "share_read": found.share_read,
        "place": found.place,
    }
    return told(asking.request, said)


@routes.get("/openapi.json", tags=["tower"], responses=TROUBLES)
def openapi(asking: Looking) -> Response:
    """This description."""
    return told(asking.request, asking.request.app.openapi())
