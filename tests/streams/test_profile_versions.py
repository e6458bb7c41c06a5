"""A change of a limit never rewrites an old alert: a course keeps the profile of the day it was ordered on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from schemas import profiles
from schemas.alert import Alert
from schemas.collection import CollectionCompleted
from schemas.envelope import Event
from schemas.manufacture import MaterialDecided
from schemas.ordering import CoiAssigned, OrderChanged, OrderCreated
from schemas.profile import TherapyProfile
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    Arrival,
    When,
    alerts,
    at,
    heard,
    history,
    records,
    said,
    the_alert,
    tick,
)

DAY = 24 * HOUR
CHANGED = 10 * DAY
"""The day from which the shorter hold is in force."""
OLD, NEW = 48, 24


@pytest.fixture
def shorter_hold() -> Iterator[None]:
    """A second version of a profile comes into force: fresh cells may wait half as long."""
    first = profiles.profile_of("AXICEL")
    assert first is not None
    assert first.fresh_hold is not None
    hold = first.fresh_hold.model_copy(update={"hours": float(NEW)})
    second = first.model_copy(
        update={"version": "1.1.0", "in_force_from": at(CHANGED), "fresh_hold": hold}
    )
    with pytest.MonkeyPatch.context() as patch:
        both = profiles.in_order([*profiles.versions(), second])
        patch.setattr(profiles, "versions", lambda: both)
        profiles.profile_of.cache_clear()
        yield
    profiles.profile_of.cache_clear()


def story(ordered: When) -> list[Event | Arrival]:
    """A course ordered then, whose fresh cells wait for three days without a decision."""
    order = ordered if isinstance(ordered, timedelta) else ordered * HOUR
    collected = order + 2 * DAY
    return [
        said(OrderCreated, "ORDER:O-1", product="AXICEL", hour=order),
        said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", hour=order),
        said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=collected, ended_at=at(collected)),
        *(tick(collected + hours * HOUR) for hours in range(12, 73, 12)),
    ]


def told(lines: list[Event | Arrival]) -> list[Alert]:
    return alerts(heard(*lines))


def test_alerts_of_courses_ordered_before_are_the_same_with_and_without_the_new_version(
    shorter_hold: None,
) -> None:
    changed = heard(*story(CHANGED - INSTANT))
    profiles.profile_of.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        first = tuple(p for p in profiles.versions() if p.in_force_from is None)
        patch.setattr(profiles, "versions", lambda: first)
        before = heard(*story(CHANGED - INSTANT))
    profiles.profile_of.cache_clear()

    assert history(changed) == history(before)
    assert alerts(changed) == alerts(before)


def test_an_alert_keeps_the_limit_and_the_time_of_the_version_it_was_raised_under(
    shorter_hold: None,
) -> None:
    alert = the_alert(heard(*story(CHANGED - INSTANT)), "TW-01")
    collected = CHANGED - INSTANT + 2 * DAY

    assert alert.profile == "axi-cel@1.0.0"
    assert alert.raised_at == at(collected + 0.7 * OLD * HOUR)
    assert alert.harm_at == at(collected + OLD * HOUR)


@pytest.mark.parametrize("later", [timedelta(0), INSTANT])
def test_courses_ordered_from_that_moment_on_have_the_new_limit(
    shorter_hold: None, later: timedelta
) -> None:
    replay = heard(*story(CHANGED + later))
    collected = CHANGED + later + 2 * DAY

    assert the_alert(replay, "TW-01").profile == "axi-cel@1.1.0"
    assert the_alert(replay, "TW-01").harm_at == at(collected + NEW * HOUR)
    assert records(replay)[COURSE].profile == "axi-cel@1.1.0"


def test_what_happens_after_the_change_leaves_an_older_course_where_it_is(
    shorter_hold: None,
) -> None:
    decided = said(
        MaterialDecided, coi=COURSE, hour=CHANGED + 2 * DAY + 30 * HOUR, decision="accepted"
    )
    changed = said(
        OrderChanged, "ORDER:O-1", product="AXICEL", change="changed", hour=CHANGED + DAY
    )

    replay = heard(*story(CHANGED - INSTANT), changed, decided)

    assert records(replay)[COURSE].profile == "axi-cel@1.0.0"
    assert {alert.profile for alert in alerts(replay)} == {"axi-cel@1.0.0"}


def test_the_order_of_arrival_does_not_choose_the_version(shorter_hold: None) -> None:
    lines = story(CHANGED - INSTANT)
    assert told(lines) == told([*reversed(lines[:3]), *lines[3:]])


def test_no_published_version_has_been_edited() -> None:
    """Whoever changes a number gives it a new version: an edit would rewrite what was said by the old."""
    limits: list[TherapyProfile | profiles.PlatformLimits] = [
        *profiles.versions(),
        profiles.platform_limits(),
    ]
    assert {one.label: profiles.fingerprint(one) for one in limits} == profiles.published()
