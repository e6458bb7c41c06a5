"""Steps in the wrong order, or done twice: SQ-01, SQ-03."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, MaterialCryopreserved
from schemas.envelope import Event, EvidenceReference, Signature
from schemas.manufacture import (
    BatchStarted,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
)
from schemas.quality import BatchCertified
from schemas.treatment import (
    InfusionStarted,
    ProductReceived,
    ThawPhase,
    ThawRecorded,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    alerts,
    at,
    corrected,
    heard,
    lived,
    said,
    states,
    the_alert,
    tick,
    unclimbed,
    withdrawn,
)

STARTED, COMPLETED = ThawPhase.STARTED, ThawPhase.COMPLETED
BAG, BATCH = "CONTAINER:B-1-01", "BATCH:B-1"


def collected(when: When) -> CollectionCompleted:
    return said(CollectionCompleted, coi=COURSE, hour=when, ended_at=at(when))


def decided(when: When, decision: MaterialDecision = MaterialDecision.ACCEPTED) -> MaterialDecided:
    return said(MaterialDecided, coi=COURSE, hour=when, decision=decision)


def thawed(when: When, *names: str, phase: ThawPhase = STARTED) -> ThawRecorded:
    return said(ThawRecorded, *(names or (BAG,)), coi=COURSE, hour=when, phase=phase)


def infused(when: When, *names: str) -> InfusionStarted:
    return said(InfusionStarted, *(names or (BAG,)), coi=COURSE, hour=when)


def step(kind: type[Event], when: When, *names: str, **more: Any) -> Event:
    return said(kind, *names, coi=COURSE, hour=when, **more)


# ------------------------------------------------------------------------------------------ SQ-01

PAIRS = [
    (collected, lambda hour: step(MaterialCryopreserved, hour), Severity.S2),
    (collected, lambda hour: step(MaterialReceived, hour), Severity.S2),
    (lambda hour: step(MaterialReceived, hour), decided, Severity.S2),
    (decided, lambda hour: step(BatchStarted, hour), Severity.S1),
    (lambda hour: step(BatchStarted, hour), lambda hour: step(ProductFilled, hour), Severity.S2),
    (lambda hour: step(ProductFilled, hour), lambda hour: step(BatchCertified, hour), Severity.S2),
    (lambda hour: step(ProductReceived, hour), thawed, Severity.S1),
    (thawed, infused, Severity.S1),
]
ORDERS = pytest.mark.parametrize(("before", "after", "severity"), PAIRS)


def of_step(replay, step: Event) -> list[str]:
    """The states of the alerts about one step's order."""
    return [
        unclimbed(a).state.value
        for a in alerts(replay)
        if a.code == "SQ-01" and a.anchor.endswith(str(step.event_id))
    ]


@ORDERS
@pytest.mark.parametrize(("more", "found"), [(-INSTANT, ["open"]), (0 * HOUR, []), (INSTANT, [])])
def test_a_step_may_happen_at_its_precondition_and_not_before(
    before, after, severity, more, found
) -> None:
    late = after(50 * HOUR + more)
    for story in ((before(50 * HOUR), late), (late, before(50 * HOUR))):
        assert of_step(heard(*story), late) == found


@ORDERS
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_a_precondition_that_nobody_states_is_missed_after_half_a_day(
    before, after, severity, more, found
) -> None:
    alone = after(50)
    replay = heard(alone, tick(62 * HOUR + more))
    assert of_step(replay, alone) == found
    late = heard(alone, tick(70), before(40))
    assert of_step(late, alone) == ["retracted"]


@ORDERS
def test_the_gravest_orders_are_those_of_steps_that_cannot_be_undone(
    before, after, severity
) -> None:
    late, early = before(50), after(49)
    found = [
        a
        for a in alerts(heard(late, early))
        if a.code == "SQ-01" and a.anchor.endswith(str(early.event_id))
    ]
    assert [a.severity for a in found] == [severity]
    assert found[0].evidence == tuple(sorted((late.event_id, early.event_id)))
    assert found[0].raised_at == at(49)


