"""The fields of a message, whatever its format: JSON, XML or HL7 v2, each with its path and its value.

A document can be written again with other values in some of its fields, so that it can be asked which
fields a translation reads. Paths are as people write them: `entry[].resource.status`,
`E1EDK01/BELNR`, `OBX-5.1`. Pure: bytes in, values out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import tostring

import orjson

from connectors import formats
from connectors.connector import CannotUnderstand

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_FIELDS = 5_000
"""A document with more of them is not looked into field by field."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field that holds a value."""

    number: int
    path: str
    value: str | int | float | bool = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """The fields of one message, and how it is written with other values."""

    leaves: tuple[Leaf, ...]
    rewritten: Callable[[Mapping[int, Any]], bytes]
    """Takes other values by the number of their field."""


def document_of(body: bytes) -> Document | None:
    """The message as a document; None where its format has no fields that we can name."""
    start = body.lstrip(b"\xef\xbb\xbf\x0b \t\r\n")
    try:
        if start.startswith((b"{", b"[")):
            return _bounded(_json(body))
        if start.startswith(b"<"):
            return _bounded(_xml(body))
        if start.startswith((b"MSH", b"FHS", b"BHS")):
            return _bounded(_hl7(start))
    except CannotUnderstand:
        return None
    return None


def _bounded(document: Document) -> Document | None:
    return document if 0 < len(document.leaves) <= MOST_FIELDS else None


# --------------------------------------------------------------------------------------------- json

Key = str | int


def _json(body: bytes) -> Document:
    whole = formats.json_document(body)
    places = [(keys, value) for keys, value in _walked(whole, ()) if value is not None]
    leaves = tuple(Leaf(n, _json_path(keys), value) for n, (keys, value) in enumerate(places))

    def rewritten(changes: Mapping[int, Any]) -> bytes:
        other: Any = copy.deepcopy(whole)
        for number, value in changes.items():
            *before, last = places[number][0]
            holder = other
            for key in before:
                holder = holder[key]
            holder[last] = value
        return orjson.dumps(other)

    return Document(leaves, rewritten)


def _walked(value: Any, keys: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _walked(child, (*keys, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _walked(child, (*keys, index))
    elif keys:
        yield keys, value


def _json_path(keys: tuple[Key, ...]) -> str:
    parts: list[str] = []
    for key in keys:
        if isinstance(key, int):
            parts[-1:] = [f"{parts[-1]}[]" if parts else "[]"]
        else:
            parts.append(key)
    return ".".join(parts)


# ---------------------------------------------------------------------------------------------- xml


def _xml(body: bytes) -> Document:
    root = formats.xml(body)
    places: list[tuple[int, str | None]] = []
    leaves: list[Leaf] = []
    for number, (element, path) in enumerate(_elements(root, "")):
        for name, value in element.attrib.items():
            leaves.append(Leaf(len(leaves), f"{path}/@{formats.local(name)}", value))
            places.append((number, name))
        text = (element.text or "").strip()
        if text and not len(element):
            leaves.append(Leaf(len(leaves), path, text))
            places.append((number, None))

    def rewritten(changes: Mapping[int, Any]) -> bytes:
        other = copy.deepcopy(root)
        elements = [element for element, _ in _elements(other, "")]
        for leaf, value in changes.items():
            number, attribute = places[leaf]
            if attribute is None:
                elements[number].text = value
            else:
                elements[number].set(attribute, value)
        written: bytes = tostring(other, encoding="utf-8")
        return written

    return Document(tuple(leaves), rewritten)


def _elements(element: Element, before: str) -> Iterator[tuple[Element, str]]:
    path = f"{before}/{formats.local(element.tag)}".lstrip("/")
    yield element, path
    for child in element:
        yield from _elements(child, path)


# --------------------------------------------------------------------------------------------- hl7


MLLP = "\x0b\x1c "
"""What frames a message on the line, and is no part of it."""

Place = tuple[int, int, int, int, int]
"""Line, field, repetition, component, part of a component."""


def _hl7(start: bytes) -> Document:
    text = _text_of(start).replace("\n", "\r")
    lines = [line.strip(MLLP) for line in text.split("\r") if line.strip(MLLP)]
    head = next((line for line in lines if line.startswith("MSH")), "MSH|^~\\&")
    marks = head[4:8] + "^~\\&"[len(head[4:8]) :]
    bar, component, repeat, part = head[3:4] or "|", marks[0], marks[1], marks[3]
    parsed = [
        [
            [[c.split(part) for c in r.split(component)] for r in f.split(repeat)]
            if not (line[:3] in ("MSH", "FHS", "BHS") and number == 1)
            else [[[f]]]
            for number, f in enumerate(line.split(bar))
        ]
        for line in lines
    ]
    places: list[Place] = []
    leaves: list[Leaf] = []
    for place, value in _positions(parsed):
        leaves.append(Leaf(len(leaves), _hl7_path(parsed, place), value))
        places.append(place)

    def rewritten(changes: Mapping[int, Any]) -> bytes:
        other = copy.deepcopy(parsed)
        for leaf, value in changes.items():
            line, number, repetition, inside, sub = places[leaf]
            other[line][number][repetition][inside][sub] = value
        return "".join(
            bar.join(repeat.join(component.join(map(part.join, r)) for r in f) for f in line) + "\r"
            for line in other
        ).encode()

    return Document(tuple(leaves), rewritten)


def _text_of(start: bytes) -> str:
    try:
        return start.decode()
    except UnicodeDecodeError:
        return start.decode("latin-1")


def _positions(parsed: list[list[list[list[list[str]]]]]) -> Iterator[tuple[Place, str]]:
    """Every value of every line, without the line's name and the marks that it declares."""
    for line, fields in enumerate(parsed):
        first = 2 if fields[0][0][0][0] in ("MSH", "FHS", "BHS") else 1
        for number, repetitions in enumerate(fields[first:], start=first):
            for repetition, components in enumerate(repetitions):
                for inside, parts in enumerate(components):
                    for sub, value in enumerate(parts):
                        if value:
                            yield (line, number, repetition, inside, sub), value


def _hl7_path(parsed: list[list[list[list[list[str]]]]], place: Place) -> str:
    line, number, repetition, inside, sub = place
    name = parsed[line][0][0][0][0]
    path = f"{name}-{number + 1 if name in ('MSH', 'FHS', 'BHS') else number}"
    components = parsed[line][number][repetition]
    if len(components) > 1:
        path += f".{inside + 1}"
    if len(components[inside]) > 1:
        path += f".{sub + 1}"
    return path
