"""Every number of a profile with its unit, source and status, and what differs between two profiles. Pure.

The model itself is walked, so that a limit that is new to it is shown without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.contract import Contract
from schemas.profile import Sourced, TherapyProfile
from schemas.profiles import PlatformLimits

Limits = TherapyProfile | PlatformLimits

UNITS = ("minutes", "hours", "percent", "doses", "gravities")
"""Units that are the last word of a field's name; others stand in the field's description."""
NAMES = ("name", "step", "after", "test", "expect", "role")
"""What tells one entry of a list from another, the first that it has and the second of a milestone."""


class Number(NamedTuple):
    """One number of a profile."""

    field: str
    value: float
    unit: str
    source: str
    status: str


def numbers(limits: Limits) -> list[Number]:
    """Every number, in the order of the model; one without a source of its own has its owner's."""
    return list(_walk(limits, "", None))


def _walk(part: BaseModel, place: str, source: Sourced | None) -> Iterator[Number]:
    source = part if isinstance(part, Sourced) else source
    for name, field in type(part).model_fields.items():
        value, here = getattr(part, name), f"{place}{name}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            said = source if source is not None else _beside(part, name)
            if said is not None:  # else it is the share of a limit that this product does not have
                yield Number(here, value, unit(name, field), said.source, said.status.value)
        elif isinstance(value, BaseModel):
            yield from _walk(value, f"{here}.", source)
        elif isinstance(value, tuple):
            for entry in value:
                if isinstance(entry, BaseModel):
                    yield from _walk(entry, f"{here}[{_title(entry)}].", source)


def _beside(part: BaseModel, name: str) -> Sourced | None:
    """The limit of which this is the share, for example fresh_hold of fresh_hold_warn_at."""
    found = getattr(part, name.removesuffix("_warn_at"), None)
    return found if isinstance(found, Sourced) else None


def _title(entry: BaseModel) -> str:
    told = [getattr(entry, name) for name in NAMES if isinstance(getattr(entry, name, None), str)]
    return " to ".join(told[:2]) or "?"


def unit(name: str, field: FieldInfo) -> str:
    """In what a number is counted."""
    if name.endswith("warn_at"):
        return "share of the limit"
    for found in (field, *field.metadata):
        described = getattr(found, "description", None)
        if described and "." not in described:
            return str(described)
    words = name.split("_")
    return next((word for word in reversed(words) if word in UNITS), words[-1])


class Change(NamedTuple):
    """One thing that two profiles say differently; an empty side does not say it at all."""

    field: str
    old: object
    new: object
    unit: str
    source: str
    status: str


def changes(old: Limits, new: Limits) -> list[Change]:
    """Every number, name or list that differs, with the source that the newer one gives for it."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    units = {n.field: n for side in (old, new) for n in numbers(side)}
    found: list[Change] = []
    for field in dict.fromkeys([*before, *after]):
        if before.get(field) == after.get(field):
            continue
        if field.rpartition(".")[2] in ("source", "status") and _told_by_number(
            field, before, after, units
        ):
            continue
        number = units.get(field)
        told = (number.unit, number.source, number.status) if number else ("", "", "")
        found.append(Change(field, before.get(field), after.get(field), *told))
    return found


def _told_by_number(
    field: str, before: dict[str, object], after: dict[str, object], units: dict[str, Number]
) -> bool:
    """Whether a number beside this source or status differs too, and brings them along."""
    place = field.rpartition(".")[0] + "."
    beside = [f for f in units if f.startswith(place) and "." not in f.removeprefix(place)]
    return any(before.get(f) != after.get(f) for f in beside)


def _leaves(part: BaseModel, place: str = "") -> Iterator[tuple[str, object]]:
    for name in type(part).model_fields:
        yield from _leaf(getattr(part, name), f"{place}{name}")


def _leaf(value: object, here: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Contract):
        yield from _leaves(value, f"{here}.")
    elif isinstance(value, tuple) and value and isinstance(value[0], Contract):
        for entry in value:
            yield from _leaves(entry, f"{here}[{_title(entry)}].")
    elif isinstance(value, tuple):
        yield here, ", ".join(str(v.value if isinstance(v, Enum) else v) for v in value)
    elif value is not None and value != "":
        yield here, value.value if isinstance(value, Enum) else value
