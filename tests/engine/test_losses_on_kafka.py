"""A worker that remembers more than the cluster has refuses to start from nothing, without a word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from streams.engine.local_store import RocksMemory, open_rocks
from tests.engine.world import World, eventually

KEYS = [f"k{number}" for number in range(20)]


def count_once(world: World, *options: str) -> Path:
    """Have a worker count every key once and stop; return its folder."""
    world.send(*((key, b"x") for key in KEYS))
    with world.worker("count", *options) as worker:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
        assert worker.stop() == 0
    return worker.folder


def refusal(world: World) -> str:
    """Have a worker refuse to start; return its one line."""
    with world.worker("count") as worker:
        assert worker.ended() == 2
        assert "Traceback" not in worker.said()
        return worker.last_line()


def test_a_folder_of_another_cluster_is_refused_and_may_be_removed(world: World):
    folder = count_once(world)
    file = folder / "belongs.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "cluster": "another"}))
    said = refusal(world)
    assert f"{folder} was filled from cluster another (at {world.brokers})" in said
    assert f"{world.brokers} is cluster {told['cluster']}" in said
    assert f"remove {folder} (nothing is lost" in said
    shutil.rmtree(folder)
    world.send((KEYS[0], b"x"))
    with world.worker("count"):
        eventually(lambda: world.counts() == {**dict.fromkeys(KEYS, 1), KEYS[0]: 2})


def test_topics_that_were_made_anew_are_refused_until_the_loss_is_accepted(world: World):
    count_once(world)
    changelog = f"{world.app}-counts-changelog"
    world.make_anew(changelog)
    world.make_anew(f"{world.app}.in")
    said = refusal(world)
    for name in (changelog, f"{world.app}.in"):
        assert f"topic {name} was made anew" in said
    world.send((KEYS[0], b"x"))
    with world.worker("count", "--accept-loss") as worker:
        eventually(lambda: world.counts() == {KEYS[0]: 1})
        assert worker.said().count("accepted loss") == 2
        assert worker.stop() == 0
    world.send((KEYS[0], b"x"))
    with world.worker("count"):
        eventually(lambda: world.counts() == {KEYS[0]: 2})


def test_a_group_without_its_places_does_not_read_everything_again(world: World):
    folder = count_once(world, "--dynamic")
    world.forget_group()
    assert "the group has no place in any source topic" in refusal(world)
    shutil.rmtree(folder)  # a fresh disk remembers nothing, the changelog does
    assert "the group has no place in any source topic" in refusal(world)
    with world.worker("count", "--accept-loss"):
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))


def test_a_changelog_that_ends_before_the_local_copy_is_refused(world: World):
    folder = count_once(world)
    for copy in sorted((folder / "tables").glob("counts-*")):
        store = open_rocks(copy, log_id(folder, f"{world.app}-counts-changelog"), RocksMemory())
        store.write([], store.transactions + 1, store.reached + 1_000)
        store.close()
    assert f"{world.app}-counts-changelog[0] ends at" in refusal(world)


def log_id(folder: Path, topic: str) -> str:
    """The id of a topic, as the folder remembers it."""
    told: str = json.loads((folder / "belongs.json").read_text())["topics"][topic]
    return told
