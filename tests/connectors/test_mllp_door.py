"""HL7 v2 by MLLP, as an independent client sends it: `mllp_send` of the hl7 package, and plain sockets."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import load
from connectors.answering import Answering
from connectors.connector import Partner, Raw, Refused
from connectors.doors.mllp_door import Behind, MllpDoor, Unread, secured
from connectors.hl7v2.framing import framed
from connectors.kept import Receipt
from connectors.metrics import Metrics
from connectors.outbox import Outbox, OutboxUnusable
from connectors.pseudonyms import create_key
from connectors.runner import serve
from connectors.settings import ConnectorSettings, Misconfigured
from connectors.translation import Translation
from schemas.control import QuarantinedMessage
from schemas.envelope import System
from schemas.reasons import Reason
from schemas.wire import decode_contract
from tests.connectors.specimens import TOKENS

SEND = Path(sys.executable).parent / "mllp_send"
HEADER = r"MSH|^~\&|KIS|NORTH|HUB|V2V|20260301120000+0100||{}|{}|P|2.5.1"
MERGE = HEADER.format("ADT^A40^ADT_A39", "C-1") + "\rPID|1||77^^^MRN\rMRG|88^^^MRN\r"
NO_MRG = HEADER.format("ADT^A40^ADT_A39", "C-2") + "\rPID|1||77^^^MRN\r"
LIMIT = 100_000


def mllp_send(at: str, folder: Path, *messages: str | bytes) -> bytes:
    """Send by hl7's own command; what it prints of the answers."""
    file = folder / "sent.hl7"
    file.write_bytes(b"".join(framed(m.encode() if isinstance(m, str) else m) for m in messages))
    host, _, port = at.rpartition(":")
    done = subprocess.run(
        [SEND, "--port", port, "--file", str(file), host], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass
class Kept:
    """What stands behind a door under test: an outbox, and translation by the real connector."""

    outbox: Outbox
    is_full: bool = False
    unsafe: bool = False
    fates: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    async def keep(self, raw: Raw) -> Receipt:
        if self.unsafe:
            raise OutboxUnusable("no space left on device")
        (receipt,) = self.outbox.receive([raw], 0.0)
        return receipt

    async def judge(self, raw: Raw) -> Refused | None:
        connector, partner = load("clinic"), Partner("north", System.CLINIC)
        decisions = connector.translate(raw, partner, TOKENS, ())
        return next((d for d in decisions if isinstance(d, Refused)), None)

    async def set_aside(self, unread: Unread) -> None:
        self.unread.append(unread)

    def behind(self) -> Behind:
        return Behind(
            LIMIT,
            2,
            60.0,
            self.keep,
            lambda: self.is_full,
            self.judge,
            self.set_aside,
            self.fates.append,
        )


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(Outbox(tmp_path / "outbox"))


@asynccontextmanager
async def opened(
    kept: Kept, tls: ssl.SSLContext | None = None, **more: Any
) -> AsyncIterator[tuple[MllpDoor, str]]:
    door = MllpDoor(replace(kept.behind(), **more))
    at = await door.open("127.0.0.1", 0, tls)
    try:
        yield door, at
    finally:
        await door.close()


async def sent(kept: Kept, folder: Path, *messages: str | bytes) -> bytes:
    """What the independent client is answered."""
    async with opened(kept) as (_, at):
        return await asyncio.to_thread(mllp_send, at, folder, *messages)


async def connected(at: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = at.rpartition(":")
    return await asyncio.open_connection(host, int(port))


# ------------------------------------------------------------------------------- AA, AE and AR


def test_a_message_that_is_understood_is_answered_when_it_is_safe(
    kept: Kept, tmp_path: Path
) -> None:
    answer = asyncio.run(sent(kept, tmp_path, MERGE))
    assert answer.count(b"MSA|AA|C-1") == 1
    (stored,) = kept.outbox.received(10)
    assert stored.raw.body == MERGE.rstrip("\r").encode()  # the command strips the last return
    assert kept.fates == ["understood"]


def test_a_message_that_is_not_understood_is_kept_and_the_answer_says_why(
    kept: Kept, tmp_path: Path
) -> None:
    answer = asyncio.run(sent(kept, tmp_path, NO_MRG))
    assert b"MSA|AE|C-2|MRG: patient records are merged without it" in answer
    assert b"101^Required field missing^HL70357|E|field_missing^^V2V-REASON" in answer
    assert [s.raw.body for s in kept.outbox.received(10)] == [NO_MRG.rstrip("\r").encode()]


def test_several_messages_by_one_connection_are_answered_in_their_order(
    kept: Kept, tmp_path: Path
) -> None:
    answer = asyncio.run(sent(kept, tmp_path, MERGE, NO_MRG, MERGE.replace("C-1", "C-3")))
    places = [answer.index(code) for code in (b"MSA|AA|C-1", b"MSA|AE|C-2", b"MSA|AA|C-3")]
    assert places == sorted(places)
    assert len(kept.outbox.received(10)) == 3


def test_a_message_that_is_sent_again_is_answered_again_and_kept_once(
    kept: Kept, tmp_path: Path
) -> None:
    answer = asyncio.run(sent(kept, tmp_path, MERGE, MERGE))
    assert answer.count(b"MSA|AA|C-1") == 2
    assert len(kept.outbox.received(10)) == 1


def test_what_is_no_hl7_is_rejected_and_known_by_its_digest(kept: Kept, tmp_path: Path) -> None:
    answer = asyncio.run(sent(kept, tmp_path, '{"resourceType": "Patient"}', MERGE))
    assert b"MSA|AR||no MSH segment; not HL7 v2" in answer
    assert b"MSA|AA|C-1" in answer
    (unread,) = kept.unread
    assert (unread.why.reason, unread.size) == (Reason.UNKNOWN_FORMAT, 27)


def test_a_message_that_is_too_large_is_rejected_and_the_next_one_is_taken(
    kept: Kept, tmp_path: Path
) -> None:
    async def story() -> list[bytes]:
        async with opened(kept) as (_, at):
            reader, writer = await connected(at)
            writer.write(
                framed(MERGE.encode() + b"NTE|1||" + b"x" * LIMIT) + framed(NO_MRG.encode())
            )
            answers = [await reader.readuntil(b"\x1c\r") for _ in range(2)]
            writer.close()
            return answers

    first, second = asyncio.run(story())
    assert b"MSA|AR|C-1|the message has 100," in first
    assert b"MSA|AE|C-2" in second
    assert [u.why.reason for u in kept.unread] == [Reason.TOO_LARGE]


def test_a_full_backlog_rejects_and_keeps_nothing(kept: Kept, tmp_path: Path) -> None:
    kept.is_full = True
    answer = asyncio.run(sent(kept, tmp_path, MERGE))
    assert b"MSA|AR|C-1|the outbox is full; send the message again later" in answer
    assert kept.outbox.received(10) == ()


def test_a_message_that_could_not_be_made_safe_is_never_acknowledged(
    kept: Kept, tmp_path: Path
) -> None:
    kept.unsafe = True
    answer = asyncio.run(sent(kept, tmp_path, MERGE))
    assert b"MSA|AR|C-1|the message could not be made safe" in answer
    enhanced = MERGE.replace("|2.5.1\r", "|2.5.1|||AL|NE\r")
    assert b"MSA|CE|C-1" in asyncio.run(sent(kept, tmp_path, enhanced))


def test_the_enhanced_mode_has_two_answers(kept: Kept, tmp_path: Path) -> None:
    async def story() -> bytes:
        async with opened(kept) as (_, at):
            reader, writer = await connected(at)
            writer.write(framed(NO_MRG.replace("|2.5.1\r", "|2.5.1|||AL|AL\r").encode()))
            both = await reader.readuntil(b"\x1c\r") + await reader.readuntil(b"\x1c\r")
            writer.close()
            return both

    both = asyncio.run(story())
    assert both.index(b"MSA|CA|C-2") < both.index(b"MSA|AE|C-2")


def test_a_message_in_latin_letters_is_answered_in_them(kept: Kept, tmp_path: Path) -> None:
    body = (
        HEADER.format("ADT^A40^ADT_A39", "C-9").replace("KIS", "Küche") + "||||||8859/1\rPID|1\r"
    ).encode("latin-1")
    answer = asyncio.run(sent(kept, tmp_path, body))
    assert "Küche".encode("latin-1") in answer
    assert b"MSA|AE|C-9" in answer


# --------------------------------------------------------------------------- slow and broken senders


def test_a_sender_that_stops_within_a_message_is_let_go_and_what_came_is_told(kept: Kept) -> None:
    async def story() -> bytes:
        async with opened(kept, message_seconds=0.2) as (_, at):
            reader, writer = await connected(at)
            writer.write(b"\x0b" + MERGE.encode())
            answer = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return answer

    answer = asyncio.run(story())
    assert b"MSA|AR|C-1" in answer
    assert [u.why.reason for u in kept.unread] == [Reason.NOT_WELL_FORMED]
    assert kept.outbox.received(10) == ()


def test_a_sender_that_begins_again_is_answered_for_the_whole_message_only(kept: Kept) -> None:
    async def story() -> bytes:
        async with opened(kept) as (_, at):
            reader, writer = await connected(at)
            writer.write(b"\x0b" + MERGE.encode()[:60] + framed(NO_MRG.encode()))
            answer = await reader.readuntil(b"\x1c\r")
            writer.close()
            return answer

    assert b"MSA|AE|C-2" in asyncio.run(story())
    assert [u.why.reason for u in kept.unread] == [Reason.NOT_WELL_FORMED]


def test_a_sender_that_drips_its_message_has_no_more_time_than_others(kept: Kept) -> None:
    async def story() -> bytes:
        async with opened(kept, message_seconds=0.5) as (_, at):
            reader, writer = await connected(at)
            writer.write(b"\x0bMSH|")

            async def drip() -> None:
                while not writer.is_closing():
                    writer.write(b"x")
                    await asyncio.sleep(0.05)  # the pace of the sender

            dripping = asyncio.create_task(drip())
            answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 20)
            writer.close()
            await asyncio.gather(dripping, return_exceptions=True)
            return answer

    assert b"MSA|AR|" in asyncio.run(story())


def test_a_silent_sender_is_let_go(kept: Kept) -> None:
    async def story() -> bytes:
        async with opened(kept, idle_seconds=0.1) as (_, at):
            reader, writer = await connected(at)
            said = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return said

    assert asyncio.run(story()) == b""


def test_bytes_without_a_frame_are_answered_and_end_the_connection(kept: Kept) -> None:
    async def story() -> bytes:
        async with opened(kept) as (_, at):
            reader, writer = await connected(at)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return said

    assert b"MSA|AR||bytes outside of an MLLP frame" in asyncio.run(story())
    assert [u.why.reason for u in kept.unread] == [Reason.NOT_WELL_FORMED]


def test_more_senders_than_there_is_room_for_are_let_go_and_others_go_on(kept: Kept) -> None:
    async def story() -> tuple[bytes, bytes]:
        async with opened(kept) as (door, at):
            one, two = await connected(at), await connected(at)
            for reader, writer in (one, two):
                writer.write(framed(MERGE.encode()))
                assert b"MSA|AA" in await reader.readuntil(b"\x1c\r")
            assert door.senders == 2
            third = await connected(at)
            turned_away = await asyncio.wait_for(third[0].read(), 20)
            one[1].write(framed(NO_MRG.encode()))
            answer = await one[0].readuntil(b"\x1c\r")
            for _, writer in (one, two, third):
                writer.close()
            return turned_away, answer

    turned_away, answer = asyncio.run(story())
    assert turned_away == b""
    assert b"MSA|AE|C-2" in answer


def test_a_sender_that_goes_without_its_answer_leaves_its_message_safe(kept: Kept) -> None:
    async def story() -> None:
        async with opened(kept) as (_, at):
            _, writer = await connected(at)
            writer.write(framed(MERGE.encode()))
            await writer.drain()
            writer.transport.abort()
            reader, other = await connected(at)
            other.write(framed(NO_MRG.encode()))
            assert b"MSA|AE" in await reader.readuntil(b"\x1c\r")
            other.close()

    asyncio.run(story())
    assert NO_MRG.encode() in [s.raw.body for s in kept.outbox.received(10)]


# ----------------------------------------------------------------------------------------------- TLS


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


def test_tls_lets_in_whom_it_knows_and_nobody_else(kept: Kept, tmp_path: Path) -> None:
    own, sender = certified(tmp_path, "hub"), certified(tmp_path, "sender")
    tls = secured(*own, clients=sender[0])

    async def story(known: bool) -> bytes:
        client = ssl.create_default_context(cafile=str(own[0]))
        if known:
            client.load_cert_chain(*sender)
        async with opened(kept, tls) as (_, at):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", int(at.rpartition(":")[2]), ssl=client, server_hostname="localhost"
            )
            writer.write(framed(MERGE.encode()))
            answer = await reader.readuntil(b"\x1c\r")
            writer.close()
            return answer

    assert b"MSA|AA|C-1" in asyncio.run(story(True))
    with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
        asyncio.run(story(False))


