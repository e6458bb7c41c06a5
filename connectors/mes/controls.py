"""Measured values within a segment: in-process controls, and the temperature at receipt.

A parameter is a control when it is a number with a unit; a number without one may be a count, a flag
or an index, and is none. In a segment agreed to be a control every parameter is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from connectors.connector import CannotUnderstand
from connectors.mes.b2mml import Value
from connectors.mes.parts import PREFIX, parameters
from connectors.units import celsius, number

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Parameters = Iterable[tuple[str, tuple[Value, ...]]]

NUMERIC = frozenset(
    {
        "decimal",
        "double",
        "float",
        "integer",
        "int",
        "long",
        "short",
        "numeric",
        "measure",
        "amount",
    }
)
"""DataType, as senders write it in any case, of a value that is a number."""


def controls(given: Parameters) -> Iterator[dict[str, object]]:
    """The controls among the parameters of a plain segment."""
    for name, values in given:
        for value in values:
            if value.unit and (measured := _number(value)) is not None:
                yield {"test": name, "value": measured, "unit": value.unit}


def agreed_controls(given: Parameters) -> Iterator[dict[str, object]]:
    """Every parameter of a segment that is agreed to be a control, in numbers or in words."""
    for name, values in given:
        control: dict[str, object] = {"test": name}
        for value in values:
            measured = _number(value)
            if measured is not None:
                control["value"] = measured
            elif value.text:
                control["value_text"] = value.text
            if value.unit:
                control["unit"] = value.unit
        yield control


def temperature(segment: Element) -> dict[str, object]:
    """The temperature at receipt, in the unit that the partner states."""
    for name, values in parameters(segment):
        if name == f"{PREFIX}TEMPERATURE" and values:
            return {"temperature": celsius(values[0].text, values[0].unit, name)}
    return {}


def _number(value: Value) -> float | None:
    """The number that a value is; None when it is words, whatever they look like."""
    if value.type and value.type.casefold() not in NUMERIC:
        return None
    try:
        return number(value.text)
    except CannotUnderstand:
        if value.type and value.text:
            raise
        return None
