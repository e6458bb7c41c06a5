"""Any contract at random, from what its fields declare: what hypothesis draws laws from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
C = TypeVar("C", bound=BaseModel)

LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")
LONG = 2**63 - 1
MOMENTS = st.timedeltas(EARLIEST - EPOCH, LATEST - EPOCH).map(lambda since: EPOCH + since)


@cache
def any_of(contract: type[C]) -> st.SearchStrategy[C]:
    """Any value that the contract accepts."""
    fields = {
        name: _of(field.annotation, tuple(field.metadata))
        for name, field in contract.model_fields.items()
    }
    return st.fixed_dictionaries(fields).map(lambda drawn: _accepted(contract, drawn))


def _accepted(contract: type[C], drawn: dict[str, Any]) -> C:
    """The value; a draw that only a rule of the contract as a whole refuses is drawn anew."""
    try:
        return contract.model_validate(drawn)
    except ValidationError as error:
        if any(refused["loc"] for refused in error.errors()):
            raise
        reject()


def _of(annotation: Any, metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(arguments[0], (*annotation.__metadata__, *metadata))
    if origin in (Union, UnionType):
        return st.one_of(*(_of(argument, ()) for argument in arguments))
    limits = _limits(metadata)
    if origin is tuple:
        most = min(limits.get("max_length", 3), 3)
        return st.lists(
            _of(arguments[0], ()), min_size=limits.get("min_length", 0), max_size=most
        ).map(tuple)
    if origin in (dict, Mapping):
        return st.dictionaries(_of(arguments[0], ()), _of(arguments[1], ()), max_size=3)
    if annotation is NoneType:
        return st.none()
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(limits.get("ge", -LONG), limits.get("le", LONG))
    if annotation is float:
        return _float(limits)
    if annotation is str:
        return _text(limits)
    if annotation is bytes:
        return st.binary(max_size=20)
    if annotation is UUID:
        return st.uuids()
    if annotation is datetime:
        return MOMENTS
    if annotation is date:
        return st.dates()
    if issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    return any_of(annotation)


def _limits(metadata: tuple[Any, ...]) -> dict[str, Any]:
    """The limits in a field's metadata, whichever of pydantic's forms they have."""
    found: dict[str, Any] = {}
    waiting = list(metadata)
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "metadata", ())
        for name in LIMITS:
            if (limit := getattr(one, name, None)) is not None:
                found[name] = limit
    return found


def _float(limits: dict[str, Any]) -> st.SearchStrategy[float]:
    return st.floats(
        min_value=limits.get("gt", limits.get("ge")),
        max_value=limits.get("lt", limits.get("le")),
        exclude_min="gt" in limits,
        exclude_max="lt" in limits,
        allow_nan=False,
        allow_infinity=False,
    )


BLANK_FREE = r"^\S(.*\S)?$"
WRITTEN = st.characters(codec="utf-8")
MARKS = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))


def _text(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    least, most = limits.get("min_length", 0), min(limits.get("max_length", 30), 30)
    pattern = limits.get("pattern")
    if pattern is None:
        return st.text(WRITTEN, min_size=least, max_size=most)
    if pattern == BLANK_FREE:
        return st.text(MARKS, min_size=max(least, 1), max_size=most)
    return st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
