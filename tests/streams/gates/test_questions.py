"""Each gate: satisfied, not satisfied, unknown; by late facts, corrections and contested words."""

from __future__ import annotations

from random import Random

import pytest

from schemas.collection import CheckContext
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Event, System
from schemas.manufacture import BatchTerminated, MaterialDecided, MaterialDecision
from schemas.ordering import AvailabilityConfirmed, OrderChange, OrderChanged
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.record import Answer, Gate
from schemas.treatment import ProductReceived, SiteReadinessConfirmed
from streams.gates import QUESTIONS
from tests.streams.detectors.outside import missed
from tests.streams.gates.words import (
    BATCH,
    FACTS,
    NEEDS,
    OTHER,
    SECOND,
    answered,
    asked,
    checked,
    elsewhere,
    journey,
    named,
    step,
)
from tests.streams.test_admission import release
from tests.words import corrected, heard, ordered, said, sent, withdrawn

EVERY = [question.gate for question in QUESTIONS]
NEEDED = [(gate, name) for gate, names in NEEDS.items() for name in names]

CANCELLED = said(OrderChanged, "ORDER:O-1", hour=60, change=OrderChange.CANCELLED)
DIED = step(PatientStateChanged, 60, state=PatientState.DECEASED)
NO_MORE = step(ConsentChanged, 60, state=ConsentState.WITHDRAWN)
HELD = step(HoldPlaced, 60, "HOLD:Q-1")
REJECTED = step(BatchRejected, 60, BATCH)
STOPPED = step(BatchTerminated, 60, BATCH)

STEPS = {
    Gate.COLLECTION_ALLOWED,
    Gate.MANUFACTURE_ALLOWED,
    Gate.SHIPMENT_ALLOWED,
    Gate.LYMPHODEPLETION_ALLOWED,
    Gate.THAW_ALLOWED,
    Gate.INFUSION_ALLOWED,
}
OF_THE_PRODUCT = {
    Gate.SHIPMENT_ALLOWED,
    Gate.PRODUCT_AVAILABLE,
    Gate.LYMPHODEPLETION_ALLOWED,
    Gate.THAW_ALLOWED,
    Gate.INFUSION_ALLOWED,
}
STOPS = [
    (CANCELLED, STEPS | {Gate.PRODUCT_AVAILABLE}),
    (DIED, STEPS),
    (NO_MORE, STEPS - {Gate.SHIPMENT_ALLOWED}),
    (HELD, STEPS - {Gate.COLLECTION_ALLOWED} | {Gate.RELEASE_EVIDENCE}),
    (REJECTED, OF_THE_PRODUCT),
    (STOPPED, OF_THE_PRODUCT),
]


@pytest.mark.parametrize("gate", EVERY)
def test_a_whole_journey_passes_every_gate_in_any_order(gate: Gate) -> None:
    story = journey()
    straight = asked(gate, *story)
    assert (straight.answer, straight.missing) == (Answer.SATISFIED, ())
    Random(gate.value).shuffle(story)
    assert asked(gate, *story) == straight


@pytest.mark.parametrize(("gate", "name"), NEEDED)
def test_a_gate_is_unknown_while_a_fact_is_missing_and_passes_when_it_comes_late(
    gate: Gate, name: str
) -> None:
    lacking = asked(gate, *journey(name))
    assert lacking.answer is Answer.UNKNOWN
    assert lacking.missing
    assert FACTS[name].event_id not in lacking.evidence
    late = asked(gate, *journey(name), FACTS[name])
    assert late.answer is Answer.SATISFIED
    assert FACTS[name].event_id in late.evidence


@pytest.mark.parametrize(("gate", "name"), NEEDED)
def test_a_fact_that_is_withdrawn_satisfies_nothing(gate: Gate, name: str) -> None:
    answer = asked(gate, *journey(), withdrawn(FACTS[name]))
    assert answer.answer is Answer.UNKNOWN
    assert FACTS[name].event_id not in answer.evidence


@pytest.mark.parametrize(("gate", "name"), NEEDED)
def test_a_fact_that_is_replaced_gives_way_to_the_new_one(gate: Gate, name: str) -> None:
    new = corrected(FACTS[name], actor="C")
    answer = asked(gate, *journey(), new)
    assert answer.answer is Answer.SATISFIED
    assert new.event_id in answer.evidence
    assert FACTS[name].event_id not in answer.evidence


