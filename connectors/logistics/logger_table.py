"""Finds in the text of a logger file its table of readings, and the lines before and behind it.

Logger software exports a few lines about the device, one row with the heads of the columns, and a row
for each reading; lists are separated by semicolons, tabs or commas. What a head means is known by the
usual words in English and German, or agreed with the partner. Pure: text in, values out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from connectors import units
from connectors.connector import CannotUnderstand
from connectors.logistics.agreement import Agreement, Column, Heading
from connectors.logistics.logger_times import looks_like_date
from connectors.units import Quantity
from schemas.reasons import Reason

SEPARATORS = (";", "\t", ",")
MOST_LINES_BEFORE = 200
MOST_LINES = 100_000
MOST_COLUMNS = 200
LONGEST = 200
"""Letters of a head or of a line about the device; longer ones are no such thing."""

QUANTITIES: Mapping[Column, Quantity] = {
    Column.TEMPERATURE: Quantity.TEMPERATURE,
    Column.TILT: Quantity.ANGLE,
    Column.SHOCK: Quantity.ACCELERATION,
    Column.BATTERY: Quantity.SHARE,
}

Meaning = TypeVar("Meaning", Column, Heading)


def _compiled(*words: tuple[Meaning, str]) -> tuple[tuple[Meaning, re.Pattern[str]], ...]:
    return tuple((meaning, re.compile(pattern)) for meaning, pattern in words)


_COLUMN_WORDS = _compiled(
    (Column.NOTHING, r"humid|feuchte|dew|taupunkt|pressure|druck|light|licht|latitude|longitude"),
    (Column.NOTHING, r"alarm|limit|grenz|min\b|max\b|mean|average|mkt|set ?point"),
    (Column.TEMPERATURE, r"^temp|temperatur|température"),
    (Column.TILT, r"^tilt|^angle|^neigung|orientation"),
    (Column.SHOCK, r"^shock|accelerat|^stoß|beschleunigung"),
    (Column.LID_OPEN, r"^(lid|door|deckel)( open)?$"),
    (Column.BATTERY, r"^batter"),
    (Column.TIME, r"^(date|datum)\W*(and|&|und)?\W*(time|uhrzeit|zeit)|^time ?stamp|^zeitstempel"),
    (Column.DATE, r"^(date|datum)$"),
    (Column.CLOCK, r"^(time|uhrzeit|zeit)$"),
)
_HEADING_WORDS = _compiled(
    (
        Heading.LOGGER,
        r"(logger |device )?(serial|serien)\W*(no|number|nummer|#)?|(logger|device)( id)?",
    ),
    (Heading.LOGGER, r"(logger |lgr )?s/n"),
    (Heading.SHIPMENT, r"(shipment|trip)\W*(id|no|number)?|sendung(snummer)?"),
    (Heading.ZONE, r"time ?zone|zeitzone|utc offset"),
    (Heading.UNIT, r"(temperature )?units?|einheit"),
    (Heading.END, r"(trip |recording |logging )?(end|stop)(ped)?( time| date)?( at)?|ende"),
    (Heading.CALIBRATED_UNTIL, r"calibrat\w+ (valid until|due|until|expiry)|kalibriert bis"),
)
_ZONE = re.compile(r"(?:UTC|GMT)(?:\s*[+-]\s*\d{1,2}(?::?\d\d)?)?", re.IGNORECASE)
_BRACKET = re.compile(r"[\[(].*")
_BRACKETED = re.compile(r"[\[(]([^\])]*)[\])]")
_BETWEEN_WORDS = re.compile(r"[\s,/]+")
_MARKS_BEHIND = re.compile(r"[\s,:;/-]+$")
_SERIAL = re.compile(r"LGR S/N:?\s*([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one column."""

    place: int
    column: Column
    said: str
    unit: str | None
    """The unit that the head names, where the unit table knows it for this quantity."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table, with its line in the file."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A logger file, taken apart."""

    heads: tuple[Head, ...]
    width: int
    rows: tuple[Row, ...]
    headings: Mapping[Heading, tuple[str, ...]]

    def of(self, column: Column) -> tuple[Head, ...]:
        """The columns that hold this."""
        return tuple(head for head in self.heads if head.column is column)


