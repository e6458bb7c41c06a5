"""Asking only the gates whose facts changed says the same as asking all of them anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.manufacture import StepCompleted
from schemas.ordering import AvailabilityConfirmed, OrderChange, OrderChanged
from schemas.quality import HoldPlaced
from schemas.record import Gate
from streams.gates import answers, outside_paths
from streams.replay import Replay
from streams.supervise import view_of
from streams.view import rebuild
from tests.streams.detectors.outside import missed, path
from tests.streams.gates.words import BATCH, COURSE, elsewhere, journey, step
from tests.streams.test_laws import chances, examples, shuffled
from tests.streams.world import histories
from tests.words import Arrival, heard, said, sent, withdrawn

WORDS = [*journey(), missed(), *path(), step(HoldPlaced, 60, BATCH)]
ABOUT_GATES: st.SearchStrategy[list[Arrival]] = st.lists(
    st.sampled_from(
        [sent(w) for event in WORDS for w in (event, event, withdrawn(event), elsewhere(event))]
    ),
    max_size=25,
)


@examples(60)
@given(histories(), ABOUT_GATES, chances)
def test_asking_what_changed_equals_asking_all(lines, more, random) -> None:
    replay = Replay()
    for topic, message in shuffled([*lines, *more], random):
        replay.take(topic, message)
        for coi, course in replay.courses.items():
            if random.random() < 0.5:  # answers are also asked after several events at once
                kept, anew = view_of(coi, course), rebuild(course, coi)
                assert answers(kept) == answers(anew)
                assert outside_paths(kept) == outside_paths(anew)


def test_an_answer_is_kept_until_a_fact_that_it_reads_comes() -> None:
    replay = heard(*journey("available"))
    view = view_of(COURSE, replay.courses[COURSE])
    before = {answer.gate: answer for answer in answers(view)}
    replay.take(*sent(step(AvailabilityConfirmed, 31)))
    after = {answer.gate: answer for answer in answers(view)}
    again = {gate for gate, answer in after.items() if answer is not before[gate]}
    assert again == {Gate.PRODUCT_AVAILABLE, Gate.LYMPHODEPLETION_ALLOWED}


def test_a_change_of_product_asks_every_gate_again() -> None:
    replay = heard(*journey())
    view = view_of(COURSE, replay.courses[COURSE])
    before = answers(view)
    replay.take(
        *sent(said(OrderChanged, "ORDER:O-1", hour=3, change=OrderChange.CHANGED, product="IDECEL"))
    )
    view = view_of(COURSE, replay.courses[COURSE])
    assert all(new is not old for new, old in zip(answers(view), before, strict=True))


def test_where_identifiers_lead_is_no_reason_to_ask_again() -> None:
    replay = heard(*journey())
    view = view_of(COURSE, replay.courses[COURSE])
    before = answers(view)
    replay.take(*sent(step(StepCompleted, 25, "CONTAINER:NEW", step="harvest")))
    again = view_of(COURSE, replay.courses[COURSE])
    assert all(new is old for new, old in zip(answers(again), before, strict=True))
