"""Entries that were stated twice with different contents, and environments that are mixed: DI-02, DI-11."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas import topics
from schemas.alert import Severity
from schemas.control import QuarantinedMessage
from schemas.envelope import Environment
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.wire import WireMessage, decode_contract, to_message
from streams.replay import Replay
from tests.words import (
    COURSE,
    OTHER,
    alerts,
    at,
    corrected,
    heard,
    lived,
    ordered,
    said,
    sent,
    states,
    the_alert,
    tick,
    told,
)

ONE = said(BatchStarted, "BATCH:B-1", coi=COURSE, hour=3, recorded_at=at(4))
OTHERWISE = ONE.model_copy(update={"site": "another", "recorded_at": at(9)})


def released(replay: Replay, event) -> tuple[str, WireMessage]:
    """A person lets one content of a contested event count."""
    entries = [
        decode_contract(QuarantinedMessage, value)
        for value in replay.latest[topics.QUARANTINE].values()
    ]
    message = to_message(event)
    headers = (
        ("v2v_topic", topics.inbound(event.system, event.partner).encode()),
        ("v2v_released_at", b"1"),
        ("v2v_quarantine_id", str(entries[0].quarantine_id).encode()),
        ("v2v_reason", entries[0].reason.encode()),
    )
    return topics.RELEASED, WireMessage(message.key, message.value, (*message.headers, *headers))


# ------------------------------------------------------------------------------------------ DI-02


def test_two_contents_under_one_id_are_told_of_once_whatever_comes_first() -> None:
    found = []
    for first, second in permutations((ONE, OTHERWISE)):
        alert = the_alert(told(first, second), "DI-02")
        found.append(alert.model_copy(update={"revision": 1}))
    assert found[0] == found[1]
    assert (found[0].severity, found[0].owner) == (Severity.S1, "security-producer")
    assert (found[0].object, found[0].anchor) == ("BATCH:B-1", str(ONE.event_id))
    assert found[0].raised_at == at(9)
    assert found[0].evidence == (ONE.event_id,)
    assert found[0].missing == ("release of the content that is right",)


def test_the_same_content_again_is_no_second_content() -> None:
    assert states(told(ONE, ONE), "DI-02") == []


def test_a_third_content_is_the_same_occurrence() -> None:
    third = ONE.model_copy(update={"site": "a third"})
    assert states(told(ONE, OTHERWISE, third), "DI-02") == ["open"]


@pytest.mark.parametrize("right", [ONE, OTHERWISE])
def test_the_release_of_one_content_ends_it(right) -> None:
    seen = told(ONE, OTHERWISE)
    seen.take(*released(seen, right))
    assert not the_alert(seen, "DI-02").open


def test_the_release_of_the_content_that_leads_to_another_course_ends_it_in_both() -> None:
    elsewhere = ONE.model_copy(update={"coi": OTHER})
    also = ordered(course=OTHER, order="O-2")
    seen = heard(*ordered(), *also, ONE, elsewhere, tick(900))
    assert {a.coi for a in alerts(seen) if a.code == "DI-02" and a.open} == {COURSE, OTHER}
    seen.take(*released(seen, elsewhere))
    assert [a for a in alerts(seen) if a.code == "DI-02" and a.open] == []


def test_the_correction_of_the_entry_ends_it() -> None:
    seen = told(ONE, OTHERWISE, corrected(ONE, hour=5))
    assert lived(seen, "DI-02")[0] == "open"
    assert not the_alert(seen, "DI-02").open


def test_a_correction_with_two_contents_counts_for_neither_and_owes_no_reason() -> None:
    change = corrected(ONE, hour=5, reason_code=None)
    other = change.model_copy(update={"site": "another"})
    for story in ((change, other), (other, change)):
        replay = told(ONE, *story)
        assert the_alert(replay, "DI-02").open
        assert not the_alert(replay, "DI-04").open


# ------------------------------------------------------------------------------------------ DI-11


@pytest.mark.parametrize("environment", [Environment.TEST, Environment.SYNTHETIC])
def test_what_is_invented_beside_what_is_real_is_told_of(environment) -> None:
    invented = said(BatchStarted, "BATCH:B-1", coi=COURSE, hour=30, environment=environment)
    alert = the_alert(told(invented), "DI-11")
    assert (alert.severity, alert.owner) == (Severity.S2, "platform")
    assert (alert.object, alert.anchor) == (f"COI:{COURSE}", "environments")
    assert alert.raised_at == at(30)
    assert len(alert.evidence) == 2
    assert invented.event_id in alert.evidence
    assert alert.missing == ("plan for the purge",)
    assert f"is marked {environment}" in alert.detail


def test_a_course_that_is_real_or_invented_as_a_whole_is_no_mistake() -> None:
    assert states(told(ONE), "DI-11") == []
    invented = {"environment": Environment.SYNTHETIC}
    story = [event.model_copy(update=invented) for event in (*ordered(), ONE)]
    assert states(heard(*story, tick(900)), "DI-11") == []
    story[-1] = ONE.model_copy(update={"environment": Environment.TEST})
    assert states(heard(*story, tick(900)), "DI-11") == []


def test_a_course_is_told_of_once_however_much_is_invented() -> None:
    invented = [
        said(MaterialReceived, coi=COURSE, hour=hour, environment=Environment.TEST)
        for hour in (30, 40, 50)
    ]
    order, _ = ordered()
    alert = the_alert(told(*reversed(invented)), "DI-11")
    assert alert.raised_at == at(30)
    assert alert.evidence == tuple(sorted((order.event_id, invented[0].event_id)))
    assert alert.detail == (
        "ordering.OrderCreated of erp.partner-1 is marked production, and "
        "manufacture.MaterialReceived of mes.partner-1 is marked test"
    )


def test_what_was_invented_first_is_told_of_since_the_first_real_fact() -> None:
    first, later = (
        said(kind, coi=COURSE, hour=hour, environment=Environment.TEST)
        for kind, hour in ((MaterialReceived, -2), (BatchStarted, 40))
    )
    order, _ = ordered()
    alert = the_alert(told(first, later), "DI-11")
    assert alert.raised_at == at(0)
    assert alert.evidence == tuple(sorted((order.event_id, first.event_id)))
    assert alert.detail.endswith("manufacture.MaterialReceived of mes.partner-1 is marked test")


def test_the_correction_of_the_environment_ends_it() -> None:
    invented = said(BatchStarted, "BATCH:B-1", coi=COURSE, hour=30, environment=Environment.TEST)
    mended = corrected(invented, hour=30, environment=Environment.PRODUCTION)
    assert states(told(sent(invented), mended), "DI-11") == ["retracted"]