@pytest.mark.parametrize(("gate", "name"), NEEDED)
def test_a_fact_that_is_contested_satisfies_nothing(gate: Gate, name: str) -> None:
    answer = asked(gate, *journey(), elsewhere(FACTS[name]))
    assert answer.answer is Answer.UNKNOWN
    assert FACTS[name].event_id not in answer.evidence
    assert any("contested" in text for text in answer.missing)


def test_what_a_person_has_decided_is_contested_no_more() -> None:
    given = FACTS["consent"]
    story = [sent(event) for event in (*journey(), elsewhere(given))]
    let_go = release(heard(*story))
    answer = asked(Gate.COLLECTION_ALLOWED, *story, let_go)
    assert answer.answer is Answer.SATISFIED
    assert given.event_id in answer.evidence


@pytest.mark.parametrize(("stop", "gates"), STOPS, ids=lambda s: getattr(s, "native", None))
def test_what_stops_a_step_speaks_against_it_and_is_named(stop: Event, gates: set[Gate]) -> None:
    answers = answered(heard(*journey(), stop))
    assert {gate for gate, a in answers.items() if a.answer is Answer.NOT_SATISFIED} == gates
    for gate in gates:
        assert answers[gate].evidence == (stop.event_id,)
        assert answers[gate].missing
    taken_back = answered(heard(stop, *journey(), withdrawn(stop)))
    assert {answer.answer for answer in taken_back.values()} == {Answer.SATISFIED}


@pytest.mark.parametrize(("stop", "gates"), STOPS, ids=lambda s: getattr(s, "native", None))
def test_while_a_stop_is_contested_the_gate_neither_passes_nor_refuses(
    stop: Event, gates: set[Gate]
) -> None:
    answers = answered(heard(*journey(), stop, elsewhere(stop)))
    assert {answers[gate].answer for gate in gates} == {Answer.UNKNOWN}


def test_without_a_profile_no_gate_passes() -> None:
    story = [*ordered("NOBODY"), *journey()[2:]]
    answers = answered(heard(*story))
    assert {answer.answer for answer in answers.values()} == {Answer.UNKNOWN}
    assert all("the therapy profile of the product" in a.missing for a in answers.values())


def test_what_another_system_reports_satisfies_nothing() -> None:
    reported = step(AvailabilityConfirmed, 31, system=System.CLINIC)
    story = [*journey("available"), reported]
    assert asked(Gate.LYMPHODEPLETION_ALLOWED, *story).answer is Answer.UNKNOWN


def test_the_patient_may_change_their_mind_and_the_latest_word_counts() -> None:
    again = step(ConsentChanged, 61, state=ConsentState.GIVEN)
    for story in ([NO_MORE, again], [again, NO_MORE]):
        assert asked(Gate.COLLECTION_ALLOWED, *journey(), *story).answer is Answer.SATISFIED
    fit = step(PatientStateChanged, 61, state=PatientState.FIT)
    assert asked(Gate.INFUSION_ALLOWED, *journey(), DIED, fit).answer is Answer.SATISFIED


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        (MaterialDecision.ACCEPTED_AT_RISK, Answer.SATISFIED),
        (MaterialDecision.REJECTED, Answer.NOT_SATISFIED),
    ],
)
def test_the_latest_decision_about_the_material_counts(decision, answer: Answer) -> None:
    later = step(MaterialDecided, 8, decision=decision)
    assert asked(Gate.MANUFACTURE_ALLOWED, later, *journey()).answer is answer


def test_availability_that_was_taken_back_stops_lymphodepletion() -> None:
    no_more = step(AvailabilityConfirmed, 32, available=False)
    for gate in (Gate.PRODUCT_AVAILABLE, Gate.LYMPHODEPLETION_ALLOWED):
        answer = asked(gate, no_more, *journey())
        assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (no_more.event_id,))


def test_a_certificate_for_shipment_under_quarantine_lets_the_product_leave_and_no_more() -> None:
    paper = step(BatchCertified, 29, BATCH, quarantine_shipment=True)
    story = [*journey("certificate"), paper]
    assert asked(Gate.SHIPMENT_ALLOWED, *story).answer is Answer.SATISFIED
    for gate in (Gate.THAW_ALLOWED, Gate.INFUSION_ALLOWED):
        answer = asked(gate, *story)
        assert (answer.answer, answer.missing) == (Answer.UNKNOWN, ("certificate for use",))


