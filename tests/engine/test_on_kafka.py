"""The engine on a real Kafka: what is counted, kept, restored and refused."""

from __future__ import annotations

import json
import shutil

import pytest

from streams.engine.partitioner import partition_of
from tests.engine.world import World, eventually

KEYS = [f"k{number}" for number in range(20)]


def once_each(keys=KEYS):
    return [(key, b"x") for key in keys]


@pytest.mark.parametrize("store", ["rocks://", "memory://"])
def test_a_table_outlives_its_worker_and_its_disk(world: World, store: str):
    world.send(*once_each(), *once_each())
    with world.worker("count", "--store", store) as worker:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))
        assert worker.stop() == 0
    with world.worker("count", "--store", store) as worker:
        world.send(*once_each())
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 3))
        assert worker.stop() == 0
    shutil.rmtree(worker.folder)
    world.send(*once_each(), (KEYS[0], b"forget"))
    with world.worker("count", "--store", store):
        eventually(lambda: world.counts() == dict.fromkeys(KEYS[1:], 4))


def test_a_torn_local_copy_is_wiped_and_restored(world: World):
    world.send(*once_each())
    with world.worker("count") as worker:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
        worker.stop()
    torn = sorted((worker.folder / "tables").glob("counts-*"))
    assert len(torn) == 2
    (torn[0] / "CURRENT").write_bytes(b"torn")
    world.send(*once_each())
    with world.worker("count") as worker:
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))
        assert worker.said().count(f"{torn[0]} wiped") == 1
        assert f"{torn[1]} wiped" not in worker.said()


def test_one_agent_reads_several_topics_with_different_keys(world: World):
    world.make_topics(places=2)
    world.send(*once_each())
    world.send(*once_each(["here", "there"]), *once_each(["here"]), topic="places")
    with world.worker("two") as worker:
        eventually(lambda: world.counts("places") == {"here": 2, "there": 1})
        eventually(lambda: world.counts("people") == dict.fromkeys(KEYS, 1))
        assert worker.stop() == 0


def test_what_faust_has_besides_works_as_in_faust(world: World):
    world.make_topics(doubled=2, said=1)
    world.send(("a", b"1"), ("a", b"2"), partition=0)
    world.send(("b", b"5"), partition=1)
    said: dict[str, list[bytes]] = {}

    def hear() -> dict[str, list[bytes]]:
        said.clear()
        for message in world.read(f"{world.app}.said"):
            said.setdefault((message.key() or b"sink").decode(), []).append(message.value())
        return said

    with world.worker("everything") as worker:
        eventually(lambda: len(hear().get("sink", [])) == 3 and len(said.get("timer", [])) > 1)
        assert sorted(said["sink"]) == [b"a-0=2", b"a-0=4", b"b-1=10"]
        assert said["task"] == [b"hello"]
        assert [json.loads(held) for held in said["restored"]] == [{"0": [], "1": []}]
        worker.stop()
    with world.worker("everything"):
        eventually(lambda: len(hear().get("restored", [])) == 2)
        assert json.loads(said["restored"][1]) == {"0": [["a", 3]], "1": [["b", 5]]}


def test_a_worker_says_how_it_is_and_what_it_has_done(world: World):
    with world.worker("count") as worker:
        worker.await_running()
        world.send(*once_each())
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
        told = worker.health()
        assert told is not None
        assert (told["state"], told["worker"], told["partitions"]) == ("running", "w0", [0, 1])
        done = f'engine_messages_total{{topic="{world.app}.in"}} 20.0'
        eventually(lambda: done in worker.metrics())
        quiet = f'engine_lag_messages{{partition="0",topic="{world.app}.in"}} 0.0'
        eventually(lambda: quiet in worker.metrics())
        assert "engine_restore_progress_ratio 1.0" in worker.metrics()


def test_two_workers_share_the_partitions_and_lose_nothing(world: World):
    with world.worker("count") as one:
        one.await_running()
        with world.worker("count", worker="w1") as two:
            two.await_running()
            world.send(*once_each())
            eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))
            partitions = [worker.health() or {} for worker in (one, two)]
            assert sorted(number for told in partitions for number in told["partitions"]) == [0, 1]
            assert two.stop() == 0
        world.send(*once_each())
        eventually(lambda: world.counts() == dict.fromkeys(KEYS, 2))


