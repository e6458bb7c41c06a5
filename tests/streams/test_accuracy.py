"""Whole journeys with faults: every labelled exception is raised, nothing else, and what is open is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from heapq import merge

import pytest

from connectors.simulator.faults import CODES, FAULTS
from connectors.simulator.journey import tell_journeys
from connectors.simulator.labels import Label
from connectors.simulator.network import alive, ends_at, inbound, lags
from schemas import topics
from schemas.alert import AlertState
from schemas.control import Tick
from schemas.wire import WireMessage, encode_contract
from streams.asking import ask
from streams.replay import Replay
from streams.view import rebuild
from tests.words import Arrival, alerts, records, sent

JOURNEYS = 2 * len(CODES)
"""Half of the journeys are bent, and every code comes once before any comes twice."""

SEEDS = (1, 2026)
EVERY = timedelta(hours=6)


def arrivals(seed: int) -> Iterator[Arrival]:
    """What the partners send, repeats and all, with a tick every few hours."""
    events = list(inbound(JOURNEYS, seed))
    ends = ends_at([event for _, event in events], events[-1][0])
    behind = sorted(lags(JOURNEYS, seed), key=lambda tick: tick.now)
    due = events[0][0]
    for moment, event in merge(events, alive(due, ends), key=lambda sent: sent[0]):
        while behind and behind[0].now <= moment:
            yield _tick(behind.pop(0))
        while due <= moment:
            yield _tick(Tick(now=due))
            due += EVERY
        yield sent(event)
    yield _tick(Tick(now=ends))


def _tick(tick: Tick) -> Arrival:
    return topics.TICKS, WireMessage(b"0", encode_contract(tick))


@cache
def played(seed: int) -> tuple[Replay, tuple[Label, ...]]:
    """A play of one seed, through the whole chain."""
    replay = Replay()
    replay.take_all(arrivals(seed))
    labels = tuple(label for told in tell_journeys(JOURNEYS, seed) for label in told.labels)
    return replay, labels


@pytest.mark.parametrize("seed", SEEDS)
def test_every_labelled_exception_is_raised_and_no_other(seed) -> None:
    replay, labels = played(seed)
    wanted = {(label.code, label.coi) for label in labels}
    raised = {(a.code, a.coi) for a in alerts(replay) if a.state is not AlertState.RETRACTED}
    assert sorted(wanted - raised, key=str) == []
    assert sorted(raised - wanted, key=str) == []
    assert {code for code, _ in wanted} == {code for code, _ in raised}
    assert {code for code, _ in wanted} == {fault.code for fault in FAULTS if fault.stays}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stays_wrong_is_open_at_the_end_about_the_thing_that_is_named(seed) -> None:
    replay, labels = played(seed)
    is_open = {(a.code, a.coi): a.object for a in alerts(replay) if a.open}
    objects = {(a.code, a.coi, a.object) for a in alerts(replay) if a.open}
    for label in labels:
        assert ((label.code, label.coi) in is_open) is label.stays, label
        if label.object is not None and label.stays:
            assert (label.code, label.coi, label.object) in objects, label


@pytest.mark.parametrize("seed", SEEDS)
def test_every_open_alert_is_true_of_its_course_and_every_true_finding_is_open(seed) -> None:
    replay, _ = played(seed)
    true = {
        (code, coi, finding.object, finding.anchor)
        for coi, course in replay.courses.items()
        for code, finding in ask(rebuild(course, coi), replay.line.clock, None, None).findings()
    }
    is_open = {(a.code, a.coi, a.object, a.anchor) for a in alerts(replay) if a.open and a.coi}
    assert is_open == true


@pytest.mark.parametrize("seed", SEEDS)
def test_every_alert_names_evidence_that_its_course_holds(seed) -> None:
    replay, _ = played(seed)
    held = {
        coi: {m.event_id for m in record.milestones} | {w.event_id for w in record.withheld}
        for coi, record in records(replay).items()
    }
    readings = {
        event_id
        for thing in replay.things.values()
        for event_id in (*thing.readings, *thing.links, *thing.notices)
    }
    for alert in alerts(replay):
        if not alert.open or alert.coi is None:
            continue
        assert alert.evidence, alert
        for event_id in alert.evidence:
            assert event_id in held[alert.coi] or str(event_id) in readings, alert
