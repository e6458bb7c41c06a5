"""Partners of whom nothing is heard, and the courses that wait for them inside a running clock: IF-01."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from schemas.alert import HarmedCourse, Severity
from schemas.control import ActionKind
from schemas.enrolment import PatientEnrolled
from schemas.envelope import Event, System
from schemas.manufacture import MaterialDecided, MaterialReceived
from schemas.ordering import OrderChanged
from schemas.platform import PartnerHeartbeat
from schemas.profiles import platform_limits, profile_of
from schemas.transport import PackagePacked, ShipmentBooked, ShipmentDelivered, ShipmentKind
from schemas.treatment import (
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionCompleted,
    ThawPhase,
    ThawRecorded,
)
from streams.hearing import STRETCH
from streams.identity.identify import identify
from streams.identity.thing import Thing
from streams.identity.watching import MOST_HARMED
from streams.messages import Reliance
from streams.moments import micros
from tests.streams.identity.partner_words import (
    EVERY,
    MAKER,
    beat,
    beats,
    fresh,
    of_partner,
    open_of,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    OTHER,
    Arrival,
    at,
    corrected,
    did,
    heard,
    history,
    lived,
    open_codes,
    ordered,
    said,
    states,
    tick,
    withdrawn,
)

HOLD = timedelta(hours=48)
LAST = 4 * HOUR
"""When the last heartbeat of most stories is dated."""
DUE = LAST + 3 * EVERY
CADENCE = 3 * platform_limits().partner_cadence.minutes * MINUTE
HORIZON = platform_limits().partner_horizon.hours * HOUR


# ------------------------------------------------------------------------------ raising


@pytest.mark.parametrize(
    ("now", "silent"), [(DUE - INSTANT, False), (DUE, True), (DUE + INSTANT, True)]
)
def test_three_heartbeats_that_did_not_come_are_silence(now: timedelta, silent: bool) -> None:
    replay = heard(*beats(4), tick(now))
    alert = open_of(replay, "IF-01")
    assert (alert is not None) is silent
    if alert is not None:
        assert alert.severity is Severity.S2
        assert (alert.raised_at, alert.anchor) == (at(DUE), at(LAST).isoformat())
        assert alert.evidence == (beats(4)[-1].event_id,)
        assert alert.owner == "integration-on-call"
        assert alert.harm_at is None
        assert alert.harmed == ()
        assert "maker-1 (mes)" in alert.detail


def test_each_partner_and_each_of_its_systems_is_watched_by_itself() -> None:
    others = [
        *beats(9, partner="maker-2"),
        *beats(9, system=System.LIMS),
    ]
    replay = heard(*beats(4), *others, tick(9))
    assert open_of(replay, "IF-01") is not None
    assert open_of(replay, "IF-01", "PARTNER:mes/maker-2") is None
    assert open_of(replay, "IF-01", "PARTNER:lims/maker-1") is None


def test_heartbeats_that_do_not_say_how_often_they_come_are_taken_to_come_as_the_platform_says() -> (
    None
):
    usual = platform_limits().heartbeat.minutes * MINUTE
    for now, silent in ((3 * usual - INSTANT, False), (3 * usual, True)):
        replay = heard(beat(0, every=None), tick(now))
        assert (open_of(replay, "IF-01") is not None) is silent


def test_the_interval_of_the_last_heartbeat_counts() -> None:
    slower = beat(LAST, every=HOUR)
    assert open_of(heard(*beats(3.9), slower, tick(LAST + 3 * HOUR - INSTANT)), "IF-01") is None
    assert open_of(heard(*beats(3.9), slower, tick(LAST + 3 * HOUR)), "IF-01") is not None


def test_any_event_of_the_partner_breaks_its_silence() -> None:
    word = said(MaterialReceived, "SHIPMENT:H-9", hour=LAST + 2 * EVERY, partner="maker-1")
    assert open_of(heard(*beats(4), word, tick(DUE)), "IF-01") is None
    later = open_of(heard(*beats(4), word, tick(9)), "IF-01")
    assert later is not None
    assert later.anchor == at(LAST + 2 * EVERY).isoformat()
    assert later.evidence == ()


def test_an_event_counts_from_the_beginning_of_the_stretch_in_which_it_was_recorded() -> None:
    word = said(
        MaterialReceived,
        "SHIPMENT:H-9",
        hour=1,
        recorded_at=at(LAST + 9 * MINUTE),
        partner="maker-1",
    )
    alert = open_of(heard(*beats(4), word, tick(9)), "IF-01")
    assert alert is not None
    assert micros(at(LAST + 9 * MINUTE)) // STRETCH * STRETCH == micros(at(LAST + 5 * MINUTE))
    assert alert.anchor == at(LAST + 5 * MINUTE).isoformat()


def test_a_partner_that_was_only_set_aside_has_not_been_heard() -> None:
    nowhere = said(MaterialReceived, hour=8, partner="maker-1")
    assert open_of(heard(*beats(4), nowhere, tick(9)), "IF-01") is not None


# ------------------------------------------------------------------------------ who is harmed


def test_a_course_inside_a_running_clock_is_named_with_what_it_waits_for() -> None:
    replay = heard(*fresh(), *beats(4), tick(5))
    alert = open_of(replay, "IF-01")
    assert alert is not None
    over = at(HOUR) + HOLD
    assert alert.severity is Severity.S1
    assert alert.harm_at == over
    assert alert.harmed == (
        HarmedCourse(coi=COURSE, harm_at=over, awaits="manufacture.MaterialDecided"),
    )
    assert "1 course(s) inside a running clock" in alert.detail


def test_courses_are_named_in_the_order_of_the_time_that_is_left() -> None:
    replay = heard(
        *fresh(OTHER, "O-2", collected=2.0),
        *fresh(COURSE, "O-1", collected=1.0),
        *beats(4),
        tick(5),
    )
    alert = open_of(replay, "IF-01")
    assert alert is not None
    assert [h.coi for h in alert.harmed] == [COURSE, OTHER]
    assert alert.harm_at == alert.harmed[0].harm_at


def test_who_waits_for_somebody_else_is_not_named() -> None:
    decided = said(MaterialDecided, coi=COURSE, hour=3, decision="accepted", partner="maker-1")
    alert = open_of(heard(*fresh(), decided, *beats(4), tick(5)), "IF-01")
    assert alert is not None
    assert (alert.severity, alert.harmed) == (Severity.S2, ())


def test_a_course_of_which_the_partner_has_not_spoken_is_not_named() -> None:
    of_another = [
        event.model_copy(update={"partner": "maker-2"}) if event.system is System.MES else event
        for event in fresh()
    ]
    alert = open_of(heard(*of_another, *beats(4), tick(5)), "IF-01")
    assert alert is not None
    assert alert.harmed == ()


def test_a_course_that_is_over_waits_for_nobody() -> None:
    cancelled = said(OrderChanged, "ORDER:O-1", hour=3, change="cancelled")
    alert = open_of(heard(*fresh(), cancelled, *beats(4), tick(5)), "IF-01")
    assert alert is not None
    assert alert.harmed == ()


def test_a_clock_that_had_run_out_before_the_last_word_is_not_the_silence_s_harm() -> None:
    for last, named in ((49 * HOUR - INSTANT, True), (49 * HOUR, False)):
        alert = open_of(heard(*fresh(), beat(last), tick(60)), "IF-01")
        assert alert is not None
        assert bool(alert.harmed) is named


def depleted(hour: float) -> list[Event]:
    """A patient who was prepared; the clinic must infuse within the window."""
    return [
        *ordered("TISACEL"),
        said(MaterialReceived, coi=COURSE, hour=1.5, partner="maker-1"),
        said(MaterialDecided, coi=COURSE, hour=3, decision="accepted", partner="maker-1"),
        said(LymphodepletionCompleted, coi=COURSE, hour=hour, partner="hospital-1"),
    ]


def window() -> timedelta:
    """How long after lymphodepletion the infusion may begin."""
    profile = profile_of("TISACEL")
    assert profile is not None
    assert profile.infusion_window is not None
    return profile.infusion_window.latest_hours * HOUR


def test_a_clock_that_ends_far_ahead_is_named_once_its_end_comes_near() -> None:
    story = depleted(100)
    ends = 100 * HOUR + window()
    near = ends - HORIZON
    clinic = "PARTNER:clinic/hospital-1"
    quiet = beat(100 * HOUR, system=System.CLINIC, partner="hospital-1")
    for now, named in ((near - INSTANT, False), (near, True)):
        alert = open_of(heard(*story, quiet, tick(now)), "IF-01", clinic)
        assert alert is not None
        assert [h.coi for h in alert.harmed] == ([COURSE] if named else [])
        assert alert.severity is (Severity.S1 if named else Severity.S2)
        assert alert.raised_at == at(100 * HOUR + 3 * EVERY)


def test_thawed_cells_wait_for_the_clinic() -> None:
    thaw = said(
        ThawRecorded, "CONTAINER:C-1", coi=COURSE, hour=4, phase=ThawPhase.COMPLETED, partner="h-1"
    )
    clinic = "PARTNER:clinic/h-1"
    quiet = beat(4 * HOUR, system=System.CLINIC, partner="h-1", every=MINUTE)
    replay = heard(*fresh(), thaw, quiet, tick(4.1))
    alert = open_of(replay, "IF-01", clinic)
    assert alert is not None
    assert alert.harm_at is not None
    assert alert.harm_at <= at(4) + 3 * HOUR
    assert alert.harmed[0].awaits == "treatment.InfusionStarted"
    begun = said(InfusionStarted, "CONTAINER:C-1", coi=COURSE, hour=4.05, partner="h-1")
    given = said(
        InfusionCompleted,
        "CONTAINER:C-1",
        coi=COURSE,
        hour=4.06,
        outcome="complete",
        partner="h-1",
    )
    after = open_of(heard(*fresh(), thaw, quiet, begun, given, tick(9)), "IF-01", clinic)
    assert after is not None
    assert after.harmed == ()


def test_cells_on_their_way_wait_for_the_courier() -> None:
    courier = "PARTNER:logistics/courier-1"
    first = [event for event in fresh() if not isinstance(event, MaterialReceived)]
    packed = said(
        PackagePacked,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=2,
        kind=ShipmentKind.STARTING_MATERIAL,
        system=System.LOGISTICS,
        partner="courier-1",
    )
    quiet = beat(LAST, system=System.LOGISTICS, partner="courier-1")
    alert = open_of(heard(*first, packed, quiet, tick(5)), "IF-01", courier)
    assert alert is not None
    assert [(h.coi, h.awaits) for h in alert.harmed] == [(COURSE, "transport.ShipmentDelivered")]
    there = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, hour=3, partner="courier-1")
    alert = open_of(heard(*first, packed, there, quiet, tick(5)), "IF-01", courier)
    assert alert is not None
    assert alert.harmed == ()


def test_of_many_courses_the_first_are_named_and_all_are_counted() -> None:
    many = [
        event
        for number in range(MOST_HARMED + 5)
        for event in fresh(f"CHA{number:03d}", f"O-{number}", collected=1 + number / 100)
    ]
    alert = open_of(heard(*many, *beats(4), tick(5)), "IF-01")
    assert alert is not None
    assert [h.coi for h in alert.harmed] == [f"CHA{number:03d}" for number in range(MOST_HARMED)]
    assert f"{MOST_HARMED + 5} course(s)" in alert.detail


# ------------------------------------------------------------------------------ without heartbeats


def test_a_partner_without_heartbeats_is_silent_only_while_a_clock_waits_for_it() -> None:
    story = depleted(100)
    word = said(PatientEnrolled, coi=COURSE, hour=1, partner="hospital-1")
    clinic = "PARTNER:clinic/hospital-1"
    due = 100 * HOUR + CADENCE
    far = heard(*story, word, tick(due + HOUR))
    assert open_of(far, "IF-01", clinic) is None
    near = heard(*story, word, tick(100 * HOUR + 14 * 24 * HOUR))
    alert = open_of(near, "IF-01", clinic)
    assert alert is not None
    assert alert.harm_at is not None
    assert alert.raised_at == alert.harm_at - HORIZON
    assert alert.severity is Severity.S1


def test_a_partner_without_heartbeats_may_say_nothing_for_three_days() -> None:
    received = 1.5
    story = list(fresh(collected=1.0))
    # the hold of two days is over before three days of silence are
    assert open_of(heard(*story, tick(received * HOUR + CADENCE - INSTANT)), "IF-01") is None
    alert = open_of(heard(*story, tick(received * HOUR + CADENCE)), "IF-01")
    assert alert is not None
    assert alert.raised_at == at(received * HOUR + CADENCE)


def test_who_has_begun_to_wait_only_now_is_not_waited_for_by_the_silence_before() -> None:
    """A courier without heartbeats who says nothing between booking and pick-up is nobody's alarm."""
    booked = said(
        ShipmentBooked,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=2,
        kind=ShipmentKind.FINAL_PRODUCT,
        shipper_hold=90.0,
        partner="courier-1",
    )
    packed = said(
        PackagePacked, "SHIPMENT:H-1", coi=COURSE, hour=300, kind=ShipmentKind.FINAL_PRODUCT
    )
    courier = "PARTNER:logistics/courier-1"
    due = 300 * HOUR + CADENCE
    for now, silent in ((due - INSTANT, False), (due, True)):
        alert = open_of(heard(*ordered("TISACEL"), booked, packed, tick(now)), "IF-01", courier)
        assert (alert is not None) is silent
        if alert is not None:
            assert alert.raised_at == at(due)