def test_a_second_process_with_the_same_name_is_refused(world: World):
    with world.worker("count") as first:
        first.await_running()
        with world.worker("count") as second:
            assert second.ended() == 2
            assert "worker w0 is already running" in second.last_line()
            assert str(first.process.pid) in second.last_line()
        assert first.process.poll() is None


def test_an_idle_worker_that_is_fenced_by_its_namesake_elsewhere_ends(world: World, tmp_path):
    """On another machine there is no common data folder: the broker has to tell them apart."""
    with world.worker("count") as first:
        first.await_running()
        with world.worker("count", "--data", str(tmp_path / "elsewhere")) as second:
            assert first.ended() == 70
            assert "fenced" in first.last_line().lower()
            second.await_running()
            world.send(*once_each())
            eventually(lambda: world.counts() == dict.fromkeys(KEYS, 1))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("unsafe", "put TLS and SASL into EngineSettings.librdkafka"),
        ("bare", "set EngineSettings.quarantine_topic or app.quarantine"),
        ("topics_missing", ".nowhere does not exist: create it"),
    ],
)
def test_a_wrong_start_is_refused_with_a_way_out(world: World, program: str, reason: str):
    with world.worker(program) as worker:
        assert worker.ended() == 2
        assert reason in worker.last_line()
        assert "Traceback" not in worker.said()


def test_a_changelog_with_other_partitions_is_refused(world: World):
    world.make_changelog("counts", 3)
    with world.worker("count") as worker:
        assert worker.ended() == 2
        assert "counts-changelog has 3 partitions, its source topics have 2" in worker.last_line()


def test_a_broker_that_is_not_there_ends_the_worker_in_time(world: World):
    world.brokers = "127.0.0.1:9"
    with world.worker("bare") as refused, world.worker("topics_missing", worker="w1") as worker:
        assert refused.ended() == 2
        assert worker.ended() == 70
        assert "no broker answers at 127.0.0.1:9 (waited 5 s)" in worker.last_line()


def test_a_send_to_a_topic_that_nobody_made_is_said_at_once(world: World):
    world.send(("a", b"x"))
    with world.worker("unknown_topic") as worker:
        assert worker.ended() == 70
        assert (
            f"an agent sends to topic {world.app}.nowhere, which does not exist"
            in worker.last_line()
        )


def test_a_failing_timer_ends_the_worker(world: World):
    with world.worker("failing_timer") as worker:
        assert worker.ended() == 70
        assert "ValueError: the timer fails" in worker.last_line()


def test_a_slow_agent_is_given_less_instead_of_failing_for_ever(world: World):
    keys = [f"k{number}" for number in range(300)]
    world.send(*once_each(keys))
    with world.worker("slow") as worker:
        assert worker.ended() == 70
        assert "longer than transaction_timeout_ms allows" in worker.last_line()
    with world.worker("slow") as worker:
        eventually(lambda: world.counts() == dict.fromkeys(keys, 1))
        assert worker.stop() == 0


def test_an_agent_that_exits_has_not_handled_its_batch(world: World):
    world.send(("a", b"x"), ("a", b"exit"), partition=0)
    with world.worker("count") as worker:
        assert worker.ended() == 70
        assert "SystemExit" in worker.last_line()
    assert world.counts() == {}


def test_an_agent_that_stops_listening_ends_the_worker(world: World):
    with world.worker("leave") as worker:
        worker.await_running()
        world.send(("a", b"x"), partition=0)
        eventually(
            lambda: f'engine_messages_total{{topic="{world.app}.in"}} 1.0' in worker.metrics()
        )
        world.send(("a", b"x"), partition=0)
        assert worker.ended() == 70
        assert "longer than transaction_timeout_ms allows" in worker.last_line()


@pytest.mark.parametrize("manner", [b"await", b"spin", b"block"])
def test_a_hanging_agent_does_not_keep_the_worker(world: World, manner: bytes):
    world.send(("a", manner))
    with world.worker("hang") as worker:
        eventually(lambda: (world.data / "hanging").exists())
        assert worker.stop() == 0
        assert "still stopping after 3 s" in worker.said()


def test_keys_fall_where_the_producer_puts_them(world: World):
    keys = [f"{number}-{'x' * (number % 7)}" for number in range(200)]
    world.send(*once_each(keys))
    for message in world.read(f"{world.app}.in"):
        assert message.partition() == partition_of(message.key(), world.partitions)
