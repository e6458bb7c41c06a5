"""One partition's clock and deadlines: absence is noticed because time is a message."""

from __future__ import annotations

import pytest

from schemas import topics
from schemas.collection import CollectionCompleted
from schemas.control import ActionKind
from schemas.laboratory import ResultReported
from schemas.manufacture import MaterialReceived
from schemas.reasons import Reason
from schemas.transport import CustodyAccepted, CustodyHandedOver
from schemas.wire import WireMessage
from streams import alert_work
from streams.detectors import DETECTORS
from streams.line import CLOCK, Line
from streams.moments import micros, moment
from streams.replay import Replay
from tests.words import (
    COURSE,
    START,
    at,
    did,
    heard,
    history,
    lived,
    open_codes,
    ordered,
    said,
    sent,
    states,
    the_alert,
    tick,
)

COLLECTED = said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=9, ended_at=at(10))
GIVEN = said(CustodyHandedOver, "SHIPMENT:H-1", coi=COURSE, hour=10, from_party="A", to_party="B")


@pytest.fixture(autouse=True)
def only_these_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines are looked at here, not every exception that waits for one."""
    asked = {"ID-04", "SQ-02", "CU-03", "TW-01"}
    few = tuple(detector for detector in DETECTORS if detector.code in asked)
    monkeypatch.setattr("streams.asking.DETECTORS", few)


def dues(replay: Replay) -> dict[str, int]:
    """Every deadline of a course or an identifier; when a partner was silent is asked elsewhere."""
    other = (CLOCK, "t/PARTNER:")
    return {key: due for key, due in replay.due.items() if due and not key.startswith(other)}


def test_nothing_is_overdue_until_a_tick_says_how_late_it_is() -> None:
    late = said(CustodyAccepted, "SHIPMENT:H-9", coi=COURSE, hour=400, to_party="B")
    assert open_codes(heard(*ordered(), GIVEN, late)) == []
    assert open_codes(heard(*ordered(), GIVEN, tick(12))) == ["CU-03"]


def test_a_tick_that_goes_backwards_says_nothing() -> None:
    replay = heard(*ordered(), GIVEN, tick(13), tick(11))
    assert replay.line.clock == replay.due[CLOCK] == micros(at(13))
    assert lived(replay, "CU-03") == ["open"]


def test_a_deadline_that_has_passed_when_its_event_comes_is_judged_at_once() -> None:
    assert open_codes(heard(*ordered(), tick(100), GIVEN)) == ["CU-03"]


@pytest.fixture
def nothing_climbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detectors and graces are looked at here, not the tiers of what they raise."""
    monkeypatch.setattr(alert_work, "_deadlines", lambda *_: ())


def test_an_alert_that_nobody_acknowledges_wakes_its_course_at_each_tier() -> None:
    replay = heard(*ordered(), GIVEN, tick(12))
    waits = []
    while due := replay.due.get(f"c/{COURSE}"):
        waits.append((moment(due) - at(12)).total_seconds() / 3600)
        replay.take_all([tick(moment(due) - START)])
    assert waits == [1, 2, 4]
    assert the_alert(replay, "CU-03").tier == 3


@pytest.mark.usefixtures("nothing_climbs")
def test_a_course_waits_for_the_nearest_of_its_deadlines_and_then_for_the_next() -> None:
    replay = heard(*ordered(), GIVEN, COLLECTED)
    assert dues(replay) == {f"c/{COURSE}": micros(at(12))}
    replay.take_all([tick(12)])
    assert dues(replay) == {f"c/{COURSE}": micros(at(10 + 33.6))}
    replay.take_all([tick(50)])
    assert dues(replay) == {f"c/{COURSE}": micros(at(58))}
    replay.take_all([tick(1000)])
    assert dues(replay) == {}
    assert open_codes(replay) == ["CU-03", "SQ-02", "TW-01"]


def test_one_tick_over_several_deadlines_says_the_same_as_many() -> None:
    at_once = heard(*ordered(), GIVEN, COLLECTED, tick(1000))
    in_steps = heard(*ordered(), GIVEN, COLLECTED, *(tick(h) for h in range(10, 1001, 7)))
    raised = {a.raised_at for a in history(at_once) if a.coi}
    assert raised == {at(12), at(43.6), at(69)}
    assert open_codes(at_once) == open_codes(in_steps)


def test_a_deadline_that_was_met_wakes_nobody() -> None:
    taken = said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=10, to_party="B")
    replay = heard(*ordered(), GIVEN, taken)
    assert dues(replay) == {}
    assert states(heard(*ordered(), GIVEN, taken, tick(500)), "CU-03") == []


@pytest.mark.usefixtures("nothing_climbs")
def test_two_events_that_wait_for_one_thing_are_overdue_each_at_its_own_time() -> None:
    first, second = (
        said(ResultReported, "SAMPLE:S-9", hour=h, test="T", native=str(h)) for h in (2, 5)
    )
    replay = heard(second, first)
    assert dues(replay) == {"t/SAMPLE:S-9": micros(at(4))}
    replay.take_all([tick(4)])
    assert states(replay, "ID-04") == ["open"]
    assert dues(replay) == {"t/SAMPLE:S-9": micros(at(7))}
    replay.take_all([tick(7)])
    assert states(replay, "ID-04") == ["open", "open"]


def test_a_partition_that_is_taken_up_again_remembers_its_deadlines_and_its_clock() -> None:
    replay = heard(*ordered(), tick(11), GIVEN, COLLECTED)
    new = Line(replay.admitted, replay.things, replay.courses, replay.due)
    new.remember((key, due) for key, due in replay.due.items())
    assert new.clock == micros(at(11))
    replay.line = new
    replay.take_all([tick(12)])
    assert open_codes(replay) == ["CU-03"]


def test_a_tick_that_cannot_be_read_is_set_aside_and_moves_nothing() -> None:
    replay = Replay()
    for value in (None, b"no tick"):
        (out,) = replay.line.take(topics.TICKS, WireMessage(b"0", value))
        assert out.topic == topics.QUARANTINE
    assert replay.line.clock == 0


def test_an_action_that_cannot_be_read_or_lies_under_another_key_is_set_aside() -> None:
    replay = Replay()
    (out,) = replay.line.take(topics.ACTIONS, WireMessage(b"x", b"no action"))
    assert out.topic == topics.QUARANTINE
    alert = the_alert(heard(*ordered(), GIVEN, tick(90)), "CU-03")
    _, message = did(ActionKind.ACKNOWLEDGE, alert)
    (out,) = replay.line.take(topics.ACTIONS, WireMessage(b"elsewhere", message.value))
    assert Reason.WRONG_KEY.value.encode() in (out.value or b"")
    assert replay.courses == {}


def test_a_record_is_published_once_for_all_that_changed_it_and_not_when_nothing_did() -> None:
    replay = heard(*ordered(), COLLECTED)
    assert replay.line.finish() == []
    received = said(MaterialReceived, coi=COURSE, hour=20)
    topic, message = sent(received)
    replay.take(topic, message)
    replay.take(topic, message)
    assert [out.key for out in replay.line.finish()] == [COURSE]
    assert replay.line.finish() == []
