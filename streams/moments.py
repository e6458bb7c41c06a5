"""Moments and spans of time as the folds count them. Pure: no clock, no broker, no randomness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.profile import HourLimit, MinuteLimit

Micros = int
"""Microseconds since 1970 in UTC."""

NEVER: Micros = 2**62
"""Later than any moment that a message can state."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> Micros:
    """A moment as microseconds since 1970, exactly."""
    apart = moment - _EPOCH
    return (apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds


def moment(at: Micros) -> datetime:
    """The moment that a count of microseconds since 1970 stands for."""
    return _EPOCH + timedelta(microseconds=at)


def span(limit: MinuteLimit | HourLimit) -> Micros:
    """A limit in microseconds."""
    if isinstance(limit, MinuteLimit):
        return round(limit.minutes * 60_000_000)
    return round(limit.hours * 3_600_000_000)
