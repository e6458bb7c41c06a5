"""Reads a record as it was when its notice was sent, by its audit trail.

The record is fetched later than it changed, and may have changed again meanwhile. The trail says
which value each field had at the time of the notice, and when and by whom it was given. Without a
trail the record is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.connector import CannotUnderstand
from connectors.qms.halves import Notice, Record
from connectors.qms.mapping import QualityMapping
from connectors.times import When, parse_rfc3339
from schemas.reasons import Reason

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit trail."""

    at: When
    field: str
    old: object
    new: object
    row: Json


@dataclass(frozen=True, slots=True)
class Then:
    """A record as it was at the time of a notice."""

    data: Json
    at: When | None
    """When the change was made; None when there is no trail that tells."""
    row: Json
    """The entry of the trail that the notice is about."""
    changed: frozenset[str] | None
    """The fields that the change concerns; None when nothing tells."""


def as_of(notice: Notice, record: Record, mapping: QualityMapping, state: str) -> Then:
    """The record as it was when the notice was sent; of several entries, the one of the state leads."""
    entries = sorted(
        (_entry(row, mapping) for row in record.audit), key=lambda entry: entry.at.instant
    )
    if not entries:
        return Then(record.data, notice.at if notice.commits else None, {}, notice.changed)
    before = [entry for entry in entries if entry.at.instant <= notice.at.instant]
    if not before:
        detail = "audit: no entry is as old as the notice; are the vendor's clocks right"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    data = dict(record.data)
    for entry in reversed(entries[len(before) :]):  # undone, the youngest first
        data[entry.field] = entry.old
    for entry in before:
        data[entry.field] = entry.new
    if len(before) < len(entries):
        for path in mapping.changed_at:  # the time of a later change is none of this one's
            data.pop(path.rpartition(".")[2], None)
    last = before[-1].at
    latest = [entry for entry in before if entry.at.instant == last.instant]
    leading = next((entry for entry in latest if entry.field == state), latest[-1])
    return Then(data, last, leading.row, frozenset(entry.field for entry in latest))


def _entry(row: Json, mapping: QualityMapping) -> Entry:
    at, field = row.get(mapping.trail.at), row.get(mapping.trail.field)
    if not isinstance(at, str) or not isinstance(field, str):
        detail = f"audit: an entry without {mapping.trail.at} or {mapping.trail.field}"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    moment = parse_rfc3339(at, f"audit.{mapping.trail.at}")
    return Entry(moment, field, row.get(mapping.trail.old), row.get(mapping.trail.new), row)
