"""Moments and spans as whole microseconds are exactly those of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.profile import HourLimit, MinuteLimit, Status
from streams.moments import micros, moment, span

amounts = st.integers(1, 8_784) | st.decimals(1, 8_784, places=2).map(float)


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.timedeltas(timedelta(0), timedelta(days=80_000)).map(BEGINNING.__add__))
def test_a_moment_comes_back_as_it_was(at: datetime) -> None:
    assert moment(micros(at)) == at


@given(amounts)
def test_a_limit_lasts_as_long_as_its_hours_or_minutes(amount: float) -> None:
    minutes = MinuteLimit(minutes=amount, source="a law", status=Status.ASSUMPTION)
    hours = HourLimit(hours=amount, source="a law", status=Status.ASSUMPTION)
    assert span(minutes) == timedelta(minutes=amount) // timedelta(microseconds=1)
    assert span(hours) == timedelta(hours=amount) // timedelta(microseconds=1)
