"""A quality engineer checks, reads and compares profiles on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.profile import TherapyProfile
from schemas.profiles import platform_limits, profile_of, shipped, versions
from tests.console.conftest import Ask

LABELS = [*(profile.label for profile in versions()), platform_limits().label]


def stated(**changes: object) -> dict[str, object]:
    """A shipped profile as data, with some of its parts changed."""
    profile = profile_of("AXICEL")
    assert profile is not None
    return {**profile.model_dump(mode="json", exclude_none=True), **changes}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Where a person keeps a profile of their own."""
    return tmp_path / "mine.yaml"


def written(file: Path, profile: dict[str, object]) -> Path:
    file.write_text(yaml.safe_dump(profile), encoding="utf-8")
    return file


NEXT: dict[str, Any] = {"version": "1.1.0", "in_force_from": "2026-06-01T00:00:00Z"}
SHORTER: dict[str, Any] = {"fresh_hold": {"hours": 36, "source": "a new study", "status": "label"}}


# -------------------------------------------------------------------------------------------- check


def test_every_shipped_profile_is_right_and_says_how_much_of_it_is_assumed(ask: Ask) -> None:
    rows = ask("profile", "check", "--json").json

    assert [row["profile"] for row in rows] == LABELS
    for row in rows:
        assert row["published"] == "yes"
        assert row["numbers"] == row["label"] + row["secondary"] + row["assumption"] > 0


def test_a_new_version_of_a_profile_is_right(ask: Ask, mine: Path) -> None:
    answer = ask("profile", "check", written(mine, stated(**NEXT, **SHORTER)), "--json")

    assert answer.json[0]["profile"] == "axi-cel@1.1.0"
    assert answer.json[0]["published"] == "no"
    assert answer.json[0]["label"] == 2  # the hold, and the share of it after which to warn


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"storage": {"celsius": "warm", "source": "x", "status": "label"}}, "storage.celsius"),
        ({"storage": {"celsius": -150, "status": "label"}}, "storage.source"),
        ({"storage": {"celsius": -150, "source": "x", "status": "sure"}}, "storage.status"),
        ({"clocks": []}, "clocks"),
        ({"surprise": 1}, "surprise"),
        ({"version": "1.1.0"}, "in_force_from"),
        ({"name": "other", "version": "1.0.0"}, "AXICEL is claimed by"),
        (SHORTER, "version"),
    ],
)
def test_a_bad_profile_is_one_line_with_the_file_the_field_and_the_remedy(
    ask: Ask, mine: Path, changes, names
) -> None:
    answer = ask("profile", "check", written(mine, stated(**changes)))

    assert answer.code == 1
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert names in answer.err
    assert str(mine) in answer.err or "axi-cel@" in answer.err or "AXICEL" in answer.err
    assert any(word in answer.err for word in ("mend", "give", "take"))


@pytest.mark.parametrize(
    ("content", "names"),
    [(b"a: [", "line 1"), (b"\xff\xfe", "UTF-8"), (b"", "the profile"), (b"- 1", "the profile")],
)
def test_what_is_no_profile_at_all_is_one_line_too(ask: Ask, mine: Path, content, names) -> None:
    mine.write_bytes(content)
    answer = ask("profile", "check", mine)

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert names in answer.err
    assert str(mine) in answer.err


# --------------------------------------------------------------------------------------------- show


@pytest.mark.parametrize("label", LABELS)
def test_every_number_is_shown_with_its_unit_source_and_status(ask: Ask, label: str) -> None:
    told = ask("profile", "show", label, "--json").json

    assert told["profile"] == label
    for number in told["numbers"]:
        assert number["unit"], number
        assert number["source"], number
        assert number["status"] in ("label", "secondary", "assumption"), number