# ------------------------------------------------------------------------------ ending


def test_the_next_word_ends_the_silence_and_a_late_one_shows_that_there_was_none() -> None:
    again = beat(6)
    late = beat(LAST + 2 * EVERY)
    assert lived(heard(*beats(4), tick(5), again), "IF-01") == ["open"]  # it is dated after now
    assert lived(heard(*beats(4), tick(5), again, tick(6)), "IF-01") == ["open", "resolved"]
    assert lived(heard(*beats(4), tick(6.1), again), "IF-01") == ["open", "resolved"]
    assert lived(heard(*beats(4), tick(DUE), late), "IF-01") == ["open", "retracted"]


def test_a_time_to_come_does_not_hide_a_silence() -> None:
    ahead = beat(50)
    assert open_of(heard(*beats(4), ahead, tick(5)), "IF-01") is not None
    assert open_of(heard(ahead, tick(5), *beats(4)), "IF-01") is not None
    assert open_of(heard(tick(5), ahead, *beats(4)), "IF-01") is not None
    assert open_of(heard(*beats(4), ahead, tick(5), tick(50)), "IF-01") is None
    assert open_of(heard(*beats(4), ahead, tick(50.1)), "IF-01") is None


def test_a_course_that_gets_its_word_is_named_no_longer() -> None:
    decided = said(MaterialDecided, coi=COURSE, hour=3, decision="accepted", partner="maker-1")
    replay = heard(*fresh(), *beats(4), tick(5), decided)
    alert = open_of(replay, "IF-01")
    assert alert is not None
    assert (alert.severity, alert.harmed, alert.revision) == (Severity.S2, (), 2)
    back = heard(*fresh(), *beats(4), tick(5), decided, withdrawn(decided))
    alert = open_of(back, "IF-01")
    assert alert is not None
    assert [h.coi for h in alert.harmed] == [COURSE]


