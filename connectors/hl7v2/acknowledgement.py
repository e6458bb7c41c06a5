"""What is answered to an HL7 v2 message, by the mode that its header asks for.

| mode | header | answered |
| --- | --- | --- |
| original | MSH-15 and MSH-16 empty | AA kept and understood, AE kept and set aside, AR not taken |
| enhanced | MSH-15 | CA kept, CE could not be kept, CR not taken: always, never, on error or on success |
| enhanced | MSH-16 | AA, AE or AR likewise, behind the first |

An answer names the message by its own control id, says what was wrong without repeating content, and
speaks the message's delimiters and character set. Pure: the time is handed in.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.connector import CannotUnderstand, Refused
from connectors.hl7v2.message import Delimiters, character_set, delimiters, split
from connectors.understand import without_content
from schemas.reasons import Reason


class Fate(StrEnum):
    """What has become of a message at the door."""

    UNDERSTOOD = "understood"
    SET_ASIDE = "set aside"
    """Kept, but not understood: a person finds it with the reason."""
    UNSAFE = "unsafe"
    """It could not be kept; it has to be sent again."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a message, and why where it was not well."""

    fate: Fate
    why: Refused | None = None


APPLICATION = {Fate.UNDERSTOOD: "AA", Fate.SET_ASIDE: "AE", Fate.UNSAFE: "AR", Fate.REJECTED: "AR"}
ACCEPT = {Fate.UNDERSTOOD: "CA", Fate.SET_ASIDE: "CA", Fate.UNSAFE: "CE", Fate.REJECTED: "CR"}
WELL = frozenset({"AA", "CA"})

ERRORS: dict[Reason, str] = {
    Reason.FIELD_MISSING: "101^Required field missing^HL70357",
    Reason.FIELD_INVALID: "102^Data type error^HL70357",
    Reason.UNIT_UNKNOWN: "103^Table value not found^HL70357",
    Reason.IDENTIFIER_MALFORMED: "204^Unknown key identifier^HL70357",
    Reason.ENCODING_UNKNOWN: "102^Data type error^HL70357",
    Reason.STANDARD_VIOLATED: "100^Segment sequence error^HL70357",
    Reason.NOT_WELL_FORMED: "100^Segment sequence error^HL70357",
    Reason.UNKNOWN_FORMAT: "200^Unsupported message type^HL70357",
    Reason.UNSUPPORTED_VERSION: "203^Unsupported version id^HL70357",
}
OTHER_ERROR = "207^Application internal error^HL70357"
"""ERR-3, by HL7 table 0357."""

USUAL = Delimiters("|", "^", "~", "\\", "&")
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,3})\b")


LOOKED_AT = 20_000
"""Bytes within which a message must begin; before it may stand the headers of a batch."""


LONGEST = 250
"""Characters of a field of a header that an answer repeats; the standard has room for fewer."""


@dataclass(frozen=True, slots=True)
class Header:
    """MSH as it was sent: what an answer repeats of it, whatever the message holds."""

    fields: tuple[str, ...] = ("", "|", "^~\\&")
    marks: Delimiters = USUAL
    encoding: str = "ascii"

    def raw(self, number: int) -> str:
        """A field, counted as the standard counts; empty where there is none, or where it is no header's."""
        found = self.fields[number].strip() if number < len(self.fields) else ""
        return found if len(found) <= LONGEST else ""

    def component(self, number: int, place: int) -> str:
        """A component of a field."""
        parts = self.raw(number).split(self.marks.component)
        return parts[place - 1] if place <= len(parts) else ""


def header_of(body: bytes) -> Header | None:
    """The header of the first message in the bytes; None where they hold none of HL7 v2."""
    try:
        first = split(body[:LOOKED_AT])[0]
        marks = delimiters(first)
    except (CannotUnderstand, IndexError):
        return None
    try:
        encoding = character_set(first, marks)
    except CannotUnderstand:  # told in the answer; every byte is some letter of this one
        encoding = "latin-1"
    line = first.partition(b"\r")[0].decode(encoding, errors="replace")
    name, *fields = line.split(marks.field)
    return Header((name, marks.field, *fields), marks, encoding)


def answers(body: bytes, outcome: Outcome, now: datetime) -> tuple[bytes, ...]:
    """The answers that the message asks for, in their order; none to an answer."""
    header = header_of(body)
    if header is not None and header.component(9, 1) in ("ACK", "MCF"):
        return ()
    asked = header or Header()
    return tuple(_written(asked, body, code, outcome, now) for code in _codes(asked, outcome))


def _codes(header: Header, outcome: Outcome) -> tuple[str, ...]:
    accept, application = ACCEPT[outcome.fate], APPLICATION[outcome.fate]
    asked = (header.raw(15), header.raw(16))
    if asked == ("", ""):
        return (application,)
    first = (accept,) if _wanted(asked[0], accept in WELL) else ()
    if first and accept != "CA":
        return first
    return first + ((application,) if _wanted(asked[1], application in WELL) else ())


def _wanted(condition: str, well: bool) -> bool:
    """Whether an answer is wanted (HL7 table 0155)."""
    return condition == "AL" or (condition == "SU" and well) or (condition == "ER" and not well)


def _written(header: Header, body: bytes, code: str, outcome: Outcome, now: datetime) -> bytes:
    marks = header.marks
    trigger = header.component(9, 2)
    kind = marks.component.join(("ACK", trigger, "ACK") if trigger else ("ACK",))
    content = hashlib.sha256(code.encode() + body).digest()
    said = {
        2: header.raw(2),
        3: header.raw(5),
        4: header.raw(6),
        5: header.raw(3),
        6: header.raw(4),
        7: now.strftime("%Y%m%d%H%M%S%z"),
        9: kind,
        10: base64.b32encode(content).decode("ascii")[:20],
        11: header.raw(11) or "P",
        12: header.raw(12) or "2.5",
        18: header.raw(18),
    }
    text = "" if outcome.why is None or code in WELL else without_content(outcome.why.detail)
    msh = marks.field.join(["MSH", *(said.get(number, "") for number in range(2, 19))])
    msa = marks.field.join(["MSA", code, header.raw(10), _escaped(text[:80], marks)])
    segments = [msh.rstrip(marks.field), msa.rstrip(marks.field)]
    if outcome.why is not None and text:
        segments.append(_error(outcome.why, text, marks))
    return "".join(f"{segment}\r" for segment in segments).encode(header.encoding, "replace")


def _error(why: Refused, text: str, marks: Delimiters) -> str:
    """ERR: where, what by the standard's table, and what by our own closed list."""
    found = _PLACE.match(text)
    place = "" if found is None else marks.component.join((found[1], "1", found[2]))
    known = ERRORS.get(why.reason, OTHER_ERROR).replace("^", marks.component)
    reason = marks.component.join((why.reason.value, "", "V2V-REASON"))
    return marks.field.join(
        ["ERR", "", place, known, "E", reason, "", "", _escaped(text[:250], marks)]
    )


def _escaped(text: str, marks: Delimiters) -> str:
    named = {
        marks.escape: "E",
        marks.field: "F",
        marks.component: "S",
        marks.repetition: "R",
        marks.subcomponent: "T",
    }
    plain = " ".join(text.split())
    return "".join(
        f"{marks.escape}{named[letter]}{marks.escape}" if letter in named else letter
        for letter in plain
    )