def test_a_profile_is_found_by_name_product_version_and_file(ask: Ask, mine: Path) -> None:
    profile = shipped()[0]
    file = written(mine, profile.model_dump(mode="json"))
    told = {
        ask("profile", "show", which, "--json").out
        for which in (profile.name, profile.products[0], profile.label, file)
    }

    assert len(told) == 1


def test_people_read_a_table(ask: Ask) -> None:
    out = ask("profile", "show", "platform").out

    assert "platform@" in out
    assert "assumption" in out
    assert "minutes" in out


@pytest.mark.parametrize("which", ["nobody", "axi-cel@9.9.9", "nowhere.yaml"])
def test_a_profile_that_is_not_there_is_named_with_what_there_is_to_do(ask: Ask, which) -> None:
    answer = ask("profile", "show", which)

    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert which in answer.err


# --------------------------------------------------------------------------------------------- diff


def test_a_changed_limit_is_told_with_both_numbers_and_the_new_source(ask: Ask, mine: Path) -> None:
    told = ask("profile", "diff", "axi-cel", written(mine, stated(**NEXT, **SHORTER)), "--json")

    by_field = {change["field"]: change for change in told.json["changes"]}
    assert (told.json["old"], told.json["new"]) == ("axi-cel@1.0.0", "axi-cel@1.1.0")
    assert set(by_field) == {"version", "in_force_from", "fresh_hold.hours"}
    assert by_field["fresh_hold.hours"] == {
        "field": "fresh_hold.hours",
        "old": 48.0,
        "new": 36.0,
        "unit": "hours",
        "status": "label",
        "source": "a new study",
    }


def test_a_limit_that_only_one_of_them_has_has_an_empty_side(ask: Ask, mine: Path) -> None:
    without = stated(**NEXT)
    del without["expiry_margin"]
    file = written(mine, without)
    gone = ask("profile", "diff", "axi-cel", file, "--json").json["changes"]
    back = ask("profile", "diff", file, "axi-cel", "--json").json["changes"]

    assert [(c["old"], c["new"]) for c in gone if c["field"] == "expiry_margin.hours"] == [
        (72, None)
    ]
    assert [(c["old"], c["new"]) for c in back if c["field"] == "expiry_margin.hours"] == [
        (None, 72)
    ]


def test_an_entry_of_a_list_is_named_by_what_it_is_about(ask: Ask, mine: Path) -> None:
    profile = TherapyProfile.model_validate(stated(**NEXT))
    first, *others = profile.milestones
    later = first.model_copy(update={"hours": 61.0})
    changed = profile.model_copy(update={"milestones": (later, *others)})
    file = written(mine, changed.model_dump(mode="json"))
    (change,) = [
        c
        for c in ask("profile", "diff", "axi-cel", file, "--json").json["changes"]
        if c["field"].startswith("milestones")
    ]

    assert change["field"] == f"milestones[{first.after} to {first.expect}].hours"
    assert (change["old"], change["new"]) == (first.hours, 61.0)


def test_a_source_that_alone_has_changed_is_told_too(ask: Ask, mine: Path) -> None:
    storage = {"celsius": -150, "source": "the label itself", "status": "label"}
    file = written(mine, stated(**NEXT, storage=storage))
    fields = {c["field"] for c in ask("profile", "diff", "axi-cel", file, "--json").json["changes"]}

    assert fields == {"version", "in_force_from", "storage.source", "storage.status"}


def test_two_that_say_the_same_differ_in_nothing(ask: Ask) -> None:
    assert ask("profile", "diff", "axi-cel", "AXICEL", "--json").json["changes"] == []
    assert "say the same" in ask("profile", "diff", "axi-cel", "AXICEL").out


def test_people_read_what_differs_and_a_profile_is_not_compared_with_the_platform(ask: Ask) -> None:
    assert "tisa-cel" in ask("profile", "diff", "axi-cel", "tisa-cel").out
    wrong = ask("profile", "diff", "axi-cel", "platform")
    assert wrong.code == 1
    assert "two kinds" in wrong.err
