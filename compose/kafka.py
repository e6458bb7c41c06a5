"""Apache Kafka itself on this machine, without Docker and without an installed Java.

    kafka = LocalKafka(kafka_folder())
    servers = kafka.up()        # outlives this program; kafka.down() ends it, from anywhere
    with kafka_for(folder) as servers: ...   # ends with the block, or with us, however we end

One broker, or three that keep three copies and need two of them. What runs is written down in the
folder, so any later command finds it. Where `V2V_BROKERS` names a cluster, that one is used and
nothing is started.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import confluent_kafka
from confluent_kafka.admin import AdminClient

from compose.broker_properties import Listeners, as_text, broker_properties
from compose.jars import KAFKA_LOCK, KAFKA_VERSION, fetched
from compose.ports import LOOPBACK, answers, free_ports, is_free
from compose.processes import (
    Node,
    Owner,
    alone,
    end,
    has_room,
    java,
    launch,
    read_nodes,
    stopped,
    write_nodes,
)
from compose.storage import prepare
from compose.trouble import CannotRun, log_tail

PATIENCE = 90.0
SMALL = ("-XX:+UseSerialGC", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError")
QUIET = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(frozen=True)
class BrokerStatus:
    """One broker: its address, and its process while it runs."""

    index: int
    address: str
    pid: int | None
    log: Path


@dataclass(frozen=True)
class KafkaStatus:
    """What is there and what of it runs; `servers` is what clients are given."""

    folder: Path
    brokers: tuple[BrokerStatus, ...]

    @property
    def running(self) -> bool:
        return any(broker.pid for broker in self.brokers)

    @property
    def servers(self) -> str:
        return ",".join(broker.address for broker in self.brokers)


class LocalKafka:
    """The cluster of one folder. Every method may be called from any process."""

    def __init__(self, folder: Path, brokers: int | None = None, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self._brokers = brokers
        self._port = port
        self._owner: Owner | None = None

    def up(self, *, tied: bool = False) -> str:
        """Start what does not run and wait until all answer. `tied`: ends when this program does."""
        with alone(self.folder):
            nodes = self._planned()
            if all(node.running for node in nodes):
                return self.status().servers
            if tied:
                self._owner = Owner(self.folder)
            for _ in range(3):
                nodes = self._with_free_ports(nodes)
                write_nodes(self.folder, nodes)
                self._configure(nodes)
                if self._started(nodes):
                    return self.status().servers
                nodes = [replace(node, ports=()) for node in stopped(nodes)]
            raise CannotRun(f"no free ports for Kafka in {self.folder}: others take them at once")

    def down(self) -> None:
        """End the brokers; what they hold stays."""
        with alone(self.folder):
            self._end()
        self._release()

    def _release(self) -> None:
        if self._owner:
            self._owner.let_go()
            self._owner = None

    def wipe(self) -> None:
        """End the brokers and remove everything they hold."""
        if not self.folder.exists():
            return
        if not (self.folder / "nodes.json").exists():
            raise CannotRun(f"{self.folder} holds no local Kafka; nothing was removed")
        with alone(self.folder):
            end(read_nodes(self.folder), gently=False)
        self._release()
        shutil.rmtree(self.folder)

    def status(self) -> KafkaStatus:
        brokers = tuple(
            BrokerStatus(
                index=index,
                address=f"{LOOPBACK}:{node.ports[0]}" if node.ports else "",
                pid=node.pid if node.running else None,
                log=self._log(index),
            )
            for index, node in enumerate(read_nodes(self.folder))
        )
        return KafkaStatus(self.folder, brokers)

    def kill(self, index: int) -> None:
        """End one broker with SIGKILL, as a crash would."""
        with alone(self.folder):
            end([self._node(index)], gently=False)

    def start(self, index: int) -> None:
        """Start one broker again, on the ports it had, and wait until the whole cluster answers."""
        with alone(self.folder):
            nodes = stopped(read_nodes(self.folder))
            if self._node(index).running:
                return
            if not self._started(nodes, only=index):
                raise CannotRun(f"the ports {nodes[index].ports} of broker {index} are taken")

    # ------------------------------------------------------------------------------ what is there

    def _planned(self) -> list[Node]:
        nodes = stopped(read_nodes(self.folder))
        if nodes and self._brokers not in (None, len(nodes)):
            raise CannotRun(
                f"{self.folder} holds a cluster of {len(nodes)}, not of {self._brokers}: leave out "
                "--brokers, or remove it first with `v2v kafka wipe`"
            )
        count = self._brokers or 1
        if not nodes and count not in (1, 3):
            raise CannotRun(f"a local cluster has 1 broker or 3, not {count}")
        return nodes or [Node(str(self._properties(n)), ()) for n in range(count)]

    def _node(self, index: int) -> Node:
        nodes = read_nodes(self.folder)
        if index not in range(len(nodes)):
            raise CannotRun(f"{self.folder} has no broker {index}; it has {len(nodes)}")
        return nodes[index]

    def _with_free_ports(self, nodes: list[Node]) -> list[Node]:
        """Each keeps the ports it had while nobody else has taken them."""
        if any(node.running for node in nodes):
            return nodes
        if self._port is not None and not is_free(self._port):
            raise CannotRun(f"port {self._port} is taken; name another, or none and one is found")
        if nodes[0].ports and all(is_free(port) for node in nodes for port in node.ports):
            return nodes
        ports = free_ports(2 * len(nodes))
        if self._port is not None:
            ports[0] = self._port
        pairs = zip(ports[::2], ports[1::2], strict=True)
        return [replace(node, ports=pair) for node, pair in zip(nodes, pairs, strict=True)]

    def _properties(self, index: int) -> Path:
        return self.folder / f"broker-{index}" / "server.properties"

    def _log(self, index: int) -> Path:
        return self.folder / f"broker-{index}" / "broker.log"

    # ------------------------------------------------------------------------- starting and ending

    def _configure(self, nodes: list[Node]) -> None:
        cluster = [Listeners(*node.ports) for node in nodes]
        for index in range(len(nodes)):
            path = self._properties(index)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(broker_properties(index, cluster, path.parent / "data")))

    def _started(self, nodes: list[Node], only: int | None = None) -> bool:
        """Whether all came up; False when somebody had taken a port meanwhile."""
        has_room(self.folder, 1)
        jars = fetched(KAFKA_LOCK, f"Apache Kafka {KAFKA_VERSION}")
        command = [java(), *SMALL, *QUIET, "-cp", os.pathsep.join(map(str, jars))]
        prepare(command, [Path(node.mark) for node in nodes], self.folder / "cluster")
        for index, node in enumerate(nodes):
            if node.running or only not in (None, index):
                continue
            log = self._log(index)
            log.unlink(missing_ok=True)
            pid = launch([*command, "kafka.Kafka", node.mark], log)
            nodes[index] = replace(node, pid=pid)
            write_nodes(self.folder, nodes)
        wanted = [index for index, node in enumerate(nodes) if node.pid]
        try:
            return self._came_up(nodes, wanted)
        except BaseException:
            if only is None:
                self._end()
            raise

    def _came_up(self, nodes: list[Node], wanted: list[int]) -> bool:
        deadline = time.monotonic() + PATIENCE
        silent = list(wanted)
        while silent or not _complete(nodes, wanted):
            for index in wanted:
                if not nodes[index].running:
                    log = self._log(index)
                    if "Address already in use" in log_tail(log, 200):
                        self._end()
                        return False
                    raise CannotRun(f"Kafka ended at its start; {log} says:\n{log_tail(log)}")
            if time.monotonic() > deadline:
                log = self._log((silent or wanted)[0])
                raise CannotRun(
                    f"Kafka did not answer within {PATIENCE:.0f} s; {log} says:\n{log_tail(log)}"
                )
            silent = [index for index in silent if not answers(nodes[index].ports[0])]
            time.sleep(0.05)
        return True

    def _end(self) -> None:
        nodes = read_nodes(self.folder)
        end(nodes)
        if nodes:
            write_nodes(self.folder, stopped(nodes))


def _complete(nodes: list[Node], wanted: list[int]) -> bool:
    """Whether the cluster knows all of these brokers and has chosen a controller."""
    servers = ",".join(f"{LOOPBACK}:{nodes[index].ports[0]}" for index in wanted)
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 0, "client.id": "v2v-compose"})
    try:
        cluster = admin.describe_cluster(request_timeout=2).result(3)
    except confluent_kafka.KafkaException:
        return False
    return cluster.controller is not None and len(cluster.nodes) >= len(wanted)


def named_brokers() -> str | None:
    """The cluster that `V2V_BROKERS` names, if it does."""
    return os.environ.get("V2V_BROKERS") or None


def brokers(folder: Path) -> str:
    """The cluster to talk to: the named one, else the one that runs in the folder."""
    if named := named_brokers():
        return named
    status = LocalKafka(folder).status()
    if status.running:
        return status.servers
    raise CannotRun(
        f"no Kafka runs in {folder}: start one with `v2v kafka up`, or name one in V2V_BROKERS"
    )


@contextmanager
def kafka_for(folder: Path, brokers: int | None = None) -> Iterator[str]:
    """A cluster for the length of a block: the named one, one that runs here, else one of our own."""
    if named := named_brokers():
        yield named
        return
    kafka = LocalKafka(folder, brokers)
    if kafka.status().running:
        yield kafka.up()
        return
    try:
        yield kafka.up(tied=True)
    finally:
        kafka.down()
