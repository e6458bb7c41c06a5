"""HL7 v2 in ER7: the messages that a file holds, and their fields without escapes.

Takes what real senders send: several messages in a file, any line ends, MLLP framing, batch
envelopes, the delimiters that MSH declares and the character set that it names. Pure.

The `hl7` library splits the message; its own unescaping is not used, because it writes marks of emphasis
into the text and drops what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import hl7

from connectors import formats
from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

CHARACTER_SETS: dict[str, str] = {
    "": "utf-8",
    "ASCII": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "KS X 1001": "euc_kr",
    "WINDOWS-1252": "cp1252",
} | {f"8859/{part}": f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))}
"""What MSH-18 says, by HL7 table 0211, and how Python calls it; nothing said means UTF-8, or ASCII."""

SWITCHING = frozenset({"ISO IR6", "ISO IR14", "ISO IR87", "ISO IR159"})
"""Sets between which a Japanese message switches by escape sequences, beside the one it begins in."""

_FRAMING = re.compile(rb"[\x0b\x1c\r\n]+")
_SECTION = re.compile(r"[0-9A-Z]{3}")

Components = tuple[tuple[str, ...], ...]
"""The components of one repetition, each with its subcomponents, without escapes."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that a message itself declares."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def plain(self, escaped: str) -> str:
        """The text without escape sequences; what is none of HL7's stays as it is."""
        mark = re.escape(self.escape)
        return re.sub(f"{mark}([^{mark}]*){mark}", self._meant, escaped).strip()

    def _meant(self, found: re.Match[str]) -> str:
        sequence = found[1]
        named = {
            "F": self.field,
            "S": self.component,
            "R": self.repetition,
            "E": self.escape,
            "T": self.subcomponent,
            "H": "",
            "N": "",
        }
        if sequence in named:
            return named[sequence]
        if sequence[:3] in (".br", ".sp", ".ce"):
            return "\n"
        if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", sequence):
            content = bytes.fromhex(sequence[1:])
            return content.decode("utf-8", errors="replace")
        return found[0]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; fields are counted from 1, as the standard counts them."""

    name: str
    fields: tuple[str, ...]
    delimiters: Delimiters

    def raw(self, number: int) -> str:
        """The field as it was sent."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> tuple[Components, ...]:
        """Every repetition of the field that is not empty."""
        marks = self.delimiters
        return tuple(
            tuple(
                tuple(marks.plain(part) for part in component.split(marks.subcomponent))
                for component in repetition.split(marks.component)
            )
            for repetition in self.raw(number).split(marks.repetition)
            if repetition.strip()
        )

    def parts(self, number: int) -> Components:
        """The components of the first repetition."""
        return next(iter(self.repetitions(number)), ())

    def text(self, number: int, component: int = 1) -> str:
        """One component of the first repetition; empty where there is none, or HL7's null."""
        return "" if self.raw(number).strip() == '""' else part(self.parts(number), component)


def part(components: Components, component: int, subcomponent: int = 1) -> str:
    """One subcomponent; empty where there is none."""
    if component > len(components) or subcomponent > len(components[component - 1]):
        return ""
    return components[component - 1][subcomponent - 1]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its header, and all its segments in order."""

    header: Segment
    segments: tuple[Segment, ...]

    def first(self, name: str) -> Segment | None:
        """The first segment of this name."""
        return next((s for s in self.segments if s.name == name), None)


def split(body: bytes) -> tuple[bytes, ...]:
    """The messages that the bytes hold, each still as bytes, lines ended by a carriage return."""
    content = formats.within(body).removeprefix(b"\xef\xbb\xbf")
    found: list[list[bytes]] = []
    for line in _FRAMING.split(content):
        stripped = line.strip(b" \t\x00")
        if not stripped or stripped[:3] in (b"FHS", b"BHS", b"BTS", b"FTS"):
            continue
        if stripped.startswith(b"MSH"):
            found.append([stripped])
        elif found:
            found[-1].append(stripped)
        else:
            raise CannotUnderstand(Reason.UNKNOWN_FORMAT, "no MSH segment at the start; not HL7 v2")
    return tuple(b"\r".join(lines) for lines in found)


def read(body: bytes) -> Message:
    """One message of `split`."""
    marks = delimiters(body)
    parsed = hl7.parse(formats.text(body, character_set(body, marks)))
    segments = tuple(_segments(parsed, marks))
    return Message(segments[0], segments)


def delimiters(body: bytes) -> Delimiters:
    """The characters that MSH-1 and MSH-2 of a message declare."""
    declared = body[3:9].decode("latin-1")
    field, encoding = declared[:1], declared[1:].partition(declared[:1])[0] if declared else ""
    marks = field + encoding
    sound = 5 <= len(marks) <= 6 and len(set(marks)) == len(marks)
    if not sound or any(
        mark.isalnum() or mark.isspace() or not mark.isprintable() for mark in marks
    ):
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, "MSH-1 and MSH-2 do not declare delimiters")
    return Delimiters(field, marks[1], marks[2], marks[3], marks[4])


def character_set(body: bytes, marks: Delimiters) -> str:
    """The encoding that MSH-18 of a message names."""
    header = body.partition(b"\r")[0].decode("latin-1").split(marks.field)
    stated = header[17] if len(header) > 17 else ""
    sets = [name.strip().upper() for name in stated.split(marks.repetition)]
    if not SWITCHING.isdisjoint(sets):  # a letter of two bytes may hold what looks like a delimiter
        return "iso2022_jp_2"
    named = sets[0]
    known = CHARACTER_SETS.get(named)
    if known is None:
        detail = f"MSH-18: {named[:40]!r} is no character set that we read"
        raise CannotUnderstand(Reason.ENCODING_UNKNOWN, detail)
    return known


def _segments(parsed: hl7.Message, marks: Delimiters) -> Iterator[Segment]:
    for number, segment in enumerate(parsed, start=1):
        fields = tuple(str(field) for field in segment)
        name = fields[0].strip()
        if not _SECTION.fullmatch(name):
            detail = f"line {number} begins with {name[:10]!r}, which names no segment"
            raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
        yield Segment(name, fields, marks)