def test_a_course_whose_partner_s_only_word_was_withdrawn_waits_for_it_no_longer() -> None:
    received = next(event for event in fresh() if isinstance(event, MaterialReceived))
    alert = open_of(heard(*fresh(), *beats(4), tick(5), withdrawn(received)), "IF-01")
    assert alert is not None
    assert alert.harmed == ()


def test_the_order_in_which_it_comes_does_not_matter() -> None:
    story: list[Event | Arrival] = [*fresh(), beat(3), beat(LAST), tick(3.9), tick(5)]
    whole = open_of(heard(*story), "IF-01")
    for order in list(permutations(story))[:: len(story) * 97]:
        alert = open_of(heard(*order, *order), "IF-01")
        assert alert is not None
        assert whole is not None
        assert alert.model_copy(update={"revision": whole.revision}) == whole


def test_one_tick_over_the_whole_silence_says_the_same_as_many() -> None:
    at_once = open_of(heard(*fresh(), *beats(4), tick(40)), "IF-01")
    steps = [tick(hour) for hour in range(1, 41)]
    slowly = open_of(heard(*fresh(), *beats(4), *steps), "IF-01")
    assert at_once is not None
    assert slowly is not None
    assert at_once.model_copy(update={"revision": slowly.revision}) == slowly


def test_people_act_on_it_as_on_any_other_alert() -> None:
    silent = heard(*fresh(), *beats(4), tick(5))
    alert = open_of(silent, "IF-01")
    assert alert is not None
    seen = did(ActionKind.ACKNOWLEDGE, alert, hour=5)
    silent.take_all([seen])
    assert [a.state.value for a in of_partner(silent, "IF-01")] == ["acknowledged"]
    closed = did(ActionKind.CLOSE, alert, hour=6, reason="planned maintenance")
    silent.take_all([closed, tick(7)])
    assert states(silent, "IF-01") == ["closed"]
    # what people said before the silence was heard of counts as well
    early = heard(seen, closed, *fresh(), *beats(4), tick(7))
    assert "IF-01" not in open_codes(early, None)


