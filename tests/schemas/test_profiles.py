"""Therapy profiles: data with sources, refused with one clear line when it does not fit."""

from __future__ import annotations

from datetime import datetime

import pytest
import yaml

from schemas.catalogue import EVENT_BY_NAME
from schemas.profile import Material, Status, TherapyProfile
from schemas.profiles import (
    InvalidProfile,
    fingerprint,
    in_force,
    in_order,
    platform_limits,
    profile_of,
    published,
    read_platform,
    read_profile,
    shipped,
    temperature_floors,
    temperature_ladder,
    versions,
)

EACH = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
FRESH = next(p for p in shipped() if p.material is Material.FRESH)


def text(**changes: object) -> str:
    return yaml.safe_dump({**FRESH.model_dump(mode="json"), **changes})


def test_one_fresh_and_two_frozen_products_are_shipped_with_different_clocks() -> None:
    frozen = [p for p in shipped() if p.material is Material.FROZEN]
    assert len(shipped()) >= 3
    assert len(frozen) >= 2
    assert len({(p.clocks[0].start, p.clocks[0].minutes) for p in frozen}) == len(frozen)


def test_a_product_finds_its_profile_and_an_unknown_one_finds_none() -> None:
    for profile in shipped():
        for product in profile.products:
            assert profile_of(product) is profile
    assert profile_of("NOBODY") is None


@EACH
def test_milestones_are_events_of_the_catalogue(profile) -> None:
    for lead in profile.milestones:
        assert lead.after in EVENT_BY_NAME
        assert lead.expect in EVENT_BY_NAME
        assert lead.hours > 0


@EACH
def test_every_number_names_its_source(profile) -> None:
    numbers = [
        profile.storage,
        profile.fresh_custody_gap,
        profile.frozen_custody_gap,
        profile.handover_window,
        profile.release,
        *profile.clocks,
        *profile.milestones,
        *([profile.fresh_hold] if profile.fresh_hold else []),
    ]
    for number in numbers:
        assert number.source
        assert number.status in Status


@EACH
def test_a_profile_is_read_again_as_it_was_written(profile) -> None:
    assert read_profile(yaml.safe_dump(profile.model_dump(mode="json")), "x") == profile


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"fresh_hold": None}, "fresh_hold"),
        ({"version": "1"}, "version"),
        ({"products": []}, "products"),
        ({"clocks": []}, "clocks"),
        ({"material": "warm"}, "material"),
        ({"fresh_hold_warn_at": 1}, "fresh_hold_warn_at"),
        ({"surprise": 1}, "surprise"),
        ({"handover_window": {"minutes": 5}}, "handover_window.source"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused_by_file_and_field(changes, names) -> None:
    with pytest.raises(InvalidProfile) as refused:
        read_profile(text(**changes), "mine.yaml")
    assert str(refused.value).startswith("mine.yaml: ")
    assert names in str(refused.value)
    assert "\n" not in str(refused.value)


def test_conditions_are_reduced_against_every_limit_of_any_profile() -> None:
    bands = [p.fresh_band for p in shipped() if p.fresh_band is not None]
    frozen = {p.storage.celsius for p in shipped()} | {platform_limits().refreeze.celsius}
    assert set(temperature_ladder()) == frozen | {band.warmest for band in bands}
    assert temperature_floors() == tuple(sorted({band.coldest for band in bands}, reverse=True))
    assert list(temperature_ladder()) == sorted(temperature_ladder())
    assert platform_limits().label == f"platform@{platform_limits().version}"


# ----------------------------------------------------------------------------------------- versions


def later(**changes: object) -> TherapyProfile:
    """A next version of the fresh profile."""
    return TherapyProfile.model_validate(
        yaml.safe_load(text(**{"version": "1.1.0", "in_force_from": DAY, **changes}))
    )


DAY = "2026-06-01T00:00:00+00:00"
BEFORE, THEN = datetime.fromisoformat("2026-05-31T23:59:59+00:00"), datetime.fromisoformat(DAY)


def test_the_version_in_force_when_a_course_was_ordered_counts() -> None:
    both = in_order([later(), FRESH])
    product = FRESH.products[0]
    assert [profile.version for profile in both] == ["1.0.0", "1.1.0"]
    assert in_force(both, product, BEFORE) == FRESH
    assert in_force(both, product, THEN) == later()
    assert in_force(both, product, None) == later()
    assert in_force(both, "NOBODY", THEN) is None


def test_versions_are_told_apart_by_number_and_not_by_text() -> None:
    tenth = later(version="1.10.0", in_force_from="2027-01-01T00:00:00Z")
    second = later(version="1.2.0")
    assert in_order([tenth, FRESH, second]) == (FRESH, second, tenth)


@pytest.mark.parametrize(
    ("profiles", "names"),
    [
        ([FRESH, later(in_force_from=None)], "in_force_from: give a day after that of"),
        ([FRESH, later(version="1.0.0")], "in_force_from: give a day after that of"),
        ([FRESH, later(), later(version="1.2.0")], "in_force_from: give a day after that of"),
        ([later()], "in_force_from: the first version needs none"),
        ([FRESH, later(name="other", in_force_from=None)], "is claimed by"),
    ],
)
def test_versions_of_which_nobody_can_say_when_they_count_are_refused(profiles, names) -> None:
    with pytest.raises(InvalidProfile, match=names):
        in_order(profiles)


def test_a_fingerprint_changes_with_a_number_or_its_source_and_with_nothing_else() -> None:
    same = TherapyProfile.model_validate(yaml.safe_load(text()))
    assert fingerprint(same) == fingerprint(FRESH)
    gap = FRESH.handover_window
    for change in ({"minutes": gap.minutes + 1}, {"source": "another"}):
        other = FRESH.model_copy(update={"handover_window": gap.model_copy(update=change)})
        assert fingerprint(other) != fingerprint(FRESH)
    assert all(label in published() for label in (p.label for p in versions()))


def test_a_file_that_is_no_yaml_is_refused_by_its_line() -> None:
    with pytest.raises(InvalidProfile, match=r"mine\.yaml: line 2: "):
        read_profile("name: x\n\t- y", "mine.yaml")
    with pytest.raises(InvalidProfile, match=r"mine\.yaml: orphan_grace: "):
        read_platform("version: 1.0.0", "mine.yaml")
