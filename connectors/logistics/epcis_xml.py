"""Reads EPCIS as XML, versions 1.0 to 1.2 and 2.0, into the form that EPCIS 2.0 has in JSON.

One form means one set of checks, one mapping and one event hash: what a partner says in XML and what
its repository says of it in JSON is one event here. Version 1 puts what came later into `extension`
and `baseExtension`, which are unfolded; its QuantityEvent is the observation of a quantity that the
standard declares it to be. Elements of a namespace of somebody's own keep that namespace. What the
form in JSON cannot even hold (an element said twice, a stranger in a list) is told as a breach.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectors import formats
from connectors.connector import CannotUnderstand
from connectors.formats import local, namespace
from connectors.logistics.standard import MEMBERS
from connectors.logistics.vocabulary import OURS
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACES = re.compile(r"urn:epcglobal:epcis(?:-query|-masterdata)?:xsd:[12]")
DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument")
FOLDS = ("extension", "baseExtension")
QUANTITY_EVENT = "QuantityEvent"
MOST_NAMESPACES = 200

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_URIS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_TYPED = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
_NUMBERS = frozenset(
    {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "quantity"}
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class XmlEvents:
    """The events of an XML document in their form in JSON."""

    document: Mapping[str, object]
    """What the document says of itself; empty when an event came alone."""
    events: tuple[object, ...]
    context: Mapping[str, str]
    """The namespaces of the document, each by a prefix of ours."""
    breaches: tuple[str, ...]
    """What breaks the standard and has no place in the form in JSON."""


def read(body: bytes) -> XmlEvents | str:
    """The events of the document; why it states nothing, where it is a question or master data."""
    root = formats.xml(body)
    name, place = local(root.tag), namespace(root.tag)
    known = name in DOCUMENTS or name in MEMBERS or name == QUANTITY_EVENT
    if not known or (place and not NAMESPACES.fullmatch(place)):
        detail = f"XML with the root {name[:60]!r} in {place[:80]!r}; EPCIS 1.0 to 2.0 is read"
        raise CannotUnderstand(Reason.UNKNOWN_FORMAT, detail)
    reader = _Reader()
    if name not in DOCUMENTS:
        return XmlEvents({}, (reader.event(root),), reader.context, tuple(reader.breaches))
    version = root.get("schemaVersion", "")
    if version and version.partition(".")[0] not in ("1", "2"):
        detail = f"schemaVersion: EPCIS {version[:20]!r} is not known; send 1.2 or 2.0"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    if name == "EPCISMasterDataDocument":
        return "master data names places and articles, and states nothing"
    listed = _event_list(root)
    if listed is None:
        return "a query asks a repository and states nothing"
    events = tuple(reader.event(one) for one in _unfolded(listed))
    document: dict[str, object] = {"@context": reader.context}
    if "creationDate" in root.attrib:
        document["creationDate"] = root.get("creationDate")
    if not version:
        reader.breaches.append("schemaVersion: missing")
    return XmlEvents(document, events, reader.context, tuple(reader.breaches))


def _event_list(root: Element) -> Element | None:
    """The list of events; None where the body is a question to a repository."""
    body = _child(root, "EPCISBody")
    if body is None:
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, "EPCISBody: missing")
    results = _child(body, "QueryResults")
    held = _child(results, "resultsBody") if results is not None else body
    listed = None if held is None else _child(held, "EventList")
    if listed is not None:
        return listed
    if local(root.tag) == "EPCISQueryDocument" and results is None and len(body):
        return None
    where = "EPCISBody.EventList" if results is None else "QueryResults.resultsBody.EventList"
    raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{where}: missing")


@dataclass(slots=True)
class _Reader:
    """Gathers, while the elements are read, their namespaces and what breaks the standard."""

    context: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def event(self, element: Element) -> dict[str, Any]:
        """One event in its form in JSON."""
        said: dict[str, Any] = {"type": local(element.tag)}
        for child in _unfolded(element):
            self._add(said, child)
        if said["type"] == QUANTITY_EVENT:
            entry = {n: said.pop(n) for n in ("epcClass", "quantity") if n in said}
            said |= {"type": "ObjectEvent", "action": "OBSERVE", "quantityList": [entry]}
        return said

    def _add(self, said: dict[str, Any], child: Element) -> None:
        if _foreign(child):
            self._add_extension(said, child)
            return
        name = local(child.tag)
        if _TRUTH.get(child.get(f"{{{_XSI}}}nil", ""), False):
            return  # the sender says that it has no value
        if name == "certificationInfo":
            _append(said, name, _text(child))
            return
        if name in said:
            self.breaches.append(f"{name[:40]}: stands more than once")
            return
        said[name] = self._member(name, child)

    def _member(self, name: str, child: Element) -> object:
        if name in _URIS:
            return [_text(one) for one in self._entries(child, "epc")]
        if name in _QUANTITIES:
            return [self._object(one) for one in self._entries(child, "quantityElement")]
        if name in _TYPED:
            return [
                {_TYPED[name]: _text(one)}
                | ({"type": one.attrib["type"]} if one.get("type") else {})
                for one in self._entries(child, _TYPED[name])
            ]
        if name == "sensorElementList":
            return [self._sensor(one) for one in self._entries(child, "sensorElement")]
        if name == "errorDeclaration":
            return self._object(child)
        if name == "persistentDisposition":
            return {
                way: [_text(one) for one in child if local(one.tag) == way]
                for way in ("set", "unset")
                if any(local(one.tag) == way for one in child)
            }
        if name in ("readPoint", "bizLocation", "ilmd"):
            return self._object(child)
        return _value(name, _text(child))

    def _object(self, element: Element) -> dict[str, Any]:
        """An element whose children are members: a place, a quantity, a declaration."""
        said: dict[str, Any] = {}
        for child in _unfolded(element):
            if local(child.tag) == "correctiveEventIDs" and not _foreign(child):
                said["correctiveEventIDs"] = [_text(one) for one in child]
            else:
                self._add(said, child)
        return said

    def _sensor(self, element: Element) -> dict[str, Any]:
        said: dict[str, Any] = {"sensorReport": []}
        for child in element:
            name = local(child.tag)
            if _foreign(child):
                self._add_extension(said, child)
            elif name == "sensorMetadata" and name not in said:
                said[name] = self._attributes(child)
            elif name == "sensorReport":
                said[name].append(self._attributes(child))
            else:
                self.breaches.append(f"sensorElement.{name[:40]}: no member of EPCIS")
        return said

    def _attributes(self, element: Element) -> dict[str, Any]:
        return {
            self._name(name): _value(local(name), stated.strip())
            for name, stated in element.attrib.items()
            if namespace(name) != _XSI
        }

    def _entries(self, element: Element, name: str) -> Iterator[Element]:
        for child in element:
            if not _foreign(child) and local(child.tag) == name:
                yield child
            else:
                found = local(child.tag)[:40]
                self.breaches.append(f"{local(element.tag)}.{found}: only {name} is listed there")

    def _add_extension(self, said: dict[str, Any], child: Element) -> None:
        """A member of somebody's own namespace; said several times it is a list."""
        name, value = self._name(child.tag), self._extension(child)
        listed = child.tag == f"{{{OURS}}}evidence"
        _append(said, name, [value] if listed and name not in said else value)

    def _extension(self, element: Element) -> object:
        if not len(element):
            return _text(element)
        said: dict[str, Any] = {}
        for child in element:
            if namespace(child.tag) in ("", OURS):
                _append(said, local(child.tag), self._extension(child))
            else:
                self._add_extension(said, child)
        return said

    def _name(self, tag: str) -> str:
        """The name with a prefix that stands for its namespace, as names have it in JSON-LD."""
        place = namespace(tag)
        if not place or _of_standard(place):
            return local(tag)
        prefix = self.prefixes.get(place)
        if prefix is None:
            prefix = f"_{len(self.context) + 1}"
            if len(self.context) >= MOST_NAMESPACES:
                detail = f"more than {MOST_NAMESPACES} namespaces in one document"
                raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
            self.context[prefix] = place
            self.prefixes[place] = prefix
        return f"{prefix}:{local(tag)}"


