"""The HTTP door as an independent client finds it: curl, at a door that really listens."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.cloudevents import BATCH, STRUCTURED
from connectors.connector import Raw
from connectors.doors.guard import Guard
from connectors.doors.http_door import Behind, HttpDoor
from connectors.doors.intake import Intake
from connectors.kept import Receipt
from connectors.lines import digest_of
from connectors.metrics import Metrics
from connectors.outbox import Outbox

SECRET = b"0123456789abcdef0123456789abcdef"
LIMIT = 2_000
EVENT = {"specversion": "1.0", "id": "1", "source": "/lab", "type": "org.example.result"}

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed; apt-get install curl"
)


class Answer(NamedTuple):
    """What curl was answered."""

    status: int
    headers: dict[str, str]
    body: Any


async def curl(*arguments: str, body: bytes = b"") -> Answer:
    """One request."""
    process = await asyncio.create_subprocess_exec(
        "curl",
        *("--silent", "--show-error", "--include", "--max-time", "20", "--http1.1"),
        *("--noproxy", "*", "-H", "Expect:", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(body)
    assert process.returncode == 0
    head, _, rest = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    text = rest.decode()
    return Answer(int(first.split()[1]), headers, json.loads(text) if text[:1] == "{" else text)


@asynccontextmanager
async def door(
    outbox: Outbox, guard: Guard, metrics: Metrics, full: bool = False
) -> AsyncIterator[str]:
    async def receive(raws: list[Raw]) -> tuple[Receipt, ...]:
        return await asyncio.to_thread(outbox.receive, raws, 0.0)

    async def health() -> tuple[bool, dict[str, object]]:
        return not full, {"status": "ok"}

    async def text() -> bytes:
        return metrics.text()

    behind = Behind(
        "clinic", LIMIT, Intake(receive).keep, lambda: full, health, text, guard, metrics.turn_away
    )
    http = HttpDoor(behind)
    try:
        yield f"{await http.open('127.0.0.1', 0)}/clinic"
    finally:
        await http.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def ask(
    outbox: Outbox,
    *requests: tuple[tuple[str, ...], bytes],
    guard: Guard | None = None,
    full: bool = False,
    metrics: Metrics | None = None,
) -> list[Answer]:
    """What is answered to these requests, one after the other."""

    async def asked() -> list[Answer]:
        about = metrics or Metrics("clinic", "hospital")
        async with door(outbox, guard or Guard(), about, full) as address:
            return [
                await curl(*(a.replace("DOOR", address) for a in arguments), body=body)
                for arguments, body in requests
            ]

    return asyncio.run(asked())


def post(body: bytes, *headers: str) -> tuple[tuple[str, ...], bytes]:
    stated = [part for header in headers for part in ("-H", header)]
    return ("DOOR", "--data-binary", "@-", *stated), body


def bodies(outbox: Outbox) -> list[bytes]:
    return [stored.raw.body for stored in outbox.received(1000)]


def test_202_says_that_the_message_is_on_disk(outbox: Outbox) -> None:
    first, again = ask(outbox, post(b"MSH|"), post(b"MSH|"))
    assert (first.status, first.body) == (202, {"message": digest_of(b"MSH|"), "known": False})
    assert again.body["known"] is True
    assert bodies(outbox) == [b"MSH|"]


def test_cloudevents_come_in_all_three_modes(outbox: Outbox) -> None:
    structured = json.dumps(EVENT).encode()
    batch = json.dumps([EVENT | {"id": "2"}, EVENT | {"id": "3"}]).encode()
    binary = [f"ce-{name}: {value}" for name, value in EVENT.items()]
    answers = ask(
        outbox,
        post(b'{"result": 4}', "Content-Type: application/json", *binary),
        post(structured, f"Content-Type: {STRUCTURED}"),
        post(batch, f"Content-Type: {BATCH}"),
        post(b"[]", f"Content-Type: {BATCH}"),
    )
    assert [answer.status for answer in answers] == [202] * 4
    assert [len(answer.body.get("messages", [0])) for answer in answers] == [1, 1, 2, 0]
    kept = [json.loads(body) for body in bodies(outbox)]
    assert [event["id"] for event in kept] == ["1", "1", "2", "3"]
    assert kept[0]["data"] == {"result": 4}


def test_400_names_what_is_wrong_and_keeps_nothing(outbox: Outbox) -> None:
    half = json.dumps([EVENT, {"id": "4"}]).encode()
    empty, broken, batch = ask(
        outbox,
        post(b" \r\n"),
        post(b"{}", f"Content-Type: {STRUCTURED}"),
        post(half, f"Content-Type: {BATCH}"),
    )
    assert [a.status for a in (empty, broken, batch)] == [400, 400, 400]
    assert "specversion is missing" in broken.body["error"]
    assert "event 1 of the batch" in batch.body["error"]
    assert bodies(outbox) == []


def test_401_until_the_message_is_signed_with_our_secret(outbox: Outbox) -> None:
    good = hmac.new(SECRET, b"MSH|", hashlib.sha256).hexdigest()
    unsigned, forged, signed = ask(
        outbox,
        post(b"MSH|"),
        post(b"MSH|other", f"X-Signature: sha256={good}"),
        post(b"MSH|", f"X-Signature: sha256={good}"),
        guard=Guard("X-Signature", (SECRET,)),
    )
    assert [a.status for a in (unsigned, forged, signed)] == [401, 401, 202]
    assert "X-Signature" in unsigned.body["error"]
    assert bodies(outbox) == [b"MSH|"]


def test_401_until_the_sender_carries_our_token(outbox: Outbox) -> None:
    token = f"Authorization: Bearer {SECRET.decode()}"
    without, with_it = ask(outbox, post(b"x"), post(b"x", token), guard=Guard(tokens=(SECRET,)))
    assert (without.status, with_it.status) == (401, 202)
    assert without.headers["www-authenticate"] == "Bearer"


def test_413_for_what_is_too_large_however_it_comes(outbox: Outbox) -> None:
    answers = ask(
        outbox,
        post(b"x" * (LIMIT + 1)),
        post(b"x" * (LIMIT + 1), "Transfer-Encoding: chunked"),
        post(b"x" * LIMIT),
    )
    assert [answer.status for answer in answers] == [413, 413, 202]


def test_429_says_when_to_come_again(outbox: Outbox) -> None:
    metrics = Metrics("clinic", "hospital")
    (answer,) = ask(outbox, post(b"x"), full=True, metrics=metrics)
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    told = 'v2v_connector_turned_away_total{partner="hospital",status="429",system="clinic"} 1.0'
    assert told in metrics.text().decode()
    assert bodies(outbox) == []


def test_429_when_more_bytes_are_on_their_way_than_memory_bears(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.doors.http_door.BYTES_AT_ONCE", LIMIT + LIMIT // 2)
    release = asyncio.Event()

    async def keep(raw: Raw) -> Receipt:
        await release.wait()
        return Receipt(digest_of(raw.body), False)

    async def health() -> tuple[bool, dict[str, object]]:
        return True, {}

    async def text() -> bytes:
        return b""

    async def story() -> list[int]:
        entered = asyncio.Event()

        def full() -> bool:
            entered.set()
            return False

        http = HttpDoor(Behind("clinic", LIMIT, keep, full, health, text))
        address = f"{await http.open('127.0.0.1', 0)}/clinic"
        try:
            first = asyncio.create_task(curl(address, "--data-binary", "@-", body=b"x" * LIMIT))
            await entered.wait()
            second = await curl(address, "--data-binary", "@-", body=b"y" * LIMIT)
            third = asyncio.create_task(curl(address, "--data-binary", "@-", body=b"z"))
            release.set()
            return [(await first).status, second.status, (await third).status]
        finally:
            await http.close()

    assert asyncio.run(story()) == [202, 429, 202]


def test_the_handshake_lets_in_whom_we_named(outbox: Outbox) -> None:
    def greeting(*headers: str) -> tuple[tuple[str, ...], bytes]:
        return ("-X", "OPTIONS", "DOOR", *(p for h in headers for p in ("-H", h))), b""

    named, stranger, plain = ask(
        outbox,
        greeting("WebHook-Request-Origin: clinic.example", "WebHook-Request-Rate: 120"),
        greeting("WebHook-Request-Origin: evil.example"),
        greeting(),
        guard=Guard(origins=("clinic.example",)),
    )
    assert named.status == 200
    assert named.headers["webhook-allowed-origin"] == "clinic.example"
    assert named.headers["webhook-allowed-rate"] == "*"
    assert stranger.status == 403
    assert "webhook-allowed-origin" not in stranger.headers
    assert (plain.status, plain.headers["allow"]) == (200, "POST, OPTIONS")


def test_a_fhir_server_may_put_each_resource_at_its_address(outbox: Outbox) -> None:
    resource = b'{"resourceType": "Procedure", "id": "17"}'
    put, elsewhere = ask(
        outbox,
        (("-X", "PUT", "DOOR/Procedure/17", "--data-binary", "@-"), resource),
        (("-X", "PUT", "DOOR", "--data-binary", "@-"), resource),
    )
    assert (put.status, elsewhere.status) == (202, 405)
    assert bodies(outbox) == [resource]
