"""A worker says which topic is missing or wrong, and how to mend it."""

from __future__ import annotations

import pytest

from streams.engine.exits import Refused
from streams.engine.topic_check import check_topics

GOOD = {"in": 4, "also": 4, "app-t-changelog": 4, "app-u-changelog": 4, "quarantine": 1}


def check(found, sources=("in", "also"), changelogs=None, others=("quarantine",)):
    tables = {"app-t-changelog": 4, "app-u-changelog": None}
    return check_topics(sources, tables if changelogs is None else changelogs, others, found)


def test_all_is_well():
    assert check(GOOD) == 4


@pytest.mark.parametrize("missing", ["in", "quarantine"])
def test_a_missing_topic_is_named(missing):
    with pytest.raises(Refused, match=f"topic {missing} does not exist: create it"):
        check({name: count for name, count in GOOD.items() if name != missing})


def test_a_missing_changelog_is_told_with_its_partitions():
    found = {name: count for name, count in GOOD.items() if name != "app-u-changelog"}
    with pytest.raises(Refused, match=r"app-u-changelog .* compacted with 4 partitions"):
        check(found)


def test_sources_must_have_the_same_number_of_partitions():
    with pytest.raises(Refused, match="also has 6, in has 4"):
        check({**GOOD, "also": 6})


def test_a_changelog_must_have_as_many_as_the_sources():
    with pytest.raises(Refused, match="app-u-changelog has 3 partitions, its source topics have 4"):
        check({**GOOD, "app-u-changelog": 3})


def test_a_table_must_declare_as_many_as_the_sources():
    with pytest.raises(Refused, match="app-t-changelog declares 5 partitions"):
        check({**GOOD, "app-t-changelog": 5}, changelogs={"app-t-changelog": 5})


def test_everything_wrong_is_said_at_once():
    with pytest.raises(Refused) as told:
        check({"in": 4, "also": 6})
    for name in ("quarantine", "app-t-changelog", "app-u-changelog", "also has 6"):
        assert name in str(told.value)