def _unfolded(element: Element) -> Iterator[Element]:
    """The children, those within the extensions of the standard itself at their own place."""
    for child in element:
        if local(child.tag) in FOLDS and not _foreign(child):
            yield from _unfolded(child)
        else:
            yield child


def _foreign(element: Element) -> bool:
    """Whether an element is of somebody's own namespace."""
    place = namespace(element.tag)
    return bool(place) and not _of_standard(place)


@lru_cache(MOST_NAMESPACES)
def _of_standard(place: str) -> bool:
    return NAMESPACES.fullmatch(place) is not None


def _append(said: dict[str, Any], name: str, value: object) -> None:
    """A value under a name; said several times it is a list."""
    if name not in said:
        said[name] = value
    elif isinstance(said[name], list):
        said[name].append(value)
    else:
        said[name] = [said[name], value]


def _child(element: Element, name: str) -> Element | None:
    return next((one for one in element if local(one.tag) == name), None)


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _value(name: str, stated: str) -> object:
    """Numbers and truths as JSON has them; what is neither is left for the checks to refuse."""
    if name in _NUMBERS and len(stated) <= 60 and _NUMBER.fullmatch(stated):
        number = float(stated)
        if math.isfinite(number):
            return number
    if name == "booleanValue":
        return _TRUTH.get(stated, stated)
    return stated
