"""One app on a real Kafka, as its tests see it: topics, messages, worker processes, answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import urlopen

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from tests.faults.engine_workers import free_port

R = TypeVar("R")
WITHIN_S = 40.0


def eventually(look: Callable[[], R | None], within_s: float = WITHIN_S) -> R:
    """Return what is seen as soon as it is there."""
    until = time.monotonic() + within_s
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        if time.monotonic() > until:
            raise AssertionError(f"not seen within {within_s:.0f} s: {look.__doc__ or look}")
        time.sleep(0.05)


class World:
    """One app's surroundings."""

    def __init__(self, brokers: str, app: str, data: Path, partitions: int = 2) -> None:
        self.brokers, self.app, self.data, self.partitions = brokers, app, data, partitions
        self._admin = AdminClient({"bootstrap.servers": brokers})
        self._producer = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random"})

    def make_topics(self, **partitions: int) -> None:
        """Make topics of the app."""
        new = [NewTopic(f"{self.app}.{name}", count, 1) for name, count in partitions.items()]
        for future in self._admin.create_topics(new).values():
            future.result(30)

    def make_changelog(self, table: str, partitions: int, **config: str) -> None:
        """Make one table's changelog."""
        new = NewTopic(f"{self.app}-{table}-changelog", partitions, 1, config=config)
        for future in self._admin.create_topics([new]).values():
            future.result(30)

    def clean_often(self) -> None:
        """Have the brokers look every half second for what can be compacted."""
        often = ConfigEntry(
            "log.cleaner.backoff.ms", "500", incremental_operation=AlterConfigOpType.SET
        )
        brokers = [
            ConfigResource(ResourceType.BROKER, str(number), incremental_configs=[often])
            for number in self._admin.list_topics(timeout=10).brokers
        ]
        for future in self._admin.incremental_alter_configs(brokers).values():
            future.result(30)

    def make_anew(self, name: str) -> None:
        """Remove a topic, and make it again, empty."""
        for future in self._admin.delete_topics([name]).values():
            future.result(30)
        eventually(lambda: name not in self._admin.list_topics(timeout=10).topics)
        for future in self._admin.create_topics([NewTopic(name, self.partitions, 1)]).values():
            future.result(30)

    def forget_group(self) -> None:
        """Remove what the group has committed, as brokers do when no worker has run for a week."""
        for future in self._admin.delete_consumer_groups([self.app]).values():
            future.result(30)

    def send(self, *messages: tuple[str, bytes], topic: str = "in", partition: int = -1) -> None:
        """Send (key, value) pairs."""
        for key, value in messages:
            self._producer.produce(
                f"{self.app}.{topic}", value, key.encode(), partition, headers=[("h", b"1")]
            )
        assert self._producer.flush(30) == 0

    def send_soon(self, key: str, value: bytes, partition: int = -1) -> None:
        """Send one message without waiting for it; `flush` does."""
        while True:
            try:
                return self._producer.produce(f"{self.app}.in", value, key.encode(), partition)
            except BufferError:
                self._producer.poll(0.1)

    def flush(self) -> None:
        """Wait until all that was sent has arrived."""
        assert self._producer.flush(120) == 0

    def end(self, topic: str) -> int:
        """Return how many offsets a topic's partitions have used so far."""
        count = len(self._admin.list_topics(topic, 10).topics[topic].partitions)
        asked = {TopicPartition(topic, p): OffsetSpec.latest() for p in range(count)}
        return sum(future.result(30).offset for future in self._admin.list_offsets(asked).values())

    def read(self, topic: str) -> list[Any]:
        """Return all messages of a topic that are committed."""
        reader = Consumer(
            {
                "bootstrap.servers": self.brokers,
                "group.id": "nobody",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,
            }
        )
        count = len(self._admin.list_topics(topic, 10).topics[topic].partitions)
        reader.assign([TopicPartition(topic, p, 0) for p in range(count)])
        messages: list[Any] = []
        ended: set[Any] = set()
        while len(ended) < count:
            for message in reader.consume(1_000, 0.05):
                if message.error() is None:
                    messages.append(message)
                else:
                    ended.add(message.partition())
        reader.close()
        return messages

    def table(self, name: str) -> dict[str, bytes]:
        """Return a table as its changelog has it."""
        held: dict[str, bytes] = {}
        for message in self.read(f"{self.app}-{name}-changelog"):
            key, value = message.key(), message.value()
            if key.startswith(b"\0"):
                continue
            if value is None:
                held.pop(key.decode(), None)
            else:
                held[key.decode()] = value
        return held

    def counts(self, name: str = "counts") -> dict[str, int]:
        """Return a table of numbers."""
        return {key: int(value) for key, value in self.table(name).items()}

    @contextmanager
    def worker(self, program: str, *options: str, worker: str = "w0") -> Iterator[WorkerProcess]:
        """One worker process, ended with the block."""
        process = WorkerProcess(self, program, worker, options)
        try:
            yield process
        finally:
            process.process.kill()
            process.process.wait()

    @contextmanager
    def script(self, *command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
        """One Python program, ended with the block."""
        process = subprocess.Popen(
            [sys.executable, *command], env={**os.environ, "PYTHONPATH": "."}
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


class WorkerProcess:
    """One worker of one program."""

    def __init__(self, world: World, program: str, worker: str, options: tuple[str, ...]) -> None:
        self.port = free_port()
        self.folder = world.data / f"{world.app}-{worker}"
        command = [sys.executable, "-m", "tests.engine.programs", program, "--app", world.app]
        command += ["--brokers", world.brokers, "--data", str(world.data), "--worker", worker]
        world.data.mkdir(exist_ok=True)
        self._log = world.data / f"{worker}.{time.monotonic_ns()}.log"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "--http", str(self.port), *options], stdout=out, stderr=out
            )

    def health(self) -> dict[str, Any] | None:
        """Return what the worker says of itself, if it answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as answer:
                told: dict[str, Any] = json.load(answer)
        except HTTPError as refused:
            with refused:
                told = json.load(refused)
        except OSError:
            return None
        return told

    def metrics(self) -> str:
        """Return what Prometheus would read."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
            return str(answer.read().decode())

    def await_running(self) -> WorkerProcess:
        """Wait until it handles messages."""

        def running() -> bool:
            assert self.process.poll() is None, self.said()
            told = self.health()
            return told is not None and told["state"] == "running" and bool(told["partitions"])

        eventually(running)
        return self

    def ended(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end; return its exit code."""
        return self.process.wait(within_s)

    def stop(self, within_s: float = 10.0) -> int:
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self.process.wait(within_s)

    def said(self) -> str:
        """Return all that it wrote."""
        return self._log.read_text(errors="replace")

    def last_line(self) -> str:
        """Return how it explained its end."""
        return next(line for line in reversed(self.said().splitlines()) if "engine:" in line)
