"""The record of a course: how far it came, who held the cells, which gates are answered."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from schemas import topics
from schemas.collection import CollectionCompleted, CollectionFailed
from schemas.envelope import System
from schemas.laboratory import CertificateOfAnalysisIssued, ResultReported, Verdict
from schemas.manufacture import (
    BatchRecordCompleted,
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
)
from schemas.ordering import AvailabilityConfirmed, OrderChange, OrderChanged
from schemas.profiles import profile_of
from schemas.quality import BatchCertified, BatchRejected, HoldPlaced
from schemas.record import Answer, Gate, GateAnswer, PatientBatchRecord, Phase
from schemas.transport import (
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    Reading,
)
from schemas.treatment import InfusionCompleted, ProductReceived
from schemas.wire import decode_contract, encode_contract
from tests.words import COURSE, at, heard, ordered, records, said, withdrawn


def record(*story: Any, product: str = "AXICEL") -> PatientBatchRecord:
    return records(heard(*ordered(product), *story))[COURSE]


def gate(of: PatientBatchRecord, name: Gate) -> GateAnswer:
    return next(answer for answer in of.gates if answer.gate is name)


def step(kind: Any, hour: float = 5, **more: Any) -> Any:
    return said(kind, coi=COURSE, hour=hour, **more)


JOURNEY: list[tuple[Any, Phase]] = [
    (step(CollectionCompleted, ended_at=at(5)), Phase.COLLECTED),
    (step(MaterialReceived), Phase.AT_MANUFACTURER),
    (step(BatchStarted), Phase.IN_MANUFACTURE),
    (step(ProductFilled), Phase.FILLED),
    (step(BatchCertified), Phase.CERTIFIED),
    (step(AvailabilityConfirmed), Phase.AVAILABLE),
    (step(ProductReceived), Phase.AT_TREATMENT_CENTRE),
    (step(InfusionCompleted, outcome="complete"), Phase.INFUSED),
]


@pytest.mark.parametrize("number", range(len(JOURNEY)))
def test_the_furthest_milestone_is_the_phase(number) -> None:
    story = [event for event, _ in JOURNEY[: number + 1]]
    assert record(*story).phase is JOURNEY[number][1]
    assert record(*reversed(story)).phase is JOURNEY[number][1]
    assert JOURNEY[number][0].event_id in record(*story).phase_evidence


def test_a_phase_rests_on_the_events_of_its_own_milestone_and_on_no_earlier_one() -> None:
    started = step(BatchStarted)
    found = record(step(MaterialReceived), started)
    assert found.phase_evidence == (started.event_id,)
    again = records(heard(step(HoldPlaced)))[COURSE]
    assert (again.phase, again.phase_evidence) == (Phase.KNOWN, ())


def test_an_order_alone_is_ordered_and_anything_else_is_only_known() -> None:
    assert record().phase is Phase.ORDERED
    assert records(heard(step(HoldPlaced)))[COURSE].phase is Phase.KNOWN


@pytest.mark.parametrize(
    "end",
    [
        step(CollectionFailed),
        step(BatchTerminated),
        step(BatchRejected),
        said(OrderChanged, "ORDER:O-1", hour=9, change=OrderChange.CANCELLED),
        step(MaterialDecided, decision=MaterialDecision.REJECTED),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_course_that_will_not_go_on_has_ended_unless_it_was_infused(end) -> None:
    ended = record(step(BatchStarted), end)
    assert (ended.phase, ended.phase_evidence) == (Phase.ENDED, (end.event_id,))
    assert record(JOURNEY[-1][0], end).phase is Phase.INFUSED


def test_no_answer_is_unknown_and_names_what_is_missing() -> None:
    empty = records(heard(step(HoldPlaced), withdrawn(step(HoldPlaced))))[COURSE]
    assert {answer.gate for answer in empty.gates} == {*Gate} - {Gate.UNKNOWN_TO_READER}
    for answer in empty.gates:
        assert answer.answer is Answer.UNKNOWN
        assert answer.missing
        assert answer.evidence == ()


def test_availability_is_the_last_word_on_it() -> None:
    yes, no = step(AvailabilityConfirmed, 5), step(AvailabilityConfirmed, 6, available=False)
    for story in permutations([yes, no]):
        answer = gate(record(*story), Gate.PRODUCT_AVAILABLE)
        assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (no.event_id,))
    answer = gate(record(yes), Gate.PRODUCT_AVAILABLE)
    assert (answer.answer, answer.evidence) == (Answer.SATISFIED, (yes.event_id,))


def test_a_rejected_batch_may_not_be_shipped_although_it_was_certified() -> None:
    paper, no = step(BatchCertified), step(BatchRejected)
    assert gate(record(paper), Gate.SHIPMENT_ALLOWED).answer is Answer.SATISFIED
    answer = gate(record(no, paper), Gate.SHIPMENT_ALLOWED)
    assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (no.event_id,))


def evidence(product: str) -> list[Any]:
    profile = profile_of(product)
    tests = profile.release.tests if profile is not None else ()
    return [
        step(BatchRecordCompleted),
        step(CertificateOfAnalysisIssued),
        *(step(ResultReported, test=t.test, verdict=Verdict.PASS) for t in tests),
    ]


@pytest.mark.parametrize("product", ["AXICEL", "TISACEL", "IDECEL"])
def test_release_evidence_is_satisfied_only_when_every_item_is(product) -> None:
    whole = evidence(product)
    answer = gate(record(*whole, product=product), Gate.RELEASE_EVIDENCE)
    assert answer.answer is Answer.SATISFIED
    assert answer.missing == ()
    assert answer.evidence == tuple(sorted(e.event_id for e in whole))
    for left_out in whole:
        rest = [event for event in whole if event is not left_out]
        lacking = gate(record(*rest, product=product), Gate.RELEASE_EVIDENCE)
        assert lacking.answer is Answer.UNKNOWN
        assert len(lacking.missing) == 1
    held = gate(record(*whole, step(HoldPlaced), product=product), Gate.RELEASE_EVIDENCE)
    assert held.answer is Answer.NOT_SATISFIED


def test_without_a_profile_release_is_unknown_whatever_is_there() -> None:
    answer = gate(record(*evidence("AXICEL"), product="NOBODY"), Gate.RELEASE_EVIDENCE)
    assert answer.answer is Answer.UNKNOWN
    assert answer.missing == ("the therapy profile of the product",)


def test_custody_shows_both_sides_of_each_hand_over() -> None:
    given = said(
        CustodyHandedOver,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=5,
        from_party="CLINIC",
        to_party="COURIER",
        system=System.CLINIC,
    )
    taken = said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=5.1, to_party="COURIER")
    alone = said(CustodyAccepted, "SHIPMENT:H-2", coi=COURSE, hour=9, to_party="MAKER")
    first, second = record(alone, taken, given).custody
    assert (first.shipment, first.party, first.to_party) == ("H-1", "CLINIC", "COURIER")
    assert (first.handed_over_at, first.accepted_at) == (at(5), at(5.1))
    assert first.evidence == (given.event_id, taken.event_id)
    assert (second.party, second.to_party, second.handed_over_at) == ("unknown", "MAKER", None)


def test_milestones_are_in_order_of_time_and_readings_never_enter_one_by_one() -> None:
    read = said(
        ConditionRead, "LOGGER:L-1", hour=7, readings=(Reading(at=at(7), temperature=-140),)
    )
    packed = said(
        PackagePacked, "SHIPMENT:H-1", "LOGGER:L-1", coi=COURSE, hour=6, kind="final_product"
    )
    found = record(read, step(BatchStarted, 5), packed)
    assert [m.occurred_at for m in found.milestones] == [at(0), at(0.5), at(5), at(6)]
    (leg,) = found.conditions
    assert (leg.logger, leg.shipment, leg.limit) == ("L-1", "SHIPMENT:H-1", -150.0)
    assert (leg.readings, leg.coldest, leg.warmest, leg.warmest_at) == (1, -140.0, -140.0, at(7))
    assert [(e.start, e.end, e.warmest, e.readings) for e in leg.excursions] == [
        (at(7), at(7), -140.0, 1)
    ]
    assert (leg.lower_limit, leg.excursions_below) == (None, ())


def test_fresh_material_is_told_by_both_ends_of_its_band() -> None:
    values = ((7, 5.0), (8, 9.5), (9, 5.0), (10, 0.5), (11, 5.0))
    readings = tuple(Reading(at=at(hour), temperature=value) for hour, value in values)
    packed = said(
        PackagePacked, "SHIPMENT:H-1", "LOGGER:L-1", coi=COURSE, hour=6, kind="starting_material"
    )
    read = said(ConditionRead, "LOGGER:L-1", hour=11, readings=readings)
    (leg,) = record(packed, read, product="AXICEL").conditions
    assert (leg.lower_limit, leg.limit) == (2.0, 8.0)
    assert [(e.start, e.warmest) for e in leg.excursions] == [(at(8), 9.5)]
    assert [(e.start, e.end, e.coldest, e.readings) for e in leg.excursions_below] == [
        (at(10), at(10), 0.5, 1)
    ]


def test_the_same_facts_give_the_same_bytes_in_any_order() -> None:
    story = [*ordered(), step(BatchStarted), step(ProductFilled), step(BatchCertified)]
    assert len({heard(*order).latest["v2v.records"][COURSE] for order in permutations(story)}) == 1


def test_a_record_is_written_as_its_contract_would_write_it() -> None:
    written = heard(*ordered("AXICEL"), *(event for event, _ in JOURNEY)).latest[topics.RECORDS]
    read = decode_contract(PatientBatchRecord, written[COURSE])
    assert len(read.milestones) >= len(JOURNEY)
    assert encode_contract(read) == written[COURSE]
