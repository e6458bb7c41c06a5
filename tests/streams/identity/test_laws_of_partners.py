"""Laws: what is open about a partner is a function of the set of what came in, like all that is said of courses."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.alert import Alert
from schemas.collection import CollectionCompleted
from schemas.control import ActionKind, Tick
from schemas.envelope import System
from schemas.manufacture import MaterialDecided, MaterialReceived
from schemas.platform import MessageSetAside, PartnerHeartbeat
from schemas.quality import BatchCertified
from schemas.treatment import InfusionCompleted, ThawRecorded
from schemas.wire import WireMessage, decode_contract, encode_contract
from streams.identity import partner, partners
from streams.moments import micros
from streams.replay import Replay
from tests.streams.partitioned import Partitioned
from tests.streams.test_laws import examples, interrupted, shuffled
from tests.streams.world import difference, said_by, state_of
from tests.words import COURSE, OTHER, Arrival, at, did, heard, ordered, said, sent, tick

PARTNER = "maker-1"
hours = st.integers(0, 200)
halves = hours.map(lambda hour: hour / 2)
courses = st.sampled_from([COURSE, OTHER])
chances = st.randoms(use_true_random=False)
WATCHED = {code for code, _ in partners.JUDGES}


@st.composite
def words(draw: st.DrawFn) -> Arrival:
    """One message of a small world of two partners, two courses and two partitions."""
    hour = draw(halves)
    place: dict[str, Any] = {
        "partner": PARTNER,
        "system": draw(st.sampled_from([System.MES, System.CLINIC])),
    }
    number = draw(st.none() | st.integers(1, 6))
    match draw(st.integers(0, 9)):
        case 0 | 1 | 2:
            return sent(_beat(draw, hour, place))
        case 3:
            return sent(
                said(
                    MaterialReceived, coi=draw(courses), hour=hour, partner=PARTNER, sequence=number
                )
            )
        case 4:
            course = draw(courses)
            decision = draw(st.sampled_from(["accepted", "rejected"]))
            return sent(
                said(MaterialDecided, coi=course, hour=hour, decision=decision, partner=PARTNER)
            )
        case 5:
            return sent(said(CollectionCompleted, coi=draw(courses), hour=hour, ended_at=at(hour)))
        case 6:
            course = draw(courses)
            if draw(st.booleans()):
                thaw = said(ThawRecorded, coi=course, hour=hour, phase="completed", partner=PARTNER)
                return sent(thaw)
            given: dict[str, Any] = {"outcome": "complete", "partner": PARTNER}
            return sent(said(InfusionCompleted, coi=course, hour=hour, **given))
        case 7:
            topic = topics.inbound(place["system"], PARTNER)
            body = draw(st.sampled_from([b"?", b"??", b"???", b"!", b"!!", b"!!!", b"...."]))
            header = (("ce_time", at(hour).isoformat().encode()),)
            published = micros(at(hour + 1))
            return topic, WireMessage(b"k", body, header if draw(st.booleans()) else (), published)
        case 8:
            other = draw(st.sampled_from([System.MES, System.CLINIC]))
            return sent(said(BatchCertified, "BATCH:B-1", hour=hour, partner=PARTNER, system=other))
        case _:
            entry = draw(st.uuids(version=5))
            return sent(
                said(
                    MessageSetAside, hour=hour, quarantine_id=entry, reason="field_missing", **place
                )
            )


def _beat(draw: st.DrawFn, hour: float, place: dict[str, Any]) -> PartnerHeartbeat:
    off = draw(st.sampled_from([None, 0, 59, 61, -90]))
    bridge = draw(st.none() | st.integers(0, 20))
    return said(
        PartnerHeartbeat,
        hour=hour,
        interface=place["system"],
        interval_seconds=draw(st.sampled_from([None, 600, 7200])),
        partner_clock=None if off is None else at(hour) + timedelta(seconds=off),
        manual_bridge_since=None if bridge is None else at(bridge),
        last_sequence=draw(st.none() | st.integers(1, 9)),
        **place,
    )


@st.composite
def late_ticks(draw: st.DrawFn) -> Arrival:
    """A tick, with or without something that waits."""
    hour = draw(halves)
    since = draw(st.none() | st.floats(0, 1).map(lambda share: at(hour * share)))
    told = Tick(now=at(hour), partition=draw(st.sampled_from([0, 1])), waiting_since=since)
    return topics.TICKS, WireMessage(b"0", encode_contract(told))


@st.composite
def stories(draw: st.DrawFn) -> list[Arrival]:
    """A set of messages, with ticks, and what people did about what they bring about."""
    lines = draw(st.lists(words(), min_size=1, max_size=12))
    if draw(st.booleans()):
        lines += [sent(event) for event in ordered("AXICEL", COURSE)]
        lines += [sent(event) for event in ordered("TISACEL", OTHER, "O-2")]
    lines += draw(st.lists(late_ticks(), max_size=4))
    lines.append(tick(draw(hours)))
    if draw(st.booleans()):
        open_now = [a for a in state_of(lines)["alerts"].values() if a.code in WATCHED]  # type: ignore[attr-defined]
        for alert in open_now[:2]:
            kind = draw(st.sampled_from(list(ActionKind)[:-1]))
            lines.append(did(kind, alert, hour=draw(hours), reason="settled"))
    return lines


@examples(60)
@given(stories(), chances)
def test_order_and_repeats_do_not_matter(lines: list[Arrival], random: Random) -> None:
    assert difference(state_of(shuffled(lines, random)), state_of(lines)) == ""


@examples(40)
@given(stories(), chances, st.integers(1, 4))
def test_partitions_and_who_holds_them_do_not_matter(
    lines: list[Arrival], random: Random, partitions: int
) -> None:
    several = Partitioned(partitions, random)
    several.take_all(lines)
    assert difference(said_by(several), state_of(lines)) == ""


@examples(40)
@given(stories(), chances, st.data())
def test_a_run_that_is_interrupted_anywhere_goes_on_as_if_it_had_not_been(
    lines: list[Arrival], random: Random, data: st.DataObject
) -> None:
    lines = shuffled(lines, random)
    whole = heard(*lines)
    breaks = set(data.draw(st.lists(st.integers(0, len(lines)), max_size=3)))
    replay = Replay()
    for number, (topic, message) in enumerate(lines):
        if number in breaks:
            replay.finish()
            replay = interrupted(replay)
        replay.take(topic, message)
    replay.finish()
    assert difference(said_by(replay), said_by(whole)) == ""
    assert _said(replay) == _said(whole)


def _said(replay: Replay) -> list[Alert]:
    return [decode_contract(Alert, raw) for raw in replay.alerts]


def test_every_code_is_raised_somewhere_in_these_stories() -> None:
    missing = set(WATCHED)

    @settings(max_examples=400, deadline=None, database=None)
    @given(stories())
    def look(lines: list[Arrival]) -> None:
        if not missing:
            return
        missing.difference_update(a.code for a in _said(heard(*lines)))

    look()
    assert missing == set()


# ------------------------------------------------------------------------------ planted mistakes


def test_the_law_finds_a_mistake_that_is_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner, "_later", lambda one, other: other)  # the word that came last

    def order_matters(case: tuple[list[Arrival], Random]) -> bool:
        lines, random = case
        return difference(state_of(shuffled(lines, random)), state_of(lines)) != ""

    search = settings(max_examples=400, deadline=None, database=None, phases=[Phase.generate])
    assert find(st.tuples(stories(), chances), order_matters, settings=search, random=Random(1))
