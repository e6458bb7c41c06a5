"""A file or a request is taken whole, once, and only when it is safe."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from connectors.connector import Partner, Raw
from connectors.doors.drop_folder import DropFolder, batches
from connectors.doors.http_door import Behind, HttpDoor
from connectors.doors.intake import Intake
from connectors.doors.taking import take
from connectors.kept import Receipt
from connectors.lines import digest_of
from connectors.outbox import Outbox, OutboxUnusable
from schemas import topics
from schemas.envelope import System

PARTNER = Partner(name="lab", system=System.LIMS)
LIMIT = 1000


@pytest.fixture
def folder(tmp_path: Path) -> DropFolder:
    folder = DropFolder(tmp_path / "in", quiet_seconds=2)
    folder.open()
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def write(folder: DropFolder, name: str, content: bytes = b"x", changed_at: int = 1) -> Path:
    path = folder.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (changed_at, changed_at))
    return path


def names(folder: DropFolder, now: float) -> list[str]:
    return [file.name for file in folder.ready(now)]


# ------------------------------------------------------------------------------------------ folder


def test_a_file_is_taken_when_it_has_been_quiet_for_a_while(folder: DropFolder) -> None:
    write(folder, "a.hl7")
    assert names(folder, 10.0) == []
    assert names(folder, 11.9) == []
    assert names(folder, 12.0) == ["a.hl7"]


def test_a_file_that_grows_starts_its_wait_again(folder: DropFolder) -> None:
    write(folder, "a.hl7", b"x")
    names(folder, 10.0)
    write(folder, "a.hl7", b"xy")
    assert names(folder, 12.0) == []
    assert names(folder, 13.9) == []
    assert names(folder, 14.0) == ["a.hl7"]


def test_a_file_whose_bytes_change_between_looking_and_reading_waits(folder: DropFolder) -> None:
    path = write(folder, "a.hl7", b"half")
    folder.quiet_seconds = 0
    (ready,) = folder.ready(10.0)
    path.write_bytes(b"half and more")
    assert folder.read(ready) is None
    path.unlink()
    assert folder.read(ready) is None


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        "a.hl7.tmp",
        "a.part",
        "a.filepart",
        "A.PARTIAL",
        "a~",
        ".git/a",
        "done/a",
        "refused/a",
    ],
)
def test_files_under_way_hidden_or_put_away_are_left_alone(folder: DropFolder, name: str) -> None:
    folder.quiet_seconds = 0
    write(folder, name)
    assert names(folder, 10.0) == []


def test_links_and_pipes_are_left_alone(folder: DropFolder, tmp_path: Path) -> None:
    folder.quiet_seconds = 0
    secret = tmp_path / "secret"
    secret.write_text("s")
    (folder.root / "link").symlink_to(secret)
    os.mkfifo(folder.root / "pipe")
    assert names(folder, 10.0) == []


def test_files_come_oldest_first_also_from_folders_below(folder: DropFolder) -> None:
    folder.quiet_seconds = 0
    for name, when in (("c", 1), ("b/x", 3), ("a", 2), ("d", 2)):
        write(folder, name, changed_at=when)
    assert names(folder, 10.0) == ["c", "a", "d", "b/x"]


def test_files_of_other_endings_are_told_and_left_alone(folder: DropFolder) -> None:
    folder.quiet_seconds, folder.suffixes = 0, (".hl7",)
    write(folder, "a.HL7")
    write(folder, "notes.txt")
    assert names(folder, 10.0) == ["a.HL7"]
    assert folder.strangers == 1


def test_portions_fit_into_memory(folder: DropFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.doors.drop_folder.BATCH_BYTES", 10)
    folder.quiet_seconds = 0
    for number, size in enumerate((4, 4, 4, 20, 1)):
        write(folder, f"{number}", b"x" * size, changed_at=number + 1)
    portions = [[file.name for file in portion] for portion in batches(folder.ready(10.0))]
    assert portions == [["0", "1"], ["2"], ["3"], ["4"]]


def test_a_file_is_done_when_the_outbox_has_it(folder: DropFolder, outbox: Outbox) -> None:
    folder.quiet_seconds = 0
    write(folder, "sub/a.hl7", b"one")
    assert take(folder.ready(10.0), folder, outbox, PARTNER, LIMIT) == 1
    assert [stored.raw for stored in outbox.received(10)] == [Raw("sub/a.hl7", b"one")]
    assert (folder.root / "done/sub/a.hl7").read_bytes() == b"one"
    assert names(folder, 11.0) == []
    outbox.close()


def test_a_file_stays_where_it_is_when_the_outbox_cannot_take_it(
    folder: DropFolder, outbox: Outbox
) -> None:
    folder.quiet_seconds = 0
    path = write(folder, "a.hl7", b"one")

    class Full:
        def receive(self, *_: object) -> None:
            raise OutboxUnusable("database or disk is full")

    with pytest.raises(OutboxUnusable):
        take(folder.ready(10.0), folder, Full(), PARTNER, LIMIT)  # type: ignore[arg-type]
    assert path.exists()
    outbox.close()


def test_a_crash_between_keeping_and_moving_doubles_nothing(
    folder: DropFolder, outbox: Outbox
) -> None:
    folder.quiet_seconds = 0
    write(folder, "a.hl7", b"one")
    (ready,) = folder.ready(10.0)
    raw = folder.read(ready)
    assert raw is not None
    outbox.receive([raw], 0.0)  # and here the process dies
    take(folder.ready(11.0), folder, outbox, PARTNER, LIMIT)
    assert len(outbox.received(10)) == 1
    assert names(folder, 12.0) == []
    outbox.close()


def test_a_name_used_again_overwrites_nothing(folder: DropFolder, outbox: Outbox) -> None:
    folder.quiet_seconds = 0
    for content in (b"one", b"two", b"three"):
        write(folder, "a.hl7", content)
        take(folder.ready(10.0), folder, outbox, PARTNER, LIMIT)
    kept = {path.read_bytes() for path in (folder.root / "done").iterdir()}
    assert kept == {b"one", b"two", b"three"}
    outbox.close()


def test_a_file_too_large_is_told_to_quarantine_and_never_read_whole(
    folder: DropFolder, outbox: Outbox
) -> None:
    folder.quiet_seconds = 0
    body = b"x" * (LIMIT + 1)
    write(folder, "a.hl7", body)
    write(folder, "b.hl7", b"one", changed_at=2)
    assert take(folder.ready(10.0), folder, outbox, PARTNER, LIMIT) == 1
    assert (folder.root / "refused/a.hl7").exists()
    ((_, line),) = outbox.unpublished(10)
    assert line.topic == topics.QUARANTINE
    assert digest_of(body).encode() in (line.value or b"")
    write(folder, "a.hl7", body)
    take(folder.ready(11.0), folder, outbox, PARTNER, LIMIT)
    assert len(outbox.unpublished(10)) == 1
    outbox.close()


# ------------------------------------------------------------------------------------------ intake


def test_many_who_wait_are_answered_by_one_write() -> None:
    writes: list[int] = []

    async def receive(raws: list[Raw]) -> tuple[Receipt, ...]:
        writes.append(len(raws))
        await asyncio.sleep(0)
        return tuple(Receipt(raw.name, False) for raw in raws)

    async def senders() -> list[Receipt]:
        intake = Intake(receive)
        return await asyncio.gather(*(intake.keep(Raw(f"{n}", b"x")) for n in range(50)))

    receipts = asyncio.run(senders())
    assert [receipt.id for receipt in receipts] == [f"{n}" for n in range(50)]
    assert sum(writes) == 50
    assert len(writes) < 5


def test_when_a_write_fails_all_who_waited_are_told_and_the_next_may_succeed() -> None:
    fates = [OutboxUnusable("full"), None]

    async def receive(raws: list[Raw]) -> tuple[Receipt, ...]:
        if (fate := fates.pop(0)) is not None:
            raise fate
        return tuple(Receipt(raw.name, False) for raw in raws)

    async def senders() -> tuple[list[object], Receipt]:
        intake = Intake(receive)
        first = await asyncio.gather(
            *(intake.keep(Raw(f"{n}", b"x")) for n in range(3)), return_exceptions=True
        )
        return list(first), await intake.keep(Raw("again", b"x"))

    first, second = asyncio.run(senders())
    assert [type(fate) for fate in first] == [OutboxUnusable] * 3
    assert second.id == "again"


# ------------------------------------------------------------------------------------------ http

Send = Callable[..., Awaitable[tuple[int, object]]]


@asynccontextmanager
async def door(
    keep: Callable[[Raw], Awaitable[Receipt]], full: bool = False
) -> AsyncIterator[Send]:
    async def health() -> tuple[bool, dict[str, object]]:
        return not full, {"status": "ok"}

    async def metrics() -> bytes:
        return b"up 1\n"

    behind = Behind("lims", LIMIT, keep, lambda: full, health, metrics)
    http = HttpDoor(behind)
    address = await http.open("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:

        async def send(
            path: str = "/lims", method: str = "POST", **more: object
        ) -> tuple[int, object]:
            async with session.request(method, address + path, **more) as reply:  # type: ignore[arg-type]
                text = await reply.text()
                return reply.status, (await reply.json()) if text.startswith("{") else text

        yield send
    await http.close()


def exchange(
    *requests: dict[str, object], full: bool = False
) -> tuple[list[tuple[int, object]], list[Raw]]:
    """What is answered to these requests, and what was kept."""
    kept: list[Raw] = []

    async def keep(raw: Raw) -> Receipt:
        if raw.body == b"disk full":
            raise OutboxUnusable("full")
        kept.append(raw)
        return Receipt(digest_of(raw.body), False)

    async def all_of_them() -> list[tuple[int, object]]:
        async with door(keep, full) as send:
            return [await send(**request) for request in requests]

    return asyncio.run(all_of_them()), kept


def test_a_message_that_is_safe_is_answered_with_202_and_its_id() -> None:
    answers, kept = exchange(
        {"data": b"MSH|"}, {"data": b"<a/>", "headers": {"Content-Type": "x/y"}}
    )
    assert answers[0] == (202, {"message": digest_of(b"MSH|"), "known": False})
    assert [raw.body for raw in kept] == [b"MSH|", b"<a/>"]


def test_what_cannot_be_taken_is_answered_with_the_reason() -> None:
    def pieces() -> AsyncIterator[bytes]:
        async def body() -> AsyncIterator[bytes]:
            for _ in range(LIMIT):
                yield b"xx"

        return body()

    answers, kept = exchange(
        {"data": b""},
        {"data": b" \r\n"},
        {"data": b"x" * (LIMIT + 1)},
        {"data": pieces()},
        {"data": gzip.compress(b"x" * 1_000_000), "headers": {"Content-Encoding": "gzip"}},
        {"data": b"not gzip", "headers": {"Content-Encoding": "gzip"}},
        {"data": b"disk full"},
        {"data": b"x", "path": "/erp"},
        {"method": "GET"},
    )
    assert [status for status, _ in answers] == [400, 400, 413, 413, 415, 415, 503, 404, 405]
    assert kept == []


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    answers, _ = exchange({"data": b"x" * LIMIT})
    assert answers[0][0] == 202


def test_a_full_outbox_asks_partners_to_come_again() -> None:
    answers, kept = exchange({"data": b"x"}, {"path": "/health", "method": "GET"}, full=True)
    assert [status for status, _ in answers] == [429, 503]
    assert kept == []


def test_health_and_metrics() -> None:
    answers, _ = exchange(
        {"path": "/health", "method": "GET"}, {"path": "/metrics", "method": "GET"}
    )
    assert answers == [(200, {"status": "ok"}), (200, "up 1\n")]