def table(text: str, agreed: Agreement) -> Table | None:
    """The table of a logger file; None when the text is none."""
    lines = text.splitlines()
    for separator in SEPARATORS:
        try:
            for at, row in enumerate(islice(_rows(lines, separator), MOST_LINES_BEFORE)):
                heads = _heads(row, agreed)
                if _is_table(heads):
                    if len(lines) > MOST_LINES:
                        detail = f"a logger file of {len(lines):,} lines; at most {MOST_LINES:,}"
                        raise CannotUnderstand(Reason.TOO_LARGE, detail)
                    return _taken_apart(list(_rows(lines, separator)), at, heads, agreed)
        except csv.Error:
            continue
    return None


def _rows(lines: list[str], separator: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator)
    for cells in reader:
        yield Row(reader.line_num, tuple(cell.strip() for cell in cells))


def _is_table(heads: tuple[Head, ...]) -> bool:
    columns = {head.column for head in heads}
    timed = Column.TIME in columns or Column.CLOCK in columns
    return timed and bool(columns & {*QUANTITIES, Column.LID_OPEN})


def _taken_apart(rows: list[Row], at: int, heads: tuple[Head, ...], agreed: Agreement) -> Table:
    clock = next(h.place for h in heads if h.column in (Column.TIME, Column.DATE, Column.CLOCK))
    headings: dict[Heading, list[str]] = {}
    for cell in (cell[:LONGEST] for cell in rows[at].cells):
        if zone := _ZONE.search(cell):
            headings.setdefault(Heading.ZONE, []).append(zone[0])
        if serial := _SERIAL.search(cell):
            headings.setdefault(Heading.LOGGER, []).append(serial[1])
    readings: list[Row] = []
    ended = False
    for row in (*rows[:at], *rows[at + 1 :]):
        behind = row.line > rows[at].line
        if not any(row.cells):
            ended = ended or behind
            continue
        timed = len(row.cells) > clock and looks_like_date(row.cells[clock])
        if behind and (timed or not ended):
            readings.append(row)  # a row without a time before the end of the table is a fault
        else:
            for heading, value in _heading(row, agreed):
                headings.setdefault(heading, []).append(value)
    return Table(
        heads,
        len(rows[at].cells),
        tuple(readings),
        {heading: tuple(dict.fromkeys(values)) for heading, values in headings.items()},
    )


def _heads(row: Row, agreed: Agreement) -> tuple[Head, ...]:
    if not 1 < len(row.cells) <= MOST_COLUMNS:  # a time and a value are two columns at least
        return ()
    heads = [_head(place, cell[:LONGEST], agreed) for place, cell in enumerate(row.cells)]
    if not any(head.column in (Column.DATE, Column.TIME) for head in heads):
        # alone, a head "Time" means date and time
        heads = [
            Head(h.place, Column.TIME, h.said, h.unit) if h.column is Column.CLOCK else h
            for h in heads
        ]
    return tuple(heads)


def _head(place: int, cell: str, agreed: Agreement) -> Head:
    named = _words(cell)
    column = agreed.logger_columns.get(cell) or next(
        (column for column, words in _COLUMN_WORDS if words.search(named)), Column.NOTHING
    )
    quantity = QUANTITIES.get(column)
    return Head(place, column, cell, None if quantity is None else _unit(cell, quantity))


def _words(cell: str) -> str:
    """The name in a head without its unit, its zone and its serial numbers."""
    plain = _ZONE.sub("", _BRACKET.sub("", cell))
    return _MARKS_BEHIND.sub("", plain.strip()).strip().casefold()


def _unit(cell: str, quantity: Quantity) -> str | None:
    """The unit in brackets, or at the end; a single letter counts in brackets only, as probes have them."""
    bracketed = _BRACKETED.findall(cell)
    plain = _BRACKET.sub("", cell).strip()
    behind = [part for part in _BETWEEN_WORDS.split(plain)[1:] if len(part) > 1]
    for candidate in (*bracketed, *reversed(behind)):
        try:
            units.unit_of(candidate, quantity)
        except CannotUnderstand:
            continue
        return str(candidate).strip()
    return None


def _heading(row: Row, agreed: Agreement) -> Iterator[tuple[Heading, str]]:
    """What a line outside the table says: a name and a value, in two cells or around a colon."""
    name, _, value = row.cells[0][:LONGEST].partition(":")
    if not value.strip():
        value = next((cell[:LONGEST] for cell in row.cells[1:] if cell), "")
    stated = name.strip().strip("#").strip().rstrip(".").strip()
    named = stated.casefold()
    heading = agreed.logger_names.get(stated) or next(
        (h for h, words in _HEADING_WORDS if words.fullmatch(named)), None
    )
    if heading is not None and heading is not Heading.NOTHING and value.strip():
        yield heading, value.strip()
