"""Plans that miss a window: TW-05, TW-07."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.envelope import Event, Precision
from schemas.manufacture import ProductFilled
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderChange,
    OrderChanged,
)
from schemas.profiles import shipped
from schemas.quality import BatchRejected
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionCompleted,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    Arrival,
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

WINDOWS = [p for p in shipped() if p.infusion_window is not None]
SHELVES = [p for p in shipped() if p.expiry_margin is not None]
Story = tuple[Event | Arrival, ...]
STEPS = pytest.mark.parametrize("more", [-INSTANT, 0 * HOUR, INSTANT])

DEPLETED = 100 * HOUR
DAY = 24 * HOUR


def depleted(when: When = DEPLETED, **more) -> LymphodepletionCompleted:
    return said(LymphodepletionCompleted, coi=COURSE, hour=when, **more)


def infused(when: When, **more) -> InfusionStarted:
    return said(InfusionStarted, coi=COURSE, hour=when, **more)


def moved(when: When, to: When | None) -> InfusionChanged:
    day = None if to is None else at(to)
    change = InfusionChange.RESCHEDULED
    return said(InfusionChanged, coi=COURSE, hour=when, change=change, planned_at=day)


def available(when: When, planned: When) -> AvailabilityConfirmed:
    return said(AvailabilityConfirmed, coi=COURSE, hour=when, infusion_planned_at=at(planned))


CANCELLED = said(InfusionChanged, coi=COURSE, hour=101, change=InfusionChange.CANCELLED)


def edges(profile):
    window = profile.infusion_window
    return DEPLETED + window.earliest_hours * HOUR, DEPLETED + window.latest_hours * HOUR


# ------------------------------------------------------------------------------------------ TW-07


@STEPS
@pytest.mark.parametrize("profile", WINDOWS, ids=lambda p: p.name)
def test_an_infusion_before_its_window_stays_wrong(profile, more) -> None:
    opens, _ = edges(profile)
    end, given = depleted(), infused(opens + more)
    replay = told(end, given, product=product_of(profile))
    assert states(replay, "TW-07") == (["open"] if more < 0 * HOUR else [])
    if more < 0 * HOUR:
        alert = the_alert(replay, "TW-07")
        assert alert.raised_at == given.occurred_at
        assert alert.evidence == tuple(sorted((end.event_id, given.event_id)))
        assert "before its window opened" in alert.detail


@STEPS
@pytest.mark.parametrize("profile", WINDOWS, ids=lambda p: p.name)
def test_an_infusion_after_its_window_stays_wrong(profile, more) -> None:
    _, closes = edges(profile)
    given = infused(closes + more)
    replay = told(depleted(), given, product=product_of(profile))
    assert states(replay, "TW-07") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-07")
        assert alert.raised_at == given.occurred_at
        assert "after its window had closed" in alert.detail


@STEPS
@pytest.mark.parametrize("profile", WINDOWS, ids=lambda p: p.name)
def test_a_window_warns_before_it_closes(profile, more) -> None:
    _, closes = edges(profile)
    warn = closes - profile.infusion_window.warn_hours * HOUR
    end = depleted()
    replay = told(end, product=product_of(profile), now=warn + more)
    assert states(replay, "TW-07") == (["open"] if more >= 0 * HOUR else [])
    if more >= 0 * HOUR:
        alert = the_alert(replay, "TW-07")
        assert (alert.severity, alert.owner) == (Severity.S2, "clinic")
        assert (alert.object, alert.anchor) == ("infusion", str(end.event_id))
        assert (alert.raised_at, alert.harm_at) == (at(warn), at(closes))
        assert alert.missing == ("clinical decision",)
        assert alert.detail.startswith("the infusion has not begun")


@pytest.mark.parametrize("profile", WINDOWS, ids=lambda p: p.name)
def test_an_infusion_within_the_window_ends_the_warning(profile) -> None:
    _, closes = edges(profile)
    story: Story = (*ordered(product_of(profile)), depleted(), tick(closes))
    assert lived(heard(*story, infused(closes - HOUR)), "TW-07") == ["open", "resolved"]
    earlier = infused(closes - 100 * HOUR)
    assert lived(heard(*story, earlier), "TW-07") == ["open", "retracted"]


@STEPS
def test_a_day_planned_after_the_window_is_told_at_once(more) -> None:
    _, closes = edges(WINDOWS[0])
    plan = moved(120, closes + more)
    replay = told(depleted(), plan, product="TISACEL", now=130)
    assert states(replay, "TW-07") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        # and it stays the same when the window itself is about to close
        for seen in (replay, told(depleted(), plan, product="TISACEL")):
            alert = the_alert(seen, "TW-07")
            assert alert.raised_at == at(120)
            assert plan.event_id in alert.evidence


@STEPS
def test_a_day_planned_before_the_window_is_wrong_only_when_all_of_it_is(more) -> None:
    opens, _ = edges(WINDOWS[0])
    plan = moved(90, opens - DAY + more)
    replay = told(plan, depleted(), product="TISACEL", now=130)
    assert states(replay, "TW-07") == (["open"] if more < 0 * HOUR else [])
    if more < 0 * HOUR:
        assert the_alert(replay, "TW-07").raised_at == at(DEPLETED)


def test_a_plan_that_was_too_early_is_over_once_the_window_opens() -> None:
    opens, _ = edges(WINDOWS[0])
    story: Story = (*ordered("TISACEL"), depleted(), moved(101, 103))
    for more, lives in ((-INSTANT, ["open"]), (0 * HOUR, ["open", "resolved"])):
        assert lived(heard(*story, tick(opens + more)), "TW-07") == lives


def test_the_plan_that_was_said_last_counts() -> None:
    late, good = moved(120, DEPLETED + 400 * HOUR), moved(121, DEPLETED + 200 * HOUR)
    unknown = moved(122, None)
    story: Story = (*ordered("TISACEL"), depleted(), late)
    assert lived(heard(*story, good), "TW-07") == ["open", "resolved"]
    assert lived(heard(*story, unknown), "TW-07") == ["open", "resolved"]
    by_the_maker = available(121, DEPLETED + 300 * HOUR)
    assert lived(heard(*story, by_the_maker), "TW-07") == ["open", "resolved"]
    order = said(
        OrderChanged,
        coi=COURSE,
        hour=121,
        change=OrderChange.CHANGED,
        infusion_planned_at=at(DEPLETED + 100 * HOUR),
    )
    assert lived(heard(*story, order), "TW-07") == ["open", "resolved"]
    assert lived(heard(*story, available(119, DEPLETED)), "TW-07") == ["open"]


def test_a_cancelled_infusion_waits_for_no_window_until_it_is_planned_again() -> None:
    assert states(told(depleted(), CANCELLED, product="TISACEL"), "TW-07") == []
    again = moved(102, DEPLETED + 200 * HOUR)
    assert states(told(depleted(), CANCELLED, again, product="TISACEL"), "TW-07") == ["open"]


def test_the_last_preparation_before_the_infusion_counts() -> None:
    second = depleted(600)
    good = infused(600 + 72)
    assert states(told(depleted(), second, good, product="TISACEL"), "TW-07") == []
    late = infused(DEPLETED + 400 * HOUR)
    after = depleted(DEPLETED + 500 * HOUR)
    alert = the_alert(told(depleted(), late, after, product="TISACEL"), "TW-07")
    assert alert.anchor == str(depleted().event_id)
    at_once = told(depleted(), infused(DEPLETED), product="TISACEL")
    assert states(at_once, "TW-07") == ["open"]


def test_an_infusion_of_which_only_the_end_is_told_is_judged_by_it() -> None:
    outcome = InfusionOutcome.COMPLETE
    early = said(InfusionCompleted, coi=COURSE, hour=110, outcome=outcome)
    assert states(told(depleted(), early, product="TISACEL"), "TW-07") == ["open"]


def test_a_day_without_an_hour_is_never_wrong_by_less_than_a_day() -> None:
    opens, closes = edges(WINDOWS[0])
    day = Precision.DAY
    for given, found in (
        (infused(opens - DAY, occurred_precision=day), []),
        (infused(opens - DAY - INSTANT, occurred_precision=day), ["open"]),
    ):
        assert states(told(depleted(), given, product="TISACEL"), "TW-07") == found
    for more, found in ((0 * HOUR, []), (INSTANT, ["open"])):
        given = infused(closes + DAY + more)
        assert (
            states(told(depleted(occurred_precision=day), given, product="TISACEL"), "TW-07")
            == found
        )


def test_a_corrected_end_of_preparation_judges_anew() -> None:
    end = depleted()
    given = infused(DEPLETED + 20 * HOUR)
    mended = corrected(end, hour=DEPLETED - 40 * HOUR)
    replay = told(end, given, mended, product="TISACEL")
    assert states(replay, "TW-07") == ["retracted"]


def test_a_course_that_is_over_or_has_no_window_is_not_asked() -> None:
    failed = said(BatchRejected, coi=COURSE, hour=120)
    assert states(told(depleted(), failed, product="TISACEL"), "TW-07") == []
    for product in ("AXICEL", "IDECEL", "NOBODY"):
        assert states(told(depleted(), product=product), "TW-07") == []
    assert states(told(infused(100), product="TISACEL"), "TW-07") == []


# ------------------------------------------------------------------------------------------ TW-05

FILLED, EXPIRES = 20 * HOUR, 800 * HOUR


def filled(when: When = FILLED, expires: When | None = EXPIRES, *names: str) -> ProductFilled:
    last = None if expires is None else at(expires)
    return said(ProductFilled, *names, coi=COURSE, hour=when, expires_at=last)


@STEPS
@pytest.mark.parametrize("profile", SHELVES, ids=lambda p: p.name)
def test_a_plan_too_near_to_the_expiry_is_told(profile, more) -> None:
    product, margin = filled(), profile.expiry_margin.hours * HOUR
    plan = available(50, EXPIRES - margin + more)
    replay = told(product, plan, product=product_of(profile))
    assert states(replay, "TW-05") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-05")
        assert (alert.severity, alert.owner) == (Severity.S2, "clinic")
        assert (alert.object, alert.anchor) == ("product", str(product.event_id))
        assert (alert.raised_at, alert.harm_at) == (at(50), at(EXPIRES))
        assert alert.evidence == tuple(sorted((product.event_id, plan.event_id)))
        assert alert.missing == ("new date, or decision of site and manufacturer",)
        assert alert.detail.endswith(f"planned for {at(EXPIRES - margin + more).isoformat()}")


def test_a_plan_older_than_the_product_is_judged_when_the_product_is_filled() -> None:
    assert the_alert(told(available(10, 790), filled()), "TW-05").raised_at == at(FILLED)


def test_a_new_day_or_a_new_product_ends_the_expiry_alert() -> None:
    story: Story = (*ordered(), filled(), available(50, 790))
    assert lived(heard(*story, moved(60, 700)), "TW-05") == ["open", "resolved"]
    assert lived(heard(*story, moved(40, 700)), "TW-05") == ["open"]
    again = filled(100, 2000)
    assert lived(heard(*story, again), "TW-05") == ["open", "resolved"]
    assert lived(heard(*story, infused(200)), "TW-05") == ["open", "resolved"]
    cancelled = said(OrderChanged, coi=COURSE, hour=60, change=OrderChange.CANCELLED)
    assert lived(heard(*story, cancelled), "TW-05") == ["open", "resolved"]


@STEPS
def test_an_infusion_after_the_expiry_stays_wrong(more) -> None:
    given = infused(EXPIRES + more)
    outcome = InfusionOutcome.COMPLETE
    done = said(InfusionCompleted, coi=COURSE, hour=EXPIRES + HOUR, outcome=outcome)
    replay = told(filled(), given, done)
    assert states(replay, "TW-05") == (["open"] if more > 0 * HOUR else [])
    if more > 0 * HOUR:
        alert = the_alert(replay, "TW-05")
        assert alert.raised_at == given.occurred_at
        assert alert.evidence == tuple(sorted((filled().event_id, given.event_id)))
        assert "infused on" in alert.detail


def test_a_later_bag_after_the_expiry_is_found_too() -> None:
    first, second = infused(EXPIRES + HOUR), infused(EXPIRES + 2 * HOUR)
    alert = the_alert(told(filled(), infused(300), second, first), "TW-05")
    assert alert.raised_at == first.occurred_at
    assert first.event_id in alert.evidence


def test_an_infusion_of_which_only_the_end_is_told_may_be_of_an_expired_product() -> None:
    outcome = InfusionOutcome.COMPLETE
    done = said(InfusionCompleted, coi=COURSE, hour=EXPIRES + HOUR, outcome=outcome)
    assert states(told(filled(), done), "TW-05") == ["open"]
    assert states(told(filled(), infused(300), done), "TW-05") == []


def test_an_infusion_before_the_product_was_filled_is_of_another_product() -> None:
    assert states(told(filled(), infused(FILLED - INSTANT), available(50, 790)), "TW-05") == [
        "open"
    ]
    assert states(told(filled(), infused(FILLED), available(50, 790)), "TW-05") == []
    outcome = InfusionOutcome.COMPLETE
    expired = filled(FILLED, FILLED - HOUR)
    for more, found in ((-INSTANT, []), (0 * HOUR, ["open"])):
        done = said(InfusionCompleted, coi=COURSE, hour=FILLED + more, outcome=outcome)
        assert states(told(expired, done), "TW-05") == found


def test_without_an_expiry_or_a_plan_or_a_profile_nothing_is_said_of_the_shelf_life() -> None:
    assert states(told(filled(expires=None), available(50, 790)), "TW-05") == []
    assert states(told(filled()), "TW-05") == []
    assert states(told(filled(), available(50, 790), CANCELLED), "TW-05") == ["resolved"]
    assert states(told(filled(), available(50, 790), product="NOBODY"), "TW-05") == []


def test_the_expiry_that_was_stated_last_counts() -> None:
    replay = told(filled(), filled(30, None, "BATCH:B-2"), available(50, 790))
    assert the_alert(replay, "TW-05").anchor == str(filled().event_id)
