"""What a contract is made of: a small tree of records, choices, lists, maps and plain values.

Both the Avro schema (`derivation`) and the code that writes it (`wire_body`) walk this tree, so that
they cannot disagree on the order of fields or of the branches of a union. Pure: it reads classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

AVRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

PlainKind = Literal[
    "null", "boolean", "long", "double", "string", "bytes", "uuid", "instant", "date"
]
PLAIN: dict[type, PlainKind] = {
    NoneType: "null",
    bool: "boolean",
    int: "long",
    float: "double",
    str: "string",
    bytes: "bytes",
    UUID: "uuid",
    datetime: "instant",
    date: "date",
}


WRITTEN_AS = {"uuid": "string", "instant": "long", "date": "long"}
"""Kinds that a reader of a union could not tell from another."""


class NotDerivable(TypeError):
    """A contract holds something that has no form on the wire."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A value without parts."""

    kind: PlainKind


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of words."""

    enum: type[Enum]


@dataclass(frozen=True, slots=True)
class Many:
    """Any number of one kind, in order."""

    item: Shape


@dataclass(frozen=True, slots=True)
class ByName:
    """One kind of value under names."""

    item: Shape


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several kinds; nothing is always the first of them, unless a default says otherwise."""

    branches: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A contract inside a contract."""

    contract: type[BaseModel]


Shape = Plain | Choice | Many | ByName | OneOf | Record

NOTHING = Plain("null")


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a contract."""

    name: str
    shape: Shape
    required: bool
    default: Any
    doc: str | None


@cache
def parts(contract: type[BaseModel]) -> tuple[Part, ...]:
    """The fields of a contract, in the order in which they are written."""
    return tuple(_part(contract, name, field) for name, field in contract.model_fields.items())


@cache
def symbols(enum: type[Enum]) -> dict[Enum, str]:
    """The word on the wire for each member: its value where every value can be one, else its name."""
    members = list(enum)
    if all(isinstance(m.value, str) and AVRO_NAME.fullmatch(m.value) for m in members):
        return {member: member.value for member in members}
    return {member: member.name for member in members}


def unknown_member(enum: type[Enum]) -> Enum | None:
    """The member by which an older reader names a newer word, where the list has one."""
    return enum.__members__.get("UNKNOWN_TO_READER")


def qualified_name(named: type) -> str:
    """The Avro full name of a contract or a choice: v2v, its module, its class."""
    return f"v2v.{named.__module__.rpartition('.')[2]}.{named.__name__}"


def _part(contract: type[BaseModel], name: str, field: FieldInfo) -> Part:
    where = f"{contract.__name__}.{name}"
    shape = _shape(field.annotation, where)
    required = field.is_required()
    default = None if required else field.get_default(call_default_factory=True, validated_data={})
    if isinstance(shape, OneOf) and default is not None:
        shape = OneOf(tuple(sorted(shape.branches, key=lambda branch: branch == NOTHING)))
    doc = "; ".join(dict.fromkeys(d for d in (field.description, *_units(field.annotation)) if d))
    return Part(name, shape, required, default, " ".join(doc.split()) or None)


def _shape(annotation: Any, where: str) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(arguments[0], where)
    if origin in (Union, UnionType):
        return _one_of([_shape(argument, where) for argument in arguments], where)
    if origin in (list, Sequence) or (origin is tuple and arguments[1:] == (...,)):
        return Many(_shape(arguments[0], where))
    if origin in (dict, Mapping) and _shape(arguments[0], where) == Plain("string"):
        return ByName(_shape(arguments[1], where))
    if isinstance(annotation, type):
        if annotation in PLAIN:
            return Plain(PLAIN[annotation])
        if issubclass(annotation, Enum):
            return Choice(annotation)
        if issubclass(annotation, BaseModel):
            return Record(annotation)
    raise NotDerivable(
        f"{where}: {annotation!r} has no Avro form; use a contract, an enum, tuple[X, ...], "
        "dict[str, X], or a plain bool, int, float, str, bytes, UUID, datetime or date"
    )


def _one_of(branches: list[Shape], where: str) -> OneOf:
    something = [branch for branch in branches if branch != NOTHING]
    told_apart = {WRITTEN_AS.get(b.kind, b.kind) for b in something if isinstance(b, Plain)}
    if len(something) > 1 and len(told_apart) < len(something):
        raise NotDerivable(f"{where}: the kinds of this union cannot be told apart on the wire")
    return OneOf(tuple(sorted(branches, key=lambda branch: branch != NOTHING)))


def _units(annotation: Any) -> list[str]:
    """What the type itself says of its values, such as the unit of a quantity."""
    found = []
    if get_origin(annotation) is Annotated:
        found += [m.description for m in annotation.__metadata__ if isinstance(m, FieldInfo)]
    for argument in get_args(annotation):
        found += _units(argument)
    return [text for text in found if text]
