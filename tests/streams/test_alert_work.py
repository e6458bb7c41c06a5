"""Alert work: what people and the clock make of an alert, in whatever order they are heard."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from schemas.alert import OPEN_STATES, Alert, AlertState, Severity
from schemas.collection import CollectionCompleted
from schemas.control import ActionKind
from schemas.dispositions import MEANINGS, Disposition
from schemas.exceptions import EXCEPTION_BY_CODE, EXCEPTIONS, Ends
from schemas.laboratory import ResultReported, SampleRegistered
from schemas.manufacture import MaterialReceived
from schemas.ordering import AvailabilityConfirmed
from schemas.profile import EscalationTier, Status
from schemas.profiles import platform_limits, versions
from schemas.transport import CustodyAccepted, CustodyHandedOver
from schemas.treatment import LymphodepletionStarted
from streams.alert_work import LONGEST
from streams.identity import alarms
from streams.replay import Replay
from tests.streams.detectors.limits import judged_by
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    Arrival,
    When,
    at,
    did,
    heard,
    history,
    ordered,
    records,
    said,
    sent,
    the_alert,
    tick,
)

GIVEN = said(CustodyHandedOver, "SHIPMENT:H-1", coi=COURSE, hour=10, from_party="A", to_party="B")
TAKEN = said(CustodyAccepted, "SHIPMENT:H-1", coi=COURSE, hour=90, to_party="B")
RAISED = 12 * HOUR
"""When the other side's word of the hand-over is overdue (CU-03, which has an hour to be acknowledged)."""
BEGUN = said(LymphodepletionStarted, coi=COURSE, hour=50)
"""What raises SQ-04, in which a product that is ready nowhere is a matter of the patient."""


def after(*story: Arrival, now: When = RAISED) -> Replay:
    return heard(*ordered(), GIVEN, tick(RAISED), *story, tick(now))


WAITS = the_alert(after(), "CU-03")


def alert(*story: Arrival, now: When = RAISED) -> Alert:
    return the_alert(after(*story, now=now), "CU-03")


def shelved(hour: When = 12.5, until: When = 20, reason: str | None = "courier called", **more):
    return did(ActionKind.SHELVE, WAITS, hour=hour, until=at(until), reason=reason, **more)


def acted(kind: ActionKind, hour: When, **more) -> Arrival:
    return did(kind, WAITS, hour=hour, **more)


# ------------------------------------------------------------------------------------- the shelf


def test_a_shelved_alert_is_open_and_keeps_quiet_until_its_moment() -> None:
    quiet = alert(shelved(), now=20 * HOUR - INSTANT)
    assert (quiet.state, quiet.open, quiet.tier) == (AlertState.SHELVED, True, 0)
    assert (quiet.shelved_by, quiet.shelved_until) == ("STAFF-1", at(20))
    assert quiet.comments == ("STAFF-1 shelved until 2026-03-03 04:00Z: courier called",)
    assert records(after(shelved()))[COURSE].alerts[0].state is AlertState.SHELVED


def test_it_comes_back_by_the_clock_and_has_to_be_acknowledged_anew() -> None:
    back = alert(acted(ActionKind.ACKNOWLEDGE, 12.2), shelved(), now=20 * HOUR)
    assert (back.state, back.shelved_by, back.shelved_until) == (AlertState.OPEN, None, None)
    assert (back.acknowledged_by, back.acknowledged_at) == (None, None)
    assert (back.acknowledge_by, back.decide_by) == (at(21), at(24))
    assert back.raised_at == at(RAISED)
    late = alert(shelved(), now=21 * HOUR)
    assert (late.state, late.tier, late.escalated_at) == (AlertState.ESCALATED, 1, at(21))


def test_the_moment_at_which_it_comes_back_wakes_its_course_and_nothing_before() -> None:
    replay = after(shelved())
    issued = len(history(replay))
    replay.take_all([tick(20 * HOUR - INSTANT)])
    assert len(history(replay)) == issued
    replay.take_all([tick(20 * HOUR)])
    assert [a.state for a in history(replay)[issued:]] == [AlertState.OPEN]


