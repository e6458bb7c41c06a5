"""Where the engines are compared: one broker on one core, one engine at a time on the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from compose.kafka import LocalKafka, named_brokers
from console.files import publish
from console.reading import bounded
from schemas.topics import LARGEST_MESSAGE
from schemas.wire import WireMessage

ROOT = Path(__file__).parents[2]
BROKER_CORE, ENGINE_CORE = 0, 1
PARTITIONS = 4
PEERS = ("quix", "quix_tuned")
"""Engines that live in a virtual environment of their own."""


class NoFigure(Exception):
    """A run that ended without its figures, with what it said."""


@dataclass(frozen=True)
class Ran:
    """What one engine's process told of itself."""

    seconds: float
    cpu_s: float


class Place:
    """The broker, a folder, and the processes that run against it."""

    def __init__(self, brokers: str, folder: Path, peers: Path) -> None:
        self.brokers, self.folder, self._peers = brokers, folder, peers
        self.admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})

    def make(self, names: Iterable[str]) -> None:
        """Make topics anew; what they held is gone."""
        wanted = list(names)
        there = self.admin.list_topics(timeout=15).topics
        if old := [name for name in wanted if name in there]:
            for future in self.admin.delete_topics(old).values():
                future.result(30)
            until = time.monotonic() + 30
            while set(old) & set(self.admin.list_topics(timeout=15).topics):
                if time.monotonic() > until:
                    raise NoFigure(f"the broker does not let go of {old[0]}")
                time.sleep(0.1)
        until = time.monotonic() + 30
        while wanted:
            config = {"max.message.bytes": str(LARGEST_MESSAGE)}
            made = self.admin.create_topics(
                [NewTopic(name, PARTITIONS, 1, config=config) for name in wanted]
            )
            wanted = [name for name, future in made.items() if not _made(future)]
            if time.monotonic() > until:
                raise NoFigure(f"the broker does not make {wanted[0]}")

    def fill(self, topic: str, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Put keys and values onto a topic."""
        producer = Producer(
            {"bootstrap.servers": self.brokers, "partitioner": "murmur2_random", "linger.ms": 20}
        )
        for number, (key, value) in enumerate(pairs):
            producer.produce(topic, value, key)
            if number % 1_000 == 0:
                producer.poll(0)
            if number % 50_000 == 49_999:
                producer.flush(60)
        producer.flush(60)

    def publish(self, lines: Iterable[tuple[str, WireMessage]]) -> None:
        """Put messages onto their own topics."""
        publish(self.brokers, lines)

    def latest(self, topic: str) -> dict[bytes, bytes]:
        """The last committed value under each key of a topic."""
        kept: dict[bytes, bytes] = {}
        for message in bounded(self.brokers, [topic]):
            key, value = message.key() or b"", message.value()
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
        return kept

    def keys(self, topic: str) -> list[str]:
        """Every committed key of a topic, in order, repeats and all."""
        return sorted((m.key() or b"").decode() for m in bounded(self.brokers, [topic]))

    def run(
        self, job: str, engine: str, run: str, messages: int, topics: Iterable[str], within: float
    ) -> Ran:
        """Run one engine's process to its end, alone on its core."""
        log = self.folder / f"{run}.log"
        with log.open("wb") as said:
            process = self.start(job, engine, run, messages, topics, said)
            try:
                out, _ = process.communicate(timeout=within)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise NoFigure(f"{engine} was not done with {job} within {within:.0f} s") from None
        _, mark, figures = out.decode().rpartition('{"seconds"')
        if mark:  # a worker may print more before it
            return Ran(**json.loads(mark + figures.splitlines()[0]))
        tail = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise NoFigure(f"{engine} ended {process.returncode} without figures: {' | '.join(tail)}")

    def start(
        self, job: str, engine: str, run: str, messages: int, topics: Iterable[str], said: object
    ) -> subprocess.Popen[bytes]:
        """Start one engine's process on its core."""
        folder = self.folder / run
        folder.mkdir()
        python = self._peers if engine in PEERS else Path(sys.executable)
        if not python.exists():
            raise NoFigure(f"{python} is not there: `make bench` makes it, or set V2V_BENCH_PYTHON")
        command = [str(python), "-m", f"tests.bench.{job}_{engine}", "--brokers", self.brokers]
        command += ["--run", run, "--folder", str(folder), "--topics", ",".join(topics)]
        command += ["--messages", str(messages), "--partitions", str(PARTITIONS)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=said,  # type: ignore[call-overload]
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        pin(process.pid, ENGINE_CORE)
        return process  # type: ignore[no-any-return]


def pin(pid: int, core: int) -> None:
    """Keep a process, with all its threads, on one core, where there is more than one."""
    if (os.cpu_count() or 1) > core and (os.cpu_count() or 1) > 1:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def peers_python() -> Path:
    """The Python of the other virtual environment; `make bench` makes it."""
    return Path(os.environ.get("V2V_BENCH_PYTHON") or ROOT / ".venv-bench/bin/python")


@contextmanager
def place() -> Iterator[Place]:
    """A broker for the length of a block: the named one, or one of our own, pinned to its core."""
    with tempfile.TemporaryDirectory(prefix="v2v-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if named := named_brokers():
            yield Place(named, folder, peers_python())
            return
        kafka = LocalKafka(folder / "kafka")
        try:
            servers = kafka.up(tied=True)
            if pid := kafka.status().brokers[0].pid:
                pin(pid, BROKER_CORE)
            yield Place(servers, folder, peers_python())
        finally:
            kafka.down()


def _made(future: object) -> bool:
    try:
        future.result(30)  # type: ignore[attr-defined]
    except KafkaException as error:
        if "exists" in str(error) or "marked for deletion" in str(error):
            return False
        raise
    return True
