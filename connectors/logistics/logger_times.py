"""Reads the dates and zones of logger files, in the spellings that logger software writes.

A date with dots has its day first; one with slashes may be either, and is read only in the order that
was agreed, or that a date of the same file proves (a 31 is no month). A zone is an offset behind UTC
or GMT, or a name such as Europe/Berlin; letters such as CET are refused, because they do not say
whether summer time is meant. Pure: reads no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.connector import CannotUnderstand
from connectors.logistics.agreement import DateOrder
from connectors.times import When, parse_xsd
from schemas.reasons import Reason

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>[.,]\d{1,9})?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?(?P<zone> ?(?:Z|[+-]\d\d:?\d\d))?"
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _CLOCK)
_DOTS = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d\d)" + _CLOCK)
_EITHER = re.compile(r"(?P<one>\d{1,2})[/-](?P<two>\d{1,2})[/-](?P<year>\d{4}|\d\d)" + _CLOCK)
_NAMED = re.compile(r"(?P<day>\d{1,2})[- ](?P<name>[A-Za-z]{3})[a-z]*[- ](?P<year>\d{4})" + _CLOCK)
_BEGINNING = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d|\d{1,2}[- ][A-Za-z]{3}")
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s*(?:(?P<sign>[+\-\N{MINUS SIGN}])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?)?",
    re.IGNORECASE,
)


def proven_order(stated: Iterable[str]) -> DateOrder | None:
    """The order that the dates of one file prove; None when they prove none, or both."""
    proven = set()
    for text in stated:
        match = _EITHER.fullmatch(text.strip())
        if match is not None and int(match["one"]) > 12:
            proven.add(DateOrder.DAY_FIRST)
        elif match is not None and int(match["two"]) > 12:
            proven.add(DateOrder.MONTH_FIRST)
    return proven.pop() if len(proven) == 1 else None


def looks_like_date(text: str) -> bool:
    """Whether a text begins as a date does."""
    return _BEGINNING.match(text.strip()) is not None


def moment(text: str, clock: tzinfo, order: DateOrder | None, field: str) -> When:
    """The moment that a date with or without a time of day names."""
    stated = " ".join(text[:60].replace("\N{NO-BREAK SPACE}", " ").replace(", ", " ").split())
    part = _parts(stated, order, field)
    year = part["year"] if len(part["year"]) == 4 else f"20{part['year']}"
    iso = f"{year}-{int(part['month']):02d}-{int(part['day']):02d}"
    if part.get("hour"):
        iso += f"T{_hour(part, field):02d}:{part['minute']}"
        if part.get("second"):
            iso += f":{part['second']}{(part.get('fraction') or '').replace(',', '.')}"
    iso += (part.get("zone") or "").strip() if part.get("hour") else ""
    return parse_xsd(iso, clock, field)


def _parts(stated: str, order: DateOrder | None, field: str) -> dict[str, str]:
    for pattern in (_YEAR_FIRST, _DOTS):
        if match := pattern.fullmatch(stated):
            return match.groupdict()
    if (match := _NAMED.fullmatch(stated)) and match["name"].casefold() in _MONTHS:
        return match.groupdict() | {"month": str(_MONTHS.index(match["name"].casefold()) + 1)}
    if match := _EITHER.fullmatch(stated):
        if order is None:
            detail = f"{field}: {stated[:40]!r}: day or month first; agree on it as date_order"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        day_first = order is DateOrder.DAY_FIRST
        day, month = ("one", "two") if day_first else ("two", "one")
        return match.groupdict() | {"day": match[day], "month": match[month]}
    detail = f"{field}: expected a date and a time, found {stated[:40]!r}"
    raise CannotUnderstand(Reason.FIELD_INVALID, detail)


def _hour(part: dict[str, str], field: str) -> int:
    hour, half = int(part["hour"]), (part.get("half") or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        detail = f"{field}: {hour} o'clock does not go with {half}m"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return hour % 12 + (12 if half == "p" else 0)


def zone(text: str) -> tzinfo:
    """The zone that a file names."""
    stated = text.strip().strip("()")
    match = _OFFSET.fullmatch(stated)
    if stated and match is not None:
        hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
        if hours <= 14 and minutes < 60:
            total = timedelta(hours=hours, minutes=minutes)
            return timezone(-total if match["sign"] not in (None, "+") else total) if total else UTC
    try:
        if "/" in stated:
            return ZoneInfo(stated)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    detail = f"time zone {stated[:40]!r}: expected one such as UTC+01:00 or Europe/Berlin"
    raise CannotUnderstand(Reason.FIELD_INVALID, detail)


def later_of_two(when: When, clock: tzinfo, before: When | None) -> When:
    """The second pass of an hour that the clocks repeat, where the reading before shows that it is."""
    if before is None or when.offset_minutes is not None or when.instant >= before.instant:
        return when
    second = when.instant.astimezone(clock).replace(fold=1).astimezone(UTC)
    repeated = second != when.instant and second >= before.instant
    return When(second, None, when.precision) if repeated else when
