"""MLLP, the frame in which HL7 v2 travels over TCP: VT before a message, FS and CR behind it.

The `hl7` package reads frames too, but loses its place after one that is too large, and decodes every
message alike; here the bytes stay as they were sent, and whatever is between two frames is told. Memory is
bounded by the size limit, however much a sender sends. Pure: bytes in, what they hold out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

START, END = 0x0B, 0x1C
BETWEEN = b"\r\n \t"
"""What may stand between two frames: the CR of the last one, and what careless senders add."""


@dataclass(frozen=True, slots=True)
class Block:
    """One whole message."""

    body: bytes


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A whole message that is larger than what is taken; only its digest and its beginning are known."""

    digest: bytes
    size: int
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Unframed:
    """Bytes outside of any frame, or a message whose end never came."""

    digest: bytes
    size: int
    beginning: bytes
    resumed: bool = False
    """Whether the sender has begun a new message instead, so that what follows is known again."""


Piece = Block | TooLarge | Unframed

BEGINNING = 2000
"""So much of a message that is not kept is remembered, which is enough for its header."""


@dataclass(slots=True)
class Framing:
    """What one connection has sent so far of the message that is under way."""

    limit: int
    inside: bool = False
    _body: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The messages that end in these bytes."""
        while chunk:
            if not self.inside:
                chunk = chunk.lstrip(BETWEEN)
                if not chunk:
                    return
                if chunk[0] != START:
                    yield Unframed(hashlib.sha256(chunk).digest(), len(chunk), chunk[:BEGINNING])
                    return
                self.inside, chunk = True, chunk[1:]
                continue
            ends = [at for mark in (START, END) if (at := chunk.find(mark)) >= 0]
            at = min(ends, default=len(chunk))
            self._take(chunk[:at])
            if not ends:
                return
            if chunk[at] == START:  # the sender has begun again
                if (piece := self.broken_off()) is not None:
                    yield replace(piece, resumed=True)
                self.inside = True
            else:
                yield self._whole()
            chunk = chunk[at + 1 :]

    def broken_off(self) -> Unframed | None:
        """What had come of a message whose end never came; None when nothing is under way."""
        if not self.inside or not self._size:
            self._begin_again()
            return None
        piece = Unframed(self._digest.digest(), self._size, bytes(self._body[:BEGINNING]))
        self._begin_again()
        return piece

    def _take(self, part: bytes) -> None:
        self._digest.update(part)
        self._size += len(part)
        room = self.limit if self._size <= self.limit else BEGINNING
        self._body += part[: max(0, room - len(self._body))]
        del self._body[room:]

    def _whole(self) -> Piece:
        if self._size <= self.limit:
            piece: Piece = Block(bytes(self._body))
        else:
            piece = TooLarge(self._digest.digest(), self._size, bytes(self._body[:BEGINNING]))
        self._begin_again()
        return piece

    def _begin_again(self) -> None:
        self.inside, self._size = False, 0
        self._body, self._digest = bytearray(), hashlib.sha256()


def framed(message: bytes) -> bytes:
    """The message as it travels."""
    return bytes((START,)) + message + bytes((END, 0x0D))
