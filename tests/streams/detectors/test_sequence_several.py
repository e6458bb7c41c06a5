"""Several steps, checks and ends at once: what is in order does not hide what is not."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.collection import CheckContext, CollectionCompleted, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState
from schemas.envelope import Event
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
)
from schemas.ordering import AvailabilityConfirmed, OrderChange, OrderChanged
from schemas.quality import BatchCertified
from schemas.treatment import (
    InfusionStarted,
    LymphodepletionStarted,
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
    heard,
    ordered,
    said,
    states,
    the_alert,
    tick,
    told,
)

BAG, SECOND = "CONTAINER:B-1-01", "CONTAINER:B-1-02"
THAW, BEDSIDE = CheckContext.THAW, CheckContext.BEDSIDE
MINUTE = HOUR / 60


def step(kind: type[Event], when: When, *names: str, **more: Any) -> Event:
    return said(kind, *names, coi=COURSE, hour=when, **more)


def found(replay, code: str) -> list[tuple[str, When]]:
    """What open alerts of a code are about, and since how long after the start."""
    return [(a.object, a.raised_at - at(0)) for a in alerts(replay) if a.code == code and a.open]


# ------------------------------------------------------------------------------------ SQ-02, SQ-04


def test_a_product_taken_back_is_not_waited_for_and_another_milestone_is() -> None:
    back = step(AvailabilityConfirmed, 20, available=False)
    received = step(MaterialReceived, 30)
    objects = [name for name, _ in found(told(back, received), "SQ-02")]
    assert "manufacture.MaterialDecided" in objects
    assert "treatment.ProductReceived" not in objects


def depleting(when: When) -> Event:
    return step(LymphodepletionStarted, when)


def available(when: When, yes: bool = True) -> Event:
    return step(AvailabilityConfirmed, when, available=yes)


def test_a_start_that_is_covered_does_not_hide_one_that_is_not() -> None:
    replay = told(available(10), depleting(20), available(30, False), depleting(40))
    assert found(replay, "SQ-04") == [("lymphodepletion", 40 * HOUR)]


def test_a_later_word_settles_the_start_that_it_came_after() -> None:
    replay = told(available(10, False), depleting(20), available(30), depleting(40))
    assert found(replay, "SQ-04") == []


def test_of_several_words_before_a_start_all_are_evidence() -> None:
    words = available(10), available(15, False)
    alert = the_alert(told(*words, depleting(20)), "SQ-04")
    assert set(alert.evidence) == {depleting(20).event_id, *(w.event_id for w in words)}
    assert "withdrawn" in alert.detail


# ------------------------------------------------------------------------------------------ SQ-06


def checked(when: When, context: CheckContext, *names: str) -> IdentityVerified:
    return said(IdentityVerified, *names, coi=COURSE, hour=when, context=context)


def thawed(when: When, *names: str) -> Event:
    return step(ThawRecorded, when, *names, phase=ThawPhase.STARTED)


def infused(when: When, *names: str) -> Event:
    return step(InfusionStarted, when, *names)


def test_a_checked_step_or_one_that_still_waits_does_not_hide_the_next() -> None:
    replay = heard(checked(49, THAW, BAG), thawed(50, BAG), infused(51, BAG), tick(60))
    assert found(replay, "SQ-06") == [(BAG, 51 * HOUR + 3 * MINUTE)]
    waiting = heard(
        thawed(50, BAG), infused(50 * HOUR - 2 * MINUTE, SECOND), tick(50 * HOUR + MINUTE)
    )
    assert found(waiting, "SQ-06") == [(SECOND, 50 * HOUR + MINUTE)]


@pytest.mark.parametrize(
    ("check", "late"),
    [
        (checked(51, BEDSIDE, BAG), True),
        (checked(51, BEDSIDE, BAG, SECOND), True),
        (checked(51, BEDSIDE), True),
        (checked(51, BEDSIDE, SECOND), False),
        (checked(51, THAW, BAG), False),
    ],
    ids=["this bag", "both bags", "no bag named", "another bag", "another step"],
)
def test_only_a_late_check_of_the_same_step_and_bag_is_a_late_check(
    check: Event, late: bool
) -> None:
    """With it the step is wrong from its own time on; without it the word is waited for."""
    alert = the_alert(heard(infused(50, BAG), check, tick(60)), "SQ-06")
    assert alert.raised_at == at(50 if late else 50 * HOUR + 3 * MINUTE)
    assert (check.event_id in alert.evidence) is late


def test_of_several_late_checks_the_first_is_named() -> None:
    first, second = checked(51, BEDSIDE, BAG), checked(52, BEDSIDE, BAG)
    alert = the_alert(heard(infused(50, BAG), second, first, tick(60)), "SQ-06")
    assert set(alert.evidence) == {infused(50, BAG).event_id, first.event_id}


def test_a_step_on_several_bags_is_about_the_first_and_all_must_be_checked() -> None:
    partly = checked(49, BEDSIDE, BAG)
    late = checked(51, BEDSIDE, SECOND)
    alert = the_alert(heard(partly, infused(50, BAG, SECOND), late, tick(60)), "SQ-06")
    assert alert.object == BAG
    assert alert.raised_at == at(50 * HOUR + 3 * MINUTE)


# ------------------------------------------------------------------------------------------ SQ-08


def collected(when: When = 50) -> CollectionCompleted:
    return said(CollectionCompleted, coi=COURSE, hour=when, ended_at=at(when))


def consent(when: When, state: ConsentState = ConsentState.GIVEN) -> ConsentChanged:
    return said(ConsentChanged, coi=COURSE, hour=when, state=state)


def contested(event: Event) -> tuple[Event, Event]:
    """One event that was said with two contents, so that neither counts for now."""
    return event, event.model_copy(update={"site": "ELSEWHERE"})


def test_a_collection_in_order_does_not_hide_one_before_consent() -> None:
    taken = consent(70, ConsentState.WITHDRAWN)
    replay = heard(*ordered(), consent(10), collected(50), taken, collected(90), tick(200))
    assert found(replay, "SQ-08") == [("collection", 90 * HOUR)]


def test_what_is_contested_is_neither_there_nor_missing() -> None:
    order, name = ordered()
    replay = heard(order, *contested(name), consent(10), collected().model_copy(), tick(99))
    assert "chain of identity" not in str([a.missing for a in alerts(replay)])
    doubtful = heard(*ordered(), *contested(consent(10)), collected(), tick(99))
    assert states(doubtful, "SQ-08") == []


def test_what_is_known_to_be_wrong_is_told_before_the_rest_is_waited_for() -> None:
    order, _ = ordered()
    late = consent(60)
    replay = heard(order, late, collected(), tick(51))
    assert found(replay, "SQ-08") == [("collection", 50 * HOUR)]
    assert the_alert(replay, "SQ-08").missing == ("consent before the collection",)


def test_a_refusal_after_the_collection_is_not_the_consent_that_came_too_late() -> None:
    refusal, late = consent(55, ConsentState.WITHDRAWN), consent(60)
    alert = the_alert(heard(*ordered(), collected(), refusal, late, tick(99)), "SQ-08")
    assert late.event_id in alert.evidence
    assert refusal.event_id not in alert.evidence


# ------------------------------------------------------------------------------------------ SQ-01


def decided(when: When, decision: MaterialDecision = MaterialDecision.ACCEPTED) -> Event:
    return step(MaterialDecided, when, decision=decision)


def test_a_step_in_order_does_not_hide_the_next_that_is_not() -> None:
    early, late = step(ProductFilled, 5), step(ProductFilled, 30)
    replay = heard(early, step(BatchStarted, 20), late, tick(99))
    raised = [a for a in alerts(replay) if a.code == "SQ-01" and a.open]
    assert [a.anchor for a in raised if a.object == "manufacture.ProductFilled"] == [
        f"manufacture.BatchStarted/{early.event_id}"
    ]


def test_what_a_step_needs_and_what_is_contested_is_not_missing_but_the_next_may_be() -> None:
    start = step(BatchStarted, 20)
    story = (*contested(decided(10)), start, step(BatchCertified, 40), tick(99))
    objects = [a.object for a in alerts(heard(*story)) if a.code == "SQ-01" and a.open]
    assert "manufacture.BatchStarted" not in objects
    assert "quality.BatchCertified" in objects
    settled = heard(*story, decided(30))
    assert "manufacture.BatchStarted" in [
        a.object for a in alerts(settled) if a.code == "SQ-01" and a.open
    ]


def test_the_first_of_several_late_preconditions_is_named() -> None:
    start, first, second = step(BatchStarted, 20), decided(30), decided(40)
    alert = next(
        a
        for a in alerts(heard(start, second, first, tick(99)))
        if a.code == "SQ-01" and a.object == "manufacture.BatchStarted"
    )
    assert set(alert.evidence) == {start.event_id, first.event_id}
    assert f"only at {at(30).isoformat()}" in alert.detail


@pytest.mark.parametrize(("now", "there"), [(112 * HOUR - INSTANT, False), (112 * HOUR, True)])
def test_the_word_is_waited_for_from_when_the_step_was_entered(now: When, there: bool) -> None:
    entered = step(BatchStarted, 20, recorded_at=at(100))
    objects = [a.object for a in alerts(heard(entered, tick(now))) if a.code == "SQ-01"]
    assert ("manufacture.BatchStarted" in objects) is there


def test_a_thaw_that_ended_or_a_decision_that_was_no_acceptance_is_not_the_step() -> None:
    ended = step(ThawRecorded, 50, BAG, phase=ThawPhase.COMPLETED)
    refused = decided(50, MaterialDecision.REJECTED)
    for event in (ended, refused):
        assert states(heard(event, tick(99)), "SQ-01") == []


# ------------------------------------------------------------------------------------ SQ-03, SQ-07


def test_the_end_of_a_thaw_or_a_first_step_does_not_hide_a_second_one() -> None:
    ended = step(ThawRecorded, 20, BAG, phase=ThawPhase.COMPLETED)
    replay = heard(thawed(10, BAG), ended, thawed(30, SECOND), thawed(40, BAG), tick(99))
    assert found(replay, "SQ-03") == [(BAG, 40 * HOUR)]
    both = heard(infused(10, SECOND), infused(20, BAG, SECOND), tick(99))
    assert found(both, "SQ-03") == [(SECOND, 20 * HOUR)]


def stopped(when: When, batch: str = "BATCH:B-1") -> Event:
    return step(BatchTerminated, when, batch)


def test_a_step_before_the_end_does_not_hide_one_after_it_and_the_first_end_is_named() -> None:
    before, after = step(BatchStarted, 20, "BATCH:B-1"), step(ProductFilled, 60, "BATCH:B-1")
    cancelled = step(OrderChanged, 55, change=OrderChange.CANCELLED)
    alert = the_alert(heard(before, stopped(50), cancelled, after, tick(99)), "SQ-07")
    assert alert.object == "manufacture.ProductFilled"
    assert "batch terminated since" in alert.detail
    again = step(BatchStarted, 60, "BATCH:B-1")
    alert = the_alert(heard(before, stopped(50), again, tick(99)), "SQ-07")
    assert alert.anchor == str(again.event_id)


def test_the_end_of_a_batch_forbids_only_steps_of_that_batch() -> None:
    for after, there in (
        (step(ProductFilled, 60, "BATCH:B-1"), True),
        (step(ProductFilled, 60, "BATCH:B-2"), False),
        (step(LymphodepletionStarted, 60, "BATCH:B-1"), False),
        (step(CollectionCompleted, 60, "BATCH:B-1", ended_at=at(60)), False),
    ):
        codes = states(heard(*ordered(), stopped(50), after, tick(99)), "SQ-07")
        assert codes == (["open"] if there else []), after.type_name()


def test_nothing_is_wrong_with_a_product_that_arrives_after_it_was_made() -> None:
    assert states(heard(*ordered(), step(ProductReceived, 60), thawed(61, BAG)), "SQ-01") == []
