"""Samples bent as real senders and broken lines bend them: in their bytes, and in their structure."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any
from xml.etree import ElementTree

BITS = (
    *(b"", b"0", b"-1", b"null", b"\xff", b"\0", b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b'"'),
    *(b"<", b">", b"{", b"}", b"[", b"]", b"]]>", b"&#0;", b"&amp;", b"9" * 30, b"1e999", b"NaN"),
    *(b"9999-99-99", b"00000000", b"true", b"\xc3\xa9", b"\xe9", b"\xe2\x80\x8f", b"\xed\xa0\x80"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(10**30), "", " ", "x", "x" * 5000, "é", "\0"),
    *("2026-02-30", "2026-03-01", "9999-12-31T23:59:59Z", "0001-01-01", "CEL", "1e999"),
    *([], {}, [[]], [{}], {"a": 1}, {"resourceType": []}, [None], ["x"], {"": {}}),
)


def mutant(body: bytes, chance: Random) -> bytes:
    """The message, bent in one to four places."""
    first = body.lstrip()[:1]
    structure = _json if first in (b"{", b"[") else _xml if first == b"<" else _fields
    for _ in range(chance.randint(1, 4)):
        way = chance.choice((structure, structure, structure, structure, structure, _bytes))
        body = way(body, chance)
    return body


def _bytes(body: bytes, chance: Random) -> bytes:
    start = chance.randint(0, len(body))
    end = min(len(body), start + chance.randint(0, 60))
    piece = chance.choice((*BITS, body[start:end] * 2, bytes([chance.randint(0, 255)])))
    return body[:start] + piece + body[end:]


def _fields(body: bytes, chance: Random) -> bytes:
    """Fields of a line or a row between its marks, swapped, emptied or filled with something else."""
    lines = body.splitlines(keepends=True) or [b""]
    number = chance.randrange(len(lines))
    mark = chance.choice((b"|", b"^", b"~", b"&", b";", b",", b"\t"))
    fields = lines[number].split(mark)
    one, other = chance.randrange(len(fields)), chance.randrange(len(fields))
    fields[one] = chance.choice((*BITS, fields[other], str(chance.choice(VALUES)).encode()))
    lines[number] = mark.join(fields)
    if chance.random() < 0.2:
        chance.shuffle(lines)
    return b"".join(lines)


def _json(body: bytes, chance: Random) -> bytes:
    try:
        document = json.loads(body)
    except ValueError:
        return _bytes(body, chance)
    holders = list(_holders(document))
    if not holders:
        return body
    holder = chance.choice(holders)
    place = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    act = chance.random()
    if act < 0.25:
        del holder[place]
    elif act < 0.75:
        holder[place] = copy.deepcopy(chance.choice(VALUES))
    elif act < 0.9:
        holder[place] = copy.deepcopy(chance.choice(holders))
    else:
        holder[place] = [holder[place], copy.deepcopy(holder[place])]
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _holders(value: Any) -> Any:
    if isinstance(value, dict | list):
        if value:
            yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from _holders(child)


def _xml(body: bytes, chance: Random) -> bytes:
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError):
        return _bytes(body, chance)
    holder = chance.choice([element for element in root.iter() if len(element)] or [root])
    if not len(holder):
        return body
    child = holder[chance.randrange(len(holder))]
    act = chance.random()
    if act < 0.2:
        holder.remove(child)
    elif act < 0.4:
        holder.insert(0, copy.deepcopy(child))
    elif act < 0.5:
        child.append(copy.deepcopy(holder))
    elif act < 0.6:
        child.tag = chance.choice(("x", "{urn:y}z", child.tag + "x"))
    elif act < 0.7:
        child.attrib.clear()
    else:
        child.text = str(chance.choice(VALUES)).replace("\0", "")
    written: bytes = ElementTree.tostring(root, encoding=chance.choice(("utf-8", "utf-16")))
    return written
