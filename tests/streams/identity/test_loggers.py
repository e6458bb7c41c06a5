"""What a logger keeps of its readings: all of them, and no more than them."""

from __future__ import annotations

import pytest

from streams.identity.loggers import occupy, read
from streams.identity.thing import Thing, decode_state, encode_state
from streams.messages import Leg, Occupy, Readings, decode_to_course

LOGGER = "LOGGER:L-1"
SECOND = 1_000_000


def message(number: int, per_message: int) -> Readings:
    """So many readings, ten minutes apart, with the event that reported them."""
    first = 1_770_000_000 * SECOND + number * per_message * 600 * SECOND
    points = tuple((first + n * 600 * SECOND, -190.0 + n / 10) for n in range(per_message))
    digest = number.to_bytes(32, "big")
    event_id = f"00000000-0000-0000-0000-{number:012d}"
    return Readings(event_id, digest, b"x" * 40 * per_message, first, points)


@pytest.mark.parametrize(
    ("messages", "per_message", "bytes_per_reading"), [(200, 6, 42), (20, 100, 21)]
)
def test_a_logger_keeps_what_was_read_and_not_the_events_that_said_it(
    messages, per_message, bytes_per_reading
) -> None:
    thing = Thing()
    for number in range(messages):
        read(LOGGER, thing, message(number, per_message))
    assert len(encode_state(thing)) / (messages * per_message) <= bytes_per_reading


def test_a_use_stated_years_late_still_finds_its_readings() -> None:
    thing = Thing()
    for number in range(50):
        read(LOGGER, thing, message(number, 6))
    thing = decode_state(encode_state(thing))
    start = message(10, 6).points[0][0]
    end = message(19, 6).points[-1][0]
    (told,) = occupy(LOGGER, thing, Occupy("COURSE", "leg", 1, start, end))
    assert told.value is not None
    leg = decode_to_course(told.value)
    assert isinstance(leg, Leg)
    assert (leg.readings, leg.first, leg.last) == (60, start, end)


def test_the_same_readings_twice_are_told_once() -> None:
    thing = Thing()
    occupy(LOGGER, thing, Occupy("COURSE", "leg", 1, 0))
    assert len(read(LOGGER, thing, message(1, 6))) == 1
    assert read(LOGGER, thing, message(1, 6)) == []
