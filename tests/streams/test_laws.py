"""Laws: what a record holds and what an open alert says is a function of the set of what came in."""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.record import PatientBatchRecord
from schemas.wire import WireMessage, decode, decode_contract
from streams import dispatching, supervise
from streams.identity import identify
from streams.identity.thing import Thing
from streams.line import CLOCK, Line
from streams.messages import Status
from streams.passing_on import INTERNAL
from streams.quarantine import Outcome
from streams.replay import Replay
from streams.view import View
from tests.streams.stored import store_all
from tests.streams.world import difference, histories, said_by, state_of
from tests.words import Arrival

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
chances = st.randoms(use_true_random=False)


def examples(number: int) -> settings:
    """So many examples; many more where somebody asks for a deep search."""
    return settings(max_examples=number * (20 if DEEP else 1), deadline=None)


def shuffled(lines: list[Arrival], random: Random) -> list[Arrival]:
    twice = lines * 2
    random.shuffle(twice)
    return twice


@examples(250)
@given(histories(), chances)
def test_order_and_repeats_do_not_matter(lines: list[Arrival], random: Random) -> None:
    assert difference(state_of(shuffled(lines, random)), state_of(lines)) == ""


# ------------------------------------------------------------------------------ planted mistakes


def finds_a_counterexample(seed: int) -> bool:
    """Whether a short search for a history in which the order matters ends with one."""
    search = settings(max_examples=100, deadline=None, database=None, phases=[Phase.generate])
    try:
        find(st.tuples(histories(), chances), order_matters, settings=search, random=Random(seed))
    except NoSuchExample:
        return False
    return True


def order_matters(case: tuple[list[Arrival], Random]) -> bool:
    lines, random = case
    return difference(state_of(shuffled(lines, random)), state_of(lines)) != ""


def hears_the_first(here: Thing, status: Status) -> None:
    here.told = {status.identifier: status, **here.told}


def as_it_arrived(view: View, known: object) -> None:
    from streams.view import Known, Standing

    assert isinstance(known, Known)
    view.known[str(known.event.event_id), known.digest] = known
    if known.standing is Standing.BELIEVED:
        view.believed.setdefault(type(known.event), []).append(known.event)


def forgets(state: Thing, *_: object) -> list[object]:
    return []


@pytest.mark.parametrize(
    ("place", "name", "mistake"),
    [
        (supervise, "add", as_it_arrived),
        (identify, "_hear", hears_the_first),
        (identify, "_nudge", forgets),
        (dispatching, "_share", forgets),
    ],
    ids=["facts as they arrived", "the first status", "no nudge", "no sharing"],
)
def test_the_law_finds_a_mistake_that_is_planted(monkeypatch, place, name, mistake) -> None:
    monkeypatch.setattr(place, name, mistake)
    assert any(finds_a_counterexample(seed) for seed in range(1, 13))


# ------------------------------------------------------------------------------ nothing is lost


@examples(150)
@given(histories(), chances)
def test_no_event_is_ever_lost(lines: list[Arrival], random: Random) -> None:
    replay = Replay()
    replay.take_all(shuffled(lines, random))
    inbound = [(topic, said) for topic, said in lines if topic.startswith("v2v.in.")]
    outcomes = {
        outcome: sum(n for (_, o), n in replay.line.outcomes.items() if o is outcome)
        for outcome in Outcome
    }
    assert sum(outcomes.values()) == 2 * len(inbound)
    told = {(topic, said.value) for topic, said in inbound}
    assert outcomes[Outcome.ADMITTED] + outcomes[Outcome.QUARANTINED] == len(told)
    ids = {str(decode(said.value, said.headers).event.event_id) for _, said in inbound}
    assert outcomes[Outcome.ADMITTED] == len(ids)
    assert set(replay.admitted) >= ids
    assert ids == held_somewhere(replay)
    assert set(replay.latest.get(topics.WAITING, {})).isdisjoint(in_records(replay))


def in_records(replay: Replay) -> set[str]:
    """Every event that some record believes or withholds."""
    found: set[str] = set()
    for value in replay.latest.get(topics.RECORDS, {}).values():
        record = decode_contract(PatientBatchRecord, value)
        found |= {str(m.event_id) for m in record.milestones}
        found |= {str(w.event_id) for w in record.withheld}
    return found


def held_somewhere(replay: Replay) -> set[str]:
    """Every event that is in a record, waits, or lies at the thing that it is about."""
    things = replay.things.values()
    read = {event_id for each in things for event_id in (*each.readings, *each.notices)}
    return in_records(replay) | set(replay.latest.get(topics.WAITING, {})) | read


@examples(60)
@given(histories())
def test_what_is_withheld_for_two_courses_can_be_found_in_quarantine(lines: list[Arrival]) -> None:
    replay = Replay()
    replay.take_all(lines)
    entries = [
        decode_contract(QuarantinedMessage, value)
        for value in replay.latest.get(topics.QUARANTINE, {}).values()
    ]
    set_aside = {str(e.event_id) for e in entries if e.reason == "two_courses" and not e.cleared}
    withheld = {
        str(w.event_id)
        for value in replay.latest.get(topics.RECORDS, {}).values()
        for w in decode_contract(PatientBatchRecord, value).withheld
        if w.why == "two_courses"
    }
    assert set_aside == withheld


# ------------------------------------------------------------------------------ interruptions


def interrupted(replay: Replay) -> Replay:
    """The same run, taken up again by somebody who has nothing but its tables."""
    new = Replay()
    store_all(replay, new)
    new.line = Line(new.admitted, new.things, new.courses, new.due)
    new.line.remember((key, at) for key, at in new.due.items() if key != CLOCK)
    new.latest, new.alerts = {k: dict(v) for k, v in replay.latest.items()}, [*replay.alerts]
    return new


@examples(150)
@given(histories(), chances, st.data())
def test_a_run_that_is_interrupted_anywhere_goes_on_as_if_it_had_not_been(
    lines: list[Arrival], random: Random, data: st.DataObject
) -> None:
    lines = shuffled(lines, random)
    whole = Replay()
    whole.take_all(lines)
    breaks = set(data.draw(st.lists(st.integers(0, len(lines)), max_size=3)))
    replay = Replay()
    for number, (topic, message) in enumerate(lines):
        if number in breaks:
            replay.finish()
            replay = interrupted(replay)
        replay.take(topic, message)
    replay.finish()
    assert difference(said_by(replay), said_by(whole)) == ""
    assert replay.alerts == whole.alerts


@examples(60)
@given(histories(), chances)
def test_messages_between_the_folds_may_be_taken_in_any_batch(
    lines: list[Arrival], random: Random
) -> None:
    replay = Replay()
    waiting: dict[tuple[str, str], list[WireMessage]] = {}
    for topic, message in lines:
        for out in replay.line.take(topic, message):
            _queue(replay, out, waiting)
    while waiting:
        key = random.choice(sorted(waiting))
        message = waiting[key].pop(0)
        if not waiting[key]:
            del waiting[key]
        for out in replay.line.take(key[0], message):
            _queue(replay, out, waiting)
    replay.finish()
    assert difference(said_by(replay), state_of(lines)) == ""


def _queue(replay: Replay, out, waiting: dict[tuple[str, str], list[WireMessage]]) -> None:
    """Messages of one topic and key keep their order; nothing else is promised."""
    if out.topic in INTERNAL:
        said = WireMessage(out.key.encode(), out.value, out.headers)
        waiting.setdefault((out.topic, out.key), []).append(said)
    else:
        replay._keep(out)
