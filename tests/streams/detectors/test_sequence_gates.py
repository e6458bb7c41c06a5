"""Gates that were passed unasked: SQ-06, SQ-08."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.alert import Severity
from schemas.collection import CheckContext, CollectionCompleted, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState
from schemas.envelope import Event
from schemas.ordering import CoiAssigned, OrderCreated
from schemas.profiles import platform_limits
from schemas.treatment import InfusionStarted, ThawPhase, ThawRecorded
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    at,
    corrected,
    heard,
    lived,
    ordered,
    records,
    said,
    states,
    the_alert,
    tick,
    withdrawn,
)

# ------------------------------------------------------------------------------------------ SQ-06

BAG, SECOND = "CONTAINER:B-1-01", "CONTAINER:B-1-02"
THAW, BEDSIDE = CheckContext.THAW, CheckContext.BEDSIDE


def checked(when: When, context: CheckContext, *names: str) -> IdentityVerified:
    return said(IdentityVerified, *names, coi=COURSE, hour=when, context=context)


def thawed(*names: str, phase: ThawPhase = ThawPhase.STARTED) -> ThawRecorded:
    return said(ThawRecorded, *names, coi=COURSE, hour=50, phase=phase)


def infused(*names: str) -> InfusionStarted:
    return said(InfusionStarted, *names, coi=COURSE, hour=50)


STEPS = pytest.mark.parametrize(("step", "context"), [(thawed, THAW), (infused, BEDSIDE)])


GRACE = timedelta(minutes=platform_limits().bedside_grace.minutes)


@STEPS
@pytest.mark.parametrize(("more", "found"), [(-INSTANT, []), (0 * HOUR, []), (INSTANT, ["open"])])
def test_a_check_counts_when_it_was_made_at_or_before_the_step(step, context, more, found) -> None:
    check = checked(50 * HOUR + more, context, BAG)
    for story in ((check, step(BAG)), (step(BAG), check)):
        replay = heard(*story)
        assert states(replay, "SQ-06") == found
        if found:
            alert = the_alert(replay, "SQ-06")
            assert alert.raised_at == at(50)
            assert alert.evidence == tuple(sorted(event.event_id for event in story))
    late = heard(step(BAG), tick(60), check)
    assert states(late, "SQ-06") == (found or ["retracted"])


@STEPS
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_the_word_of_a_check_is_waited_for_some_minutes(step, context, more, found) -> None:
    assert states(heard(step(BAG), tick(50 * HOUR + GRACE + more)), "SQ-06") == found


@STEPS
def test_a_step_without_a_check_names_what_is_missing(step, context) -> None:
    alone = step(BAG)
    alert = the_alert(heard(alone, tick(60)), "SQ-06")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "bedside-team")
    assert (alert.object, alert.anchor) == (BAG, f"{context.value}/{alone.event_id}")
    assert alert.raised_at == at(50 * HOUR + GRACE)
    assert alert.harm_at == at(50)
    assert alert.evidence == (alone.event_id,)
    assert alert.missing == (f"identity check before the step ({context.value})",)


@STEPS
def test_a_check_at_another_step_or_of_another_bag_does_not_count(step, context) -> None:
    other = BEDSIDE if context is THAW else THAW
    assert states(heard(checked(49, other, BAG), step(BAG), tick(60)), "SQ-06") == ["open"]
    assert states(heard(checked(49, context, SECOND), step(BAG), tick(60)), "SQ-06") == ["open"]
    both = checked(49, context, BAG), checked(49, context, SECOND)
    assert states(heard(*both, step(BAG, SECOND), tick(60)), "SQ-06") == []
    assert states(heard(both[0], step(BAG, SECOND), tick(60)), "SQ-06") == ["open"]


@STEPS
def test_a_check_or_a_step_that_names_no_bag_is_about_the_dose(step, context) -> None:
    assert states(heard(checked(49, context), step(BAG), tick(60)), "SQ-06") == []
    assert states(heard(checked(49, context, BAG), step(), tick(60)), "SQ-06") == []
    assert the_alert(heard(step(), tick(60)), "SQ-06").object == "dose"


def test_the_end_of_a_thaw_needs_no_check_of_its_own() -> None:
    assert states(heard(thawed(BAG, phase=ThawPhase.COMPLETED), tick(60)), "SQ-06") == []


def test_a_contested_check_is_neither_there_nor_missing() -> None:
    check = checked(49, BEDSIDE, BAG)
    other = check.model_copy(update={"occurred_at": at(48)})
    assert states(heard(check, other, infused(BAG), tick(60)), "SQ-06") == []


def test_a_withdrawn_check_was_never_made() -> None:
    check = checked(49, BEDSIDE, BAG)
    replay = heard(check, infused(BAG), withdrawn(check), tick(60))
    assert states(replay, "SQ-06") == ["open"]


# ------------------------------------------------------------------------------------------ SQ-08

GIVEN, WITHDRAWN = ConsentState.GIVEN, ConsentState.WITHDRAWN


def collected() -> CollectionCompleted:
    return said(CollectionCompleted, coi=COURSE, hour=50, started_at=at(46), ended_at=at(50))


def consent(when: When, state: ConsentState = GIVEN) -> ConsentChanged:
    return said(ConsentChanged, coi=COURSE, hour=when, state=state)


def proper(*more: Event) -> list[Event]:
    """A course that is ordered and named, with more of its story."""
    return [*ordered(), *more]


@pytest.mark.parametrize(("more", "found"), [(-INSTANT, []), (0 * HOUR, []), (INSTANT, ["open"])])
def test_consent_counts_when_it_was_given_at_or_before_the_beginning(more, found) -> None:
    paper = consent(46 * HOUR + more)
    assert states(heard(*proper(paper, collected())), "SQ-08") == found
    assert states(heard(*proper(collected(), paper), tick(99)), "SQ-08") == found


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_a_consent_that_nobody_states_is_missed_after_half_a_day(more, found) -> None:
    replay = heard(*proper(collected()), tick(62 * HOUR + more))
    assert states(replay, "SQ-08") == found
    if found:
        alert = the_alert(replay, "SQ-08")
        assert (alert.severity, alert.owner) == (Severity.S2, "clinic")
        assert alert.anchor == str(collected().event_id)
        assert alert.raised_at == at(62)
        assert alert.missing == ("consent",)


def test_a_collection_in_order_waits_for_no_word() -> None:
    def waits(*story: Event) -> set[str]:
        return {deadline.code for deadline in records(heard(*story))[COURSE].deadlines}

    assert "SQ-08" not in waits(*proper(consent(40), collected()))
    assert "SQ-08" in waits(*proper(collected()))


def test_a_consent_that_comes_late_and_is_dated_before_takes_it_back() -> None:
    replay = heard(*proper(collected()), tick(99), consent(40))
    assert lived(replay, "SQ-08") == ["open", "retracted"]


def test_a_consent_given_afterwards_was_not_there() -> None:
    replay = heard(*proper(collected()), tick(99), consent(60))
    alert = the_alert(replay, "SQ-08")
    assert alert.open
    assert alert.raised_at == at(46)
    assert alert.evidence == tuple(sorted((collected().event_id, consent(60).event_id)))


def test_a_consent_that_was_taken_back_before_does_not_count() -> None:
    story = proper(consent(10), consent(20, WITHDRAWN), collected())
    alert = the_alert(heard(*story), "SQ-08")
    assert alert.raised_at == at(46)
    assert "withdrawn" in alert.detail
    assert states(heard(*story, consent(30)), "SQ-08") == ["retracted"]
    assert states(heard(*proper(consent(10), collected(), consent(70, WITHDRAWN))), "SQ-08") == []


def test_a_refusal_alone_is_no_consent() -> None:
    assert states(heard(*proper(collected(), consent(60, WITHDRAWN)), tick(99)), "SQ-08") == [
        "open"
    ]


@pytest.mark.parametrize("gate", ["order", "chain of identity"])
def test_an_order_or_a_name_that_never_came_is_missed_and_ends_when_it_comes(gate) -> None:
    order = said(OrderCreated, "ORDER:O-1", coi=COURSE, product="AXICEL")
    name = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", hour=0.5)
    missing, there = (order, name) if gate == "order" else (name, order)
    replay = heard(there, consent(1), collected(), tick(99))
    assert the_alert(replay, "SQ-08").missing == (gate,)
    assert states(heard(there, consent(1), collected(), tick(99), missing), "SQ-08") == [
        "retracted"
    ]
    late = corrected(missing, hour=98)
    assert states(heard(there, consent(1), collected(), tick(99), late), "SQ-08") == ["resolved"]


def test_without_a_start_the_end_of_the_collection_counts() -> None:
    alone = said(CollectionCompleted, coi=COURSE, hour=50, ended_at=at(50))
    assert states(heard(*proper(consent(48), alone)), "SQ-08") == []
    assert states(heard(*proper(consent(51), alone)), "SQ-08") == ["open"]
