"""An SAP IDoc as XML: its control record and its segments, read as SAP means them.

One payload may hold several IDOC elements. A field is an element without children, a segment one
with the attribute SEGMENT; blanks around a value are padding, leading zeros are part of it, and a
number of nothing but zeros is no number. Names of namespaced types arrive with `_-` for the slash.
Segments of extensions stand wherever their customer put them, so they are searched at any depth.
Pure: bytes in, values out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize, tostring

from connectors.connector import CannotUnderstand
from connectors.formats import local
from connectors.times import When, parse_sap
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


@dataclass(frozen=True)
class Segment:
    """One segment: its fields, and the segments below it."""

    name: str
    fields: dict[str, str]
    below: tuple[Segment, ...]

    def get(self, field: str) -> str:
        """The value of a field without its padding; empty when it is not filled."""
        return self.fields.get(field, "").strip()

    def number(self, field: str) -> str:
        """A document number as it stands; empty when SAP filled it with zeros only."""
        value = self.get(field)
        return value if value.strip("0") else ""

    @cached_property
    def _by_name(self) -> dict[str, list[Segment]]:
        """All that is below, at any depth: a translation asks for one name after the other."""
        found: dict[str, list[Segment]] = {}
        level = list(reversed(self.below))
        while level:
            segment = level.pop()
            found.setdefault(segment.name, []).append(segment)
            level.extend(reversed(segment.below))
        return found

    def every(self, name: str) -> Iterator[Segment]:
        """The segments of this name at any depth, in their order."""
        return iter(self._by_name.get(name, ()))

    def first(self, name: str, **where: str) -> Segment:
        """The first segment of this name whose fields have these values; an empty one if none."""
        for segment in self.every(name):
            if all(segment.get(field) == value for field, value in where.items()):
                return segment
        return Segment(name, {}, ())

    def when(self, date: str, time: str, clock: tzinfo) -> When | None:
        """The moment in two fields; None where SAP says that there is none."""
        return parse_sap(self.get(date), self.get(time), clock, f"{self.name}.{date}")


@dataclass(frozen=True, slots=True)
class Idoc:
    """One IDoc: the control record, and all segments below one root."""

    control: Segment
    body: Segment
    number: str
    """The sender's number of the message; of its content where the sender gives none."""
    named: str = ""
    """What it is called where it came as something else than an IDoc."""
    told: When | None = None
    """When the sender told it, where that is no date of a control record."""

    @property
    def message_type(self) -> str:
        """The logical message type, for example ORDERS."""
        return self.control.get("MESTYP")

    @property
    def code(self) -> str:
        """The logical message code, which partners agree on."""
        return self.control.get("MESCOD")

    @property
    def kind(self) -> str:
        """Basic type, message type and code in words for people."""
        if self.named:
            return self.named
        named = (self.control.get("IDOCTYP"), self.message_type, self.code)
        return "/".join(part[:30] for part in named if part)

    @property
    def sender(self) -> str:
        """The partner number of the sender."""
        return self.control.get("SNDPRN")

    @property
    def key(self) -> str:
        """The sender's own key of this message."""
        return f"{self.sender}/{self.number}"

    def created(self, clock: tzinfo) -> When | None:
        """When the sender made the message, by its own clock, which names no zone."""
        return self.told or self.control.when("CREDAT", "CRETIM", clock)


def idocs(root: Element) -> tuple[Element, ...]:
    """The IDOC elements of a document; none when it is something else."""
    if local(root.tag) == "IDOC":
        return (root,)
    return tuple(child for child in root if local(child.tag) == "IDOC")


def idoc(element: Element) -> Idoc:
    """The IDoc that an IDOC element holds."""
    body = _segment(element)
    controls = [segment for segment in body.below if segment.name.startswith("EDI_DC")]
    if len(controls) != 1:
        detail = f"an IDoc has one control record EDI_DC40, found {len(controls)}"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    control = controls[0]
    if control.name not in ("EDI_DC40", "EDI_DC40_U"):
        detail = f"control record {control.name[:30]!r}; EDI_DC40 is read"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    return checked(Idoc(control, body, control.number("DOCNUM") or _digest(element)))


def checked(found: Idoc) -> Idoc:
    """The same IDoc, unless its control record lacks what tells one message from another."""
    for field in ("MESTYP", "SNDPRN"):
        if not found.control.get(field):
            raise CannotUnderstand(Reason.FIELD_MISSING, f"EDI_DC40.{field} is empty")
    return found


def _digest(element: Element) -> str:
    """What stands for the number of a sender that is not SAP: SAP gives one on receipt only."""
    canonical = canonicalize(tostring(element, encoding="unicode"), strip_text=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _segment(element: Element) -> Segment:
    fields: dict[str, str] = {}
    below: list[Segment] = []
    for child in element:
        if len(child) or child.get("SEGMENT") is not None:
            below.append(_segment(child))
        else:
            fields.setdefault(_name(child.tag), child.text or "")
    return Segment(_name(element.tag), fields, tuple(below))


@lru_cache(4096)
def _name(tag: str) -> str:
    """The name as SAP has it: a slash cannot stand in the name of an element."""
    return local(tag).replace("_-", "/")
