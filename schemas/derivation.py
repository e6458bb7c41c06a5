"""The Avro schema of a contract, derived from its pydantic class.

Own code, because the published generators (pydantic-avro, dataclasses-avroschema) want contracts to
inherit from their base class, write naive millisecond times, or leave out names' namespaces and the
default of an enum; the walk below is shorter than the patches. Deterministic: the same classes give
the same schema, byte for byte.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from schemas.shape import (
    AVRO_NAME,
    ByName,
    Choice,
    Many,
    NotDerivable,
    OneOf,
    Part,
    Plain,
    Record,
    Shape,
    parts,
    qualified_name,
    symbols,
    unknown_member,
)

Schema = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

PLAIN_TYPES: dict[str, str | Schema] = {
    "uuid": {"type": "string", "logicalType": "uuid"},
    "instant": {"type": "long", "logicalType": "timestamp-micros"},
    "date": {"type": "int", "logicalType": "date"},
}


def derive(contract: type[BaseModel]) -> Schema:
    """The Avro schema of a contract: each nested type is defined once, then named."""
    schema: Schema = _Derivation().record(contract)
    return schema


def text(schema: Schema) -> str:
    """A schema as it is committed: readable, and the same for the same schema."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _Derivation:
    """One walk over one contract; it remembers which named types it has defined."""

    def __init__(self) -> None:
        self.defined: dict[str, type] = {}
        self.written: frozenset[str] = frozenset()

    def record(self, contract: type[BaseModel]) -> Any:
        name = qualified_name(contract)
        if not self._first_time(name, contract):
            return name
        return {
            **_heading("record", name, contract),
            "fields": [self.field(part, contract) for part in parts(contract)],
        }

    def choice(self, enum: type[Enum]) -> Any:
        name = qualified_name(enum)
        if not self._first_time(name, enum):
            return name
        words = symbols(enum)
        schema = {**_heading("enum", name, enum), "symbols": list(words.values())}
        unknown = unknown_member(enum)
        if unknown is not None:
            schema["default"] = words[unknown]
        return schema

    def field(self, part: Part, contract: type[BaseModel]) -> Schema:
        if not AVRO_NAME.fullmatch(part.name):
            raise NotDerivable(f"{contract.__name__}.{part.name}: not a name that Avro allows")
        field: Schema = {"name": part.name, "type": self.form(part.shape)}
        if part.doc:
            field["doc"] = part.doc
        if not part.required:
            field["default"] = _default(part.default)
        return field

    def form(self, shape: Shape) -> Any:
        match shape:
            case Plain(kind):
                return PLAIN_TYPES.get(kind, kind)
            case Choice(enum):
                return self.choice(enum)
            case Record(contract):
                return self.record(contract)
            case Many(item):
                return {"type": "array", "items": self.form(item)}
            case ByName(item):
                return {"type": "map", "values": self.form(item)}
            case OneOf(branches):
                return [self.form(branch) for branch in branches]

    def _first_time(self, name: str, named: type) -> bool:
        """Whether the definition goes here; a second class of one name is refused."""
        known = self.defined.setdefault(name, named)
        if known is not named:
            raise NotDerivable(f"{name} is the name of two classes: {known!r} and {named!r}")
        first, self.written = name not in self.written, self.written | {name}
        return first


def _heading(kind: str, name: str, named: type) -> Schema:
    namespace, _, simple = name.rpartition(".")
    heading: Schema = {"type": kind, "name": simple, "namespace": namespace}
    if named.__doc__:
        heading["doc"] = " ".join(named.__doc__.split())
    return heading


def _default(value: Any) -> Any:
    """A default as Avro writes it in a schema."""
    match value:
        case Enum():
            return symbols(type(value))[value]
        case BaseModel():
            return {part.name: _default(getattr(value, part.name)) for part in parts(type(value))}
        case tuple() | list():
            return [_default(item) for item in value]
        case dict():
            return {key: _default(item) for key, item in value.items()}
        case UUID():
            return str(value)
        case datetime():
            return (value - EPOCH) // MICROSECOND
        case date():
            return (value - EPOCH.date()).days
        case bytes():
            return value.decode("latin-1")
        case _:
            return value
