"""The unit table: every spelling of a unit that partners use, and what it means.

Spellings come from UCUM, UN/ECE Recommendation 20, SAP, the habits of HL7 v2 senders and Allotrope.
A unit is never guessed: a spelling that is not in the table is refused, and added when it turns up.
Pure: numbers in, numbers out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason


class Quantity(StrEnum):
    """What is measured."""

    TEMPERATURE = "temperature"
    VOLUME = "volume"
    CELLS = "number of cells"
    CONCENTRATION = "cells per volume"
    SHARE = "share"
    DURATION = "duration"
    ANGLE = "angle"
    ACCELERATION = "acceleration"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, its spellings between bars, and how its values become our own unit's."""

    code: str
    quantity: Quantity
    spellings: str
    factor: float = 1.0
    shift: float = 0.0

    def convert(self, value: float) -> float:
        """The same quantity in our own unit."""
        # a factor of one leaves the partner's digits as they are
        return value + self.shift if self.factor == 1.0 else value * self.factor + self.shift


_T, _V, _N, _S = Quantity.TEMPERATURE, Quantity.VOLUME, Quantity.CELLS, Quantity.SHARE
_C, _D, _A, _G = (
    Quantity.CONCENTRATION,
    Quantity.DURATION,
    Quantity.ANGLE,
    Quantity.ACCELERATION,
)