def test_a_person_brings_it_back_before_its_time() -> None:
    back = alert(shelved(), acted(ActionKind.UNSHELVE, 15), now=15 * HOUR)
    assert (back.state, back.acknowledge_by) == (AlertState.OPEN, at(16))


def test_who_acknowledges_a_shelved_alert_takes_it_off_the_shelf() -> None:
    taken = alert(shelved(), acted(ActionKind.ACKNOWLEDGE, 15), now=30 * HOUR)
    assert (taken.state, taken.acknowledged_at) == (AlertState.ACKNOWLEDGED, at(15))
    assert taken.shelved_until is None


def test_what_is_shelved_again_is_shelved_until_the_last_moment_that_was_named() -> None:
    again = alert(shelved(), shelved(hour=14, until=30), now=25 * HOUR)
    assert (again.state, again.shelved_until) == (AlertState.SHELVED, at(30))


def test_a_fact_ends_it_on_the_shelf_too() -> None:
    replay = after(shelved(until=100, hour=90))
    replay.take_all([sent(TAKEN)])
    assert not the_alert(replay, "CU-03").open


LONGEST_SHELF = platform_limits().longest_shelf.hours * HOUR


@pytest.mark.parametrize(("more", "stands"), [(-INSTANT, True), (0 * HOUR, True), (INSTANT, False)])
def test_an_alert_is_shelved_for_so_long_in_one_go_and_no_longer(more, stands) -> None:
    found = alert(shelved(hour=13 * HOUR, until=13 * HOUR + LONGEST_SHELF + more))
    assert (found.state is AlertState.SHELVED) is stands
    assert stands or found.comments == (
        "STAFF-1: shelve has no effect: an alert may be shelved for 24 h in one go",
    )


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (shelved(reason=None), "shelving needs a reason"),
        (shelved(reason="  "), "shelving needs a reason"),
        (
            did(ActionKind.SHELVE, WAITS, hour=13, reason="so"),
            "shelving needs a later moment at which the alert comes back",
        ),
        (
            shelved(hour=13, until=13),
            "shelving needs a later moment at which the alert comes back",
        ),
        (acted(ActionKind.UNSHELVE, 13), "the alert is not on the shelf"),
        (acted(ActionKind.ASSIGN, 13), "it names nobody"),
        (acted(ActionKind.REOPEN, 13), "only a closed alert can be opened again"),
        (acted(ActionKind.CLOSE, 13), "closing needs a reason"),
        (
            acted(ActionKind.CLOSE, 13, reason="so", disposition="forgotten"),
            "forgotten is no disposition of the catalogue",
        ),
    ],
)
def test_what_may_not_be_has_no_effect_and_the_alert_says_so(action, why) -> None:
    found = alert(action)
    assert found.comments[0].endswith(f" has no effect: {why}")
    assert found.model_copy(update={"comments": (), "revision": 1}) == WAITS


def test_matters_of_identity_and_release_cannot_be_shelved() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="T")
    waits = the_alert(heard(orphan, tick(4)), "ID-04", None)
    shelf = did(ActionKind.SHELVE, waits, hour=4, until=at(10), reason="later")
    found = the_alert(heard(orphan, tick(4), shelf), "ID-04", None)
    assert found.state is AlertState.OPEN
    assert found.comments[0].endswith(
        "ID-04 is a matter of identity or release, which nobody may shelve"
    )
    for kind in EXCEPTIONS:
        watched = kind.code[:2] in ("ID", "RE") or kind.ends is Ends.BY_PERSON
        assert kind.may_be_shelved is not watched, kind.code


