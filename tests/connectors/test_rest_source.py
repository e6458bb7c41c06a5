"""Records are asked for from where it was; nothing is left out, whatever the partner answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from connectors.doors.rest_source import ETAG, SINCE, Address, Postponed, later, read_page
from connectors.doors.sources import kafka_source, rest_source
from connectors.fetching import Fetching
from connectors.outbox import Outbox, OutboxUnusable
from connectors.settings import Misconfigured
from tests.connectors.fetched import Fetched, settings

Answer = Callable[[web.Request], web.Response]


@asynccontextmanager
async def partner(answer: Answer) -> AsyncIterator[str]:
    """A partner's server that answers so."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_get("/records", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/records"
    finally:
        await runner.cleanup()


class Ledger:
    """A partner's records, two a page, changed since a value; it notes what it was asked."""

    def __init__(self, count: int) -> None:
        self.records: list[dict[str, Any]] = [
            {"id": n, "changed": f"2026-03-02T00:00:{n:02d}Z"} for n in range(count)
        ]
        self.asked: list[dict[str, str]] = []

    def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        since, page = request.query.get("since", ""), int(request.query.get("page", 0))
        found = [one for one in self.records if one["changed"] >= since]
        body: dict[str, Any] = {"d": {"results": found[2 * page : 2 * page + 2]}}
        if found[2 * page + 2 :]:
            body["d"]["next"] = f"/records?since={since}&page={page + 1}"
        return web.json_response(body)


def fetched(folder: Path, url: str, **more: Any) -> Fetched:
    stated = settings(folder, rest_url=url, **{"rest_seconds": 0.05, **more})
    return Fetched(Outbox(stated.outbox), Fetching(stated))


LEDGER = {
    "rest_items": "d.results",
    "rest_since_field": "changed",
    "rest_next_page": "d.next",
}


def test_every_record_is_taken_once_and_the_next_question_begins_where_it_was(
    tmp_path: Path,
) -> None:
    ledger = Ledger(5)

    async def story() -> list[bytes]:
        async with partner(ledger.answer) as url:
            one = fetched(tmp_path, f"{url}?since={{since}}", **LEDGER)
            await one.until(lambda: len(one.bodies) == 5 and len(ledger.asked) > 4)
            one.outbox.close()
            ledger.records.append({"id": 5, "changed": "2026-03-02T00:00:09Z"})
            ledger.asked.clear()
            again = fetched(tmp_path, f"{url}?since={{since}}", **LEDGER)
            await again.until(lambda: len(again.bodies) == 6)
            found = again.bodies
            again.outbox.close()
            return found

    found = [json.loads(body) for body in asyncio.run(story())]
    assert [record["id"] for record in found] == list(range(6))
    assert ledger.asked[0]["since"] == "2026-03-02T00:00:04Z"


def test_an_end_between_two_pages_leaves_no_page_out(tmp_path: Path) -> None:
    """Newest first: had the place moved with the first page, the second would never come."""
    ledger = Ledger(4)
    ledger.records.reverse()

    async def story() -> tuple[str | None, list[bytes]]:
        async with partner(ledger.answer) as url:
            one = fetched(tmp_path, f"{url}?since={{since}}", **LEDGER)
            receive = one.outbox.receive

            def broken(raws, now, places):
                if one.outbox.backlog().received:
                    raise OutboxUnusable("here the power goes")
                return receive(raws, now, places)

            one.outbox.receive = broken  # type: ignore[method-assign,assignment]
            await one.until(lambda: bool(one.complaints))
            place = one.outbox.place(SINCE)
            one.outbox.close()
            again = fetched(tmp_path, f"{url}?since={{since}}", **LEDGER)
            await again.until(lambda: len(again.bodies) == 4)
            found = again.bodies
            again.outbox.close()
            return place, found

    place, found = asyncio.run(story())
    assert place is None
    assert sorted(json.loads(body)["id"] for body in found) == [0, 1, 2, 3]