UNITS: tuple[Unit, ...] = (
    Unit(
        "Cel",
        _T,
        "Cel|CEL|°C|° C|ºC|℃|C|degC|deg C|degree C|degrees C|Celsius|degree Celsius|"
        "degrees Celsius|GC|DegreesCelsius|deg. C|deg.C|oC|o C|C°|°Celsius|centigrade|degree centigrade|"
        "degrees centigrade|Grad Celsius|Grad C|degree_Celsius|Deg Celsius",
    ),
    Unit(
        "[degF]",
        _T,
        "[degF]|FAH|°F|° F|ºF|℉|F|degF|deg F|deg. F|degree F|degrees F|Fahrenheit|degree Fahrenheit|"
        "degrees Fahrenheit",
        5 / 9,
        -160 / 9,
    ),
    Unit("K", _T, "K|KEL|Kelvin|kelvins|degK|deg K|°K|K°", 1.0, -273.15),
    Unit(
        "mL",
        _V,
        "mL|mLs|MLT|cm3|cm^3|cm³|CMQ|ccm|CCM|cc|millilitre|milliliter|millilitres|milliliters|Milliliter",
    ),
    Unit("L", _V, "L|LTR|dm3|dm^3|dm³|DMQ|ltr|litre|liter|litres|liters", 1000.0),
    Unit("dL", _V, "dL|DLT", 100.0),
    Unit("cL", _V, "cL|CLT", 10.0),
    Unit(
        "uL",
        _V,
        "uL|µL|μL|mcL|4G|mm3|mm^3|mm³|MMQ|microlitre|microliter|microlitres|microliters",
        0.001,
    ),
    Unit("nL", _V, "nL|Q34|nanolitre|nanoliter|nanolitres|nanoliters", 1e-6),
    Unit(
        "{cells}",
        _N,
        "{cells}|{cell}|cells|cell|1|C62|EA|ST|#|count|counts|{#}|Zellen|cell(s)|H87|10*0",
    ),
    Unit(
        "10*3",
        _N,
        "10*3|10*3.{cells}|10*3{cells}|10*3 cells|10^3 cells|10^3|x10^3|x10^3 cells|10E3|x10E3|x10*3|"
        "1e3|1e3 cells|thousand cells|K cells|MIL",
        1000.0,
    ),
    Unit(
        "10*6",
        _N,
        "10*6|10*6.{cells}|10*6{cells}|10*6 cells|10^6 cells|10^6|x10^6|x10^6 cells|"
        "10E6|10E6 cells|x10E6|x10E6 cells|x10*6|x10*6 cells|1e6|1e6 cells|million cells|million|M cells|"
        "MIO|Mio|Mio. cells|Mio. Zellen",
        1e6,
    ),
    Unit(
        "10*5",
        _N,
        "10*5|10*5.{cells}|10*5{cells}|10*5 cells|10^5 cells|10^5|x10^5|x10^5 cells|10E5|x10E5|1e5|1e5 cells",
        1e5,
    ),
    Unit(
        "10*7",
        _N,
        "10*7|10*7.{cells}|10*7{cells}|10*7 cells|10^7 cells|10^7|x10^7|x10^7 cells|10E7|x10E7|1e7|1e7 cells",
        1e7,
    ),
    Unit(
        "10*8",
        _N,
        "10*8|10*8.{cells}|10*8{cells}|10*8 cells|10^8 cells|10^8|x10^8|x10^8 cells|10E8|x10E8|1e8|1e8 cells",
        1e8,
    ),
    Unit(
        "10*9",
        _N,
        "10*9|10*9.{cells}|10*9{cells}|10*9 cells|10^9 cells|10^9|x10^9|x10^9 cells|"
        "10E9|10E9 cells|x10E9|x10E9 cells|x10*9|x10*9 cells|1e9|1e9 cells|billion cells|MLD",
        1e9,
    ),
    Unit(
        "10*10",
        _N,
        "10*10|10*10.{cells}|10*10 cells|10^10 cells|10^10|x10^10|x10^10 cells|1e10|1e10 cells",
        1e10,
    ),
    Unit(
        "{cells}/mL",
        _C,
        "{cells}/mL|cells/mL|cell/mL|/mL|1/mL|cells per mL|cells/cm3|/cm3|Zellen/mL|{#}/mL|mL-1",
    ),
    Unit(
        "{cells}/uL",
        _C,
        "{cells}/uL|cells/uL|cells/µL|cell/uL|cell/µL|/uL|/µL|1/uL|cells/mm3|/mm3|cells per uL|#/uL|{#}/uL|K/mL|"
        "10*3/mL|10^3/mL|10*3.{cells}/mL|10^3 cells/mL|x10^3/mL|x10^3 cells/mL|1e3 cells/mL|1e3/mL|"
        "10*6/L|10^6/L|x10^6/L|10E6/L|10*6.{cells}/L|M/L",
        1000.0,
    ),
    Unit("{cells}/L", _C, "{cells}/L|cells/L|cell/L|/L|1/L|cells per L", 0.001),
    Unit(
        "10*5/mL",
        _C,
        "10*5/mL|10*5.{cells}/mL|10^5 cells/mL|10^5/mL|x10^5/mL|x10^5 cells/mL|1e5 cells/mL|1e5/mL",
        1e5,
    ),
    Unit(
        "10*7/mL",
        _C,
        "10*7/mL|10*7.{cells}/mL|10^7 cells/mL|10^7/mL|x10^7/mL|x10^7 cells/mL|1e7 cells/mL|1e7/mL",
        1e7,
    ),
    Unit(
        "10*8/mL",
        _C,
        "10*8/mL|10*8.{cells}/mL|10^8 cells/mL|10^8/mL|x10^8/mL|x10^8 cells/mL|1e8 cells/mL|1e8/mL",
        1e8,
    ),
    Unit(
        "10*9/mL",
        _C,
        "10*9/mL|10*9.{cells}/mL|10^9 cells/mL|10^9/mL|x10^9/mL|x10^9 cells/mL|1e9 cells/mL|1e9/mL",
        1e9,
    ),
    Unit(
        "10*6/mL",
        _C,
        "10*6/mL|10*6.{cells}/mL|10^6 cells/mL|10^6/mL|x10^6/mL|x10^6 cells/mL|"
        "million cells/mL|1e6 cells/mL|1e6/mL|10E6/mL|10E6 cells/mL|x10E6/mL|x10E6 cells/mL|M/mL|Mio/mL|"
        "M cells/mL|10*6{cells}/mL|Mio. Zellen/mL|10*3.{cells}/uL|10^3 cells/uL|10*9.{cells}/L|10^9 cells/L|10*9/L|10^9/L|x10^9/L|10E9/L|x10E9/L|10*3/uL|"
        "10^3/uL|10*3/µL|10^3/µL|K/uL|G/L",
        1e6,
    ),
    Unit("%", _S, "%|P1|percent|per cent|pct|%{cells}|PCT"),
    Unit("1/1", _S, "1/1|fraction|ratio", 100.0),
    Unit("h", _D, "h|HUR|hr|hrs|hour|hours|STD"),
    Unit("min", _D, "min|mins|minute|minutes", 1 / 60),
    Unit("s", _D, "s|SEC|sec|second|seconds", 1 / 3600),
    Unit("d", _D, "d|DAY|day|days|TAG", 24.0),
    Unit("deg", _A, "deg|DD|°|degree|degrees|arcdeg"),
    Unit("rad", _A, "rad|C81|radian|radians", 57.29577951308232),
    Unit("[g]", _G, "[g]|K40|g|gn|g-force"),
    Unit("m/s2", _G, "m/s2|MSK|m/s^2|m/s²", 1 / 9.80665),
)