def test_what_is_over_cannot_be_shelved_and_says_so_where_people_look() -> None:
    closed = acted(ActionKind.CLOSE, 13, reason="found", disposition="mended")
    assert (
        alert(closed, shelved(hour=14)).comments[-1].endswith(" has no effect: the alert is over")
    )
    for done in (shelved(hour=91, until=95), acted(ActionKind.ACKNOWLEDGE, 91)):
        gone = after()
        gone.take_all([sent(TAKEN)])
        before = the_alert(gone, "CU-03")
        gone.take_all([done, done])
        noted = the_alert(gone, "CU-03")
        assert (noted.state, noted.revision) == (before.state, before.revision + 1)
        assert noted.comments[-1].endswith(" has no effect: the alert is over")
        assert "CU-03" not in [a.code for a in records(gone)[COURSE].alerts]


def test_a_comment_on_what_is_over_is_kept_and_an_empty_one_is_not() -> None:
    gone = after()
    gone.take_all([sent(TAKEN), acted(ActionKind.COMMENT, 92, reason="the van was late")])
    assert the_alert(gone, "CU-03").comments == ("STAFF-1: the van was late",)
    gone.take_all([acted(ActionKind.COMMENT, 93), acted(ActionKind.REOPEN, 94)])
    found = the_alert(gone, "CU-03")
    assert found.comments[1:] == ("STAFF-1: reopen has no effect: what it told of is so no more",)
    assert found.state not in OPEN_STATES


def test_a_thing_whose_orphan_found_its_course_says_so_too() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="T")
    link = said(SampleRegistered, "SAMPLE:S-9", coi=COURSE, hour=5)
    replay = heard(orphan, tick(4), link)
    gone = the_alert(replay, "ID-04", None)
    late = did(ActionKind.ACKNOWLEDGE, gone, hour=6)
    replay.take_all([late, late])
    noted = the_alert(replay, "ID-04", None)
    assert noted.revision == gone.revision + 1
    assert noted.comments[-1].endswith(" has no effect: the alert is over")
    assert alarms.next_due(replay.things["SAMPLE:S-9"]) is None


def test_an_action_on_an_alert_that_never_was_waits_for_it() -> None:
    close = did(ActionKind.CLOSE, WAITS, hour=13, reason="known already")
    early = heard(*ordered(), close)
    assert history(early) == []
    early.take_all([sent(GIVEN), tick(20)])
    assert history(early) == []


# ----------------------------------------------------------------------------------- dispositions


@pytest.mark.parametrize("word", list(Disposition))
def test_an_alert_is_closed_with_a_disposition_of_the_catalogue(word: Disposition) -> None:
    closed = alert(acted(ActionKind.CLOSE, 13, reason="seen", disposition=word.value))
    assert (closed.state, closed.disposition) == (AlertState.CLOSED, word)
    assert MEANINGS[word]


def test_the_first_close_counts_and_the_second_is_told() -> None:
    first = acted(ActionKind.CLOSE, 13, reason="seen", disposition="mended")
    second = acted(ActionKind.CLOSE, 14, reason="seen too", disposition="stopped")
    for order in ((first, second), (second, first)):
        closed = alert(*order)
        assert (closed.disposition, closed.ended_at) == ("mended", at(13))
        assert closed.comments[-1].endswith("close has no effect: the alert is over")


def test_what_is_opened_again_is_open_from_then_on() -> None:
    closed = acted(ActionKind.CLOSE, 13, reason="seen", disposition="mended")
    opened = alert(closed, acted(ActionKind.REOPEN, 40), now=40 * HOUR)
    assert (opened.state, opened.disposition, opened.ended_at) == (AlertState.OPEN, None, None)
    assert opened.acknowledge_by == at(41)


def test_long_words_are_cut_so_that_the_alert_can_still_be_read() -> None:
    closed = alert(acted(ActionKind.CLOSE, 13, reason="x" * LONGEST))
    assert len(closed.comments[0]) == LONGEST


# ------------------------------------------------------------------------------------- escalation

