"""Every spelling of a unit means what its author meant, and no spelling is guessed."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import CannotUnderstand
from connectors.units import (
    UNITS,
    Quantity,
    _spelled,
    cells,
    cells_per_millilitre,
    celsius,
    degrees,
    gravities,
    hours,
    millilitres,
    number,
    percent,
    unit_of,
)
from schemas.reasons import Reason


@pytest.mark.parametrize(
    "unit",
    ["Cel", "CEL", "cel", "°C", "° C", "ºC", "℃", "degrees C", "Degrees  C", "C", "degC", "GC"],
)
def test_the_spellings_of_celsius(unit: str) -> None:
    assert celsius(-196, unit) == -196


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(32, "[degF]", 0), (-321, "°F", -196.111111111), (77, "K", -196.15), (273.15, "KEL", 0)],
)
def test_other_temperatures_become_celsius(value: float, unit: str, expected: float) -> None:
    assert celsius(value, unit) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("2.5", "10*9", 2.5e9),
        (250, "10*6.{cells}", 2.5e8),
        (250, "x10^6 cells", 2.5e8),
        (3, "{cells}", 3),
        (7, "C62", 7),
    ],
)
def test_numbers_of_cells(value: object, unit: str, expected: float) -> None:
    assert cells(value, unit) == expected


def test_concentrations_that_are_the_same_are_the_same() -> None:
    same = {cells_per_millilitre(5, unit) for unit in ("10*6/mL", "10^9/L", "10*3/uL", "10*3/µL")}
    assert same == {5e6}


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(120, "mL", 120), (120, "ml", 120), (0.12, "LTR", 120), (1.2, "dL", 120), (50, "µL", 0.05)],
)
def test_volumes(value: float, unit: str, expected: float) -> None:
    assert millilitres(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (2, "10⁶", 2e6),
        (2, "× 10⁶ cells", 2e6),
        (2, "x10^6 cells", 2e6),
        (2, "10**6", 2e6),
        (2, "10*6.{cells}", 2e6),
        (2, "Mio. Zellen", 2e6),
        (2, "10*8{cells}", 2e8),
        (2, "1e9", 2e9),
        (1.1e10, "{cells}", 1.1e10),
        (2191, "cell", 2191),
        (5, "10*7", 5e7),
        (5, "MLD", 5e9),
    ],
)
def test_numbers_of_cells_in_any_writing(value: float, unit: str, expected: float) -> None:
    assert cells(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1.5, "10⁶/mL"),
        (1.5, "10^6 cells/mL"),
        (1.5, "× 10⁶ cells/mL"),
        (1.5, "10*6.{cells}/mL"),
        (1.5, "10*9/L"),
        (1.5, "G/L"),
        (1.5, "Mio/mL"),
        (1500, "10*3/mL"),
        (1500, "{cells}/uL"),
        (1500, "/mm3"),
        (1500, "M/L"),
        (15, "10*5/mL"),
        (0.15, "10*7/mL"),
        (0.0015, "10*9/mL"),
        (1_500_000, "1/mL"),
        (1.5e9, "cells/L"),
    ],
)
def test_one_concentration_in_any_writing(value: float, unit: str) -> None:
    assert cells_per_millilitre(value, unit) == 1.5e6


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (0.05, "L"),
        (0.05, "dm³"),
        (5, "cL"),
        (50, "ccm"),
        (50, "cm³"),
        (50, "mLs"),
        (50_000, "mm³"),
        (50_000, "μL"),
        (50_000_000, "nL"),
        (50, "Millilitres"),
    ],
)
def test_one_volume_in_any_writing(value: float, unit: str) -> None:
    assert millilitres(value, unit) == 50


@pytest.mark.parametrize(
    "unit",
    [
        "°C",
        "º C",
        "℃",
        "Cel",
        "CEL",
        "degrees C",
        "deg.C",
        "oC",
        "&#176;C",
        "Centigrade",
        "° c",
        "GC",
    ],
)
def test_one_temperature_in_any_writing(unit: str) -> None:
    assert celsius(-196, unit) == -196
    assert celsius(77.15, "degK") == -196


@pytest.mark.parametrize(
    ("convert", "unit"),
    [
        (cells, "10^"),
        (cells, "10^66"),
        (cells, "mL"),
        (cells, "Counts/mL"),
        (cells_per_millilitre, "mg/mL"),
        (cells_per_millilitre, "cells"),
        (millilitres, "m"),
        (millilitres, "mol"),
        (celsius, "grad"),
    ],
)
def test_a_unit_is_never_guessed(convert: Callable[[object, str], float], unit: str) -> None:
    with pytest.raises(CannotUnderstand) as refused:
        convert(1, unit)
    assert refused.value.reason is Reason.UNIT_UNKNOWN


def test_nothing_but_how_it_is_typed_makes_two_spellings_alike() -> None:
    loose: dict[tuple[Quantity, str], str] = {}
    for unit in UNITS:
        for spelling in unit.spellings.split("|"):
            key = (unit.quantity, _spelled(spelling))
            assert loose.setdefault(key, unit.code) == unit.code, spelling


def test_the_other_quantities() -> None:
    assert percent("93.1", "%") == 93.1
    assert percent(0.931, "1/1") == 93.1
    assert hours(90, "min") == 1.5
    assert hours(2, "DAY") == 48
    assert degrees(12, "DD") == 12
    assert gravities(19.6133, "m/s2") == 2


@pytest.mark.parametrize("unit", [None, "", " ", "mmol/L", "Cels", "deg", "mL"])
def test_a_unit_that_is_not_in_the_table_is_refused(unit: str | None) -> None:
    with pytest.raises(CannotUnderstand) as refused:
        celsius(20, unit, "sensorReport[0].uom")
    assert refused.value.reason is Reason.UNIT_UNKNOWN
    assert refused.value.detail.startswith("sensorReport[0].uom: ")


@pytest.mark.parametrize("value", [-300, 151, "warm", None, True, math.nan, math.inf, [1], "1,5"])
def test_a_temperature_that_cannot_be_is_refused(value: object) -> None:
    with pytest.raises(CannotUnderstand) as refused:
        celsius(value, "Cel")
    assert refused.value.reason is Reason.FIELD_INVALID


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12.000 ", 12), ("5.000-", -5), ("−196", -196), ("+1.5E3", 1500), (".5", 0.5), ("7.", 7)],
)
def test_numbers_as_partners_write_them(text: str, expected: float) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text", ["", "-", "1_000", "0x10", "nan", "inf", "1e999", "٣", "1 000", "--1"]
)
def test_texts_that_are_no_numbers(text: str) -> None:
    with pytest.raises(CannotUnderstand):
        number(text)


def test_an_integer_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(CannotUnderstand):
        number(10**400)


def test_no_spelling_means_two_units_of_one_quantity() -> None:
    seen: dict[tuple[Quantity, str], str] = {}
    for unit in UNITS:
        for spelling in unit.spellings.split("|"):
            assert spelling.strip() == spelling != ""
            assert seen.setdefault((unit.quantity, spelling), unit.code) == unit.code
            assert unit_of(spelling, unit.quantity) is unit
            loosely = f" {spelling.upper()} "
            assert unit_of(loosely, unit.quantity) is unit, loosely


@given(st.one_of(st.text(max_size=80), st.floats(), st.integers(), st.none(), st.booleans()))
def test_nothing_breaks_the_reading_of_a_number(value: object) -> None:
    with suppress(CannotUnderstand):
        assert math.isfinite(number(value))
