"""Asking only the detectors whose facts changed says the same as asking all of them."""

from __future__ import annotations

from hypothesis import given

from schemas.envelope import Event
from schemas.ordering import AvailabilityConfirmed
from schemas.treatment import LymphodepletionStarted, ThawPhase, ThawRecorded
from streams.asking import Asked, ask
from streams.detectors import DETECTORS
from streams.messages import Leg
from streams.moments import micros
from streams.replay import Replay
from streams.view import View, rebuild
from tests.streams.test_laws import chances, examples, shuffled
from tests.streams.world import histories
from tests.words import COURSE, at, heard, ordered, said


def findings(asked: Asked) -> set[tuple[str, str]]:
    return {(code, finding.model_dump_json()) for code, finding in asked.findings()}


@examples(60)
@given(histories(), chances)
def test_asking_what_changed_equals_asking_all_after_every_message(lines, random) -> None:
    replay = Replay()
    for topic, message in shuffled(lines, random):
        replay.take(topic, message)
        for coi, course in replay.courses.items():
            asked = course.__dict__["asked"]
            everything = ask(rebuild(course, coi), replay.line.clock, None, None)
            assert findings(asked) == findings(everything)
            assert asked.next_due() == everything.next_due()


def believing(*events: Event) -> View:
    view = View(COURSE)
    replay = heard(*ordered("TISACEL"), *events)
    return rebuild(replay.courses[COURSE], COURSE) if COURSE in replay.courses else view


def test_an_answer_stays_until_a_fact_that_it_reads_comes() -> None:
    start = said(LymphodepletionStarted, coi=COURSE, hour=5)
    before = ask(believing(start), 0, None, None)
    confirmed = believing(start, said(AvailabilityConfirmed, coi=COURSE, hour=4))
    assert findings(ask(confirmed, 0, before, Leg)) == findings(before)
    assert findings(ask(confirmed, 0, before, AvailabilityConfirmed)) == set()
    assert findings(ask(confirmed, 0, before, Event)) == set()


def test_a_detector_whose_moment_has_come_is_asked_again() -> None:
    thawed = said(ThawRecorded, "CONTAINER:C-1", coi=COURSE, hour=5, phase=ThawPhase.COMPLETED)
    before = ask(believing(thawed), 0, None, None)
    due = before.next_due()
    assert due == micros(at(5.4))
    assert findings(ask(believing(thawed), due - 1, before, None)) == set()
    assert [code for code, _ in ask(believing(thawed), due, before, None).findings()] == ["TW-06"]


def test_a_course_without_deadlines_asks_for_no_moment() -> None:
    assert ask(View(COURSE), 0, None, None).next_due() is None


def test_every_detector_says_what_is_wrong_why_and_what_to_do() -> None:
    for detector in DETECTORS:
        assert detector.what.endswith("."), detector.code
        assert "Why:" in (detector.check.__doc__ or ""), detector.code
        assert "Act:" in (detector.check.__doc__ or ""), detector.code
        assert detector.reads, detector.code
    assert len({detector.code for detector in DETECTORS}) == len(DETECTORS)
