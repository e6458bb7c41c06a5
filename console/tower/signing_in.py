"""The pages by which people come in and go out."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.tower.accounts import CLOSED_FOR, LONGEST, TooManyTries
from console.tower.guard import Looking, NotLet, cookie_name, demand_same_origin, tower_of
from console.tower.open_id import NotTheirWord
from console.tower.problems import NotFound
from console.tower.rendering import plain_page
from console.tower.tower import Tower
from console.trouble import Trouble

routes = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
BEGUN = "v2v-sign-in"
"""The cookie by which the browser that comes back is known for the one that went."""


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
        answer = plain_page("sign_in.html", 429, to=_own(to), wrong=wrong, name=name, oidc=oidc)
        answer.headers["Retry-After"] = str(int(CLOSED_FOR.total_seconds()))
        return answer
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


@routes.get("/sign-in/oidc")
def sign_in_by_issuer(request: Request, to: str = "/") -> Response:
    """On to the issuer that knows who somebody is."""
    tower = tower_of(request)
    if tower.open_id is None:
        raise NotFound("no issuer is named here (V2V_TOWER_OIDC_ISSUER)")
    begun = tower.open_id.begin(_own(to), tower.clock())
    answer = RedirectResponse(begun.address, 303)
    answer.set_cookie(
        BEGUN, begun.state, max_age=600, httponly=True, secure=tower.settings.secure,
        samesite="lax", path="/sign-in/oidc",
    )  # fmt: skip
    return answer


@routes.get("/sign-in/oidc/back")
def back_from_issuer(
    request: Request, state: str = "", code: str = "", error: str = ""
) -> Response:
    """Let in whoever comes back with the issuer's word, by the same browser that went there."""
    tower = tower_of(request)
    if tower.open_id is None:
        raise NotFound("no issuer is named here (V2V_TOWER_OIDC_ISSUER)")
    own = request.cookies.get(BEGUN, "")
    if not state or not hmac.compare_digest(state.encode(), own.encode()):
        raise NotLet("this browser has not begun the sign-in: begin it again")
    if error or not code:
        raise NotLet(f"the issuer let nobody in: {error or 'no code'}")
    try:
        person, to = tower.open_id.finish(state, code, tower.clock())
    except NotTheirWord as wrong:
        raise NotLet(str(wrong)) from wrong
    try:
        secret = tower.accounts.welcome(person, tower.clock())
    except Trouble as wrong:  # such as a staff code that is somebody else's
        raise NotLet(str(wrong)) from wrong
    if secret is None:
        raise NotLet("your account is closed here: ask an admin")
    answer = let_in(tower, secret, to)
    answer.delete_cookie(BEGUN, path="/sign-in/oidc")
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
