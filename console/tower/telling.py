"""How a page tells times and words: seconds and zones always, what is left in plain words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from console.tower.freshness import moment

MINUTE, HOUR, DAY = 60, 3600, 86_400
SEVERITIES = {
    "S1": ("▲▲", "S1 critical"),
    "S2": ("▲", "S2 grave"),
    "S3": ("◆", "S3 moderate"),
    "S4": ("●", "S4 minor"),
}
"""A sign and words for each severity, so that colour alone says nothing."""


def parsed(told: Any) -> datetime | None:
    """A time as bodies and columns hold it."""
    if not told and not isinstance(told, int):
        return None
    if isinstance(told, datetime):
        return told
    if isinstance(told, int):
        return moment(told)
    return datetime.fromisoformat(str(told))


def utc(told: Any) -> str:
    """A time in UTC to the second, as exports have it."""
    found = parsed(told)
    return "" if found is None else f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def when(zone: str) -> Callable[[Any], Markup]:
    """How this person is told a time: in his zone with its name, and in UTC beside it."""
    place = ZoneInfo(zone)

    def told(value: Any) -> Markup:
        found = parsed(value)
        if found is None:
            return Markup('<span class="nothing">not stated</span>')
        universal = found.astimezone(UTC)
        here = universal if place.key == "UTC" else found.astimezone(place)
        return Markup(  # noqa: S704 # of digits and the name of a zone, whatever was stated
            f'<time datetime="{universal:%Y-%m-%dT%H:%M:%SZ}" title="{universal:%Y-%m-%d %H:%M:%S} UTC">'
            f"{here:%Y-%m-%d %H:%M:%S} {here.tzname()}</time>"
        )

    return told


def left(value: Any, now: datetime) -> str:
    """How long it is until then, or how long ago it was."""
    found = parsed(value)
    if found is None:
        return "not known"
    seconds = (found - now).total_seconds()
    return span(seconds) if seconds >= 0 else f"{span(-seconds)} ago"


def span(seconds: float) -> str:
    """A length of time in its two greatest parts."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def pressing(value: Any, now: datetime) -> str:
    """How near it is, as a word for the style: over, now, soon or later."""
    found = parsed(value)
    if found is None:
        return "later"
    seconds = (found - now).total_seconds()
    if seconds < 0:
        return "over"
    return "now" if seconds < 4 * HOUR else "soon" if seconds < 2 * DAY else "later"


def words(value: Any) -> str:
    """A code in words."""
    return str(value).replace("_", " ").replace("-", " ")


def fact(type_name: str) -> str:
    """The name of an event type in words: collection.CollectionCompleted is collection completed."""
    name = str(type_name).rpartition(".")[2]
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()


@cache
def severity(value: str) -> Markup:
    """A severity as a sign with its words."""
    sign, told = SEVERITIES.get(value, ("?", f"{value} (not known here)"))
    style = value if value in SEVERITIES else "unknown"
    return Markup('<span class="severity {}"><span aria-hidden="true">{}</span> {}</span>').format(
        style, sign, told
    )
