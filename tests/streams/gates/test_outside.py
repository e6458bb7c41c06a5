"""The path of a product out of specification: a state for each batch, and what it does to the gates."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas.laboratory import ResultReported, Verdict
from schemas.manufacture import BatchTerminated
from schemas.quality import BatchRejected, OosState
from schemas.record import Answer, Gate, OutsidePath, OutsideState
from tests.streams.detectors.outside import (
    BATCH,
    FOUR,
    NAMES,
    OTHER_BATCH,
    amended,
    case,
    home,
    infused,
    missed,
    path,
)
from tests.streams.gates.words import COURSE, asked, elsewhere, journey, step
from tests.words import at, heard, ordered, records, withdrawn

OUT = Verdict.OUT_OF_SPECIFICATION
STATES = [
    OutsideState.OUTSIDE,
    OutsideState.REQUESTED,
    OutsideState.EVALUATED,
    OutsideState.NOTIFIED,
    OutsideState.ACCEPTED,
]
USE = [
    Gate.SHIPMENT_ALLOWED,
    Gate.LYMPHODEPLETION_ALLOWED,
    Gate.THAW_ALLOWED,
    Gate.INFUSION_ALLOWED,
]


def paths(*story) -> tuple[OutsidePath, ...]:
    return records(heard(*ordered("AXICEL"), *story))[COURSE].out_of_specification


@pytest.mark.parametrize("number", range(len(STATES)))
def test_each_record_brings_the_path_one_step_on(number: int) -> None:
    story = [missed(), *(case(state) for state in FOUR[:number])]
    (found,) = paths(*story)
    assert (found.batch, found.state, found.since) == ("B-1", STATES[number], at(20))
    assert found.missing == tuple(NAMES[state] for state in FOUR[number:])
    assert set(found.evidence) == {event.event_id for event in story}
    assert found.notice_due_at is None


def test_no_order_of_the_records_leads_elsewhere() -> None:
    assert {paths(*story) for story in permutations([missed(), *path()])} == {
        paths(missed(), *path())
    }


@pytest.mark.parametrize("left_out", FOUR)
def test_a_later_record_does_not_skip_one_that_is_missing(left_out: OosState) -> None:
    (found,) = paths(missed(), *path(left_out))
    assert found.state is STATES[FOUR.index(left_out)]
    assert found.missing == (NAMES[left_out],)


def test_a_product_in_specification_has_no_path() -> None:
    assert paths(amended(20)) == ()
    assert paths(missed(), amended(22)) == ()
    assert paths(missed(), withdrawn(missed())) == ()


def test_a_confirmed_case_alone_begins_the_path() -> None:
    (found,) = paths(case(OosState.CONFIRMED, 25))
    assert (found.state, found.since) == (OutsideState.OUTSIDE, at(25))


def test_after_the_supply_the_authorities_are_told_within_two_days() -> None:
    story = [missed(), *path(), *home(50)]
    (supplied,) = paths(*story)
    assert (supplied.state, supplied.notice_due_at) == (OutsideState.SUPPLIED, at(98))
    (told,) = paths(*story, case(OosState.AUTHORITY_NOTIFIED, 60))
    assert (told.state, told.notice_due_at) == (OutsideState.AUTHORITY_NOTIFIED, None)
    (closed,) = paths(*story, case(OosState.AUTHORITY_NOTIFIED, 60), case(OosState.CLOSED, 70))
    assert closed.state is OutsideState.CLOSED


def test_a_result_after_the_supply_starts_the_two_days_itself() -> None:
    (found,) = paths(missed(100), infused(90))
    assert (found.state, found.notice_due_at) == (OutsideState.OUTSIDE, at(148))


def test_a_case_that_was_found_void_needs_no_records() -> None:
    (found,) = paths(missed(), case(OosState.CLOSED, 25))
    assert (found.state, found.missing) == (OutsideState.CLOSED, ())


def test_each_batch_has_a_path_of_its_own() -> None:
    other = missed(21, OTHER_BATCH).model_copy(
        update={
            "identifiers": step(type(missed()), 0, "SAMPLE:S-2", OTHER_BATCH, test="X").identifiers
        }
    )
    found = paths(missed(), other, *path())
    assert [(p.batch, p.state) for p in found] == [
        (BATCH.partition(":")[2], OutsideState.ACCEPTED),
        (OTHER_BATCH.partition(":")[2], OutsideState.OUTSIDE),
    ]


@pytest.mark.parametrize("gate", USE)
def test_a_product_out_of_specification_passes_only_with_its_four_records(gate: Gate) -> None:
    refused = asked(gate, *journey(), missed())
    assert (refused.answer, refused.evidence) == (Answer.NOT_SATISFIED, (missed().event_id,))
    for state in FOUR:
        lacking = asked(gate, *journey(), missed(), *path(state))
        assert (lacking.answer, lacking.evidence) == (refused.answer, refused.evidence)
    assert asked(gate, *journey(), *path(), missed()).answer is Answer.SATISFIED
    assert asked(gate, *journey(), missed(), case(OosState.CLOSED)).answer is Answer.SATISFIED
    contested = elsewhere(case(OosState.ACCEPTED))
    assert asked(gate, *journey(), *path(), contested, missed()).answer is Answer.NOT_SATISFIED
    assert asked(gate, *journey(), elsewhere(missed()), missed()).answer is Answer.UNKNOWN


def test_a_rejected_batch_is_used_only_where_its_four_records_are_there() -> None:
    rejected = step(BatchRejected, 28, BATCH)
    closed = case(OosState.CLOSED, 80)
    for story in ([*path()], [*path(), closed]):
        answer = asked(Gate.THAW_ALLOWED, *journey(), missed(), rejected, *story)
        assert answer.answer is Answer.SATISFIED
    for lacking in ([], path(OosState.ACCEPTED), [*path(*FOUR), closed]):
        answer = asked(Gate.THAW_ALLOWED, *journey(), missed(), rejected, *lacking)
        assert answer.answer is Answer.NOT_SATISFIED
        assert rejected.event_id in answer.evidence


def test_a_case_that_was_closed_after_a_request_still_needs_its_records() -> None:
    (found,) = paths(missed(), case(FOUR[0]), case(OosState.CLOSED, 40))
    assert found.state is OutsideState.REQUESTED
    assert len(found.missing) == 3


def test_a_result_that_names_no_batch_may_be_about_any() -> None:
    nowhere = step(ResultReported, 20, "SAMPLE:S-9", test="VIABILITY", verdict=OUT)
    (found,) = paths(nowhere, *path())
    assert (found.batch, found.state) == (None, OutsideState.ACCEPTED)
    (named,) = paths(nowhere, missed(), *path())
    assert set(named.evidence) > {nowhere.event_id, missed().event_id}


def test_nobody_is_told_of_a_case_that_was_void() -> None:
    (found,) = paths(missed(), case(OosState.CLOSED, 25), *home(50))
    assert found.notice_due_at is None


@pytest.mark.parametrize(
    "end", [step(BatchTerminated, 28, BATCH), step(BatchRejected, 28)], ids=["stopped", "unnamed"]
)
def test_the_path_saves_no_batch_that_was_terminated_or_is_not_named(end) -> None:
    answer = asked(Gate.THAW_ALLOWED, *journey(), missed(), *path(), end)
    assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (end.event_id,))