UCUM_SYSTEM = "http://unitsofmeasure.org"


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_POWER = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


def _spelled(unit: str) -> str:
    """One spelling for what differs only in blanks, in case, or in how micro, times and powers are typed."""
    powers = _POWER.sub(lambda found: f"10^{found[1].translate(_SUPERSCRIPTS)}", unit)
    plain = powers.replace("×", "x").replace("μ", "µ").replace("**", "^").replace("&#176;", "°")
    return re.sub(r"[\s\u00a0]+", "", plain).casefold()


_EXACT: dict[tuple[Quantity, str], Unit] = {
    (unit.quantity, spelling): unit for unit in UNITS for spelling in unit.spellings.split("|")
}
_LOOSE: dict[tuple[Quantity, str], Unit] = {
    (unit.quantity, _spelled(spelling)): unit
    for unit in UNITS
    for spelling in unit.spellings.split("|")
}

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def number(value: object, field: str = "value") -> float:
    """A finite number out of what JSON, XML or SAP made of it."""
    if isinstance(value, str):
        stated = value.strip().replace("\N{MINUS SIGN}", "-")
        if len(stated) > 1 and stated[-1] in "+-":  # SAP writes the sign behind
            stated = stated[-1] + stated[:-1]
        if len(stated) <= 60 and _NUMBER.fullmatch(stated):
            return _finite(float(stated), field)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return _finite(float(value), field)
        except OverflowError:
            pass
    detail = f"{field}: expected a number, found {str(value).strip()[:40]!r}"
    raise CannotUnderstand(Reason.FIELD_INVALID, detail)


def _finite(value: float, field: str) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise CannotUnderstand(Reason.FIELD_INVALID, f"{field}: expected a finite number")
    return value


def unit_of(unit: str | None, quantity: Quantity, field: str = "unit") -> Unit:
    """The unit that a spelling means where this quantity is measured."""
    stated = (unit or "").strip()
    if not stated:
        raise CannotUnderstand(Reason.UNIT_UNKNOWN, f"{field}: a {quantity} without its unit")
    found = _EXACT.get((quantity, stated)) or _LOOSE.get((quantity, _spelled(stated)))
    if found is None:
        detail = f"{field}: {stated[:40]!r} is not a known unit of {quantity}"
        raise CannotUnderstand(Reason.UNIT_UNKNOWN, detail)
    return found


def _measured(
    value: object, unit: str | None, quantity: Quantity, low: float, high: float, field: str
) -> float:
    converted = unit_of(unit, quantity, field).convert(number(value, field))
    # a conversion leaves a binary tail that no partner measured
    converted = float(f"{converted:.12g}")
    if not low <= converted <= high:
        detail = f"{field}: {number(value, field):g} {unit} is no possible {quantity}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return converted


def celsius(value: object, unit: str | None, field: str = "temperature") -> float:
    """A temperature in degrees Celsius."""
    return _measured(value, unit, Quantity.TEMPERATURE, -273.15, 150, field)


def millilitres(value: object, unit: str | None, field: str = "volume") -> float:
    """A volume in millilitres."""
    return _measured(value, unit, Quantity.VOLUME, 0, 10_000, field)


def cells(value: object, unit: str | None, field: str = "cells") -> float:
    """A number of cells."""
    return _measured(value, unit, Quantity.CELLS, 0, 1e13, field)


def cells_per_millilitre(value: object, unit: str | None, field: str = "concentration") -> float:
    """A concentration in cells per millilitre."""
    return _measured(value, unit, Quantity.CONCENTRATION, 0, 1e12, field)


def percent(value: object, unit: str | None, field: str = "share") -> float:
    """A share in per cent."""
    return _measured(value, unit, Quantity.SHARE, 0, 100, field)


def hours(value: object, unit: str | None, field: str = "duration") -> float:
    """A duration in hours."""
    return _measured(value, unit, Quantity.DURATION, 0, 24 * 366, field)


def degrees(value: object, unit: str | None, field: str = "tilt") -> float:
    """An angle in degrees from upright."""
    return _measured(value, unit, Quantity.ANGLE, 0, 180, field)


def gravities(value: object, unit: str | None, field: str = "shock") -> float:
    """An acceleration in multiples of gravity."""
    return _measured(value, unit, Quantity.ACCELERATION, 0, 1000, field)