def test_a_rejected_material_is_no_acceptance_and_one_at_risk_is() -> None:
    start = step(BatchStarted, 50)
    for decision, found in (
        (MaterialDecision.REJECTED, ["open"]),
        (MaterialDecision.ACCEPTED_AT_RISK, []),
    ):
        replay = heard(decided(40, decision), start, tick(90))
        assert of_step(replay, start) == found


def test_only_an_acceptance_needs_the_material_to_be_there() -> None:
    refused = decided(50, MaterialDecision.REJECTED)
    assert of_step(heard(refused, tick(90)), refused) == []


def test_the_end_of_a_thaw_needs_no_receipt() -> None:
    done = thawed(50, phase=COMPLETED)
    assert of_step(heard(done, tick(90)), done) == []


def test_a_corrected_time_takes_a_wrong_order_back() -> None:
    start = step(BatchStarted, 40)
    replay = heard(decided(50), start, corrected(start, hour=51))
    assert lived(replay, "SQ-01") == ["open", "retracted"]


def test_a_contested_precondition_is_neither_there_nor_missing() -> None:
    known = decided(40)
    other = known.model_copy(update={"occurred_at": at(41)})
    start = step(BatchStarted, 50)
    assert of_step(heard(known, other, start, tick(90)), start) == []


# ------------------------------------------------------------------------------------------ SQ-03


def certified(when: When, number: str = "RFI-1", *names: str, **more: Any) -> BatchCertified:
    return said(
        BatchCertified,
        f"CERTIFICATE:{number}",
        *(names or (BATCH,)),
        coi=COURSE,
        hour=when,
        **more,
    )


@pytest.mark.parametrize("done", [infused, thawed])
def test_a_bag_is_thawed_and_infused_once(done) -> None:
    first, again = done(50), done(50 * HOUR + INSTANT)
    alert = the_alert(heard(again, first), "SQ-03")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "site-quality")
    assert alert.object == BAG
    assert alert.anchor.endswith(str(again.event_id))
    assert alert.raised_at == again.occurred_at
    assert alert.evidence == tuple(sorted((first.event_id, again.event_id)))


@pytest.mark.parametrize("done", [infused, thawed])
def test_the_same_moment_said_twice_is_one_step(done) -> None:
    first = done(50)
    again = first.model_copy(update={"event_id": done(99).event_id})
    assert states(heard(first, again), "SQ-03") == []


@pytest.mark.parametrize("done", [infused, thawed])
def test_another_bag_is_another_step(done) -> None:
    assert states(heard(done(50), done(51, "CONTAINER:B-1-02")), "SQ-03") == []


def test_the_end_of_a_thaw_is_no_second_thaw() -> None:
    assert states(heard(thawed(50), thawed(51, phase=COMPLETED)), "SQ-03") == []


def test_a_step_without_a_bag_is_the_step_of_the_dose() -> None:
    nameless = [said(InfusionStarted, coi=COURSE, hour=h) for h in (50, 51)]
    assert the_alert(heard(*nameless), "SQ-03").object == "dose"


def test_a_correction_or_a_withdrawal_leaves_one_step() -> None:
    first, again = infused(50), infused(51)
    assert lived(heard(first, corrected(first, hour=51)), "SQ-03")[-1] == "retracted"
    assert lived(heard(first, again, withdrawn(again)), "SQ-03") == ["open", "retracted"]


SIGNED = {"signer": "N7", "meaning": "certified", "signed_at": at(50)}
PAPER = EvidenceReference(uri="https://documents.example/1.pdf", sha256="0" * 64)


@pytest.mark.parametrize(
    ("again", "found"),
    [
        (certified(51), []),
        (certified(51, "RFI-2"), ["open"]),
        (certified(51, evidence=(PAPER,)), ["open"]),
        (certified(51, signature=Signature.model_validate(SIGNED)), ["open"]),
        (certified(51, quarantine_shipment=True), []),
        (certified(51, "RFI-2", "BATCH:B-2"), []),
    ],
)
def test_a_batch_is_certified_once_unless_the_same_is_said_again(again, found) -> None:
    assert states(heard(certified(50), again), "SQ-03") == found


def test_two_certificates_are_about_their_batch() -> None:
    replay = heard(certified(50), certified(51, "RFI-2"))
    assert the_alert(replay, "SQ-03").object == BATCH
