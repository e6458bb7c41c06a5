"""How the tower says that something cannot be: a page for people, problem+json (RFC 9457) for programs.

What is the tower's own fault is told with a reference and nothing else; under the same reference the log
says what it was.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.tower.acting import NotAllowed, Overtaken, Refused
from console.tower.asking import WrongQuestion
from console.tower.guard import NotLet, SignInNeeded, tower_of
from console.tower.rendering import plain_page
from console.trouble import Trouble

TITLES = {
    400: "The question is not understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Somebody else was first",
    413: "Too much at once",
    421: "Not the address of this tower",
    422: "The form is not complete",
    429: "Too many tries",
    500: "The tower has failed",
    503: "The log cannot be reached",
}
OWN_FAULT = (
    "This is a mistake of the tower, not yours. If you sent something, look whether it was done before you "
    "send it again. Tell whoever runs the tower the reference {}: its log says what happened."
)

log = logging.getLogger("console.tower")


class NotFound(Exception):
    """There is no such thing, or none that this person may see."""


STATUS: dict[type[Exception], int] = {
    WrongQuestion: 400,
    NotLet: 403,
    NotAllowed: 403,
    NotFound: 404,
    Overtaken: 409,
    Refused: 422,
    Trouble: 503,
}
"""Which status each kind of trouble has; the first class that fits counts."""


def attach(app: FastAPI) -> None:
    """Answer to every trouble in one way."""
    for kind in STATUS:
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


def problem(request: Request, status: int, detail: str, **more: Any) -> Response:
    """The trouble, in the form that the asking side reads."""
    title = TITLES.get(status, "Something is wrong")
    if request.url.path.startswith("/api"):
        said = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        return Response(orjson.dumps(said), status, media_type="application/problem+json")
    return plain_page("trouble.html", status, title=title, detail=detail, code=status)


async def _told(request: Request, trouble: Exception) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(trouble, kind))
    return problem(request, status, str(trouble))


async def _sign_in(request: Request, needed: Exception) -> Response:
    if request.url.path.startswith("/api"):
        answer = problem(request, 401, str(needed))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="v2v-tower"'
        return answer
    to = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        to += f"?{request.url.query}"
    address = f"/sign-in?to={quote(to)}"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


async def _http(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    detail = f"there is nothing at {request.url.path}" if wrong.status_code == 404 else wrong.detail
    if wrong.status_code == 405:
        ways = (wrong.headers or {}).get("Allow", "another way")
        detail = f"{request.method} is not possible at {request.url.path}, only {ways}"
    answer = problem(request, wrong.status_code, detail)
    answer.headers.update(wrong.headers or {})
    return answer


async def _invalid(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    first = wrong.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(request, 422, f"{where}: {first['msg'].lower()}")


class OwnFaults:
    """Answers to whatever no part of the tower has foreseen, and says in the log what it was."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            return  # nobody is there any more
        except Exception:
            if scope["type"] != "http":
                raise
            request = Request(scope)
            reference = uuid4().hex[:12]
            tower_of(request).failures += 1
            route = getattr(scope.get("route"), "path", "no route")
            log.exception("%s %s failed, reference %s", request.method, route, reference)
            if begun:
                return  # the answer ends where it stands; a reader of a stream comes back by itself
            answer = problem(request, 500, OWN_FAULT.format(reference), reference=reference)
            await answer(scope, receive, send)