def test_an_answer_that_has_not_changed_is_not_taken_again(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def answer(request: web.Request) -> web.Response:
        tag = request.headers.get("If-None-Match")
        asked.append(tag)
        if tag == '"v1"':
            return web.Response(status=304)
        return web.json_response({"whole": True}, headers={"ETag": '"v1"'})

    async def story() -> tuple[list[bytes], str | None]:
        async with partner(answer) as url:
            one = fetched(tmp_path, url)
            await one.until(lambda: len(asked) >= 3)
            try:
                return one.bodies, one.outbox.place(ETAG)
            finally:
                one.outbox.close()

    bodies, etag = asyncio.run(story())
    assert bodies == [b'{"whole": true}']
    assert asked[:3] == [None, '"v1"', '"v1"']
    assert etag is not None


def test_a_partner_in_trouble_is_asked_less_and_less_and_no_more_than_it_asks_for(
    tmp_path: Path,
) -> None:
    statuses = [500, 500, 429, 302, 200]

    def answer(request: web.Request) -> web.Response:
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        headers = {"Retry-After": "7"} if status == 429 else {}
        headers |= {"Location": "http://evil.example/"} if status == 302 else {}
        return web.json_response({"n": 1}, status=status, headers=headers)

    async def story() -> Fetched:
        async with partner(answer) as url:
            one = fetched(tmp_path, url)
            one.shortened = 0.01
            await one.until(lambda: bool(one.bodies))
            one.outbox.close()
            return one

    one = asyncio.run(story())
    assert one.waited[:4] == [0.1, 0.2, 7.0, 0.05 * 2**4]
    assert [c.rpartition(" ")[2] for c in one.complaints] == ["500", "500", "429", "302"]


def test_an_address_that_nobody_answers_is_told_without_the_address(tmp_path: Path) -> None:
    async def story() -> Fetched:
        one = fetched(tmp_path, "http://127.0.0.1:1/records?key=secret")
        one.shortened = 0.01
        await one.until(lambda: len(one.complaints) >= 2)
        one.outbox.close()
        return one

    one = asyncio.run(story())
    assert not any("secret" in told for told in one.complaints)


def test_a_full_outbox_is_asked_for_nothing(tmp_path: Path) -> None:
    ledger = Ledger(3)

    async def story() -> list[bytes]:
        async with partner(ledger.answer) as url:
            one = fetched(tmp_path, f"{url}?since={{since}}", **LEDGER)
            one.full, one.shortened = True, 0.01
            await one.until(lambda: len(one.waited) > 5)
            try:
                return one.bodies
            finally:
                one.outbox.close()

    assert asyncio.run(story()) == []
    assert ledger.asked == []


def test_headers_come_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    seen: list[str | None] = []

    def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({})

    path = tmp_path / "headers"
    path.write_text("Authorization: Bearer 0123456789abcdef\n")
    path.chmod(0o600)

    async def story() -> None:
        async with partner(answer) as url:
            one = fetched(tmp_path, url, rest_headers=path)
            await one.until(lambda: bool(seen))
            one.outbox.close()

    asyncio.run(story())
    assert seen[0] == "Bearer 0123456789abcdef"
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        rest_source(settings(tmp_path, rest_url="https://host/", rest_headers=path))
    path.chmod(0o600)
    path.write_text("no colon in this line at all\n")
    with pytest.raises(Misconfigured, match="a colon"):
        rest_source(settings(tmp_path, rest_url="https://host/", rest_headers=path))


# ------------------------------------------------------------------------------------------- pages

ADDRESS = Address("https://host/records", "items", "at", "next")


@pytest.mark.parametrize("body", [b"<html/>", b'{"items": 7}', b"[]", b'{"other": []}'])
def test_an_answer_that_is_otherwise_than_agreed_is_kept_whole(body: bytes) -> None:
    page = read_page(ADDRESS, ADDRESS.url, body)
    assert [raw.body for raw in page.messages] == [body]
    assert (page.since, page.next_url) == (None, None)


def test_records_without_a_time_are_taken_and_move_nothing() -> None:
    body = json.dumps({"items": [{"a": 1}, {"at": "2"}, {"at": None}, 7]}).encode()
    page = read_page(ADDRESS, ADDRESS.url, body)
    assert len(page.messages) == 4
    assert page.since == "2"


def test_the_next_page_is_on_the_same_host_or_is_not_followed() -> None:
    def linked(link: object) -> str | None:
        return read_page(
            ADDRESS, ADDRESS.url, json.dumps({"items": [], "next": link}).encode()
        ).next_url

    assert linked("/records?page=2") == "https://host/records?page=2"
    assert linked("https://host/records?page=2") == "https://host/records?page=2"
    assert linked(None) is None
    for elsewhere in ("https://evil.example/", "http://host/records", "//evil.example/x"):
        with pytest.raises(Postponed, match="another host"):
            linked(elsewhere)


def test_numbers_are_compared_as_numbers() -> None:
    assert later("9", "10") == "10"
    assert later("2026-03-02", "2026-03-10") == "2026-03-10"
    assert later("b", None) == "b"
    assert later("", "a") == "a"


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"rest_url": "host/records"}, "no address"),
        ({"rest_url": "https://host/{since}"}, "if and only if"),
        ({"rest_url": "https://host/", "rest_since_field": "at"}, "if and only if"),
        ({"rest_url": "https://host/{since}", "rest_since_field": "at"}, "rest_items is not set"),
    ],
)
def test_a_wrong_address_is_told(tmp_path: Path, stated: dict[str, str], told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        rest_source(settings(tmp_path, **stated))


def test_nothing_is_fetched_where_nothing_is_set(tmp_path: Path) -> None:
    assert rest_source(settings(tmp_path)) is None
    assert kafka_source(settings(tmp_path)) is None
