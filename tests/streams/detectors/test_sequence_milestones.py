"""Milestones that do not come in their time: SQ-02."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.catalogue import EVENT_BY_NAME
from schemas.collection import CollectionFailed
from schemas.envelope import Event
from schemas.manufacture import BatchTerminated, MaterialDecided, MaterialDecision
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import shipped
from schemas.quality import BatchRejected
from schemas.treatment import InfusionCompleted, InfusionOutcome
from tests.streams.detectors.limits import judged_by
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    alerts,
    at,
    heard,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
)

LEADS = pytest.mark.parametrize(
    ("product", "lead"),
    [(product_of(p), lead) for p in shipped() for lead in p.milestones],
    ids=[f"{p.name}-{lead.after}" for p in shipped() for lead in p.milestones],
)
FILLED_IN: dict[str, dict[str, Any]] = {
    "collection.CollectionCompleted": {"ended_at": at(1)},
    "manufacture.MaterialDecided": {"decision": MaterialDecision.ACCEPTED},
}


def step(name: str, when: When, **more: Any) -> Event:
    """The milestone of this name."""
    fields = {**FILLED_IN.get(name, {}), **more}
    return said(EVENT_BY_NAME[name], coi=COURSE, hour=when, **fields)


def of_lead(replay, expected: str) -> list[str]:
    """The states of the alerts about one expected milestone."""
    return [a.state.value for a in alerts(replay) if a.code == "SQ-02" and a.object == expected]


@LEADS
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_a_milestone_is_missed_when_its_lead_is_over(product, lead, more, found) -> None:
    before = step(lead.after, 10 * HOUR)
    replay = told(before, product=product, now=10 * HOUR + lead.hours * HOUR + more)
    assert of_lead(replay, lead.expect) == found


@LEADS
def test_a_milestone_that_comes_ends_the_wait(product, lead) -> None:
    before, due = step(lead.after, 10 * HOUR), 10 * HOUR + lead.hours * HOUR
    in_time = step(lead.expect, due - HOUR)
    assert of_lead(told(before, in_time, product=product), lead.expect) == []
    for hour, end in ((due - HOUR, "retracted"), (due + HOUR, "resolved")):
        late = step(lead.expect, hour)
        replay = heard(*ordered(product), before, tick(due + 5 * HOUR), late)
        assert of_lead(replay, lead.expect) == [end]


def test_a_missing_milestone_names_the_owner_of_the_next_step() -> None:
    before = step("manufacture.MaterialReceived", 10)
    alert = the_alert(told(before), "SQ-02")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "owner-of-next-step")
    assert alert.object == "manufacture.MaterialDecided"
    assert alert.anchor == f"manufacture.MaterialReceived/{before.event_id}"
    assert alert.raised_at == at(34)
    assert alert.evidence == (before.event_id,)
    assert alert.missing == ("manufacture.MaterialDecided",)
    assert "24 h" in alert.detail
    assert "manufacturer-quality" in alert.detail


def test_a_repeated_step_begins_its_lead_anew() -> None:
    first, again = (step("manufacture.MaterialReceived", h) for h in (10, 40))
    replay = told(first, again, now=60)
    assert states(replay, "SQ-02") == []


def test_a_lead_that_is_done_or_not_begun_does_not_hide_the_next() -> None:
    replay = told(step("manufacture.MaterialReceived", 10), step("manufacture.MaterialDecided", 11))
    assert the_alert(replay, "SQ-02").object == "manufacture.BatchStarted"


def ends() -> list[Event]:
    return [
        said(CollectionFailed, coi=COURSE, hour=20),
        said(BatchTerminated, coi=COURSE, hour=20),
        said(BatchRejected, coi=COURSE, hour=20),
        said(InfusionCompleted, coi=COURSE, hour=20, outcome=InfusionOutcome.COMPLETE),
        said(OrderChanged, "ORDER:O-1", hour=20, change=OrderChange.CANCELLED),
        said(MaterialDecided, coi=COURSE, hour=20, decision=MaterialDecision.REJECTED),
    ]


@pytest.mark.parametrize("end", ends(), ids=lambda e: type(e).__name__)
def test_when_the_course_is_over_nothing_more_is_expected(end) -> None:
    before = step("quality.BatchCertified", 10)
    assert states(told(before, end, now=2000), "SQ-02") == []
    assert states(heard(*ordered(), before, tick(99), end), "SQ-02") == ["retracted"]


def test_a_changed_order_and_an_accepted_material_go_on() -> None:
    changed = said(OrderChanged, "ORDER:O-1", hour=20, change=OrderChange.CHANGED)
    before = step("quality.BatchCertified", 10)
    assert states(told(before, changed), "SQ-02") == ["open"]


def test_a_product_that_is_not_available_any_more_is_not_waited_for() -> None:
    gone = step("ordering.AvailabilityConfirmed", 10, available=False)
    assert states(told(gone), "SQ-02") == []


def test_a_lead_of_a_product_taken_back_does_not_hide_one_that_follows_it() -> None:
    (fresh,) = (profile for profile in shipped() if "AXICEL" in profile.products)
    leads = {lead.after: lead for lead in fresh.milestones}
    first, then = leads["ordering.AvailabilityConfirmed"], leads["manufacture.MaterialReceived"]
    gone, received = step(first.after, 10, available=False), step(then.after, 10)
    with judged_by(fresh.model_copy(update={"milestones": (first, then)})):
        assert the_alert(told(gone, received), "SQ-02").object == then.expect


def test_a_product_without_a_profile_has_no_leads() -> None:
    replay = told(step("quality.BatchCertified", 10), product="NOBODY")
    assert states(replay, "SQ-02") == []


def test_a_lead_that_is_not_yet_over_does_not_hide_the_next() -> None:
    story = step("manufacture.MaterialReceived", 40), step("quality.BatchCertified", 10)
    assert the_alert(told(*story, now=60), "SQ-02").object == "ordering.AvailabilityConfirmed"