TIERS = platform_limits().escalation
ALLOWED = timedelta(minutes=EXCEPTION_BY_CODE["CU-03"].acknowledge_within)


@pytest.mark.parametrize(
    ("number", "passed"), [(n, more) for n in (1, 2, 3) for more in (-INSTANT, 0 * HOUR, INSTANT)]
)
def test_an_alert_that_nobody_acknowledges_climbs_by_the_clock(number, passed) -> None:
    deadline = RAISED + ALLOWED * (1 + TIERS[number - 1].share)
    found = alert(now=deadline + passed)
    tier = number if passed >= 0 * HOUR else number - 1
    assert found.tier == tier
    if not tier:
        assert (found.state, found.escalated_to, found.escalated_at) == (
            AlertState.OPEN,
            None,
            None,
        )
        return
    assert (found.state, found.open) == (AlertState.ESCALATED, True)
    assert found.escalated_to == TIERS[tier - 1].role
    assert found.escalated_at == at(RAISED + ALLOWED * (1 + TIERS[tier - 1].share))


def test_each_tier_is_said_once_whatever_ticks_there_are() -> None:
    often = heard(*ordered(), GIVEN, *(tick(10 + n / 7) for n in range(80)))
    seldom = heard(*ordered(), GIVEN, tick(RAISED), tick(100))
    assert [a.tier for a in history(often) if a.code == "CU-03"] == [0, 1, 2, 3]
    assert [a.tier for a in history(seldom) if a.code == "CU-03"] == [0, 3]
    last = [the_alert(run, "CU-03").model_copy(update={"revision": 1}) for run in (often, seldom)]
    assert last[0] == last[1]


@pytest.mark.parametrize(
    ("acted_at", "tier"),
    [
        (RAISED + HOUR - INSTANT, 0),
        (RAISED + HOUR, 1),
        (RAISED + 2 * HOUR - INSTANT, 1),
        (RAISED + 2 * HOUR, 2),
    ],
)
def test_acknowledging_stops_the_climb_at_the_tier_that_was_reached_by_then(acted_at, tier) -> None:
    done = acted(ActionKind.ACKNOWLEDGE, acted_at)
    in_time = alert(done, now=200 * HOUR)
    heard_late = heard(*ordered(), GIVEN, tick(200), done)
    for found in (in_time, the_alert(heard_late, "CU-03")):
        assert (found.state, found.tier) == (AlertState.ACKNOWLEDGED, tier)
        assert found.escalated_to == (TIERS[tier - 1].role if tier else None)


def test_an_acknowledgement_that_is_dated_ahead_stops_the_climb_then_and_not_before() -> None:
    done = acted(ActionKind.ACKNOWLEDGE, RAISED + 90 * MINUTE)
    assert alert(done, now=RAISED).tier == 0
    assert alert(done, now=RAISED + HOUR).tier == 1
    assert alert(done, now=RAISED + 9 * HOUR).tier == 1


def test_the_first_who_acknowledges_has_it() -> None:
    both = [acted(ActionKind.ACKNOWLEDGE, h, actor=f"STAFF-{h}") for h in (15, 14)]
    assert alert(*both).acknowledged_by == "STAFF-14"


def test_closed_and_shelved_alerts_climb_no_further() -> None:
    closed = alert(acted(ActionKind.CLOSE, 13.5, reason="seen"), now=90 * HOUR)
    assert (closed.state, closed.tier) == (AlertState.CLOSED, 1)
    quiet = alert(shelved(hour=13.5, until=37), now=36 * HOUR)
    assert (quiet.state, quiet.tier) == (AlertState.SHELVED, 1)


def test_a_product_may_name_its_own_tiers() -> None:
    own = EscalationTier(
        role="product-owner", minutes=5, share=0.5, source="its owner", status=Status.LABEL
    )
    fresh = next(p for p in versions() if "AXICEL" in p.products)
    with judged_by(fresh.model_copy(update={"escalation": (own,)})):
        due = RAISED + 1.5 * HOUR + 5 * MINUTE
        assert alert(now=due - INSTANT).tier == 0
        found = alert(now=due)
        assert (found.tier, found.escalated_to) == (1, "product-owner")
        assert found.escalated_at == at(due)
        assert alert(now=900 * HOUR).tier == 1


