"""`confluent_kafka.admin.AdminClient`, as far as the engine asks it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, TopicPartition
from faust.types import TP

from tests.faults.simulation.clients import Process
from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.transactions import refused


class _Named(NamedTuple):
    topics: dict[str, Any]
    cluster_id: str = "simulated"


class _Partitions(NamedTuple):
    partitions: dict[int, None]
    error: None = None


class _Id(NamedTuple):
    topic_id: str


class _Offset(NamedTuple):
    offset: int


def metadata_of(cluster: Cluster) -> _Named:
    """Every topic, as a client's own copy of the metadata has it."""
    return _Named(
        {t.name: _Partitions(dict.fromkeys(range(t.partitions))) for t in cluster.topics.values()}
    )


class Admin:
    """`confluent_kafka.admin.AdminClient`, as far as the engine asks it."""

    def __init__(self, process: Process, config: Mapping[str, Any]) -> None:
        self._process, self._cluster = process, process.cluster

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> _Named:
        self._process.point("list topics")
        if self._process.away:
            self._process.sleep(1.0)
            raise refused(KafkaError._TRANSPORT, "no broker answers", retriable=True)
        return metadata_of(self._cluster)

    def poll(self, timeout: float = -1) -> None:
        self._process.sleep(timeout)

    def describe_topics(self, asked: Any) -> dict[str, Future[_Id]]:
        self._ask("describe topics")
        return {name: _done(_Id(self._cluster.topics[name].topic_id)) for name in asked.topic_names}

    def list_offsets(
        self, asked: dict[TopicPartition, Any]
    ) -> dict[TopicPartition, Future[_Offset]]:
        self._ask("list offsets")
        answers = {}
        for part, spec in asked.items():
            log = self._cluster.logs[TP(part.topic, part.partition)]
            first = type(spec).__name__.startswith("Earliest")
            answers[part] = _done(_Offset(log.low if first else log.end))
        return answers

    def _ask(self, what: str) -> None:
        self._process.point(what)
        while self._process.away:
            self._process.sleep(0.2)


def _done(answer: Any) -> Future[Any]:
    done: Future[Any] = Future()
    done.set_result(answer)
    return done