# ---------------------------------------------------------------------------------- whole connector


def settings_of(folder: Path, system: str = "clinic", **more: object) -> ConnectorSettings:
    create_key(folder / "key")
    return ConnectorSettings.model_validate(
        {
            "system": system,
            "partner": "north",
            "pseudonym_key": folder / "key",
            "outbox": folder / "outbox",
            "brokers": "127.0.0.1:1",
            "heartbeat_seconds": 0,
            "mllp_port": 0,
        }
        | more
    )


def running(settings: ConnectorSettings, story: Callable[[str], object]) -> None:
    """Run the whole connector while the story is told, which gets what was announced."""

    async def whole() -> None:
        stop, told = asyncio.Event(), asyncio.Queue[str]()
        connector = asyncio.create_task(serve(settings, stop, told.put_nowait))
        asking = asyncio.create_task(told.get())
        await asyncio.wait({connector, asking}, return_when=asyncio.FIRST_COMPLETED)
        if connector.done():
            asking.cancel()
            connector.result()
        await asyncio.to_thread(story, asking.result())
        stop.set()
        await connector

    asyncio.run(whole())


def test_a_whole_connector_answers_and_keeps_what_it_cannot_publish_yet(tmp_path: Path) -> None:
    def story(announced: str) -> None:
        at = announced.partition("by MLLP at ")[2].split()[0]
        answer = mllp_send(at, tmp_path, MERGE, NO_MRG, "no HL7")
        for code in (b"MSA|AA|C-1", b"MSA|AE|C-2", b"MSA|AR|"):
            assert code in answer

    running(settings_of(tmp_path), story)
    outbox = Outbox(tmp_path / "outbox")
    counts = outbox.counts()
    assert counts["refused", "unknown_format"] == 1
    reasons = [
        entry.reason
        for _, line in outbox.unpublished(100)
        if line.topic == "v2v.quarantine"
        and isinstance(
            entry := decode_contract(QuarantinedMessage, line.value or b""), QuarantinedMessage
        )
    ]
    outbox.close()
    assert "unknown_format" in reasons


