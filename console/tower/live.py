"""What changes, as it changes: server-sent events for open pages and for other people's dashboards.

However many tabs are open, the log is read once; each tab is woken and asks the read model what is new to
it. A reader that comes back names the last change it has seen, and gets all that it missed. New rows are
announced and never moved under a pointer; a row that is shown is told anew in its place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from console.tower import lists
from console.tower.acting import DEEDS
from console.tower.asking import Question, WrongQuestion, question
from console.tower.freshness import Freshness
from console.tower.guard import Asking, Looking, SignInNeeded, known
from console.tower.rendering import text
from schemas.json_form import rfc3339

routes = APIRouter()

EVERY_SECONDS = 10.0
"""How often an open page is told how fresh it is, even where nothing changes."""
AT_ONCE = 200
Rows = list[dict[str, Any]]


def place_of(told: str) -> tuple[str, int]:
    """The generation and the number of the last change that a reader has seen."""
    generation, dash, seq = told.partition("-")
    if not dash or not seq.isdecimal():
        raise WrongQuestion(
            f"found the place {told[:40]!r}, expected the id of an event of this stream"
        )
    return generation, int(seq)


@routes.get("/live", include_in_schema=False)
async def live(asking: Looking) -> Response:
    """What is new for an open page with exceptions, as parts of the page."""
    given = dict(asking.request.query_params)
    since = asking.request.headers.get("last-event-id") or given.pop("since", "")
    since = since or "-0"
    given.pop("since", None)
    wanted = question(given, lists.EXCEPTION_FILTERS)
    begun = place_of(dict(asking.request.query_params).get("since", since))
    return _stream(_parts(asking, wanted, begun, place_of(since)))


async def _parts(
    asking: Asking, wanted: Question, begun: tuple[str, int], seen: tuple[str, int]
) -> AsyncIterator[bytes]:
    """Parts of a page that was made at `begun`; what a reader has not seen yet comes first."""
    told: tuple[int, bool] | None = None
    while True:
        heard = asking.tower.bell.rung
        fresh, count, rows = await run_in_threadpool(_news, asking, wanted, begun, seen)
        anew = fresh.generation != begun[0]
        part = text(
            asking, "_news.html", fresh, count=count, rows=rows, asked=wanted, anew=anew,
            kinds=_chooses(asking), announced=told != (count, anew),
        )  # fmt: skip
        told = (count, anew)
        seq = rows[-1]["seq"] if len(rows) == AT_ONCE else fresh.seq
        seen = (fresh.generation, seq)
        yield _event(part, place=f"{fresh.generation}-{seq}")
        if len(rows) < AT_ONCE:
            await asking.tower.bell.wait(heard, EVERY_SECONDS)
        if not await _still_in(asking):
            return


def _chooses(asking: Asking) -> bool:
    return any(asking.person.may(deed) for deed in DEEDS.values())


def _news(
    asking: Asking, wanted: Question, begun: tuple[str, int], seen: tuple[str, int]
) -> tuple[Freshness, int, Rows]:
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        if fresh.generation != begun[0]:
            return fresh, 0, []
        count = lists.newer(database, asking.person, wanted, begun[1])
        everything = Question({**wanted.filters, "state": "all"})
        rows = lists.changed(database, asking.person, everything, seen[1], AT_ONCE)
    return fresh, count, rows


@routes.get("/api/alerts/stream", tags=["exceptions"])
async def alerts(asking: Looking) -> Response:
    """Every exception as it is issued, as server-sent events; send Last-Event-ID to go on from there.

    An `alert` event holds the exception as it stands. A `reset` event says that the tower has begun
    anew: forget what you hold, everything follows. A `fresh` event says how late it is in the stream.
    """
    given = dict(asking.request.query_params)
    wanted = question(given, lists.EXCEPTION_FILTERS)
    wanted = Question({"state": "all", **wanted.filters})
    told = asking.request.headers.get("last-event-id", "")
    return _stream(_alerts(asking, wanted, place_of(told) if told else ("", 0)))


async def _alerts(asking: Asking, wanted: Question, seen: tuple[str, int]) -> AsyncIterator[bytes]:
    while True:
        heard = asking.tower.bell.rung
        fresh, anew, rows = await run_in_threadpool(_changes, asking, wanted, seen)
        if anew and seen[0]:
            yield _event("{}", "reset", f"{fresh.generation}-0")
        for row in rows:
            body = orjson.dumps(row).decode()
            yield _event(body, "alert", f"{fresh.generation}-{row['seq']}")
        seq = rows[-1]["seq"] if len(rows) == AT_ONCE else fresh.seq
        seen = (fresh.generation, seq)
        if len(rows) == AT_ONCE:
            continue
        said = {"now": rfc3339(fresh.now), "silent": fresh.silent, "whole": fresh.whole}
        yield _event(orjson.dumps(said).decode(), "fresh", f"{seen[0]}-{seen[1]}")
        await asking.tower.bell.wait(heard, EVERY_SECONDS)
        if not await _still_in(asking):
            return


def _changes(
    asking: Asking, wanted: Question, seen: tuple[str, int]
) -> tuple[Freshness, bool, Rows]:
    with asking.tower.snapshot() as database:
        fresh = asking.tower.fresh(database)
        anew = fresh.generation != seen[0]
        since = 0 if anew else seen[1]
        return fresh, anew, lists.changed(database, asking.person, wanted, since, AT_ONCE)


async def _still_in(asking: Asking) -> bool:
    """Whether the reader is still there, signed in, and the tower stays."""
    if asking.tower.bell.closed or await asking.request.is_disconnected():
        return False
    try:
        again = await known(asking.request, used=False)
    except SignInNeeded:
        return False
    return again.person == asking.person


def _event(data: str, name: str = "", place: str = "") -> bytes:
    lines = [f"id: {place}"] if place else []
    if name:
        lines.append(f"event: {name}")
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


def _stream(parts: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(
        parts, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )
