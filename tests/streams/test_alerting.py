"""From findings to alerts: what people did counts in whatever order it was heard."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas import topics
from schemas.alert import Alert, AlertState, alert_id
from schemas.control import ActionKind
from schemas.exceptions import EXCEPTIONS
from schemas.laboratory import ResultReported, Verdict
from schemas.ordering import AvailabilityConfirmed
from schemas.treatment import LymphodepletionStarted
from tests.words import (
    COURSE,
    at,
    corrected,
    did,
    heard,
    history,
    lived,
    records,
    said,
    states,
    the_alert,
    tick,
)

BEGUN = said(LymphodepletionStarted, coi=COURSE, hour=50)
CONFIRMED = said(AvailabilityConfirmed, coi=COURSE, hour=60)
WRONG = the_alert(heard(BEGUN), "SQ-04")


def after(*story) -> Alert:
    return the_alert(heard(BEGUN, *story), "SQ-04")


def test_somebody_acknowledges_an_alert_and_it_stays_open() -> None:
    alert = after(did(ActionKind.ACKNOWLEDGE, WRONG, hour=70))
    assert (alert.state, alert.open) == (AlertState.ACKNOWLEDGED, True)
    assert (alert.acknowledged_by, alert.acknowledged_at) == ("STAFF-1", at(70))


def test_an_alert_is_assigned_to_the_last_who_was_named() -> None:
    first = did(ActionKind.ASSIGN, WRONG, hour=70, assignee="A")
    last = did(ActionKind.ASSIGN, WRONG, hour=71, assignee="B")
    assert after(first, last).assigned_to == after(last, first).assigned_to == "B"


def test_closing_needs_a_reason() -> None:
    assert after(did(ActionKind.CLOSE, WRONG)).state is AlertState.OPEN
    closed = after(did(ActionKind.CLOSE, WRONG, hour=70, reason="plan agreed"))
    assert (closed.state, closed.open, closed.ended_at) == (AlertState.CLOSED, False, at(70))
    assert closed.comments == ("STAFF-1 closed: plan agreed",)


def test_comments_are_kept_in_order_and_an_empty_one_is_none() -> None:
    said_so = [
        did(ActionKind.COMMENT, WRONG, hour=71, reason="second"),
        did(ActionKind.COMMENT, WRONG, hour=70, reason="first"),
        did(ActionKind.COMMENT, WRONG, hour=72),
    ]
    assert after(*said_so).comments == ("STAFF-1: first", "STAFF-1: second")


ACTIONS = [
    did(ActionKind.ACKNOWLEDGE, WRONG, hour=70),
    did(ActionKind.CLOSE, WRONG, hour=71, reason="plan agreed"),
    did(ActionKind.REOPEN, WRONG, hour=72),
    did(ActionKind.ASSIGN, WRONG, hour=73, assignee="B"),
]


@pytest.mark.parametrize("order", list(permutations(ACTIONS)))
def test_actions_count_in_the_order_in_which_people_acted(order) -> None:
    alert = heard(*order[:2], BEGUN, *order[2:])
    found = the_alert(alert, "SQ-04")
    assert found.model_copy(update={"revision": 1}) == after(*ACTIONS).model_copy(
        update={"revision": 1}
    )
    assert (found.state, found.ended_at, found.assigned_to) == (AlertState.OPEN, None, "B")


def test_an_action_on_another_alert_changes_nothing() -> None:
    other = WRONG.model_copy(update={"alert_id": alert_id("SQ-04", COURSE, "other", "other")})
    assert after(did(ActionKind.CLOSE, other, reason="not mine")) == WRONG


def test_an_action_heard_twice_counts_once() -> None:
    close = did(ActionKind.CLOSE, WRONG, reason="plan agreed")
    assert after(close, close).revision == 2


def test_a_closed_alert_leaves_the_record_and_a_reopened_one_comes_back() -> None:
    close = did(ActionKind.CLOSE, WRONG, hour=71, reason="plan agreed")
    assert records(heard(BEGUN, close))[COURSE].alerts == ()
    reopened = records(heard(BEGUN, close, did(ActionKind.REOPEN, WRONG, hour=72)))[COURSE]
    assert [a.alert_id for a in reopened.alerts] == [WRONG.alert_id]


def test_a_closed_alert_whose_finding_ends_stays_closed() -> None:
    close = did(ActionKind.CLOSE, WRONG, hour=71, reason="plan agreed")
    assert lived(heard(BEGUN, close, CONFIRMED), "SQ-04") == ["open", "closed"]


def test_an_alert_that_is_closed_before_it_is_raised_is_never_issued() -> None:
    close = did(ActionKind.CLOSE, WRONG, hour=71, reason="plan agreed")
    assert history(heard(close, BEGUN)) == []


def test_what_is_said_again_is_issued_once_and_every_change_has_a_revision() -> None:
    low = said(
        ResultReported,
        "SAMPLE:S-1",
        coi=COURSE,
        hour=5,
        test="T",
        verdict=Verdict.OUT_OF_SPECIFICATION,
    )
    replay = heard(low, low, tick(90), BEGUN, BEGUN, tick(91))
    of_result = [a for a in history(replay) if a.code == "QU-01"]
    told = [(a.revision, a.severity, a.tier) for a in of_result]
    assert told == [(1, "S2", 0), (2, "S2", 3), (3, "S1", 3)]
    assert len({a.alert_id for a in of_result}) == 1


def test_an_alert_that_comes_back_keeps_its_id_and_counts_on() -> None:
    gone = corrected(CONFIRMED, available=False)
    of_start = [a for a in history(heard(BEGUN, CONFIRMED, gone)) if a.code == "SQ-04"]
    assert [(a.state, a.revision) for a in of_start] == [("open", 1), ("resolved", 2), ("open", 3)]
    assert {a.alert_id for a in of_start} == {WRONG.alert_id}
    assert of_start[1].ended_at == at(60)
    assert of_start[2].ended_at is None


def test_an_alert_never_ends_before_it_was_raised() -> None:
    early = said(AvailabilityConfirmed, coi=COURSE, hour=1)
    over = the_alert(heard(BEGUN, early), "SQ-04")
    assert (over.state, over.ended_at) == (AlertState.RETRACTED, at(50))


def test_an_alert_that_needs_no_course_is_acted_on_by_its_thing() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="T")
    waits = the_alert(heard(orphan, tick(50)), "ID-04", None)
    close = did(ActionKind.CLOSE, waits, reason="a test message")
    for replay in (heard(orphan, tick(50), close), heard(close, orphan, tick(50))):
        assert "open" not in states(replay, "ID-04")


def test_every_kind_of_alert_has_a_topic_for_its_hazard_and_ordered_times() -> None:
    names = {topic.name for topic in topics.TOPICS}
    for kind in EXCEPTIONS:
        assert topics.alerts(kind.hazard) in names
        assert kind.acknowledge_within <= kind.decide_within
    assert WRONG.rule == "SQ-04/1"
    assert (WRONG.title, WRONG.hazard) == (
        "Lymphodepletion before the product was confirmed available",
        "sequence",
    )
