"""An SAP IDoc as a file of fixed-width records: a control record, and one data record for each segment.

The records stand in lines, or follow each other without any mark at their full lengths. A data record
names its segment by the release's own name (E2EDK01005), its number and the number of its parent;
where a subsystem leaves the numbers out, the level tells. Which columns hold which field is in
`layouts`. Blanks at the end of a line may have been cut off. Pure: text in, values out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.connector import CannotUnderstand, Partner
from connectors.erp.idoc import Idoc, Segment, checked
from connectors.erp.layouts import CONTROL, CONTROL_LENGTH, HEAD, LONGEST_RECORD, Layout, layouts
from connectors.formats import text
from schemas.reasons import Reason

STARTS = ("EDI_DC40", "EDI_DC ")
DEEPEST = 50
_MARKS = tuple(mark.encode() for mark in STARTS)
_LINE_END = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Z/][A-Z0-9_/]{1,29}", re.ASCII)
_DIGITS = re.compile(r"\d*", re.ASCII)
_RELEASED = re.compile(r"([EZ])2(.+?)(\d{3})?", re.ASCII)


@dataclass(slots=True)
class _Node:
    """One segment while the tree is being built."""

    name: str
    fields: dict[str, str]
    depth: int
    below: list[_Node] = field(default_factory=list)

    def segment(self) -> Segment:
        return Segment(self.name, self.fields, tuple(node.segment() for node in self.below))


def is_flat(start: bytes) -> bool:
    """Whether the bytes begin as a fixed-width IDoc does."""
    return start.startswith(_MARKS)


def flat_idocs(body: bytes, partner: Partner) -> Iterator[Idoc | CannotUnderstand]:
    """Each IDoc of the file, or what is wrong with it; one that is wrong does not stop the others."""
    known = layouts(partner)
    for records in _documents(_records(_text(body))):
        try:
            yield _idoc(records, known)
        except CannotUnderstand as fault:
            yield fault


def _text(body: bytes) -> str:
    try:
        return text(body)
    except CannotUnderstand:
        return text(body, "latin-1")  # systems that are not Unicode write it; widths stay the same


def _records(content: str) -> Iterator[str]:
    if "\n" in content or "\r" in content:
        yield from (line for line in _LINE_END.split(content) if line.strip("\x1a\0 "))
        return
    at = len(content) - len(content.lstrip())
    while at < len(content):
        length = CONTROL_LENGTH if content.startswith("EDI_DC40", at) else LONGEST_RECORD
        yield content[at : at + length]
        at += length


def _documents(records: Iterator[str]) -> Iterator[list[str]]:
    document: list[str] = []
    for record in records:
        if record.startswith(STARTS) and document:
            yield document
            document = []
        document.append(record)
    if document:
        yield document


def _idoc(records: list[str], known: Mapping[str, Layout]) -> Idoc:
    control = _control(records[0])
    root = _Node("IDOC", {}, 0)
    numbered: dict[str, _Node] = {}
    levels: list[_Node] = [root]
    for place, record in enumerate(records[1:], 2):
        node, number, parent, level = _data(record, place, control.get("DOCNUM"), known)
        above = _parent(place, parent, level, numbered, levels, root)
        node.depth = above.depth + 1
        if node.depth > DEEPEST:
            raise _broken(place, f"segments nest deeper than {DEEPEST} levels")
        above.below.append(node)
        levels = [*levels[: node.depth], node]
        if number:
            numbered[number] = node
    body = root.segment()
    digest = hashlib.sha256("\n".join(record.rstrip() for record in records).encode())
    return checked(Idoc(control, body, control.number("DOCNUM") or digest.hexdigest()))


def _control(record: str) -> Segment:
    if not record.startswith("EDI_DC40"):
        detail = f"control record {record[:10].strip()!r}; EDI_DC40 is read"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    fields: dict[str, str] = {}
    at = 0
    for name, length in CONTROL:
        fields[name] = record[at : at + length]
        at += length
    return Segment("EDI_DC40", fields, ())


def _data(
    record: str, place: int, document: str, known: Mapping[str, Layout]
) -> tuple[_Node, str, str, str]:
    """The segment of a data record, and its number, its parent's number and its level."""
    name = _type(record[:30].strip())
    named = record[33:49].strip()
    number, parent, level = record[49:55].strip(), record[55:61].strip(), record[61:63].strip()
    if not _NAME.fullmatch(name):
        raise _broken(place, "expected the name of a segment in the first 30 letters")
    if not _DIGITS.fullmatch(number + parent + level):
        raise _broken(
            place, "the numbers of the segment, of its parent and its level are no numbers"
        )
    if document and named and named.lstrip("0") != document.lstrip("0"):
        raise _broken(place, "belongs to another document; are the columns shifted")
    layout = known.get(name, {})
    fields = {
        field: record[HEAD + offset : HEAD + offset + length]
        for field, (offset, length) in layout.items()
    }
    return _Node(name, fields, 0), number, parent, level


def _parent(
    place: int,
    parent: str,
    level: str,
    numbered: Mapping[str, _Node],
    levels: list[_Node],
    root: _Node,
) -> _Node:
    if parent:
        if not parent.strip("0"):
            return root
        if parent not in numbered:
            raise _broken(place, f"its parent {parent} does not stand before it")
        return numbered[parent]
    if not level:
        raise _broken(place, "says neither its parent nor its level")
    # the level counts from 01 for the outermost segments; SAP gives 02 to many of them as well
    wanted = max(int(level) - 1, 0)
    return levels[min(wanted, len(levels) - 1)]


def _type(name: str) -> str:
    """The type of a segment, however its release names it: E2EDK01005 is a release of E1EDK01."""
    match = _RELEASED.fullmatch(name)
    return name if match is None else f"{match[1]}1{match[2]}"


def _broken(place: int, what: str) -> CannotUnderstand:
    return CannotUnderstand(Reason.STANDARD_VIOLATED, f"record {place}: {what}")