def test_a_certificate_that_cannot_be_read_keeps_the_door_shut_in_one_sentence(
    tmp_path: Path,
) -> None:
    missing = tmp_path / "none.pem"
    settings = settings_of(tmp_path, mllp_certificate=missing, mllp_key=missing)
    with pytest.raises(Misconfigured, match="the MLLP door stays shut: "):
        running(settings, lambda _: None)


def test_only_systems_that_read_hl7_have_the_door(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="erp connector: mllp_port is set, and it reads no HL7"):
        running(settings_of(tmp_path, "erp"), lambda _: None)


def test_without_a_port_the_door_stays_shut(tmp_path: Path) -> None:
    def story(announced: str) -> None:
        assert "MLLP" not in announced

    running(settings_of(tmp_path, mllp_port=None), story)


def test_the_metrics_count_what_became_of_messages(tmp_path: Path) -> None:
    metrics = Metrics("clinic", "north")
    metrics.answered("understood")
    metrics.answered("rejected")
    said = metrics.text().decode()
    assert (
        'v2v_connector_mllp_messages_total{fate="understood",partner="north",system="clinic"} 1.0'
        in said
    )
    answering = Answering(
        settings_of(tmp_path),
        Translation(load("clinic"), Partner("north", System.CLINIC), TOKENS),
        Outbox(tmp_path / "other"),
        metrics,
        _at_once,
    )
    assert answering.senders == 0


Made = TypeVar("Made")


async def _at_once(work: Callable[..., Made], *about: object) -> Made:
    return work(*about)
