"""What stands before every page: whose request it is, whether it comes from our own pages, what browsers may do.

Nothing is served but by a route that names the right it needs. A form is believed when it carries the
session's own secret and comes from this tower's address.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.tower.access import Deed, Person
from console.tower.tower import Tower

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_FORM = 1_000_000
TOO_LARGE = f"a form has at most {LARGEST_FORM:,} bytes"
Told = Callable[[Request, int, str], Response]
"""How somebody is told that something cannot be."""


class SignInNeeded(Exception):
    """Nobody is signed in."""


class NotLet(Exception):
    """Somebody is signed in, and may not do this."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request of somebody who is known."""

    request: Request
    tower: Tower
    person: Person
    csrf: str = ""


def cookie_name(tower: Tower) -> str:
    """The name of the session's cookie; where TLS is sure, browsers let no other host set it."""
    return "__Host-v2v-session" if tower.settings.secure else "v2v-session"


def tower_of(request: Request) -> Tower:
    """The tower that a request came to."""
    found: Tower = request.app.state.tower
    return found


def may(deed: Deed) -> Any:
    """The dependency of a route: a known person who may do this."""

    async def asking(request: Request) -> Asking:
        found = await known(request)
        if not found.person.may(deed):
            raise NotLet(f"your roles do not let you do this ({deed.value})")
        return found

    asking.deed = deed  # type: ignore[attr-defined] # asked by the test that knows every route
    return Depends(asking)


Looking = Annotated[Asking, may(Deed.LOOK)]
Working = Annotated[Asking, may(Deed.COMMENT)]
SeeingQuarantine = Annotated[Asking, may(Deed.SEE_QUARANTINE)]
Releasing = Annotated[Asking, may(Deed.RELEASE)]


async def known(request: Request, used: bool = True) -> Asking:
    """Whose request it is: by a token that may look at the API, or by a session."""
    tower = tower_of(request)
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and request.url.path.startswith("/api"):
        person = await run_in_threadpool(tower.tokens.token, secret.strip(), tower.clock())
        if person is None:
            raise SignInNeeded("the token is not good, or no longer")
        if request.method not in SAFE_METHODS:
            raise NotLet("a token may look and do nothing else")
        return Asking(request, tower, person)
    secret = request.cookies.get(cookie_name(tower), "")
    session = await run_in_threadpool(tower.accounts.session, secret, tower.clock(), used)
    if session is None:
        raise SignInNeeded("sign in first")
    if request.method not in SAFE_METHODS:
        await _demand_own_form(request, tower, session.csrf)
    return Asking(request, tower, session.person, session.csrf)


async def _demand_own_form(request: Request, tower: Tower, csrf: str) -> None:
    demand_same_origin(request, tower)
    given = request.headers.get("x-csrf-token")
    if given is None:
        form = await request.form()
        given = str(form.get("csrf", ""))
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        raise NotLet("the form is not of this session: open the page again, then send it")


def demand_same_origin(request: Request, tower: Tower) -> None:
    """Refuse what another site's page sends, as far as the browser tells."""
    origin = request.headers.get("origin")
    fetched = request.headers.get("sec-fetch-site")
    if (origin is not None and origin != tower.settings.origin) or (
        fetched is not None and fetched not in ("same-origin", "none")
    ):
        raise NotLet(f"the form was not sent from {tower.settings.origin}")


class Guard:
    """Puts the same headers on every answer, and answers to no host but the tower's own."""

    def __init__(self, app: ASGIApp, tower: Tower, told: Told) -> None:
        self._app, self._tower, self._told = app, tower, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): content.decode("latin-1") for name, content in scope["headers"]
        }

        begun, body = False, _Bounded(receive)

        async def guarded(message: Message) -> None:
            nonlocal begun
            if body.over and not begun:
                return  # whatever was made of half a form
            begun = True
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, content in HEADERS.items():
                    answer[name] = content
                answer.setdefault("Cache-Control", "no-store")
                if self._tower.settings.secure:
                    answer["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        if headers.get("host", "") != self._tower.settings.host:
            text = f"this is {self._tower.settings.origin} and answers to no other name"
            await self._told(Request(scope), 421, text)(scope, receive, guarded)
            return
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_FORM:
            await self._told(Request(scope), 413, TOO_LARGE)(scope, receive, guarded)
            return
        await self._app(scope, body, guarded)
        if body.over and not begun:
            body.let_be()
            await self._told(Request(scope), 413, TOO_LARGE)(scope, receive, guarded)


class _Bounded:
    """The same request, ended where its body is longer than any form of ours."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken = 0

    @property
    def over(self) -> bool:
        """Whether more has come than a form may have."""
        return self._taken > LARGEST_FORM

    def let_be(self) -> None:
        """It has been told; what is answered now is not held back."""
        self._taken = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.over else message
