"""Samples bent as real senders, broken lines and bad people bend them: bytes, structure, encoding, size and depth."""

from __future__ import annotations

import codecs
import copy
import json
from collections.abc import Callable
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
    structure = _structure(body)
    for _ in range(chance.randint(1, 4)):
        way = chance.choice((structure, structure, structure, structure, structure, _bytes))
        body = way(body, chance)
    if chance.random() < 0.06:
        body = chance.choice((_encoded, _deep, _with_entities))(body, chance)
    if chance.random() < 0.001:
        body = _giant(body, chance)
    return body


def _structure(body: bytes) -> Callable[[bytes, Random], bytes]:
    first = body.lstrip()[:1]
    return _json if first in (b"{", b"[") else _xml if first == b"<" else _fields


def _encoded(body: bytes, chance: Random) -> bytes:
    """In another encoding than it says, or with the mark of one before it."""
    if chance.random() < 0.3:
        mark = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE)
        return chance.choice(mark) + body
    encoding = chance.choice(("utf-16", "utf-16-be", "utf-32", "cp037", "utf-7", "shift_jis"))
    return body.decode("latin-1").encode(encoding, "replace")


def _deep(body: bytes, chance: Random) -> bytes:
    """Within many others of its kind, closed or not."""
    many = chance.choice((50, 150, 201, 1_000, 20_000))
    before, after = (b"<a>", b"</a>") if body.lstrip()[:1] == b"<" else (b'{"a":[', b"]}")
    return before * many + body + after * chance.choice((many, 0))


def _with_entities(body: bytes, chance: Random) -> bytes:
    """Behind a document type whose entities grow tenfold each, or fetch something."""
    growing = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    fetching = b'<!ENTITY e9 SYSTEM "file:///etc/hostname">'
    declared = chance.choice((b'<!ENTITY e0 "x">' + growing, fetching))
    head, mark, rest = body.partition(b">")
    return b"<!DOCTYPE a [" + declared + b"]>" + head + mark + b"&e9;" + rest


def _giant(body: bytes, chance: Random) -> bytes:
    """With one piece of it so often that it is as large as may be read, or larger."""
    start = chance.randint(0, len(body))
    piece = body[start : start + chance.randint(1, 2_000)] or b" "
    return body[:start] + piece * (chance.choice((300_000, 6_000_000)) // len(piece)) + body[start:]


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
