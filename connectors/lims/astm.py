"""ASTM E1394 (CLSI LIS2): the records that instruments send, framed as E1381 (LIS1) has it or as they are.

A frame is STX, its number, text, ETB or ETX, a checksum and CR LF; a record may go over several frames. A
checksum that is wrong, or a frame that is missing, refuses the whole message: nobody knows which result it
hit. The delimiters are those that the header declares. Pure: bytes in, records out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors import formats
from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

ENQ, STX, ETX, EOT, ETB = b"\x05", b"\x02", b"\x03", b"\x04", b"\x17"

_FRAME = re.compile(
    rb"\x02(?P<number>[0-7])(?P<text>[^\x02\x03\x17]*)(?P<end>[\x03\x17])(?P<sum>[0-9A-Fa-f]{2})"
)
_LINE_ENDS = re.compile(r"[\r\n]+")
_HEADER = re.compile(rb"H([^0-9A-Za-z\s])([^0-9A-Za-z\s])([^0-9A-Za-z\s])([^0-9A-Za-z\s])")
_TYPES = frozenset("HPORCQSML")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that a header declares."""

    field: str
    repetition: str
    component: str
    escape: str

    def plain(self, escaped: str) -> str:
        """The text without escape sequences; what is none of the standard's stays as it is."""
        if self.escape not in escaped:
            return escaped.strip()
        named = {
            "F": self.field,
            "S": self.component,
            "R": self.repetition,
            "E": self.escape,
        }
        mark = re.escape(self.escape)
        meant = re.sub(f"{mark}([FSRE]){mark}", lambda found: named[found[1]], escaped)
        return meant.strip()


@dataclass(frozen=True, slots=True)
class Record:
    """One record; fields are counted from 1, and the first is its type."""

    kind: str
    fields: tuple[str, ...]
    delimiters: Delimiters

    def raw(self, number: int) -> str:
        """A field as it was sent."""
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def parts(self, number: int) -> tuple[str, ...]:
        """Everything that a field says: each component of each repetition that is not empty."""
        marks = self.delimiters
        each = (
            c for r in self.raw(number).split(marks.repetition) for c in r.split(marks.component)
        )
        return tuple(said for one in each if (said := marks.plain(one)))

    def repetitions(self, number: int, component: int = 1) -> tuple[str, ...]:
        """One component of each repetition of a field."""
        marks = self.delimiters
        found = (r.split(marks.component) for r in self.raw(number).split(marks.repetition))
        return tuple(
            marks.plain(parts[component - 1]) if component <= len(parts) else "" for parts in found
        )

    def text(self, number: int, component: int = 1) -> str:
        """One component of a field; empty where there is none."""
        marks = self.delimiters
        parts = self.raw(number).split(marks.repetition)[0].split(marks.component)
        return marks.plain(parts[component - 1]) if component <= len(parts) else ""

    def components(self, number: int) -> tuple[str, ...]:
        """The components of the first repetition of a field."""
        marks = self.delimiters
        first = self.raw(number).split(marks.repetition)[0]
        return tuple(marks.plain(part) for part in first.split(marks.component))


def is_astm(body: bytes) -> bool:
    """Whether the bytes begin as an instrument's message does."""
    start = body.lstrip(b"\x05\x04\x06\x15\r\n \t\x00")
    if start.startswith(STX):
        return True
    return _HEADER.match(start) is not None


def messages(body: bytes) -> tuple[tuple[Record, ...], ...]:
    """The messages that the bytes hold: each a header and the records behind it."""
    content = formats.within(body)
    text = _text(b"".join(_unframed(content)) if STX in content else _bare(content))
    found: list[list[Record]] = []
    marks: Delimiters | None = None
    for line in _LINE_ENDS.split(text):
        stripped = line.strip(" \t\x00")
        if not stripped:
            continue
        if stripped[0] == "H":
            marks = _delimiters(stripped)
            found.append([])
        if marks is None:
            raise CannotUnderstand(
                Reason.UNKNOWN_FORMAT, "no H record at the start; not ASTM E1394"
            )
        found[-1].append(_record(stripped, marks))
    return tuple(tuple(records) for records in found)


def _text(content: bytes) -> str:
    """ASTM knows ASCII only; what instruments write beyond it is Latin in practice, where it is no UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _bare(content: bytes) -> bytes:
    return content.translate(None, ENQ + EOT + ETX + ETB)


def _unframed(content: bytes) -> Iterator[bytes]:
    """The text of the frames, in their order; one that is sent again is read once."""
    expected, last = 1, (-1, b"")
    place = behind = 0
    while (place := content.find(STX, place)) >= 0:
        frame = _FRAME.match(content, place)
        if frame is None:
            detail = f"the frame at byte {place} has neither an end nor a checksum"
            raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
        number = int(frame["number"])
        summed = sum(content[place + 1 : frame.start("sum")]) % 256
        if summed != int(frame["sum"], 16):
            detail = f"frame {number} at byte {place}: the checksum is {summed:02X}, not as sent"
            raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
        gap = content[behind:place]
        if ENQ in gap[len(gap.rstrip(ENQ + b"\r\n")) :]:  # a new session counts from one again
            expected, last = 1, (-1, b"")
        if (number, frame["text"]) != last:
            if number != expected % 8:
                detail = f"frame {number} at byte {place}: frame {expected % 8} is missing"
                raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
            yield frame["text"] if frame["end"] == ETB else frame["text"] + b"\r"
            expected, last = expected + 1, (number, frame["text"])
        place = behind = frame.end()


def _delimiters(header: str) -> Delimiters:
    declared = header[1:5]
    if len(declared) < 4 or len(set(declared)) < 4 or any(c.isalnum() for c in declared):
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, "H-2 does not declare delimiters")
    return Delimiters(*declared)


def _record(line: str, marks: Delimiters) -> Record:
    kind = line[0].upper()
    if kind not in _TYPES or line[1:2] not in ("", marks.field):
        raise CannotUnderstand(
            Reason.NOT_WELL_FORMED, f"a line begins with {line[:5]!r}, which is no record"
        )
    if kind == "H":  # the delimiters themselves are the second field
        rest = line[5:].partition(marks.field)[2]
        return Record(kind, ("H", line[1:5], *rest.split(marks.field)), marks)
    return Record(kind, tuple(line.split(marks.field)), marks)