@pytest.mark.parametrize("grave", [DeviationClass.MAJOR, DeviationClass.CRITICAL])
def test_an_open_deviation_keeps_the_product_until_it_is_closed(grave: DeviationClass) -> None:
    opened = step(DeviationOpened, 22, "DEVIATION:D-1", classification=grave)
    closed = step(DeviationClosed, 23, "DEVIATION:D-1", classification=grave)
    minor = step(DeviationOpened, 22, "DEVIATION:D-2", classification=DeviationClass.MINOR)
    for gate in (Gate.SHIPMENT_ALLOWED, Gate.RELEASE_EVIDENCE):
        answer = asked(gate, *journey(), opened, minor)
        assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (opened.event_id,))
        assert asked(gate, *journey(), closed, opened, minor).answer is Answer.SATISFIED


def test_of_several_results_of_a_test_the_failed_one_speaks_against_release() -> None:
    failed = missed()
    answer = asked(Gate.RELEASE_EVIDENCE, *journey(), failed)
    assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (failed.event_id,))


def test_a_hold_that_was_lifted_stops_nothing() -> None:
    lifted = step(HoldLifted, 61, "HOLD:Q-1")
    answers = answered(heard(*journey(), lifted, HELD))
    assert {answer.answer for answer in answers.values()} == {Answer.SATISFIED}


@pytest.mark.parametrize("end", [REJECTED, STOPPED], ids=["rejected", "terminated"])
def test_a_second_batch_needs_a_certificate_and_a_confirmation_of_its_own(end: Event) -> None:
    again = named(61, SECOND, remanufacture=True)
    before = answered(heard(*journey(), end, again))
    for gate in OF_THE_PRODUCT:
        assert before[gate].answer is Answer.UNKNOWN, gate
    paper = step(BatchCertified, 70, SECOND)
    confirmed = step(AvailabilityConfirmed, 71)
    arrived = step(ProductReceived, 75, SECOND)
    after = answered(heard(*journey(), end, again, paper, confirmed, arrived))
    for gate in OF_THE_PRODUCT:
        assert after[gate].answer is Answer.SATISFIED, (gate, after[gate].missing)


CHECKS = [
    (Gate.MANUFACTURE_ALLOWED, "receipt check", CheckContext.RECEIPT),
    (Gate.THAW_ALLOWED, "thaw check", CheckContext.THAW),
    (Gate.INFUSION_ALLOWED, "bedside check", CheckContext.BEDSIDE),
]


@pytest.mark.parametrize(("gate", "name", "context"), CHECKS)
def test_a_check_that_differs_refuses_and_one_that_compared_nothing_proves_nothing(
    gate: Gate, name: str, context: CheckContext
) -> None:
    differs = checked(context, 50, found=OTHER)
    answer = asked(gate, *journey(name), differs)
    assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (differs.event_id,))
    empty = checked(context, 50, comparisons=())
    assert asked(gate, *journey(name), empty).answer is Answer.UNKNOWN
    elsewhere_made = checked(CheckContext.COLLECTION, 50)
    assert asked(gate, *journey(name), elsewhere_made).answer is Answer.UNKNOWN


@pytest.mark.parametrize(("gate", "name", "context"), CHECKS)
def test_a_good_check_covers_an_earlier_bad_one_of_the_same_bag_only(
    gate: Gate, name: str, context: CheckContext
) -> None:
    bad = checked(context, 50, "CONTAINER:C-1", found=OTHER)
    same = checked(context, 51, "CONTAINER:C-1")
    other = checked(context, 51, "CONTAINER:C-2")
    assert asked(gate, *journey(name), bad, same).answer is Answer.SATISFIED
    assert asked(gate, *journey(name), bad, other).answer is Answer.NOT_SATISFIED


