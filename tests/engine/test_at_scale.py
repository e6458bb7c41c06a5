"""Much of everything: the counts stay exact, and memory bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.at_scale import compaction, large, million, outdated
from tests.engine.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def world(kafka: str, topic_prefix: str, tmp_path: Path) -> World:
    """An app of its own, without topics yet."""
    return World(kafka, f"{topic_prefix}scale", tmp_path / "data")


def test_a_changelog_is_compacted_while_workers_write_it_and_restore_from_it(world: World):
    told = compaction(world)
    assert told["exact"]
    assert told["changelog_left"] < told["changelog_written"] / 10


def test_a_copy_that_was_left_too_long_does_not_bring_back_what_was_removed(world: World):
    told = outdated(world)
    assert told["exact"]
    assert told["wiped"] == 2


def test_a_table_of_a_million_keys_stays_within_memory_and_is_restored(world: World):
    told = million(world)
    assert told["exact"]
    assert told["rss_mib"] < 500
    assert told["restore_rss_mib"] < 500


def test_a_backlog_of_large_messages_is_taken_piece_by_piece(world: World):
    told = large(world)
    assert told["exact"]
    assert told["rss_mib"] < 500
