"""A B2MML document, whatever its version: who sent it, what it is about, and its elements.

Three vocabularies say the same with different namespaces and names, so the elements keep their local
names alone; which version it was is kept. A business object document names its verb and its noun
in its root: SyncProductionPerformance, ProcessOperationsPerformance. A bare noun is taken as it is.
Pure: bytes in, values out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize, tostring

from connectors.connector import CannotUnderstand
from connectors.formats import local, namespace, xml
from connectors.times import When, parse_xsd
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VERBS = (
    *("Sync", "Process", "Show", "Respond", "Change", "Notify"),
    *("Get", "Acknowledge", "Confirm", "Cancel"),
)

_VERSION = re.compile(r"(?:B2MML|BatchML)(?:-V(\d{2,4}))?$", re.ASCII)
_OLDEST = 400
"""V04 brought the names that are read: MaterialActual instead of one element for each use."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value as B2MML wraps it: the text, its unit, and what kind of text it is."""

    text: str
    unit: str
    type: str


@dataclass(frozen=True)
class Document:
    """One B2MML document."""

    verb: str
    noun: str
    version: str
    objects: tuple[Element, ...]
    """The elements that the noun names."""
    sender: str
    created: str
    body: bytes
    stated_key: str
    """The sender's own key of this document; empty when it states none."""

    @cached_property
    def key(self) -> str:
        """The sender's own key of this document, or else its content."""
        return self.stated_key or f"{self.sender}/{_digest(self.body)}"

    def created_at(self, clock: tzinfo) -> When | None:
        """When the document was made."""
        return parse_xsd(self.created, clock, "CreationDateTime") if self.created else None


def document(body: bytes) -> Document:
    """The document that the bytes hold."""
    root = xml(body)
    name, place = local(root.tag), namespace(root.tag)
    version = _version(name, place)
    for element in root.iter():
        element.tag = local(element.tag)
    verb = next((v for v in VERBS if name.startswith(v) and len(name) > len(v)), "")
    noun = name.removeprefix(verb)
    area = child(root, "DataArea")
    if verb and area is None:
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{name[:60]}: DataArea is missing")
    objects = (root,) if area is None else tuple(children(area, noun))
    header = child(root, "ApplicationArea")
    sender = text(header, "Sender", "LogicalID")
    created = text(header, "CreationDateTime")
    own = text(header, "BODID")
    if not own and created:
        own = "/".join((created, *(text(one, "ID") for one in objects)))
    key = f"{sender}/{own}" if own else ""
    return Document(verb, noun, version, objects, sender, created, body, key)


def _digest(body: bytes) -> str:
    """What stands for the id of a document that has none: the same content is the same document."""
    canonical = canonicalize(tostring(xml(body), encoding="unicode"), strip_text=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _version(name: str, place: str) -> str:
    """The version that the namespace names; what is no B2MML at all is refused."""
    if not place and name.startswith(VERBS):
        return "unnamed"
    match = _VERSION.search(place)
    if match is None or "http" not in place:
        detail = f"XML with the root {name[:60]!r} in {place[:80]!r}; B2MML is read"
        raise CannotUnderstand(Reason.UNKNOWN_FORMAT, detail)
    version = match[1] or "0700"
    if int(version.ljust(4, "0")) < _OLDEST:
        detail = f"B2MML V{version}; V0401, V0600 and V0700 are read"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    return version


def children(element: Element | None, *names: str) -> list[Element]:
    """The direct children with one of these names, in their order."""
    return [] if element is None else [one for one in element if one.tag in names]


def child(element: Element | None, *names: str) -> Element | None:
    """The first direct child with one of these names."""
    if element is not None:
        for one in element:
            if one.tag in names:
                return one
    return None


def text(element: Element | None, *path: str) -> str:
    """The text at the end of a path of names; empty when there is none."""
    for name in path:
        element = child(element, name)
    return "" if element is None or element.text is None else element.text.strip()


def first(element: Element | None, *names: str) -> str:
    """The text of the first of these direct children that says something."""
    return next((found for name in names if (found := text(element, name))), "")


def texts(element: Element | None, name: str) -> tuple[str, ...]:
    """The texts of all direct children of this name that say something."""
    return tuple(found for one in children(element, name) if (found := text(one)))


def values(element: Element) -> tuple[Value, ...]:
    """The values of a parameter or a property, out of their wrappers."""
    return tuple(
        Value(text(v, "ValueString"), text(v, "UnitOfMeasure"), text(v, "DataType"))
        for v in children(element, "Value")
    )
