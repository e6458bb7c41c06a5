"""Contracts as Avro bodies and back: one writer, one reader and one builder per contract.

The reader is fastavro's. The writer is own code, held equal to fastavro's byte for byte by a test:
fastavro tries every branch of a union on every optional field, which makes it twice as slow, and a
contract already knows what its fields are. Own writing also gives one body for one content, whoever
wrote it first, and that is what `digest` rests on. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from schemas.contract import KEPT
from schemas.derivation import EPOCH
from schemas.shape import (
    NOTHING,
    PLAIN,
    ByName,
    Choice,
    Many,
    OneOf,
    Plain,
    Record,
    Shape,
    parts,
    symbols,
)

Write = Callable[[Any], bytes]
Build = Callable[[Any], Any]
AnyContract = TypeVar("AnyContract", bound=BaseModel)

HELD_AS: dict[Shape, type] = {Plain(kind): held for held, kind in PLAIN.items()}


# ------------------------------------------------------------------------------------------ writing


def _zigzag(number: int) -> bytes:
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{number} does not fit into 64 bits")
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


SMALL = tuple(_zigzag(number) for number in range(512))
DOUBLE = struct.Struct("<d").pack
BOOLEAN = {False: b"\x00", True: b"\x01"}.__getitem__


def _long(number: int) -> bytes:
    return SMALL[number] if 0 <= number < 512 else _zigzag(number)


def _bytes(value: bytes) -> bytes:
    return _long(len(value)) + value


def _string(value: str) -> bytes:
    encoded = value.encode()
    return _long(len(encoded)) + encoded


def _uuid(value: UUID) -> bytes:
    return b"\x48" + str(value).encode()


def _instant(moment: datetime) -> bytes:
    since = moment - EPOCH
    at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if 1 << 48 <= at < 1 << 55:  # from 1978 to 3111, where eight bytes are needed, written at once
        return bytes(
            (
                at << 1 & 0x7E | 0x80,
                at >> 6 & 0x7F | 0x80,
                at >> 13 & 0x7F | 0x80,
                at >> 20 & 0x7F | 0x80,
                at >> 27 & 0x7F | 0x80,
                at >> 34 & 0x7F | 0x80,
                at >> 41 & 0x7F | 0x80,
                at >> 48,
            )
        )
    return _zigzag(at)


def _date(day: date) -> bytes:
    return _zigzag(day.toordinal() - EPOCH.toordinal())


PLAIN_WRITERS: dict[str, Write] = {
    "null": lambda _: b"",
    "boolean": BOOLEAN,
    "long": _long,
    "double": DOUBLE,
    "string": _string,
    "bytes": _bytes,
    "uuid": _uuid,
    "instant": _instant,
    "date": _date,
}


@cache
def writer(contract: type[BaseModel]) -> Write:
    """The function that writes a contract as an Avro body."""
    fields = tuple((part.name, _writer(part.shape)) for part in parts(contract))

    def write(value: BaseModel) -> bytes:
        held = value.__dict__
        return b"".join([write_part(held[name]) for name, write_part in fields])

    def write_once(value: BaseModel) -> bytes:
        kept: bytes | None = value.__dict__.get(KEPT)
        if kept is None:
            kept = value.__dict__[KEPT] = write(value)
        return kept

    return write_once if getattr(contract, "body_is_kept", False) else write


@cache
def part_writers(contract: type[BaseModel]) -> dict[str, Write]:
    """The function that writes each field of a contract, by name, in the order in which they are written."""
    return {part.name: _writer(part.shape) for part in parts(contract)}


def body_of(contract: type[BaseModel], **held: object) -> bytes:
    """The Avro body of a contract by what its fields hold, without making the contract first."""
    return b"".join([write(held[name]) for name, write in part_writers(contract).items()])


def whole(contract: type[BaseModel], written: Mapping[str, bytes]) -> bytes:
    """The Avro body of a contract whose every field has been written already."""
    return b"".join([written[name] for name in part_writers(contract)])


def many(written: Sequence[bytes]) -> bytes:
    """The Avro body of a list whose items have been written already."""
    return b"".join([_long(len(written)), *written, b"\x00"]) if written else b"\x00"


def _writer(shape: Shape) -> Write:
    match shape:
        case Plain(kind):
            return PLAIN_WRITERS[kind]
        case Choice(enum):
            return {member: SMALL[index] for index, member in enumerate(enum)}.__getitem__
        case Record(contract):
            return lambda value: writer(contract)(value)
        case Many(item):
            return _many_writer(_writer(item))
        case ByName(item):
            return _by_name_writer(_writer(item))
        case OneOf(branches):
            return _one_of_writer(branches)


def _many_writer(write_item: Write) -> Write:
    def write(items: tuple[Any, ...]) -> bytes:
        return many([*map(write_item, items)]) if items else b"\x00"

    return write


def _by_name_writer(write_item: Write) -> Write:
    def write(items: dict[str, Any]) -> bytes:
        if not items:
            return b"\x00"
        ordered = [_string(name) + write_item(items[name]) for name in sorted(items)]
        return b"".join([_long(len(items)), *ordered, b"\x00"])

    return write


def _one_of_writer(branches: tuple[Shape, ...]) -> Write:
    nothing = SMALL[branches.index(NOTHING)] if NOTHING in branches else None
    something = [(SMALL[i], branch) for i, branch in enumerate(branches) if branch != NOTHING]
    if nothing is not None and len(something) == 1:
        index, branch = something[0]
        write_branch = _writer(branch)
        return lambda value: nothing if value is None else index + write_branch(value)
    by_type = {HELD_AS[branch]: (index, _writer(branch)) for index, branch in something}
    if nothing is not None:
        by_type[type(None)] = (nothing, PLAIN_WRITERS["null"])

    def write(value: Any) -> bytes:
        index, write_branch = by_type[type(value)]
        return index + write_branch(value)

    return write


# ----------------------------------------------------------------------------------------- building


@cache
def builder(contract: type[AnyContract]) -> Callable[[dict[str, Any]], AnyContract]:
    """The function that makes a contract of what fastavro read, without checking it again."""
    conversions = tuple(
        (part.name, build) for part in parts(contract) if (build := _builder(part.shape))
    )
    names = {part.name for part in parts(contract)}
    new, put = contract.__new__, object.__setattr__

    def build_contract(read: dict[str, Any]) -> AnyContract:
        for name, build in conversions:
            found = read[name]
            if found is not None:
                read[name] = build(found)
        value = new(contract)
        put(value, "__dict__", read)
        put(value, "__pydantic_fields_set__", names)
        put(value, "__pydantic_extra__", None)
        put(value, "__pydantic_private__", None)
        return value

    return build_contract


def _builder(shape: Shape) -> Build | None:
    """How what fastavro read becomes what the contract holds; None where it already is."""
    match shape:
        case Choice(enum):
            return {word: member for member, word in symbols(enum).items()}.__getitem__
        case Record(contract):
            return lambda read: builder(contract)(read)
        case Many(item):
            return _many_builder(_builder(item))
        case ByName(item):
            return _by_name_builder(_builder(item))
        case OneOf(branches):
            something = [branch for branch in branches if branch != NOTHING]
            return _builder(something[0]) if len(something) == 1 else None
        case Plain():
            return None


def _many_builder(build_item: Build | None) -> Build:
    if build_item is None:
        return tuple
    return lambda read: tuple(map(build_item, read))


def _by_name_builder(build_item: Build | None) -> Build | None:
    if build_item is None:
        return None
    return lambda read: {name: build_item(value) for name, value in read.items()}
