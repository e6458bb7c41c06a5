"""Reads the times of partners: exact to what they said, in UTC, never more precise than they were.

A date alone stays a date: its instant is the start of that day in the partner's zone, and its
precision says that only the day is known. A local time that happens twice, when clocks go back, is
taken as the earlier one, so that every clock that starts there ends no later than it should; one
that never happens, when clocks go forward, is refused, because the partner's zone must be wrong.
Pure: reads no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from connectors.connector import CannotUnderstand
from schemas.envelope import Precision
from schemas.reasons import Reason

FIRST_YEAR, LAST_YEAR = 1900, 2199

_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?)?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_HL7 = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,12}))?)?)?)?"
    r"(?P<zone>[+-]\d{4})?",
    re.ASCII,
)
_PART_OF_DATE = re.compile(r"\d{4}(-?\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """A moment as the partner knows it."""

    instant: datetime
    """In UTC; the start of the day where only the day is known."""
    offset_minutes: int | None
    """The partner's own offset from UTC, where it was given."""
    precision: Precision


def parse_fhir(text: str, clock: tzinfo, field: str = "time") -> When:
    """A FHIR date, dateTime or instant."""
    return _iso(text, clock, field)


def parse_xsd(text: str, clock: tzinfo, field: str = "time") -> When:
    """An XML Schema date or dateTime; both may leave the zone out, and a day may end at 24:00:00."""
    return _iso(text, clock, field)


def parse_rfc3339(text: str, field: str = "time") -> When:
    """An RFC 3339 time; it must say its zone, and be more than a date."""
    match = _ISO.fullmatch(text.strip())
    if match is None or match["second"] is None or match["zone"] is None:
        raise _invalid(field, text, "a time such as 2026-03-01T10:00:00+01:00")
    return _moment(match, UTC, field, text)


def parse_hl7(text: str, clock: tzinfo, field: str = "time") -> When:
    """An HL7 v2 time: as many digits as are known, with or without an offset."""
    stated = text.strip()
    if len(stated) in (4, 6) and _PART_OF_DATE.fullmatch(stated):
        raise _too_coarse(field, text)
    match = _HL7.fullmatch(stated)
    if match is None:
        raise _invalid(field, text, "a time such as 20260301100000+0100")
    return _moment(match, clock, field, text)


def parse_sap(date: str, time: str, clock: tzinfo, field: str = "time") -> When | None:
    """A SAP date and time in two fields; None where SAP says that there is none.

    `00000000` is an empty date, and `000000` beside a date is a time that nobody entered.
    """
    day, moment = date.strip(), time.strip()
    if not day.strip("0"):
        return None
    if not moment.strip("0"):
        moment = ""
    match = _HL7.fullmatch(day + moment)
    if match is None or len(day) != 8 or len(moment) not in (0, 6):
        raise _invalid(field, f"{date} {time}", "a date YYYYMMDD and a time HHMMSS")
    return _moment(match, clock, field, f"{date} {time}")


def parse_epoch(milliseconds: object, field: str = "time") -> When:
    """Milliseconds since 1970 in UTC, as change events of Salesforce and OData give them."""
    if isinstance(milliseconds, str) and re.fullmatch(
        r"-?\d{1,15}", milliseconds.strip(), re.ASCII
    ):
        milliseconds = int(milliseconds)
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        raise _invalid(field, str(milliseconds), "milliseconds since 1970")
    if not -(2_208_988_800_000) <= milliseconds < 7_258_118_400_000:
        raise _invalid(field, str(milliseconds), f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return When(instant, None, Precision.INSTANT)


def parse_offset(text: str, field: str = "offset") -> int:
    """An offset from UTC such as +02:00 or Z, in minutes."""
    if not re.fullmatch(r"[Zz]|[+-]\d\d:?\d\d", text.strip(), re.ASCII):
        raise _invalid(field, text, "an offset such as +02:00")
    return _offset(text.strip(), field, text)


def _iso(text: str, clock: tzinfo, field: str) -> When:
    stated = text.strip()
    if len(stated) in (4, 7) and _PART_OF_DATE.fullmatch(stated):
        raise _too_coarse(field, text)
    match = _ISO.fullmatch(stated)
    if match is None:
        raise _invalid(field, text, "a time such as 2026-03-01T10:00:00+01:00")
    return _moment(match, clock, field, text)


def _moment(match: re.Match[str], clock: tzinfo, field: str, text: str) -> When:
    """The moment that the parts of `_ISO` or `_HL7` name."""
    year, month, day, hours, minutes, seconds, fraction, zone = match.groups()
    offset = None if zone is None else _offset(zone, field, text)
    place = UTC if offset == 0 else clock
    if offset:
        place = timezone(timedelta(minutes=offset))
    # an hour without minutes is no more than a day to anyone who sets deadlines by it
    precision = (
        Precision.DAY
        if minutes is None
        else Precision.MINUTE
        if seconds is None
        else Precision.INSTANT
    )
    hour = int(hours or 0) if precision is not Precision.DAY else 0
    minute, second = int(minutes or 0), int(seconds or 0)
    micro = int((fraction or "").ljust(6, "0")[:6])
    end_of_day = hour == 24 and minute == second == micro == 0
    leap = second == 60
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            0 if end_of_day else hour,
            minute,
            59 if leap else second,
            999_999 if leap else micro,
            tzinfo=place,
        )
    except ValueError:
        raise _invalid(field, text, "a day and a time that exist") from None
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise _invalid(field, text, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    if end_of_day:
        local = (local.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=place)
    instant = local.astimezone(UTC)
    if leap and (instant.hour, instant.minute) != (23, 59):
        raise _invalid(field, text, "a leap second only at the end of a day in UTC")
    # with an offset of its own every time exists
    if (
        offset is None
        and precision is not Precision.DAY
        and instant.astimezone(place).replace(tzinfo=None) != local.replace(tzinfo=None)
    ):
        raise _invalid(field, text, f"a local time that exists in {place}; is that the right zone")
    known = None if zone is None or zone == "-00:00" else offset
    return When(instant, known, precision)


def _offset(zone: str, field: str, text: str) -> int:
    if zone in ("Z", "z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    total = hours * 60 + minutes
    if minutes > 59 or total > 1080:
        raise _invalid(field, text, "an offset of at most 18 hours")
    return -total if zone[0] == "-" else total


def _invalid(field: str, text: str, expected: str) -> CannotUnderstand:
    return CannotUnderstand(
        Reason.FIELD_INVALID, f"{field}: expected {expected}, found {text.strip()[:40]!r}"
    )


def _too_coarse(field: str, text: str) -> CannotUnderstand:
    return CannotUnderstand(
        Reason.FIELD_INVALID, f"{field}: at least the day is needed, found {text.strip()[:40]!r}"
    )
