"""Contracts as JSON and back: times in UTC with six digits, bytes in base64, keys in one order.

pydantic's own JSON form drops the microseconds of a time where they are zero and takes bytes for
text, so that equal contracts would not always give equal lines. Pure.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from schemas.shape import NOTHING, ByName, Choice, Many, OneOf, Plain, Record, Shape, parts

AnyContract = TypeVar("AnyContract", bound=BaseModel)
Convert = Callable[[Any], Any]


class NotJson(ValueError):
    """A value that JSON has no form for."""


def canonical(value: object) -> str:
    """JSON in one form only: keys sorted, no blanks, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def rfc3339(moment: datetime) -> str:
    """A UTC time with six digits of a second."""
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"


def as_json(contract: BaseModel) -> dict[str, Any]:
    """A contract as a JSON object; an optional field that holds nothing is left out."""
    held = contract.__dict__
    return {
        name: None if value is None else convert(value)
        for name, may_be_left_out, convert in _fields(type(contract))
        if (value := held[name]) is not None or not may_be_left_out
    }


def from_json(contract: type[AnyContract], fields: dict[str, Any]) -> AnyContract:
    """A contract from its JSON object, checked; refusing raises pydantic's ValidationError."""
    return contract.model_validate(_record_from_json(contract, fields))


@cache
def _fields(contract: type[BaseModel]) -> tuple[tuple[str, bool, Convert], ...]:
    return tuple(
        (part.name, not part.required and part.default is None, _converter(part.shape))
        for part in parts(contract)
    )


def _converter(shape: Shape) -> Convert:
    match shape:
        case Plain(kind):
            return CONVERTERS.get(kind, _as_it_is)
        case Choice():
            return lambda member: member.value
        case Record():
            return as_json
        case Many(item):
            convert_item = _converter(item)
            return lambda items: [convert_item(value) for value in items]
        case ByName(item):
            convert_value = _converter(item)
            return lambda items: {name: convert_value(value) for name, value in items.items()}
        case OneOf(branches):
            something = [branch for branch in branches if branch != NOTHING]
            return _converter(something[0]) if len(something) == 1 else _plain


def _as_it_is(value: Any) -> Any:
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise NotJson(f"{value} has no form in JSON")
    return value


def _plain(value: Any) -> Any:
    """A value of a union of plain kinds."""
    match value:
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case bytes():
            return b64encode(value).decode()
        case float():
            return _number(value)
        case str() | bool() | int() | None:
            return value
        case _:
            return str(value)


CONVERTERS: dict[str, Convert] = {
    "instant": rfc3339,
    "date": date.isoformat,
    "uuid": str,
    "double": _number,
    "bytes": lambda value: b64encode(value).decode(),
}


def _record_from_json(contract: type[BaseModel], fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields with their bytes restored; pydantic restores everything else."""
    holding = _holding_bytes(contract)
    if not holding or not isinstance(fields, dict):
        return fields
    return {
        name: _restored(holding[name], value) if name in holding else value
        for name, value in fields.items()
    }


@cache
def _holding_bytes(contract: type[BaseModel]) -> dict[str, Shape]:
    return {part.name: part.shape for part in parts(contract) if _holds_bytes(part.shape)}


def _holds_bytes(shape: Shape) -> bool:
    match shape:
        case Plain(kind):
            return kind == "bytes"
        case Many(item) | ByName(item):
            return _holds_bytes(item)
        case OneOf(branches):
            return any(_holds_bytes(branch) for branch in branches)
        case Record(contract):
            return any(_holds_bytes(part.shape) for part in parts(contract))
        case Choice():
            return False


def _restored(shape: Shape, value: Any) -> Any:
    match shape, value:
        case OneOf(branches), _:
            return _restored(next(b for b in branches if b != NOTHING), value)
        case Plain("bytes"), str():
            return b64decode(value, validate=True)
        case Record(contract), dict():
            return _record_from_json(contract, value)
        case Many(item), list():
            return [_restored(item, one) for one in value]
        case ByName(item), dict():
            return {name: _restored(item, one) for name, one in value.items()}
        case _:
            return value
