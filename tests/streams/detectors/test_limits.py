"""Near every limit: one step below it, at it and one step above it, for every number of every profile.

The model is walked, so that a number that is new to it fails here until somebody tells its story.
"""

from __future__ import annotations

import pytest

from schemas.profile import Material, TherapyProfile
from schemas.profiles import platform_limits, versions
from tests.streams.detectors.limit_stories import PLATFORM, PROFILE
from tests.streams.detectors.limits import NEVER, Limits, Near, Number, Story, judged_by, numbers

RAISES_NOTHING = {
    "path[].p50_hours": "how long a step takes as a rule; see test_path and test_forecast",
    "path[].p90_hours": "how long a step takes as a rule; see test_path and test_forecast",
    "escalation[].share": "when an alert climbs that was raised before; see test_alert_work",
    "escalation[].minutes": "when an alert climbs that was raised before; see test_alert_work",
    "security_warning.hours": "an incident is told of at once; see test_integrity_incidents",
    "security_notice.hours": "an incident is told of at once; see test_integrity_incidents",
    "security_report.months": "an incident is told of at once; see test_integrity_incidents",
    "privacy_notice.hours": "an incident is told of at once; see test_integrity_incidents",
    "deviation_report.days": "a deviation is told of at once; see test_quality_reports",
    "longest_shelf.hours": "how long an alert may keep quiet; see test_alert_work",
}

JUDGED_BY: tuple[Limits, ...] = (*versions(), platform_limits())
EVERY = [
    number
    for limits in JUDGED_BY
    for number in numbers(limits)
    if number.field not in RAISES_NOTHING
]
STEPS = {-1: "below", 0: "at", 1: "above"}


def named(number: Number) -> str:
    """The number as a failing test names it."""
    which = [getattr(number.part, name, "") for name in ("name", "after", "step")]
    return "-".join(part for part in (number.limits.label, number.field, *which[:2]) if part)


def story_of(number: Number) -> Story:
    """What is told near a number."""
    table = PROFILE if isinstance(number.limits, TherapyProfile) else PLATFORM
    assert number.field in table, f"tell in limit_stories.py what happens near {number.field}"
    return table[number.field]


def first_word(number: Number) -> str:
    """The field of the profile that holds the number."""
    return number.field.partition(".")[0].removesuffix("[]")


@pytest.mark.parametrize("steps", STEPS, ids=STEPS.values())
@pytest.mark.parametrize("number", EVERY, ids=named)
def test_an_alert_is_there_on_one_side_of_a_limit_and_not_on_the_other(
    number: Number, steps: int
) -> None:
    story = story_of(number)
    applies = not isinstance(number.limits, TherapyProfile) or story.where(number.limits)
    expected = story.expected if applies else NEVER
    assert story.raised(Near(number, steps)) is expected[steps + 1]


LEFT_OUT = [
    number
    for number in EVERY
    if (field := type(number.limits).model_fields[first_word(number)]).default is None
    and not field.is_required()
]


@pytest.mark.parametrize("number", LEFT_OUT, ids=named)
def test_a_limit_that_a_profile_does_not_state_judges_nothing(number: Number) -> None:
    """What happens on the wrong side of it raises nothing, and stops nothing that is asked beside it."""
    story = story_of(number)
    assert isinstance(number.limits, TherapyProfile)
    without = number.limits.model_copy(
        update={first_word(number): None, "material": Material.FROZEN}
    )
    with judged_by(without):
        assert not any(story.raised(Near(number, steps)) for steps in STEPS)


def test_no_story_is_told_of_a_number_that_is_gone() -> None:
    told = {number.field for number in EVERY}
    assert PROFILE.keys() | PLATFORM.keys() == told


def test_every_story_tells_the_two_sides_of_its_number_apart() -> None:
    for story in (*PROFILE.values(), *PLATFORM.values()):
        assert True in story.expected
        assert False in story.expected


def test_every_profile_and_the_platform_are_walked() -> None:
    assert {n.limits.label for n in EVERY} == {limits.label for limits in JUDGED_BY}
    for name in ("storage.celsius", "clocks[].minutes", "second_person.late_hours"):
        assert any(number.field == name for number in EVERY)