@pytest.mark.parametrize(("gate", "name", "context"), CHECKS[1:])
def test_a_check_by_one_person_is_not_enough_and_the_second_may_enter_it_alone(
    gate: Gate, name: str, context: CheckContext
) -> None:
    alone = checked(context, 50, second_actor=None)
    answer = asked(gate, *journey(name), alone)
    assert answer.answer is Answer.UNKNOWN
    assert answer.missing == (f"second person at the identity check ({context.value})",)
    second = checked(context, 50.1, actor="B", second_actor=None)
    assert asked(gate, *journey(name), alone, second).answer is Answer.SATISFIED


@pytest.mark.parametrize("lacking", ["seal_intact", "certificate_present"])
def test_a_product_that_came_unsealed_or_without_its_certificate_is_not_thawed(lacking) -> None:
    arrived = step(ProductReceived, 41, BATCH, **{lacking: False})
    answer = asked(Gate.THAW_ALLOWED, *journey(), arrived)
    assert (answer.answer, answer.evidence) == (Answer.NOT_SATISFIED, (arrived.event_id,))


@pytest.mark.parametrize(("doses", "answer"), [(1, Answer.UNKNOWN), (2, Answer.SATISFIED)])
def test_the_treatment_centre_is_ready_with_the_doses_of_the_profile(doses, answer) -> None:
    ready = step(SiteReadinessConfirmed, 42, bed=True, staff=True, tocilizumab_doses=doses)
    assert asked(Gate.THAW_ALLOWED, *journey(), ready).answer is answer


def test_every_gate_of_the_record_is_asked_once_and_says_who_asks_and_why() -> None:
    assert {*EVERY} == {*Gate} - {Gate.UNKNOWN_TO_READER}
    assert len(EVERY) == len({*EVERY})
    for question in QUESTIONS:
        assert question.asks.endswith("?")
        assert all((question.why, question.asked_by, question.source))
        assert any(held.satisfied_by for held in question.conditions)
        assert all(held.what.endswith(".") and held.reads for held in question.conditions)


def test_the_end_of_one_batch_takes_back_only_what_is_about_it() -> None:
    again = named(10, SECOND, remanufacture=True)
    early = step(BatchCertified, 50, SECOND)
    late = step(BatchCertified, 70, BATCH)
    base = [*journey("certificate"), again, REJECTED]
    assert asked(Gate.SHIPMENT_ALLOWED, *base, early).evidence == (early.event_id,)
    assert asked(Gate.SHIPMENT_ALLOWED, *base, late).answer is Answer.UNKNOWN


@pytest.mark.parametrize(("hour", "answer"), [(60, Answer.UNKNOWN), (60.1, Answer.SATISFIED)])
def test_a_confirmation_without_a_batch_counts_only_after_the_end_of_another(hour, answer) -> None:
    story = [*journey("available"), named(10, SECOND, remanufacture=True), REJECTED]
    confirmed = step(AvailabilityConfirmed, hour)
    assert asked(Gate.PRODUCT_AVAILABLE, *story, confirmed).answer is answer


def test_an_end_that_names_no_batch_may_be_the_end_of_any() -> None:
    story = [*journey(), named(10, SECOND, remanufacture=True), step(BatchTerminated, 60)]
    assert asked(Gate.SHIPMENT_ALLOWED, *story).answer is Answer.NOT_SATISFIED


def test_of_two_certificates_and_two_receipts_the_latest_is_named() -> None:
    paper, arrived = step(BatchCertified, 35, BATCH), step(ProductReceived, 42, BATCH)
    answer = asked(Gate.THAW_ALLOWED, *journey(), paper, arrived)
    assert {paper.event_id, arrived.event_id} < {*answer.evidence}
    assert not {FACTS["certificate"].event_id, FACTS["arrived"].event_id} & {*answer.evidence}
    assert paper.event_id in asked(Gate.SHIPMENT_ALLOWED, *journey(), paper).evidence


def test_where_the_profile_asks_for_one_person_one_is_enough() -> None:
    alone = checked(CheckContext.RECEIPT, 6, second_actor=None)
    assert asked(Gate.MANUFACTURE_ALLOWED, *journey("receipt check"), alone).missing == ()


def test_a_centre_that_is_not_ready_is_no_evidence() -> None:
    part = step(SiteReadinessConfirmed, 42, bed=True, staff=False, tocilizumab_doses=2)
    answer = asked(Gate.THAW_ALLOWED, *journey(), part)
    assert answer.missing == ("treatment centre ready: staff",)
    assert part.event_id not in answer.evidence
