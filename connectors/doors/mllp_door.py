"""Takes HL7 v2 over TCP: a message is acknowledged when it is safe, and the answer says whether it is understood.

Several messages may come by one connection, and several connections at a time. A sender that is slow,
that stops within a message or that sends something else is answered where it can be, and let go; what it
sent is told to quarantine by its digest, so that nothing is lost without a word.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.connector import Raw, Refused
from connectors.doors import clock
from connectors.hl7v2.acknowledgement import Fate, Outcome, answers, header_of
from connectors.hl7v2.framing import Block, Framing, Piece, TooLarge, Unframed, framed
from connectors.kept import Receipt
from connectors.outbox import OutboxUnusable
from schemas.reasons import Reason

CHUNK = 65_536
MESSAGE_SECONDS = 60.0
"""How long one message may take from its first byte to its last."""
ANSWER_SECONDS = 30.0
"""How long a sender may take to read an answer."""

LINGER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was not taken: its digest, its size and why."""

    digest: bytes
    size: int
    why: Refused


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the door."""

    size_limit: int
    connections: int
    """Senders at one time; a further one is let go at once, and comes again."""
    idle_seconds: float
    keep: Callable[[Raw], Awaitable[Receipt]]
    full: Callable[[], bool]
    judge: Callable[[Raw], Awaitable[Refused | None]]
    """Why the message is not understood; None when it is."""
    set_aside: Callable[[Unread], Awaitable[None]]
    answered: Callable[[str], None]
    """Told what was answered, for the metrics."""
    message_seconds: float = MESSAGE_SECONDS


class MllpDoor:
    """The MLLP server of one running connector."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._senders: set[asyncio.Task[None]] = set()

    @property
    def senders(self) -> int:
        """Connections that are open now."""
        return len(self._senders)

    async def open(self, host: str, port: int, secured: ssl.SSLContext | None = None) -> str:
        """Start to listen; the host and port that messages go to."""
        self._server = await asyncio.start_server(
            self._connected, host, port, limit=CHUNK, ssl=secured
        )
        return f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Answer what is safe already, and take no more."""
        if self._server is None:
            return
        self._server.close()
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = asyncio.current_task()
        assert sender is not None  # a stream's callback runs as a task
        if len(self._senders) >= self._behind.connections:
            writer.close()
            return
        self._senders.add(sender)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, ssl.SSLError):
            pass  # the sender has gone, or does not read: what was safe stays safe
        finally:
            self._senders.discard(sender)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framing = Framing(self._behind.size_limit)
        late = 0.0
        while True:
            wait = late - clock.elapsed() if framing.inside else self._behind.idle_seconds
            try:
                async with asyncio.timeout(max(0.0, wait)):
                    chunk = await reader.read(CHUNK)
            except TimeoutError:
                chunk = b""
            if not chunk:
                if (rest := framing.broken_off()) is not None:
                    await self._answer(rest, writer)
                    await _let_go(reader, writer)
                return
            was_inside = framing.inside
            for piece in framing.feed(chunk):
                was_inside = False
                if not await self._answer(piece, writer):
                    await _let_go(reader, writer)
                    return
            if framing.inside and not was_inside:
                late = clock.elapsed() + self._behind.message_seconds

    async def _answer(self, piece: Piece, writer: asyncio.StreamWriter) -> bool:
        """Take a message and say what has become of it; whether more may come by this connection."""
        body = piece.body if isinstance(piece, Block) else piece.beginning
        outcome = await self._fate(piece)
        if isinstance(piece, Unframed) and piece.resumed:  # its sender waits for no answer any more
            self._behind.answered(outcome.fate.value)
            return True
        for answer in answers(body, outcome, clock.now()):
            writer.write(framed(answer))
        self._behind.answered(outcome.fate.value)
        async with asyncio.timeout(ANSWER_SECONDS):
            await writer.drain()
        return not isinstance(piece, Unframed)

    async def _fate(self, piece: Piece) -> Outcome:
        limit = self._behind.size_limit
        match piece:
            case Unframed(digest, size, _):
                detail = "bytes outside of an MLLP frame, or a message that broke off"
                return await self._reject(digest, size, Reason.NOT_WELL_FORMED, detail)
            case TooLarge(digest, size, _):
                detail = f"the message has {size:,} bytes; at most {limit:,} are taken"
                return await self._reject(digest, size, Reason.TOO_LARGE, detail)
            case Block(body):
                return await self._take(body)

    async def _take(self, body: bytes) -> Outcome:
        digest = hashlib.sha256(body).digest()
        if header_of(body) is None:
            reason = Reason.UNKNOWN_FORMAT if body.strip() else Reason.EMPTY_VALUE
            return await self._reject(digest, len(body), reason, "no MSH segment; not HL7 v2")
        if self._behind.full():
            detail = "the outbox is full; send the message again later"
            return Outcome(Fate.REJECTED, Refused(Reason.HANDLER_FAILED, detail))
        raw = Raw(f"mllp/{digest.hex()[:16]}", body)
        try:
            await self._behind.keep(raw)
        except OutboxUnusable:
            detail = "the message could not be made safe; send it again later"
            return Outcome(Fate.UNSAFE, Refused(Reason.HANDLER_FAILED, detail))
        why = await self._behind.judge(raw)
        return Outcome(Fate.UNDERSTOOD if why is None else Fate.SET_ASIDE, why)

    async def _reject(self, digest: bytes, size: int, reason: Reason, detail: str) -> Outcome:
        """Not taken, and told to quarantine, where a person finds that it came."""
        why = Refused(reason, detail)
        try:
            await self._behind.set_aside(Unread(digest, size, why))
        except OutboxUnusable:
            return Outcome(Fate.UNSAFE, why)
        return Outcome(Fate.REJECTED, why)


async def _let_go(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End the connection so that a sender who still sends reads the answer first."""
    if writer.can_write_eof():
        writer.write_eof()
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while await reader.read(CHUNK):
                pass
    except TimeoutError:
        return


def secured(certificate: Path, key: Path, clients: Path | None = None) -> ssl.SSLContext:
    """TLS with this certificate; senders must show one of these clients' authorities, where given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