# ------------------------------------------------------------------------------ heartbeats


def test_heartbeats_are_not_kept_one_by_one() -> None:
    replay = heard(*beats(100), tick(100))
    assert replay.admitted == {}
    partner = replay.things[MAKER].partner
    assert partner is not None
    assert partner.ahead == []
    assert replay.line.outcomes.total() == len(beats(100))


def test_a_heartbeat_that_corrects_something_goes_the_way_of_all_corrections() -> None:
    decided = said(MaterialReceived, "SHIPMENT:H-1", coi=COURSE, hour=1, partner="maker-1")
    word = beat(5, corrects=decided.event_id, reason_code="error")
    replay = heard(decided, word)
    assert str(word.event_id) in replay.admitted
    assert isinstance(word, PartnerHeartbeat)
    assert corrected(word).corrects == word.event_id


def test_a_partner_that_speaks_all_the_time_is_told_of_once_for_each_stretch() -> None:
    words = [
        said(MaterialReceived, f"SHIPMENT:H-{n}", hour=n / 3600, partner="maker-1")
        for n in range(600)
    ]
    replay = heard()
    told = [out for word in words for out in replay.line._hearing.words(word)]
    assert len(told) == 2
    assert {out.key for out in told} == {MAKER}


def test_nothing_is_said_of_a_partner_of_whom_nothing_is_wrong() -> None:
    assert history(heard(*fresh(), *beats(4), tick(4.1))) == []


def test_what_a_course_said_before_does_not_count_when_it_comes_later() -> None:
    state = Thing()
    for version in (2, 1, 2):
        harm = None if version == 2 else micros(at(50))
        word = Reliance(COURSE, version, harm, "manufacture.MaterialDecided")
        state, _ = identify(MAKER, state, word, 0)
    assert state.partner is not None
    assert state.partner.relying[COURSE].harm_at is None
