"""What the file of a temperature logger says: its readings, and that it is complete.

The readings become ConditionRead, at most `MOST_READINGS` in one. A file that names the time at which
the recording was stopped is the whole trace of the logger and says ConditionFileUploaded too; any other
is a part of it, read out on the way. Rows that cannot be read are set aside together, with the line of
the first; the other readings are told. A temperature without its unit is never told, and of two
columns of temperature nobody may guess which one is inside the shipper: the partner agrees on it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from connectors import units
from connectors.agreed import state
from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.formats import text
from connectors.logistics.agreement import Column, DateOrder, Heading, agreement
from connectors.logistics.logger_table import Head, Row, Table, table
from connectors.logistics.logger_times import later_of_two, moment, proven_order, zone
from connectors.times import When
from schemas.envelope import Event, Identifier, Precision, Scheme, event_id
from schemas.reasons import Reason
from schemas.transport import ConditionFileUploaded, ConditionRead, Reading

MOST_READINGS = 10_000
MEASURES = {
    Column.TEMPERATURE: units.celsius,
    Column.TILT: units.degrees,
    Column.SHOCK: units.gravities,
    Column.BATTERY: units.percent,
}
_OPEN = {"open": True, "yes": True, "true": True, "1": True, "offen": True}
_CLOSED = {"closed": False, "no": False, "false": False, "0": False, "geschlossen": False}
_VALUE = re.compile(r"(?P<number>[+\-\N{MINUS SIGN}]?[\d.,]+)\s*(?P<unit>[^\d\s].*)?")
_DECIMAL_COMMA = re.compile(r"[+\-\N{MINUS SIGN}]?\d+,\d+")


def read(raw: Raw, partner: Partner) -> tuple[Decision, ...] | None:
    """What a logger file says; None when the bytes are no logger file."""
    try:
        content = text(raw.body)
    except CannotUnderstand:
        # Windows writes this where it does not write Unicode; digits are the same in both
        content = text(raw.body, "cp1252")
    agreed = agreement(partner)
    found = table(content, agreed)
    if found is None:
        return None
    order = agreed.date_order or proven_order(_dates(found))
    try:
        named = zone(_one(found, Heading.ZONE) or "") if Heading.ZONE in found.headings else None
        file = _File(found, named or partner.clock, order, partner, hashlib.sha256(raw.body))
        return file.decisions()
    except CannotUnderstand as fault:
        return (Refused(fault.reason, fault.detail),)


def _one(found: Table, heading: Heading) -> str | None:
    """What the file says under a heading; two different words are refused, since one must be wrong."""
    said = found.headings.get(heading, ())
    if len(said) > 1:
        detail = f"{heading}: one value expected, found {len(said)}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return said[0] if said else None


def _dates(found: Table) -> list[str]:
    places = [head.place for head in (*found.of(Column.TIME), *found.of(Column.DATE))]
    return [r.cells[places[0]] for r in found.rows if places and len(r.cells) > places[0]]


@dataclass(frozen=True, slots=True)
class _File:
    """A logger file, and what is needed to read it."""

    table: Table
    clock: tzinfo
    order: DateOrder | None
    partner: Partner
    digest: Any

    def decisions(self) -> tuple[Decision, ...]:
        things = self._things()
        columns, refused = self._columns()
        readings, faults = self._readings(columns)
        if faults:
            line, fault = faults[0]
            detail = f"{len(faults)} of {len(self.table.rows)} rows, the first in line {line}: "
            refused.append(Refused(fault.reason, detail + fault.detail))
        events: list[Event] = []
        for start in range(0, len(readings), MOST_READINGS):
            part = readings[start : start + MOST_READINGS]
            fields: dict[str, Any] = {"readings": tuple(reading for _, reading in part)}
            last = max((when for when, _ in part), key=lambda when: when.instant)
            number = str(start // MOST_READINGS or "")
            events.append(self._event(ConditionRead, last, things, fields, number))
        if readings and (end := _one(self.table, Heading.END)) is not None:
            try:
                events.append(self._whole(readings, end, things))
            except CannotUnderstand as fault:
                refused.append(Refused(fault.reason, fault.detail))
        told: list[Decision] = [Mapped(tuple(events))] if events else []
        told += dict.fromkeys(refused)
        return tuple(told) or (Ignored("logger file: no reading"),)

    def _things(self) -> tuple[Identifier, ...]:
        found = [
            _identifier(scheme, stated, heading)
            for heading, scheme in (
                (Heading.SHIPMENT, Scheme.SHIPMENT),
                (Heading.LOGGER, Scheme.LOGGER),
            )
            if (stated := _one(self.table, heading)) is not None
        ]
        if not found:
            detail = "the file names no serial number and no shipment; see logger_names"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        return tuple(found)

    def _columns(self) -> tuple[list[tuple[Head, str]], list[Refused]]:
        """The columns that are read, each with its unit, and what of the others is set aside."""
        temperatures = self.table.of(Column.TEMPERATURE)
        if len(temperatures) > 1:
            detail = (
                f"{len(temperatures)} columns of temperature; agree in logger_columns which counts"
            )
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        general = _one(self.table, Heading.UNIT)
        read, refused = [(head, "") for head in self.table.of(Column.LID_OPEN)], []
        for column in MEASURES:
            for head in self.table.of(column):
                unit = head.unit or (general if column is Column.TEMPERATURE else None) or ""
                read.append((head, unit))
                if not unit and column is not Column.BATTERY and not self._in_cells(head):
                    detail = f"column {head.place + 1}: the {column} has no unit; it is set aside"
                    refused.append(Refused(Reason.UNIT_UNKNOWN, detail))
                    read.pop()
                elif not unit and column is Column.BATTERY:
                    read.pop()  # volts say nothing of what is left
        return read, refused

    def _in_cells(self, head: Head) -> bool:
        """Whether the values carry their unit themselves."""
        for row in self.table.rows:
            if len(row.cells) > head.place and row.cells[head.place]:
                match = _VALUE.fullmatch(row.cells[head.place][:60])
                return match is not None and bool(match["unit"])
        return False

    def _readings(
        self, columns: list[tuple[Head, str]]
    ) -> tuple[list[tuple[When, Reading]], list[tuple[int, CannotUnderstand]]]:
        found: list[tuple[When, Reading]] = []
        faults: list[tuple[int, CannotUnderstand]] = []
        before: When | None = None
        for row in self.table.rows:
            try:
                reading = self._reading(row, columns, before)
            except CannotUnderstand as fault:
                faults.append((row.line, fault))
                continue
            if reading is not None:
                before = reading[0]
                found.append(reading)
        return found, faults

    def _reading(
        self, row: Row, columns: list[tuple[Head, str]], before: When | None
    ) -> tuple[When, Reading] | None:
        if len(row.cells) > self.table.width and any(row.cells[self.table.width :]):
            detail = f"expected {self.table.width} values, found {len(row.cells)}"
            raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
        values: dict[str, Any] = {}
        for head, unit in columns:
            cell = row.cells[head.place] if len(row.cells) > head.place else ""
            if cell:
                values[str(head.column)] = _measured(cell, head.column, unit)
        if not values:
            return None  # a mark that the device made, such as a button pressed
        stated = " ".join(
            row.cells[head.place]
            for column in (Column.TIME, Column.DATE, Column.CLOCK)
            for head in self.table.of(column)[:1]
            if len(row.cells) > head.place
        )
        when = moment(stated, self.clock, self.order, "time")
        if when.precision is Precision.DAY:
            detail = f"time: a reading needs its time of day, found {stated[:40]!r}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        when = later_of_two(when, self.clock, before)
        return when, Reading(at=when.instant, **values)

    def _whole(
        self, readings: list[tuple[When, Reading]], end: str, things: tuple[Identifier, ...]
    ) -> Event:
        """The file is the whole trace: it says when the recording was stopped."""
        instants = [when.instant for when, _ in readings]
        fields: dict[str, Any] = {"first_at": min(instants), "last_at": max(instants)}
        if (until := _one(self.table, Heading.CALIBRATED_UNTIL)) is not None:
            named = moment(until, self.clock, self.order, "calibrated until")
            day = timedelta(days=1) if named.precision is Precision.DAY else timedelta()
            fields["calibrated_until"] = named.instant + day  # it holds until that day is over
        digest = self.digest.digest()
        name = urlsafe_b64encode(digest).decode().rstrip("=")
        fields["evidence"] = (
            {"uri": f"ni:///sha-256;{name}", "sha256": digest.hex(), "kind": "logger file"},
        )
        stopped = moment(end, self.clock, self.order, "end")
        return self._event(ConditionFileUploaded, stopped, things, fields)

    def _event(
        self,
        kind: type[Event],
        when: When,
        things: tuple[Identifier, ...],
        fields: Mapping[str, Any],
        part: str = "",
    ) -> Event:
        native = f"sha256:{self.digest.hexdigest()}"
        content = {
            **fields,
            "identifiers": things,
            "occurred_at": when.instant,
            "occurred_offset_minutes": when.offset_minutes,
            "occurred_precision": when.precision,
            "capture": "instrument",
            "source_message": f"logger file {native}",
            "event_id": event_id(
                self.partner.system, self.partner.name, native, kind.type_name(), part
            ),
        }
        return state(kind, self.partner, content)


def _measured(cell: str, column: Column, unit: str) -> object:
    if column is Column.LID_OPEN:
        word = cell.casefold()
        if word not in _OPEN and word not in _CLOSED:
            detail = f"{column}: expected open or closed, found {cell[:40]!r}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return word in _OPEN
    match = _VALUE.fullmatch(cell[:60])
    number = match["number"] if match else cell
    if _DECIMAL_COMMA.fullmatch(number):
        number = number.replace(",", ".")
    return MEASURES[column](number, (match and match["unit"]) or unit, str(column))


def _identifier(scheme: Scheme, value: str, at: str) -> Identifier:
    try:
        return Identifier(scheme=scheme, value=value)
    except ValueError:
        detail = f"{at}: {value[:40]!r} is no identifier of scheme {scheme}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None
