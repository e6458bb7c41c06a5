"""Asks a partner's REST address for records from time to time, from where it was.

The greatest value of the since-field goes into the next question, once every page of an answer is safe;
records that come again are known by their content, so the question should be inclusive. An address
without such a field is asked by ETag. What cannot be read goes through translation all the same and is
refused there, where people find it. Links to other hosts are never followed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import orjson

from connectors.connector import Raw
from connectors.doors import clock
from connectors.doors.room import Places, Room
from connectors.lines import digest_of

SINCE, ETAG = "rest/since", "rest/etag"
PAGE_BYTES = 16_000_000
MOST_PAGES = 1_000
PATIENCE = aiohttp.ClientTimeout(total=120, connect=20)
LONGEST_WAIT = 300.0
LONGEST_ASKED_WAIT = 3_600.0


@dataclass(frozen=True, slots=True)
class Address:
    """What is asked, and how its answers are read."""

    url: str
    """With `{since}` where the last value of the since-field goes."""
    items: str = ""
    """The dotted path to the array of records; the whole answer is one message when empty."""
    since_field: str = ""
    """The dotted path, in a record, to what says how late it is."""
    next_page: str = ""
    """The dotted path to the address of the next page."""
    start: str = ""
    """What the first question says for `{since}`."""
    seconds: float = 60.0
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class Postponed(Exception):
    """The partner does not answer as it should; the message says how, and when to ask again."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    messages: list[Raw]
    since: str | None
    next_url: str | None
    etag: str | None


class RestSource:
    """The one asker of a partner's address."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.asked_at: datetime | None = None
        self.failures = 0

    async def run(self, room: Room) -> None:
        """Ask until the end; after a failure, wait longer each time."""
        async with aiohttp.ClientSession(
            timeout=PATIENCE, headers=dict(self._address.headers)
        ) as session:
            while not room.stop.is_set():
                wait = self._address.seconds
                if not room.full():
                    try:
                        await self._round(session, room)
                        self.failures = 0
                    except (Postponed, aiohttp.ClientError, TimeoutError, OSError) as error:
                        wait = self._back_off(error)
                        room.complain(f"the partner's records wait: {_told(error)}")
                await room.wait(wait)

    def _back_off(self, error: Exception) -> float:
        self.failures += 1
        asked = error.seconds if isinstance(error, Postponed) else None
        if asked is not None:
            return min(asked, LONGEST_ASKED_WAIT)
        return min(self._address.seconds * 2.0 ** min(self.failures, 10), LONGEST_WAIT)

    async def _round(self, session: aiohttp.ClientSession, room: Room) -> None:
        """Read every page of one question; the place moves on when all of them are safe."""
        address = self._address
        since = await room.place(SINCE) or address.start
        url: str | None = address.url.replace("{since}", quote(since, safe=""))
        first, reached = url, since
        etag = _etag_for(url or "", await room.place(ETAG))
        seen: set[str] = set()
        while url is not None and not room.stop.is_set():
            if url in seen or len(seen) >= MOST_PAGES:
                raise Postponed("the pages of its answer lead round in a circle")
            seen.add(url)
            page = await self._page(session, url, etag if url == first else None)
            if page is None:
                break
            reached = later(reached, page.since)
            places: Places = {}
            if page.next_url is None:
                places = self._places(first or "", page if url == first else None, reached)
            while room.full():
                await room.wait(1.0)
                if room.stop.is_set():
                    return
            await room.keep(page.messages, places)
            url = page.next_url
        self.asked_at = clock.now()

    def _places(self, first: str, only: Page | None, reached: str) -> Places:
        """Where the next question begins: an ETag is of one address and one page alone."""
        places = {SINCE: reached} if reached else {}
        if only is not None and only.etag:
            places[ETAG] = orjson.dumps([first, only.etag]).decode()
        return places

    async def _page(
        self, session: aiohttp.ClientSession, url: str, etag: str | None
    ) -> Page | None:
        headers = {"If-None-Match": etag} if etag else {}
        async with session.get(url, headers=headers, allow_redirects=False) as reply:
            if reply.status == 304:
                return None
            if reply.status != 200:
                raise Postponed(f"it answers {reply.status}", _retry_after(reply))
            body = await _bounded(reply)
            return read_page(self._address, url, body, reply.headers.get("ETag"))


async def _bounded(reply: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in reply.content.iter_chunked(65_536):
        body += piece
        if len(body) > PAGE_BYTES:
            raise Postponed(f"its answer has more than {PAGE_BYTES:,} bytes; ask for smaller pages")
    return bytes(body)


def read_page(address: Address, url: str, body: bytes, etag: str | None = None) -> Page:
    """The messages of an answer, how late they are, and where the next page is. Pure."""
    whole = [_raw(body)] if body.strip() else []
    if not address.items:
        return Page(whole, None, None, etag)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Page(whole, None, None, None)  # refused by translation, and found there
    items = _at(document, address.items)
    if not isinstance(items, list):
        return Page(whole, None, None, None)
    since: str | None = None
    for item in items:
        stated = _at(item, address.since_field) if address.since_field else None
        if isinstance(stated, str | int | float) and not isinstance(stated, bool):
            since = str(stated) if since is None else later(since, str(stated))
    link = _at(document, address.next_page) if address.next_page else None
    return Page(
        [_raw(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)) for item in items],
        since,
        _same_host(url, link),
        etag,
    )


def later(one: str, other: str | None) -> str:
    """The greater of two values of the since-field: as numbers where both are, else as texts."""
    if other is None or not one:
        return other or one
    try:
        return max(one, other, key=float)
    except ValueError:
        return max(one, other)


def _same_host(url: str, link: object) -> str | None:
    if not isinstance(link, str) or not link:
        return None
    full = urljoin(url, link)
    if urlsplit(full)[:2] != urlsplit(url)[:2]:
        raise Postponed("its next page is at another host; that is not followed")
    return full


def _raw(body: bytes) -> Raw:
    return Raw(f"rest/{digest_of(body)[:16]}", body)


def _at(document: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none, the document itself for a dot."""
    for name in (part for part in path.split(".") if part):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _etag_for(url: str, said: str | None) -> str | None:
    kept = orjson.loads(said) if said else [None, None]
    return str(kept[1]) if kept[0] == url else None


def _retry_after(reply: aiohttp.ClientResponse) -> float | None:
    said = reply.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None


def _told(error: Exception) -> str:
    """What is wrong, without the address: it may carry a secret."""
    if isinstance(error, Postponed):
        return str(error)
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return type(error).__name__
