"""Reads a record as S/4HANA's OData services give it: version 2 and 4, and its dates and numbers.

A date of version 2 is midnight in UTC of a day that has no zone, written `/Date(ms)/`; tools that read
it into local time write the same instant with an offset. So only an instant that is midnight in UTC is
such a day; any other time of day was never SAP's and is refused. A time is `PT12H32M29S`, or 12:32:29 in
version 4; `PT00H00M00S` beside a date is a time that nobody entered. Numbers that SAP pads with zeros inside
and shows without get them back, so that an IDoc and a record name the same order alike.
Pure: values in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from connectors.connector import CannotUnderstand
from connectors.times import parse_epoch, parse_xsd
from schemas.reasons import Reason

Json = Mapping[str, object]

_EPOCH = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_DURATION = re.compile(r"PT(\d{1,2})H(\d{1,2})M(\d{1,2})(?:\.\d+)?S", re.ASCII)
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)


def entities(document: object) -> tuple[Json, ...]:
    """The records that a document holds, out of whatever the version wraps around them."""
    for _ in range(4):
        if isinstance(document, list):
            return tuple(one for one in document if isinstance(one, Mapping))
        if not isinstance(document, Mapping):
            return ()
        wrapped = next(
            (document[n] for n in ("d", "results", "value", "message") if _wraps(document, n)), None
        )
        if wrapped is None:
            return (document,)
        document = wrapped
    return ()


def _wraps(document: Json, name: str) -> bool:
    return isinstance(document.get(name), list | Mapping)


def below(record: Json, *names: str) -> tuple[Json, ...]:
    """The records that a navigation property expands; none where it is left deferred."""
    for name in names:
        found = record.get(name)
        if isinstance(found, Mapping):
            found = found.get("results")
        if isinstance(found, list):
            return tuple(one for one in found if isinstance(one, Mapping))
    return ()


def text(record: Json, *names: str) -> str:
    """The text of the first of these properties that is filled."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def padded(number: str, length: int) -> str:
    """A number as SAP keeps it: digits alone get their leading zeros back, anything else stays."""
    return number.zfill(length) if re.fullmatch(r"\d+", number, re.ASCII) else number


def day(record: Json, name: str) -> str:
    """A date property as SAP writes it in IDocs, YYYYMMDD; empty when it is not filled."""
    stated = text(record, name)
    if not stated:
        return ""
    if match := _DAY.fullmatch(stated):
        return "".join(match.groups())
    instant = _instant(stated, name)
    if (instant.hour, instant.minute, instant.second, instant.microsecond) != (0, 0, 0, 0):
        detail = f"{name}: a date without a time of day is expected, found {stated[:40]!r}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return instant.strftime("%Y%m%d")


def _instant(stated: str, name: str) -> datetime:
    if match := _EPOCH.fullmatch(stated):
        return parse_epoch(match[1], name).instant
    return parse_xsd(stated, UTC, name).instant


def clock(record: Json, name: str) -> str:
    """A time property as SAP writes it in IDocs, HHMMSS; empty when nobody entered it."""
    stated = text(record, name)
    if not stated:
        return ""
    match = _DURATION.fullmatch(stated) or _CLOCK.fullmatch(stated)
    if match is None:
        detail = f"{name}: a time such as PT12H32M29S is expected, found {stated[:40]!r}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return "".join(part.zfill(2) for part in match.groups())


def walk(record: Json, depth: int = 0) -> Iterator[Json]:
    """The record and every record expanded below it."""
    yield record
    if depth > 20:
        return
    for value in record.values():
        for one in (
            (value,) if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        ):
            if isinstance(one, Mapping):
                yield from walk(one, depth + 1)
