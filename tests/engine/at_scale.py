"""What the engine costs where there is much of everything: `python -m tests.engine.at_scale`.

    compaction  the changelog is compacted all along, while workers are killed and restored from it
    outdated    a disk comes back that holds a key of whose removal the changelog says no more
    million     a table of 1,000,000 keys, ten times what is kept decoded, changed twice and restored
    large       a backlog of large messages on a small worker
    rebalance   a third worker comes and goes under load: how long partitions stand still

Each compares every count with what was sent, and prints its figures as one line of JSON. It runs on the
cluster that V2V_BROKERS names, or on one of its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

from compose.kafka import kafka_for
from tests.engine.world import WorkerProcess, World, eventually

MIB = 1024 * 1024
WITHIN_S = 300.0
KEPT_DECODED = 100_000
"""`EngineSettings.overlay_entries`, as it stands."""
OFTEN_COMPACTED = {
    "cleanup.policy": "compact",
    "segment.bytes": str(MIB),
    "segment.ms": "500",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "1000",
    "delete.retention.ms": "1000",
}


class Watched:
    """A worker while it handles what was sent: how long it took, and the most memory it had."""

    def __init__(self, worker: WorkerProcess) -> None:
        self.worker = worker
        self.most = 0
        self._process = psutil.Process(worker.process.pid)
        self._began = time.monotonic()

    def until(self, look: Callable[[], bool]) -> float:
        """Wait until something is so; return the seconds since the last wait was over."""

        def looked() -> bool:
            assert self.worker.process.poll() is None, self.worker.said()
            self.most = max(self.most, self._process.memory_info().rss)
            return look()

        eventually(looked, WITHIN_S)
        now = time.monotonic()
        took, self._began = now - self._began, now
        return took

    def handled(self, topic: str, messages: int) -> float:
        """Wait until so many messages of a topic have been handled by this process."""
        of_topic = f'engine_messages_total{{topic="{topic}"}} '

        def counted() -> float:
            found = [m for m in self.worker.metrics().splitlines() if m.startswith(of_topic)]
            return float(found[0].removeprefix(of_topic)) if found else 0.0

        return self.until(lambda: self.running() and counted() == messages)

    def running(self) -> bool:
        """Whether it handles messages."""
        told = self.worker.health()
        return told is not None and told["state"] == "running" and bool(told["partitions"])


def publish(world: World, keys: Iterable[str], value: bytes) -> None:
    """Send one message for each key, as fast as the broker takes them."""
    for number, key in enumerate(keys):
        world.send_soon(key, value)
        if not number % 10_000:
            world.flush()
    world.flush()


# ---------------------------------------------------------------------- compaction


def compaction(world: World, rounds: int = 60) -> dict[str, Any]:
    """Count keys, forget some, kill workers and spoil their disks, while the broker compacts all along."""
    world.clean_often()
    world.make_topics(**{"in": 2, "quarantine": 2})
    world.make_changelog("counts", 2, **OFTEN_COMPACTED)
    chance, expected = random.Random(7), Counter[str]()
    disks: Counter[str] = Counter()
    earlier = world.data / "earlier"
    keys = [f"k{number}" for number in range(500)]
    began = time.monotonic()
    done = 0
    while done < rounds:
        with world.worker("padded") as worker:
            for _ in range(5):
                forgotten = chance.sample(keys, 50)
                world.send(*((key, b"x") for key in keys), *((key, b"forget") for key in forgotten))
                expected.update(keys)
                for key in forgotten:
                    del expected[key]
                done += 1
                if chance.random() < 0.7:  # else it dies with what it has in hand
                    eventually(lambda: world.counts() == expected, WITHIN_S)
            worker.process.kill()
            worker.ended()
        disk = chance.choice(("kept", "lost", "of earlier")) if earlier.exists() else "saved"
        disks[disk] += 1
        if disk == "saved":
            shutil.copytree(worker.folder, earlier)
            continue
        if disk != "kept":
            shutil.rmtree(worker.folder)
        if disk == "of earlier":
            earlier.rename(worker.folder)
    with world.worker("padded") as worker:
        eventually(lambda: world.counts() == expected, WITHIN_S)
        assert worker.stop() == 0
    left = len(world.read(f"{world.app}-counts-changelog"))
    written = world.end(f"{world.app}-counts-changelog")
    return {
        "job": "compaction",
        "seconds": round(time.monotonic() - began, 1),
        "messages": done * 550,
        "changelog_written": written,
        "changelog_left": left,
        "kills": disks.total(),
        "disks": dict(disks),
        "exact": world.counts() == expected,
    }


def outdated(world: World) -> dict[str, Any]:
    """Bring back a disk that holds a key of whose removal the changelog says no more."""
    world.clean_often()
    world.make_topics(**{"in": 2, "quarantine": 2})
    world.make_changelog("counts", 2, **OFTEN_COMPACTED)
    changelog = f"{world.app}-counts-changelog"
    others = [f"k{number}" for number in range(500)]
    earlier = world.data / "earlier"
    began = time.monotonic()
    world.send(("gone", b"x"), *((key, b"x") for key in others))
    with world.worker("padded") as worker:
        eventually(lambda: len(world.counts()) == 501)
        assert worker.stop() == 0
    shutil.copytree(worker.folder, earlier)
    world.send(("gone", b"forget"))
    rounds = 0
    with world.worker("padded") as worker:

        def forgotten() -> bool:
            nonlocal rounds
            world.send(*((key, b"x") for key in others))
            rounds += 1
            eventually(lambda: world.counts().get("k0") == 1 + rounds)
            return all(message.key() != b"gone" for message in world.read(changelog))

        eventually(forgotten, WITHIN_S)
        assert worker.stop() == 0
    shutil.rmtree(worker.folder)
    earlier.rename(worker.folder)
    world.send(("gone", b"x"))
    with world.worker("padded") as worker:
        expected = {"gone": 1, **dict.fromkeys(others, 1 + rounds)}
        eventually(lambda: world.counts().get("gone"))
        exact = world.counts() == expected
        assert worker.stop() == 0
    return {
        "job": "outdated",
        "seconds": round(time.monotonic() - began, 1),
        "wiped": worker.said().count("may not have been up to date"),
        "exact": exact,
    }


# ---------------------------------------------------------------------- a million


def million(world: World, keys: int = 1_000_000) -> dict[str, Any]:
    """Write a table of a million keys twice, in another order, and restore it on an empty disk."""
    world.make_topics(**{"in": 2, "quarantine": 2})
    names = [f"k{number:07}" for number in range(keys)]
    topic = f"{world.app}.in"
    publish(world, names, b"x")
    with world.worker("count") as worker:
        watched = Watched(worker)
        first = watched.handled(topic, keys)
        random.Random(7).shuffle(names)
        watched.until(watched.running)
        publish(world, names, b"x")
        again = watched.handled(topic, 2 * keys)
        most = watched.most
        assert worker.stop() == 0
        on_disk = sum(file.stat().st_size for file in worker.folder.rglob("*") if file.is_file())
    shutil.rmtree(worker.folder)
    with world.worker("count") as worker:
        restoring = Watched(worker)
        restored = restoring.until(restoring.running)
        assert worker.stop() == 0
    counts = world.counts()
    return {
        "job": "million",
        "keys": keys,
        "kept_decoded": KEPT_DECODED,
        "first_messages_per_s": round(keys / first),
        "second_messages_per_s": round(keys / again),
        "rss_mib": most // MIB,
        "disk_mib": on_disk // MIB,
        "restore_s": round(restored, 1),
        "restore_rss_mib": restoring.most // MIB,
        "exact": len(counts) == keys and set(counts.values()) == {2},
    }


# ---------------------------------------------------------------------- large messages


def large(world: World, messages: int = 2_000, size: int = 900_000) -> dict[str, Any]:
    """Start a worker on a backlog of large messages."""
    world.make_topics(**{"in": 2, "quarantine": 2})
    names = [f"k{number % 100}" for number in range(messages)]
    for name in names:
        world.send_soon(name, os.urandom(size))
    world.flush()
    with world.worker("count") as worker:
        watched = Watched(worker)
        took = watched.handled(f"{world.app}.in", messages)
        assert worker.stop() == 0
    return {
        "job": "large",
        "messages": messages,
        "backlog_mib": messages * size // MIB,
        "seconds": round(took, 1),
        "mib_per_s": round(messages * size / MIB / took),
        "rss_mib": watched.most // MIB,
        "exact": world.counts() == Counter(names),
    }


# ---------------------------------------------------------------------- rebalances


class Stream:
    """Messages to every partition all along, from a thread of its own."""

    def __init__(self, world: World, every_s: float) -> None:
        self._world, self._every_s = world, every_s
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._world.flush()

    def _send(self) -> None:
        while not self._stop.wait(self._every_s):
            for partition in range(self._world.partitions):
                self._world.send_soon(f"p{partition}", b"x", partition)
            self.sent += self._world.partitions


def rebalance(world: World, times: int = 5) -> dict[str, Any]:
    """Take a third worker in and out again under load; how long each partition stood still."""
    world.partitions = 6
    world.make_topics(**{"in": 6, "quarantine": 6})
    moments: dict[str, list[tuple[float, float]]] = {"in": [], "out": []}
    with (
        world.worker("count", "--dynamic") as one,
        world.worker("count", "--dynamic", worker="w1") as two,
    ):
        one.await_running()
        two.await_running()
        with Stream(world, 0.01) as stream:
            for _ in range(times):
                began = time.time()
                with world.worker("count", "--dynamic", worker="w2") as third:
                    third.await_running()
                    moments["in"].append((began, began := time.time()))
                    assert third.stop() == 0
                    eventually(lambda: len(held(one)) + len(held(two)) == 6)
                    moments["out"].append((began, time.time()))
        expected = Counter({f"p{n}": stream.sent // 6 for n in range(6)})
        eventually(lambda: world.counts() == expected, WITHIN_S)
    pauses = {what: pauses_within(world, spans) for what, spans in moments.items()}
    return {
        "job": "rebalance",
        "messages_per_s": 600,
        **{
            f"{what}_pause_s": {
                "median": round(statistics.median(found), 2),
                "longest": round(max(found), 2),
            }
            for what, found in pauses.items()
        },
        "exact": True,
    }


def held(worker: WorkerProcess) -> list[int]:
    """The partitions that a worker says it holds, once it works on them."""
    told = worker.health() or {}
    partitions: list[int] = told["partitions"] if told.get("state") == "running" else []
    return partitions


def pauses_within(world: World, spans: list[tuple[float, float]]) -> list[float]:
    """The longest time between two commits of each partition, around each span."""
    commits: dict[int, list[float]] = {}
    for message in world.read(f"{world.app}-counts-changelog"):
        commits.setdefault(message.partition(), []).append(message.timestamp()[1] / 1000)
    found = []
    for began, ended in spans:
        for times in commits.values():
            near = sorted(at for at in times if began - 0.5 < at < ended + 1.0)
            found.append(max(b - a for a, b in itertools.pairwise(near)))
    return found


JOBS: dict[str, Callable[[World], dict[str, Any]]] = {
    "compaction": compaction,
    "outdated": outdated,
    "million": million,
    "large": large,
    "rebalance": rebalance,
}


def main() -> int:
    """Run the jobs that were named, or all; exit 1 when a count is not what was sent."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("jobs", nargs="*", help=f"of {', '.join(JOBS)}; all when none is named")
    names = parser.parse_args().jobs or list(JOBS)
    exact = True
    with tempfile.TemporaryDirectory(prefix="at-scale-") as name, kafka_for(Path(name)) as brokers:
        for job in names:
            app = f"scale-{os.getpid()}-{job}"
            figures = JOBS[job](World(brokers, app, Path(name) / f"data-{job}"))
            exact = exact and figures["exact"]
            print(json.dumps(figures), flush=True)
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
