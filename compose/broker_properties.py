"""The settings of a local Apache Kafka: a production cluster's manners at a small machine's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compose.ports import LOOPBACK


@dataclass(frozen=True)
class Listeners:
    """Where one broker listens: for clients, and for its fellow voters."""

    clients: int
    voters: int


def broker_properties(index: int, cluster: Sequence[Listeners], data: Path) -> dict[str, str]:
    """The server.properties of one broker, which is a controller as well."""
    here = cluster[index]
    copies = min(len(cluster), 3)
    in_sync = 2 if copies == 3 else 1
    voters = ",".join(f"{n}@{LOOPBACK}:{each.voters}" for n, each in enumerate(cluster))
    return {
        "process.roles": "broker,controller",
        "node.id": str(index),
        "controller.quorum.voters": voters,
        "listeners": f"CLIENTS://{LOOPBACK}:{here.clients},VOTERS://{LOOPBACK}:{here.voters}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{here.clients}",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,VOTERS:PLAINTEXT",
        "controller.listener.names": "VOTERS",
        "inter.broker.listener.name": "CLIENTS",
        "log.dirs": str(data),
        # a topic that nobody declared is a mistake, here as in production
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(copies),
        "min.insync.replicas": str(in_sync),
        "offsets.topic.replication.factor": str(copies),
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": str(in_sync),
        "share.coordinator.state.topic.replication.factor": str(copies),
        "share.coordinator.state.topic.min.isr": str(in_sync),
        # a dead broker is noticed, and may come back, after this long
        "broker.session.timeout.ms": "5000",
        "broker.heartbeat.interval.ms": "500",
        # small and quick to start
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.num.partitions": "8",
        "log.cleaner.dedupe.buffer.size": str(32 * 2**20),
        "num.network.threads": "2",
        "num.io.threads": "4",
    }


def as_text(properties: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())
