"""The forms by which people act: one or many exceptions, or a message set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from console.tower import lists
from console.tower.acting import Refused, Wish
from console.tower.guard import Asking, Releasing, Working
from console.tower.problems import NotFound
from schemas.control import ActionKind

routes = APIRouter(include_in_schema=False)
MOST_AT_ONCE = 200


@routes.post("/exceptions/act")
async def act(asking: Working) -> Response:
    """Do one thing about each exception that was chosen, with one comment for all."""
    form = await asking.request.form()
    chosen = [str(value) for value in form.getlist("alert")]
    await run_in_threadpool(perform, asking, wish_of(form), chosen)
    only = f"/exceptions/{chosen[0].partition('@')[0]}" if len(chosen) == 1 else "/"
    back = str(form.get("back", "")) or only
    said = "&" if "?" in back else "?"
    own = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(f"{back}{said}sent={len(chosen)}" if own else "/", 303)


@routes.post("/quarantine/{quarantine_id}/release")
async def release(asking: Releasing, quarantine_id: str) -> Response:
    """Let a message count after all, with a reason."""
    form = await asking.request.form()
    await run_in_threadpool(perform_release, asking, quarantine_id, str(form.get("reason", "")))
    return RedirectResponse(f"/quarantine/{quarantine_id}?sent=1", 303)


def wish_of(form: FormData | dict[str, Any]) -> Wish:
    """What a form wants; one clear refusal for what is no action."""
    kind = str(form.get("kind", ""))
    if kind not in {k.value for k in ActionKind}:
        raise Refused(f"found the action {kind!r}, expected one of {', '.join(ActionKind)}")
    return Wish(
        kind=ActionKind(kind),
        reason=str(form.get("reason") or ""),
        assignee=str(form.get("assignee") or ""),
        disposition=str(form.get("disposition") or ""),
        hours=_hours(str(form.get("hours") or "")),
    )


def _hours(told: str) -> float | None:
    if not told.strip():
        return None
    try:
        hours = float(told)
    except ValueError:
        raise Refused(f"hours: found {told[:20]!r}, expected a number") from None
    if not 0 < hours < 10_000:
        raise Refused(f"hours: found {told[:20]!r}, expected a number above 0")
    return hours


def perform(asking: Asking, wish: Wish, chosen: list[str]) -> None:
    """Do it about each `alert id@revision`, all or none."""
    if not chosen:
        raise Refused("choose at least one exception")
    if len(chosen) > MOST_AT_ONCE:
        raise Refused(f"{len(chosen)} exceptions were chosen, the most at once is {MOST_AT_ONCE}")
    tower = asking.tower
    seen: list[tuple[dict[str, Any], int]] = []
    with tower.snapshot() as database:
        for one in chosen:
            alert_id, _, revision = one.partition("@")
            alert = lists.exception(database, asking.person, alert_id)
            if alert is None:
                raise NotFound(f"there is no exception {alert_id}, or none that you may see")
            if not revision.isdecimal():
                raise Refused(f"say which revision of {alert_id} you saw")
            seen.append((alert, int(revision)))
        acted_at = _acted_at(asking, tower.fresh(database).now)
    tower.acting.act(asking.person, wish, seen, tower.clock(), acted_at)


def perform_release(asking: Asking, quarantine_id: str, reason: str) -> None:
    """Say to the log that a message may count."""
    tower = asking.tower
    with tower.snapshot() as database:
        entry = lists.one_set_aside(database, asking.person, quarantine_id)
        acted_at = _acted_at(asking, tower.fresh(database).now)
    if entry is None:
        raise NotFound(f"there is no message {quarantine_id}, or none that you may see")
    tower.acting.release(asking.person, entry, reason, acted_at)


def _acted_at(asking: Asking, now: datetime) -> datetime:
    """When a person acts: by this machine's clock, or by the stream's where its time is compressed."""
    return now if asking.tower.settings.clock == "stream" else asking.tower.clock()
