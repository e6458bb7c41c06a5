"""Two releases of one app, one after the other and side by side on the same group."""

from __future__ import annotations

import json

from streams.engine.codec import form_of
from tests.engine.world import World, eventually

KEYS = [f"k{number}" for number in range(20)]


def send_each(world: World) -> None:
    """Send every key once more."""
    world.send(*((key, b"xx") for key in KEYS))


def anew(world: World) -> dict[str, int]:
    """The numbers as the release with the later form writes them, and the earlier."""
    return {
        key: json.loads(raw[2:])["n"] if form_of(raw) else int(raw)
        for key, raw in world.table("counts").items()
    }


def test_a_table_is_added_by_a_rolling_restart_and_nothing_is_lost_or_doubled(world: World):
    send_each(world)
    with (
        world.worker("count", "--dynamic") as old,
        world.worker("count", "--dynamic", worker="w1") as last,
    ):
        old.await_running()
        last.await_running()
        send_each(world)
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))
        assert old.stop() == 0
        with world.worker("count_more", "--dynamic") as new:
            new.await_running()
            send_each(world)  # the old release handles half of it, without the new table
            eventually(lambda: world.counts() == dict.fromkeys(KEYS, 3))
            by_the_new = world.counts("lengths")
            assert 0 < len(by_the_new) < len(KEYS)
            assert set(by_the_new.values()) == {2}
            assert last.stop() == 0
            with world.worker("count_more", "--dynamic", worker="w1") as other:
                other.await_running()
                send_each(world)
                eventually(lambda: world.counts() == dict.fromkeys(KEYS, 4))
                expected = {key: by_the_new.get(key, 0) + 2 for key in KEYS}
                assert world.counts("lengths") == expected


def test_a_table_takes_another_form_while_the_release_before_still_runs(world: World):
    send_each(world)
    with world.worker("count", "--dynamic") as old:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
        with world.worker("count_anew", "--dynamic", worker="w1") as new:
            new.await_running()
            send_each(world)
            eventually(lambda: anew(world) == dict.fromkeys(KEYS, 2))
            assert {form_of(raw) for raw in world.table("counts").values()} == {0, 1}
            assert new.stop() == 0
        assert old.ended() == 2  # it was given what the later release has written
        assert "-counts-changelog holds, at key 'k" in old.last_line()
        assert "a value of form 1, written by a later release" in old.last_line()
    send_each(world)
    with world.worker("count_anew"):
        eventually(lambda: anew(world) == dict.fromkeys(KEYS, 3))
        assert {form_of(raw) for raw in world.table("counts").values()} == {1}


def test_a_form_that_nobody_told_of_is_refused_before_messages_are_set_aside_for_it(world: World):
    send_each(world)
    with world.worker("count") as worker:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
        assert worker.stop() == 0
    send_each(world)
    with world.worker("count_unsaid") as worker:
        assert worker.ended() == 2
        assert "holds values that this app's table cannot read" in worker.last_line()
    assert world.read(f"{world.app}.quarantine") == []
    with world.worker("count"):
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))
