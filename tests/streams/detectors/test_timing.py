"""Windows that close: TW-01, TW-06."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted
from schemas.envelope import System
from schemas.manufacture import MaterialDecided, MaterialDecision
from schemas.profile import Clock, ClockEdge, ClockUnit
from schemas.profiles import shipped
from schemas.treatment import (
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    ThawPhase,
    ThawRecorded,
)
from tests.streams.identity.partner_words import beat, open_of
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    PARTNER,
    When,
    at,
    corrected,
    heard,
    lived,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
)

FRESH = [p for p in shipped() if p.fresh_hold is not None]
COLLECTED = 10 * HOUR
AROUND = pytest.mark.parametrize(
    ("more", "past"), [(-INSTANT, False), (0 * MINUTE, True), (INSTANT, True)]
)


def collected(when: When = COLLECTED) -> CollectionCompleted:
    return said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=9, ended_at=at(when))


def decided(when: When, decision: MaterialDecision = MaterialDecision.ACCEPTED) -> MaterialDecided:
    return said(MaterialDecided, coi=COURSE, hour=when, decision=decision)


# ------------------------------------------------------------------------------------------ TW-01


@AROUND
@pytest.mark.parametrize("profile", FRESH, ids=lambda p: p.name)
def test_fresh_cells_warn_at_the_share_of_their_hold_that_the_profile_names(
    profile, more, past
) -> None:
    warn = profile.fresh_hold.hours * profile.fresh_hold_warn_at * HOUR
    replay = told(collected(), product=product_of(profile), now=COLLECTED + warn + more)
    assert states(replay, "TW-01") == (["open"] if past else [])
    if past:
        alert = the_alert(replay, "TW-01")
        assert alert.severity is Severity.S2
        assert alert.raised_at == at(COLLECTED + warn)


@AROUND
@pytest.mark.parametrize("profile", FRESH, ids=lambda p: p.name)
def test_fresh_cells_are_gravest_from_the_end_of_their_hold(profile, more, past) -> None:
    hold = profile.fresh_hold.hours * HOUR
    replay = told(collected(), product=product_of(profile), now=COLLECTED + hold + more)
    alert = the_alert(replay, "TW-01")
    assert alert.severity is (Severity.S1 if past else Severity.S2)
    assert alert.harm_at == at(COLLECTED + hold)
    assert ("over" if past else "running out") in alert.detail


def test_the_hold_that_ends_while_the_warning_stands_raises_it_at_the_tick() -> None:
    replay = heard(
        *ordered(), collected(), tick(COLLECTED + 40 * HOUR), tick(COLLECTED + 48 * HOUR)
    )
    assert the_alert(replay, "TW-01").severity is Severity.S1
    assert the_alert(replay, "TW-01").raised_at == at(COLLECTED + 33.6 * HOUR)


def test_a_hold_alert_says_what_it_rests_on_and_who_must_act() -> None:
    cells = collected()
    alert = the_alert(told(cells), "TW-01")
    assert alert.owner == "logistics-planner"
    assert (alert.object, alert.anchor) == ("starting material", str(cells.event_id))
    assert alert.evidence == (cells.event_id,)
    assert alert.missing == ("acceptance decision of the manufacturer",)


@pytest.mark.parametrize("decision", [MaterialDecision.ACCEPTED, MaterialDecision.REJECTED])
def test_a_decision_in_time_is_quiet_and_a_later_one_ends_the_alert(decision) -> None:
    in_time = decided(COLLECTED + 30 * HOUR, decision)
    assert states(told(collected(), in_time), "TW-01") == []
    for hour, end in ((30 * HOUR, "retracted"), (40 * HOUR, "resolved")):
        late = decided(COLLECTED + hour, decision)
        replay = heard(*ordered(), collected(), tick(COLLECTED + 45 * HOUR), late)
        assert lived(replay, "TW-01") == ["open", end]


def test_a_decision_before_the_cells_were_collected_is_about_other_cells() -> None:
    assert states(told(collected(), decided(COLLECTED - INSTANT)), "TW-01") == ["open"]
    assert states(told(collected(), decided(COLLECTED)), "TW-01") == []


def test_the_last_collection_is_the_one_that_waits() -> None:
    again = said(
        CollectionCompleted, "DIN:D-2", coi=COURSE, hour=100, ended_at=at(COLLECTED + 100 * HOUR)
    )
    alert = the_alert(told(collected(), again, decided(COLLECTED + 9 * HOUR)), "TW-01")
    assert alert.anchor == str(again.event_id)


@pytest.mark.parametrize("product", ["TISACEL", "IDECEL", "NOBODY"])
def test_frozen_cells_and_unknown_products_have_no_hold(product) -> None:
    assert states(told(collected(), product=product), "TW-01") == []


# ------------------------------------------------------------------------------------------ TW-06

CLOCKS = pytest.mark.parametrize(
    ("product", "clock"),
    [(product_of(p), clock) for p in shipped() for clock in p.clocks],
    ids=[f"{p.name}-{clock.name}" for p in shipped() for clock in p.clocks],
)
THAW = 20 * HOUR


def edge(of: ClockEdge, when: When, *bags: str):
    """The event that starts or stops a clock."""
    names = tuple(f"CONTAINER:{bag}" for bag in bags)
    match of:
        case ClockEdge.THAW_STARTED | ClockEdge.THAW_COMPLETED:
            phase = ThawPhase.STARTED if of is ClockEdge.THAW_STARTED else ThawPhase.COMPLETED
            return said(ThawRecorded, *names, coi=COURSE, hour=when, phase=phase)
        case ClockEdge.INFUSION_STARTED:
            return said(InfusionStarted, *names, coi=COURSE, hour=when)
        case ClockEdge.INFUSION_COMPLETED:
            outcome = InfusionOutcome.COMPLETE
            return said(InfusionCompleted, *names, coi=COURSE, hour=when, outcome=outcome)


def limit(clock: Clock):
    return clock.minutes * MINUTE


@CLOCKS
@AROUND
def test_a_running_clock_warns_at_its_share(product, clock, more, past) -> None:
    start = edge(clock.start, THAW, "C-1")
    now = THAW + limit(clock) * clock.warn_at + more
    replay = told(start, product=product, now=now)
    assert states(replay, "TW-06") == (["open"] if past else [])
    if past:
        alert = the_alert(replay, "TW-06")
        assert (alert.severity, alert.owner) == (Severity.S1, "bedside-team")
        assert alert.raised_at == at(THAW + limit(clock) * clock.warn_at)
        assert alert.harm_at == at(THAW + limit(clock))
        assert alert.object == ("CONTAINER:C-1" if clock.per is ClockUnit.BAG else "dose")
        assert alert.anchor == f"{clock.name}/{start.event_id}"
        assert alert.evidence == (start.event_id,)
        assert alert.missing == ("decision to infuse or to discard",)
        assert "still running" in alert.detail


@CLOCKS
@pytest.mark.parametrize("more", [-INSTANT, 0 * MINUTE, INSTANT])
def test_a_clock_that_stopped_after_its_limit_stays_and_in_time_is_quiet(
    product, clock, more
) -> None:
    start, stop = (
        edge(clock.start, THAW, "C-1"),
        edge(clock.stop, THAW + limit(clock) + more, "C-1"),
    )
    replay = told(start, stop, product=product)
    assert states(replay, "TW-06") == (["open"] if more == INSTANT else [])
    if more == INSTANT:
        alert = the_alert(replay, "TW-06")
        assert alert.evidence == tuple(sorted((start.event_id, stop.event_id)))
        assert alert.detail.endswith(f"stopped at {stop.occurred_at.isoformat()}")


@CLOCKS
def test_a_clock_that_stops_within_its_limit_ends_its_alert(product, clock) -> None:
    start = edge(clock.start, THAW, "C-1")
    late = tick(THAW + limit(clock))
    for share, end in ((0.9, "resolved"), (0.5, "retracted")):
        stop = edge(clock.stop, THAW + limit(clock) * share, "C-1")
        replay = heard(*ordered(product), start, late, stop)
        assert lived(replay, "TW-06") == ["open", end]


def test_each_bag_has_a_clock_of_its_own() -> None:
    thawed, stopped = ClockEdge.THAW_COMPLETED, ClockEdge.INFUSION_COMPLETED
    replay = told(
        edge(thawed, THAW, "C-1"),
        edge(thawed, THAW + 5 * HOUR, "C-2"),
        edge(stopped, THAW + 10 * MINUTE, "C-1"),
        product="TISACEL",
    )
    assert the_alert(replay, "TW-06").object == "CONTAINER:C-2"


def test_a_stop_that_names_no_bag_stops_every_bag() -> None:
    stop = edge(ClockEdge.INFUSION_COMPLETED, THAW + 10 * MINUTE)
    thawed = edge(ClockEdge.THAW_COMPLETED, THAW, "C-1", "C-2")
    assert states(told(thawed, product="TISACEL"), "TW-06") == ["open", "open"]
    assert states(told(thawed, stop, product="TISACEL"), "TW-06") == []


def test_a_thaw_that_names_no_bag_is_the_dose() -> None:
    thawed = edge(ClockEdge.THAW_COMPLETED, THAW)
    assert the_alert(told(thawed, product="TISACEL"), "TW-06").object == "dose"
    stop = edge(ClockEdge.INFUSION_COMPLETED, THAW + 10 * MINUTE, "C-1")
    assert states(told(thawed, stop, product="TISACEL"), "TW-06") == []


def test_a_dose_is_thawed_from_its_first_bag_on() -> None:
    first, second = (edge(ClockEdge.THAW_COMPLETED, THAW + h * HOUR, f"C-{h}") for h in (1, 2))
    alert = the_alert(told(second, first), "TW-06")
    assert alert.anchor == f"thaw-to-infusion/{first.event_id}"


def test_an_infusion_before_the_thaw_stops_nothing() -> None:
    (clock,) = FRESH[0].clocks
    before = edge(clock.stop, THAW - INSTANT)
    assert states(told(edge(clock.start, THAW), before), "TW-06") == ["open"]
    assert states(told(edge(clock.start, THAW), edge(clock.stop, THAW)), "TW-06") == []


def test_the_other_phase_of_a_thaw_starts_no_clock() -> None:
    started = edge(ClockEdge.THAW_STARTED, THAW, "C-1")
    assert states(told(started, product="AXICEL"), "TW-06") == []
    assert (
        states(told(edge(ClockEdge.THAW_COMPLETED, THAW, "C-1"), product="IDECEL"), "TW-06") == []
    )


def test_the_first_stop_counts_and_a_corrected_one_judges_anew() -> None:
    (clock,) = FRESH[0].clocks
    start, late = edge(clock.start, THAW), edge(clock.stop, THAW + 4 * HOUR)
    assert states(told(start, late), "TW-06") == ["open"]
    assert states(told(start, late, edge(clock.stop, THAW + HOUR)), "TW-06") == ["retracted"]
    mended = corrected(late, hour=THAW + HOUR)
    assert lived(told(start, late, mended), "TW-06") == ["open", "retracted"]


def test_a_partner_is_told_how_long_thawed_cells_can_wait_for_its_word_and_no_longer() -> None:
    (clock,) = (c for p in shipped() if "AXICEL" in p.products for c in p.clocks)
    thaw = edge(clock.start, 4, "C-1")
    wrong = beat(4.1, partner_clock=at(5.1), system=System.CLINIC, partner=PARTNER)
    alert = open_of(heard(*ordered(), thaw, wrong, tick(4.2)), "IF-07", f"PARTNER:clinic/{PARTNER}")
    assert alert is not None
    assert [h.harm_at for h in alert.harmed] == [at(4 * HOUR + limit(clock))]
    given = edge(clock.stop, 4.05, "C-1")
    over = open_of(
        heard(*ordered(), thaw, given, wrong, tick(4.2)), "IF-07", f"PARTNER:clinic/{PARTNER}"
    )
    assert over is not None
    assert over.harmed == ()


def test_a_product_without_a_profile_has_no_clock() -> None:
    thawed = edge(ClockEdge.THAW_COMPLETED, THAW, "C-1")
    assert states(told(thawed, product="NOBODY"), "TW-06") == []


def test_the_infusion_of_one_bag_does_not_stop_the_clock_of_another() -> None:
    thawed = edge(ClockEdge.THAW_COMPLETED, THAW, "C-1", "C-2")
    stop = edge(ClockEdge.INFUSION_COMPLETED, THAW + 10 * MINUTE, "C-2")
    assert the_alert(told(thawed, stop, product="TISACEL"), "TW-06").object == "CONTAINER:C-1"
