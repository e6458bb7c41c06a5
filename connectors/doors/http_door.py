"""Takes messages over HTTP: a 202 says that the message is safe, and nothing else says so.

`POST /<system>` with the message as it is for the body, or with CloudEvents in any of their modes;
`PUT /<system>/<kind>/<id>` for those who put each record at an address of its own; `OPTIONS` is the
handshake of webhooks; `GET /health` and `GET /metrics` beside it. Knows no domain word.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from connectors import cloudevents
from connectors.connector import Raw
from connectors.doors.guard import Guard
from connectors.kept import Receipt
from connectors.lines import digest_of
from connectors.outbox import OutboxUnusable

AT_ONCE = 64
"""Requests whose bodies are held in memory at one time; more are asked to come again."""
BYTES_AT_ONCE = 64_000_000
"""And so many bytes of them; one message of any size that is taken always finds room."""
BODY_SECONDS = 60
RETRY_SECONDS = "5"

Answer = Mapping[str, object]


OPEN = Guard()
"""Asks nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the door."""

    path: str
    size_limit: int
    keep: Callable[[Raw], Awaitable[Receipt]]
    full: Callable[[], bool]
    health: Callable[[], Awaitable[tuple[bool, Answer]]]
    """Whether messages can be taken, and how the connector does."""
    metrics: Callable[[], Awaitable[bytes]]
    guard: Guard = OPEN
    turned_away: Callable[[int], None] = lambda status: None
    """Told of every request that left no message, by the status of its answer."""


class HttpDoor:
    """The HTTP server of one running connector."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind
        self._inside = self._bytes_inside = 0
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> str:
        """Start to listen; the address that messages go to."""
        app = web.Application(client_max_size=self._behind.size_limit)
        app.router.add_post(f"/{self._behind.path}", self._take)
        app.router.add_put(f"/{self._behind.path}/{{kind}}/{{id}}", self._take)
        app.router.add_options(f"/{self._behind.path}", self._greet)
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=2, auto_decompress=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        taken = self._runner.addresses[0][1]
        return f"http://{_in_url(host)}:{taken}"

    async def close(self) -> None:
        """Let the requests under way end, and take no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        answer = await self._taken(request)
        if answer.status != 202:
            self._behind.turned_away(answer.status)
        return answer

    async def _taken(self, request: web.Request) -> web.Response:
        limit, guard = self._behind.size_limit, self._behind.guard
        too_large = f"the message is too large; at most {limit:,} bytes are taken"
        if not guard.known(request.headers):
            return _unknown("send a bearer token that this door knows")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return _no(415, "send the message as it is, without a content encoding")
        if (request.content_length or 0) > limit:
            return _no(413, too_large)
        if self._behind.full():
            return _no(429, "the outbox is full; send the message again later", RETRY_SECONDS)
        expected = limit if request.content_length is None else request.content_length
        if not self._room_for(expected):
            return _no(429, "many send at once; send the message again later", RETRY_SECONDS)
        self._inside += 1
        self._bytes_inside += expected
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
            if not guard.signed(request.headers, body):
                return _unknown(f"sign the body with HMAC-SHA256 in {guard.signature_header}")
            events = cloudevents.messages(request.headers.items(), body)
            if not body.strip() and events is None:
                return _no(400, "the message is empty; send it as the body of the request")
            receipts = await self._kept((body,) if events is None else events)
        except cloudevents.NoCloudEvent as wrong:
            return _no(400, f"no CloudEvent: {wrong}")
        except web.HTTPRequestEntityTooLarge:
            return _no(413, too_large)
        except web.RequestPayloadError:
            return _no(400, "the body of the request cannot be read as its headers say")
        except TimeoutError:
            return _no(408, f"the message did not come within {BODY_SECONDS} seconds")
        except OutboxUnusable:
            return _no(
                503, "the message could not be made safe; send it again later", RETRY_SECONDS
            )
        finally:
            self._inside -= 1
            self._bytes_inside -= expected
        told = [{"message": receipt.id, "known": receipt.known} for receipt in receipts]
        batch = events is not None and request.content_type == cloudevents.BATCH
        return web.json_response({"messages": told} if batch else told[0], status=202)

    def _room_for(self, expected: int) -> bool:
        within = self._bytes_inside + expected <= BYTES_AT_ONCE
        return not self._inside or (within and self._inside < AT_ONCE)

    async def _kept(self, bodies: tuple[bytes, ...]) -> list[Receipt]:
        """The receipts, in the order of the messages; none before all are safe."""
        raws = [Raw(f"http/{digest_of(body)[:16]}", body) for body in bodies]
        return await asyncio.gather(*(self._behind.keep(raw) for raw in raws))

    async def _greet(self, request: web.Request) -> web.Response:
        """Answer the question whether a sender may send here."""
        origin = request.headers.get("WebHook-Request-Origin", "").strip()
        headers = {"Allow": "POST, OPTIONS"}
        if origin:
            if not self._behind.guard.invites(origin):
                return _no(403, "this sender is not named in webhook_origins")
            headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
        return web.Response(status=200, headers=headers)

    async def _health(self, _: web.Request) -> web.Response:
        taking, answer = await self._behind.health()
        return web.json_response(answer, status=200 if taking else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=await self._behind.metrics(), headers=headers)


def _unknown(why: str) -> web.Response:
    answer = _no(401, why)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _no(status: int, why: str, retry: str | None = None) -> web.Response:
    headers = {"Retry-After": retry} if retry else {}
    return web.json_response({"error": why}, status=status, headers=headers)


def _in_url(host: str) -> str:
    """The host as a URL writes it."""
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host
