"""A message that fails its agent again and again ends in quarantine, once, and the others go on."""

from __future__ import annotations

import pytest

from tests.engine.world import World, eventually

GOOD = [(f"k{number}", b"1") for number in range(30)]


def run_until_quiet(world: World, program: str, table: str, want: dict[str, int]) -> list[str]:
    """Start workers as a supervisor would until all is counted; return how each one ended."""
    ends: list[str] = []
    for _ in range(20):
        with world.worker(program) as worker:
            eventually(lambda: worker.process.poll() is not None or world.counts(table) == want)
            if worker.process.poll() is None:
                return ends
            assert worker.ended() == 70
            ends.append(worker.last_line())
    raise AssertionError(f"never quiet: {ends}")


@pytest.mark.parametrize(
    ("program", "table", "bad"),
    [
        pytest.param("count", "counts", b"poison", id="named by the iteration"),
        pytest.param("careless", "seen", b"poison", id="found one by one"),
        pytest.param("decode", "seen", b"no number", id="undecodable"),
    ],
)
def test_a_bad_message_is_tried_three_times_and_set_aside_once(world: World, program, table, bad):
    world.send(*GOOD[:15], ("bad", bad), *GOOD[15:])
    ends = run_until_quiet(world, program, table, {key: 1 for key, _ in GOOD})
    tries = [line for line in ends if "of 3)" in line]
    assert len(tries) == 3
    assert all("exit 70: an agent failed on" in line for line in ends)
    (aside,) = world.read(f"{world.app}.quarantine")
    assert (aside.key(), aside.value()) == (b"bad", bad)
    headers = dict(aside.headers())
    assert headers["h"] == b"1"
    assert headers["engine_topic"].decode() == f"{world.app}.in"
    assert headers["engine_reason"].startswith(b"failed 3 times: ")


def test_several_bad_messages_of_one_batch_are_all_set_aside(world: World):
    world.send(*GOOD[:10], ("bad", b"poison"), *GOOD[10:20], ("worse", b"poison"), *GOOD[20:])
    run_until_quiet(world, "count", "counts", {key: 1 for key, _ in GOOD})
    aside = sorted(message.key() for message in world.read(f"{world.app}.quarantine"))
    assert aside == [b"bad", b"worse"]
