"""How the tower says that something cannot be: a page for people, problem+json (RFC 9457) for programs."""

from __future__ import annotations

from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from console.tower.acting import NotAllowed, Overtaken, Refused
from console.tower.asking import WrongQuestion
from console.tower.guard import NotLet, SignInNeeded
from console.tower.rendering import plain_page
from console.trouble import Trouble

TITLES = {
    400: "The question is not understood",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Somebody else was first",
    422: "The form is not complete",
    429: "Too many tries",
    503: "The log cannot be reached",
}


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


def problem(request: Request, status: int, detail: str) -> Response:
    """The trouble, in the form that the asking side reads."""
    title = TITLES.get(status, "Something is wrong")
    if request.url.path.startswith("/api"):
        said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
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
    return problem(request, wrong.status_code, detail)


async def _invalid(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    first = wrong.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(request, 422, f"{where}: {first['msg'].lower()}")