def test_what_concerns_no_course_climbs_the_tiers_of_the_pipeline() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="T")
    replay = heard(orphan, tick(4), tick(5))
    found = the_alert(replay, "ID-04", None)
    assert (found.tier, found.escalated_to, found.escalated_at) == (1, "shift-lead", at(5))
    done = did(ActionKind.ACKNOWLEDGE, found, hour=5.5)
    replay.take_all([done, tick(99)])
    assert the_alert(replay, "ID-04", None).state is AlertState.ACKNOWLEDGED
    assert the_alert(replay, "ID-04", None).tier == 1
    assert alarms.next_due(replay.things["SAMPLE:S-9"]) is None


STORY = [
    acted(ActionKind.ACKNOWLEDGE, 13.5),
    shelved(hour=14, until=20),
    acted(ActionKind.ASSIGN, 22, assignee="STAFF-2"),
    acted(ActionKind.CLOSE, 23, reason="seen", disposition="mended"),
    acted(ActionKind.REOPEN, 30),
]


def test_alert_work_is_the_same_in_every_order_with_ticks_between() -> None:
    expected = alert(*STORY, now=33 * HOUR).model_copy(update={"revision": 1})
    assert (expected.state, expected.tier, expected.acknowledge_by) == ("escalated", 2, at(31))
    ticks = [tick(12), tick(21), tick(33)]
    for number, order in enumerate(permutations(STORY)):
        cut = number % 5
        lines = [*order[:cut], ticks[number % 3], *order[cut:], tick(33)]
        found = the_alert(heard(*ordered(), GIVEN, *lines), "CU-03")
        assert found.model_copy(update={"revision": 1}) == expected


# ---------------------------------------------------------------------------------------- outlook


def test_an_alert_of_a_course_without_a_forecast_has_none() -> None:
    plain = the_alert(heard(BEGUN), "SQ-04")
    outlook = (plain.infusion_p50_at, plain.infusion_p90_at, plain.holding)
    assert (*outlook, plain.severity) == (None, None, None, Severity.S1)


def test_the_forecast_on_an_alert_is_that_of_the_record_and_moves_with_facts_only() -> None:
    collected = said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=9, ended_at=at(10))
    replay = heard(*ordered(), collected, GIVEN, tick(RAISED))
    record, found = records(replay)[COURSE], the_alert(replay, "CU-03")
    assert record.forecast is not None
    assert found.infusion_p50_at == record.forecast.infusion_p50_at
    assert found.infusion_p90_at == record.forecast.infusion_p90_at
    assert found.holding == record.forecast.holding == "manufacture.MaterialReceived"
    assert found.harm_at == record.forecast.harm_at == at(10 + 48)
    issued = len(history(replay))
    replay.take_all([tick(RAISED + 30 * MINUTE)])
    assert len(history(replay)) == issued
    received = said(MaterialReceived, "DIN:D-1", coi=COURSE, hour=38)
    replay.take_all([sent(received)])
    moved, now_forecast = the_alert(replay, "CU-03"), records(replay)[COURSE].forecast
    assert found.infusion_p50_at
    assert moved.infusion_p50_at
    assert now_forecast
    assert moved.infusion_p50_at == now_forecast.infusion_p50_at > found.infusion_p50_at
    assert moved.holding == "manufacture.MaterialDecided"


def test_a_finding_that_knows_its_own_harm_keeps_it() -> None:
    assert the_alert(heard(BEGUN), "SQ-04").harm_at == at(50)
    confirmed = said(AvailabilityConfirmed, coi=COURSE, hour=60)
    assert not the_alert(heard(BEGUN, confirmed), "SQ-04").open
