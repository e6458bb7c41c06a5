"""Whatever bytes come in by whichever door, the line goes on, and each message has one outcome."""

from __future__ import annotations

from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.reasons import Reason
from schemas.wire import WireMessage, decode_contract
from streams.quarantine import Outcome
from streams.replay import Replay
from tests.faults.line_traffic import released, traffic
from tests.words import Arrival, at

DOORS = (
    topics.inbound("clinic", "hospital-1"),
    topics.inbound("mes", "maker-1"),
    topics.RELEASED,
    topics.ACTIONS,
    topics.TICKS,
)


@lru_cache
def sound() -> tuple[Arrival, ...]:
    """Messages of every kind, as partners, people and clocks send them, and a release."""
    lines = tuple(traffic(100, 3, 1))
    replay = Replay()
    replay.take_all(lines)
    entries = replay.latest[topics.QUARANTINE].values()
    held = (decode_contract(QuarantinedMessage, value) for value in entries)
    contested = [e for e in held if e.reason == Reason.SAME_ID_OTHER_CONTENT]
    return (*lines, *(released(entry, at(500)) for entry in contested))


FLIPS = st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 255)), max_size=3)
HEADERS = st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=12)), max_size=2)
KEYS = st.none() | st.binary(max_size=40)


@st.composite
def spoiled(draw: st.DrawFn) -> Arrival:
    """A sound message with some bytes changed, cut off, its key or headers others, or at another door."""
    lines = sound()
    topic, message = lines[draw(st.integers(0, len(lines) - 1))]
    value = None if message.value is None else bytearray(message.value)
    if value:
        for place, flip in draw(FLIPS):
            value[place % len(value)] ^= flip
        if draw(st.integers(0, 5)) == 0:
            del value[draw(st.integers(0, len(value))) :]
    key = draw(st.sampled_from([message.key, message.key, message.key, draw(KEYS)]))
    headers = message.headers if draw(st.integers(0, 3)) else tuple(draw(HEADERS))
    topic = draw(st.sampled_from([topic, topic, topic, *DOORS]))
    return topic, WireMessage(key, None if value is None else bytes(value), tuple(headers))


@st.composite
def noise(draw: st.DrawFn) -> Arrival:
    """Bytes of nobody."""
    value = draw(st.none() | st.binary(max_size=120))
    said = WireMessage(draw(KEYS), value, tuple(draw(HEADERS)))
    return draw(st.sampled_from(DOORS)), said


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(spoiled(), spoiled(), noise()), min_size=1, max_size=12))
def test_the_line_goes_on_and_each_message_at_the_door_has_one_outcome(
    lines: list[Arrival],
) -> None:
    replay = Replay()
    for topic, message in lines:
        before = replay.line.outcomes.total()
        counted = replay.line.outcomes.copy()
        replay.take(topic, message)
        if topic in (topics.ACTIONS, topics.TICKS):
            continue
        assert replay.line.outcomes.total() == before + 1
        (outcome,) = (name for (_, name), _ in (replay.line.outcomes - counted).items())
        if outcome is Outcome.QUARANTINED:
            kept = replay.latest[topics.QUARANTINE].values()
            entries = (decode_contract(QuarantinedMessage, value) for value in kept)
            assert any(entry.value == message.value for entry in entries)
    replay.finish()


@settings(max_examples=40, deadline=None)
@given(noise())
def test_bytes_of_nobody_stand_in_quarantine_as_they_came(line: Arrival) -> None:
    topic, message = line
    replay = Replay()
    replay.take(topic, message)
    kept = replay.latest.get(topics.QUARANTINE, {}).values()
    entries = [decode_contract(QuarantinedMessage, value) for value in kept]
    assert [(e.topic, e.key, e.value) for e in entries] == [(topic, message.key, message.value)]
