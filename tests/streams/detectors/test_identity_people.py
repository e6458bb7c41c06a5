"""Steps that two persons have to look at, and one did: ID-09."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CheckContext, IdentityVerified, LabelApplied
from schemas.manufacture import LabelsReconciled
from schemas.profile import SecondPerson
from schemas.profiles import shipped
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
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

ONE, TWO = "STAFF-1", "STAFF-2"
PROFILES = [(profile, profile.second_person) for profile in shipped() if profile.second_person]


def check(
    first: str | None = ONE,
    second: str | None = None,
    *identifiers: str,
    hour: When = 5,
    context: CheckContext = CheckContext.COLLECTION,
) -> IdentityVerified:
    return said(
        IdentityVerified,
        *identifiers,
        coi=COURSE,
        hour=hour,
        context=context,
        actor=first,
        second_actor=second,
    )


def test_every_profile_asks_for_a_second_person() -> None:
    assert len(PROFILES) == len(shipped()) == 3


def test_a_check_by_one_person_is_raised_when_the_other_had_time_to_enter_it() -> None:
    seen = check()
    alert = the_alert(told(seen), "ID-09")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "site-lead")
    assert (alert.object, alert.anchor) == (f"COI:{COURSE}", str(seen.event_id))
    assert alert.raised_at == at(5.25)
    assert alert.evidence == (seen.event_id,)
    assert alert.missing == ("check by another person", "deviation")
    assert alert.detail == "collection.IdentityVerified: no second person at collection"


@pytest.mark.parametrize(("profile", "asked"), PROFILES, ids=lambda p: getattr(p, "name", ""))
@pytest.mark.parametrize(
    ("beyond", "found"),
    [(-INSTANT, []), (0 * INSTANT, ["open"]), (INSTANT, ["open"])],
    ids=["an instant before", "when the wait is over", "an instant later"],
)
def test_the_second_entry_is_waited_for_as_long_as_the_profile_says(
    profile, asked: SecondPerson, beyond, found
) -> None:
    now = 5 * HOUR + asked.minutes * MINUTE + beyond
    for before in ((), (tick(5),)):
        replay = heard(*ordered(product_of(profile)), *before, check(), tick(now))
        assert states(replay, "ID-09") == found


def test_a_check_by_two_persons_is_quiet() -> None:
    assert states(told(check(ONE, TWO)), "ID-09") == []
    # a system that names only who looked second has had its first person log in
    assert states(told(check(None, TWO)), "ID-09") == []


def test_the_same_person_twice_is_raised_at_once() -> None:
    seen = check(ONE, ONE)
    replay = heard(*ordered(), seen, tick(5))
    alert = the_alert(replay, "ID-09")
    assert alert.raised_at == at(5)
    assert alert.detail.endswith("STAFF-1 is both the first and the second person")


def test_the_same_person_twice_is_wrong_whatever_the_product() -> None:
    assert states(heard(check(ONE, ONE)), "ID-09") == ["open"]
    assert states(heard(check(ONE), tick(900)), "ID-09") == []


@pytest.mark.parametrize(
    ("context", "severity"),
    [
        (CheckContext.COLLECTION, Severity.S2),
        (CheckContext.THAW, Severity.S1),
        (CheckContext.BEDSIDE, Severity.S1),
    ],
)
def test_before_thaw_and_infusion_it_is_graver(context, severity) -> None:
    assert the_alert(told(check(context=context)), "ID-09").severity is severity


def test_a_check_for_which_the_profile_asks_one_person_only_is_quiet() -> None:
    assert states(told(check(context=CheckContext.RECEIPT)), "ID-09") == []
    assert states(told(check(ONE, ONE, context=CheckContext.RECEIPT)), "ID-09") == ["open"]


def test_two_persons_may_enter_one_check_separately() -> None:
    assert states(told(check(ONE), check(TWO, hour=5.1)), "ID-09") == []
    assert states(told(check(ONE), check(ONE, hour=5.1)), "ID-09") == ["open", "open"]
    assert states(told(check(None), check(TWO, hour=5.1)), "ID-09") == ["open", "open"]


def test_a_late_check_by_another_person_ends_it() -> None:
    replay = heard(*ordered(), check(ONE), tick(7), check(TWO, hour=8), tick(900))
    assert lived(replay, "ID-09") == ["open", "resolved"]
    itself = heard(*ordered(), check(ONE, ONE), check(TWO, hour=8), tick(900))
    assert lived(itself, "ID-09") == ["open", "resolved"]


@pytest.mark.parametrize(
    ("apart", "found"),
    [
        (24 * HOUR - INSTANT, []),
        (24 * HOUR, []),
        (24 * HOUR + INSTANT, ["open", "open"]),
    ],
)
def test_entries_far_apart_are_two_checks(apart, found) -> None:
    assert states(told(check(ONE), check(TWO, hour=5 * HOUR + apart)), "ID-09") == found


def test_a_check_of_another_bag_or_at_another_step_is_another_check() -> None:
    thaw: Any = {"context": CheckContext.THAW}
    first = check(ONE, None, "CONTAINER:C-1", **thaw)
    assert the_alert(told(first), "ID-09").object == "CONTAINER:C-1"
    same = check(TWO, None, "CONTAINER:C-1", hour=5.1, **thaw)
    assert states(told(first, same), "ID-09") == []
    other = check(TWO, None, "CONTAINER:C-2", hour=5.1, **thaw)
    assert states(told(first, other), "ID-09") == ["open", "open"]
    bedside = check(TWO, None, "CONTAINER:C-1", hour=5.1, context=CheckContext.BEDSIDE)
    assert states(told(first, bedside), "ID-09") == ["open", "open"]


def test_a_second_person_who_was_left_out_by_mistake_is_added_by_a_correction() -> None:
    seen = check()
    replay = heard(*ordered(), seen, tick(7), corrected(seen, second_actor=TWO), tick(900))
    assert states(replay, "ID-09") == ["retracted"]


def test_labels_are_applied_and_counted_by_two_different_persons_if_two_are_named() -> None:
    label = said(LabelApplied, "DIN:D-1", coi=COURSE, hour=3, actor=ONE, second_actor=ONE)
    alert = the_alert(told(label), "ID-09")
    assert (alert.severity, alert.raised_at) == (Severity.S2, at(3))
    assert states(told(label, check(ONE, TWO, hour=3)), "ID-09") == ["open"]
    count = said(LabelsReconciled, coi=COURSE, hour=200, applied=2, actor=ONE, second_actor=ONE)
    assert states(told(count), "ID-09") == ["open"]
    alone = said(LabelApplied, "DIN:D-1", coi=COURSE, hour=3, actor=ONE)
    assert states(told(alone), "ID-09") == []
    nobody = said(LabelApplied, "DIN:D-1", coi=COURSE, hour=3)
    assert states(told(nobody), "ID-09") == []


def test_a_check_by_two_does_not_hide_one_by_one() -> None:
    others: Any = {"context": CheckContext.BEDSIDE}
    both = (check(ONE, TWO, **others), check(ONE, None, "CONTAINER:C-1", hour=9))
    assert the_alert(told(*both), "ID-09").object == "CONTAINER:C-1"
    two_bags = check(ONE, None, "CONTAINER:C-1", "CONTAINER:C-2")
    assert the_alert(told(two_bags), "ID-09").object == "CONTAINER:C-1"


def test_the_check_that_is_due_is_raised_while_another_is_waited_for() -> None:
    waiting = check(ONE, None, "CONTAINER:C-1", hour=9)
    replay = heard(*ordered(), waiting, check(TWO, TWO, "CONTAINER:C-2", hour=9), tick(9))
    assert the_alert(replay, "ID-09").object == "CONTAINER:C-2"
    replay = heard(*ordered(), waiting, tick(9.2), tick(9.25))
    assert the_alert(replay, "ID-09").raised_at == at(9.25)
