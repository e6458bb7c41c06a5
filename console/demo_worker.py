"""The demo's stream worker: a process of its own, supervised, and asked whether it has caught up."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import OffsetSpec

from compose.ports import LOOPBACK, free_ports
from console.reading import reader
from console.topics import admin
from console.trouble import Trouble

RESTART = 70
"""The exit code with which a worker asks to be started again."""


class DemoWorker:
    """One worker process; started again whenever it ends with 70."""

    def __init__(
        self, folder: Path, brokers: str, partners: Iterable[tuple[str, str]], partitions: int
    ) -> None:
        (self._port,) = free_ports(1)
        self._log = folder / "worker.log"
        self._environment = {
            **os.environ,
            "V2V_BROKERS": brokers,
            "V2V_PARTNERS": ",".join(":".join(pair) for pair in partners),
            "V2V_PARTITIONS": str(partitions),
            "V2V_REPLICATION": "1",
            "V2V_TICK_SECONDS": "0",
            "V2V_WORKER": "demo",
            "V2V_WORKER_HTTP": f"{LOOPBACK}:{self._port}",
            "V2V_HOME": str(folder),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "console.v2v", "worker"],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def wait(self, patience: float = 60.0) -> None:
        """Wait until it works on its partitions."""
        end = time.monotonic() + patience
        while not self._running():
            self.watch()
            if time.monotonic() > end:
                raise Trouble("the worker did not begin", f"see {self._log}")
            time.sleep(0.05)

    def _running(self) -> bool:
        door = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            door.request("GET", "/health")
            return door.getresponse().status == HTTPStatus.OK
        except OSError:
            return False
        finally:
            door.close()

    def watch(self) -> None:
        """Start it again when it asked for that; complain when it cannot go on."""
        assert self._process is not None
        code = self._process.poll()
        if code == RESTART:
            self.start()
        elif code is not None:
            tail = self._log.read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise Trouble(f"the worker ended with {code}: {' '.join(tail)}", f"see {self._log}")

    def stop(self) -> None:
        """End it cleanly, in any case."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=12)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)


class Lag:
    """Whether a group has taken everything that its topics hold."""

    def __init__(
        self,
        brokers: str,
        group: str,
        topics: Iterable[str],
        librdkafka: Mapping[str, Any] | None = None,
    ) -> None:
        self._admin = admin(brokers, librdkafka)
        hasty = {
            **(librdkafka or {}),
            "fetch.wait.max.ms": 10,
        }  # an end is told by a fetch that finds nothing
        self._consumer: Consumer = reader(brokers, hasty)
        self._group = group
        self._partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in self._consumer.list_topics(topic, timeout=15).topics[topic].partitions
        ]
        self._latest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        self._read: dict[tuple[str | None, int | None], int | None] = {}

    def caught_up(self) -> bool:
        """True when no committed message lies behind the group's position.

        Transaction markers take offsets of their own, so positions and ends are compared by reading
        what lies between them; what was found to be markers is not read again.
        """
        places = self._places()
        return not places or not self._hold_more(places)

    def _places(self) -> list[TopicPartition]:
        ends = self._admin.list_offsets(
            dict.fromkeys(self._partitions, self._latest),
            isolation_level=IsolationLevel.READ_COMMITTED,
        )
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(self._group)])
        taken = {
            (p.topic, p.partition): p.offset
            for p in asked[self._group].result(15).topic_partitions or ()
        }
        places = []
        for place, end in ends.items():
            name = (place.topic, place.partition)
            position = max(taken.get(name, 0), self._read.get(name, 0), 0)
            if position < end.result(15).offset:
                places.append(TopicPartition(*name, position))
        return places

    def _hold_more(self, places: list[TopicPartition]) -> bool:
        """Whether a message comes from any of the places before all their ends are reached."""
        self._consumer.assign(places)
        left = len(places)
        try:
            while left:
                message = self._consumer.poll(5)
                if message is None or message.error() is None:
                    return True
                place = (message.topic(), message.partition())
                self._read[place] = message.offset()  # where a reader arrives at the end
                left -= 1
            return False
        finally:
            self._consumer.unassign()

    def close(self) -> None:
        """Let the reader go."""
        self._consumer.close()


def wait_until_caught_up(lag: Lag, worker: DemoWorker, patience: float = 180.0) -> None:
    """Wait until the worker has taken everything, twice in a row."""
    end = time.monotonic() + patience
    quiet = 0
    while quiet < 2:
        worker.watch()
        quiet = quiet + 1 if lag.caught_up() else 0
        if time.monotonic() > end:
            raise Trouble("the worker did not catch up", "see its log")
        time.sleep(0.01)
