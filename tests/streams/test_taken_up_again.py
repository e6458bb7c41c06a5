"""What a worker takes up again after a restart still has its deadlines, whatever comes first."""

from __future__ import annotations

import pytest

from schemas import topics
from schemas.collection import CollectionCompleted
from schemas.envelope import Event
from schemas.wire import WireMessage
from streams.detectors import DETECTORS
from streams.line import Line
from streams.replay import Replay
from streams.routing import headers_of
from streams.view import View
from tests.streams.stored import store_all
from tests.words import Arrival, at, heard, open_codes, ordered, said, sent, tick


@pytest.fixture(autouse=True)
def only_these_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines are looked at here, not every exception that waits for one."""
    asked = {"SQ-02", "TW-01"}
    few = tuple(detector for detector in DETECTORS if detector.code in asked)
    monkeypatch.setattr("streams.asking.DETECTORS", few)


def taken_up_again(replay: Replay) -> Replay:
    """The same run by somebody who has nothing but its tables."""
    new = Replay()
    store_all(replay, new)
    new.line = Line(new.admitted, new.things, new.courses, new.due)
    new.line.remember(list(new.due.items()))
    return new


def test_a_repeat_right_after_a_restart_forgets_no_deadline() -> None:
    collected: Event = said(CollectionCompleted, "DIN:D-1", "ORDER:O-1", hour=5, ended_at=at(5))
    before = heard(*ordered("AXICEL"), collected, tick(6))
    assert open_codes(before) == []
    after = taken_up_again(before)
    after.take_all([sent(collected)])
    # The door knows the event; a repeat that reaches the course itself must not unset its clock.
    for topic, message in _as_canonical(before):
        after.take(topic, message)
    after.take_all([tick(40)])
    assert open_codes(after) == ["TW-01"]


def _as_canonical(replay: Replay) -> list[Arrival]:
    found: list[Arrival] = []
    for coi, state in replay.courses.items():
        view: View = state.__dict__["view"]
        for known in view.known.values():
            headers = headers_of(known.event, known.digest)
            found.append((topics.EVENTS, WireMessage(coi.encode(), known.value, headers)))
    return found
