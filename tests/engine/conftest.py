"""What the engine's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.world import World


@pytest.fixture
def world(kafka: str, topic_prefix: str, tmp_path: Path) -> World:
    """An app of its own, with an inbound topic and a quarantine."""
    world = World(kafka, f"{topic_prefix}app", tmp_path / "data")
    world.make_topics(**{"in": 2, "quarantine": 2})
    return world
