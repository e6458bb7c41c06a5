"""The pages by which people come in and go out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.tower.accounts import LONGEST, TooManyTries
from console.tower.guard import Looking, cookie_name, demand_same_origin, tower_of
from console.tower.rendering import plain_page
from console.tower.tower import Tower

routes = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@routes.get("/sign-in")
def sign_in_page(request: Request, to: str = "/") -> Response:
    """The page to sign in by."""
    oidc = tower_of(request).settings.oidc_issuer
    return plain_page("sign_in.html", to=_own(to), wrong="", name="", oidc=oidc)


@routes.post("/sign-in")
async def sign_in(
    request: Request, name: Text = "", password: Text = "", to: Text = "/"
) -> Response:
    """Let somebody in by name and password."""
    tower = tower_of(request)
    demand_same_origin(request, tower)
    name = name.strip().lower()[:100]
    oidc = tower.settings.oidc_issuer
    try:
        secret = await run_in_threadpool(
            tower.accounts.sign_in, name, password[:1000], tower.clock()
        )
    except TooManyTries:
        wrong = (
            "Too many wrong passwords for this name: wait a quarter of an hour, or ask an admin."
        )
        return plain_page("sign_in.html", 429, to=_own(to), wrong=wrong, name=name, oidc=oidc)
    if secret is None:
        wrong = "The name or the password is wrong."
        return plain_page("sign_in.html", 401, to=_own(to), wrong=wrong, name=name, oidc=oidc)
    return let_in(tower, secret, to)


def let_in(tower: Tower, secret: str, to: str) -> Response:
    """On to the page that was asked for, with a session."""
    answer = RedirectResponse(_own(to), 303)
    answer.set_cookie(
        cookie_name(tower),
        secret,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        secure=tower.settings.secure,
        samesite="lax",
        path="/",
    )
    return answer


@routes.post("/sign-out")
async def sign_out(asking: Looking) -> Response:
    """End the session."""
    name = cookie_name(asking.tower)
    secret = asking.request.cookies.get(name, "")
    await run_in_threadpool(asking.tower.accounts.end_session, secret)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(
        name, path="/", secure=asking.tower.settings.secure, httponly=True, samesite="lax"
    )
    return answer


def _own(to: str) -> str:
    """A page of this tower; an address that leads elsewhere leads to the first page."""
    parts = urlsplit(to)
    own = to.startswith("/") and not to.startswith(("//", "/\\")) and not parts.netloc
    return to if own and "\\" not in to and to.isprintable() else "/"
