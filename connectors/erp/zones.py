"""The time zones that SAP names, as the zones they stand for.

SAP has zone names of its own, and most of them follow summer time where a standard name of the same
letters does not: its EST is the zone of New York. A name that is not in the table is refused, since
a wrong zone moves every deadline.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

_PLACES: dict[str, str] = {
    "UTC": "UTC",
    "GMT": "UTC",
    "GMTUK": "Europe/London",
    "WET": "Europe/Lisbon",
    "CET": "Europe/Berlin",
    "EET": "Europe/Helsinki",
    "EST": "America/New_York",
    "CST": "America/Chicago",
    "MST": "America/Denver",
    "PST": "America/Los_Angeles",
    "AST": "America/Halifax",
    "ALA": "America/Anchorage",
    "HAW": "Pacific/Honolulu",
    "BRAZIL": "America/Sao_Paulo",
    "INDIA": "Asia/Kolkata",
    "JAPAN": "Asia/Tokyo",
    "ISRAEL": "Asia/Jerusalem",
    "AUSNSW": "Australia/Sydney",
    "AUSVIC": "Australia/Melbourne",
    "NZST": "Pacific/Auckland",
}

_OFFSET = re.compile(r"UTC([+-])(\d{1,2})(?::?(\d\d))?", re.ASCII)


def zone(name: str, clock: tzinfo) -> tzinfo:
    """The zone of an SAP name; the partner's own clock when no name is given."""
    if not name:
        return clock
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    match = _OFFSET.fullmatch(name)
    if match is not None and int(match[2]) <= 14 and int(match[3] or 0) < 60:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    raise CannotUnderstand(Reason.FIELD_INVALID, f"time zone {name[:20]!r} is not known")
