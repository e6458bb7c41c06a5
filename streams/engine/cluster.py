"""What the engine asks the brokers besides reading and writing: which topics there are, how long a
log is; and what it has them make: changelogs, when told to.

The admin client is kept for the life of the process: freed in its own callback thread it aborts it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType
from faust.types import TP

from streams.engine.complaints import Complaints
from streams.engine.exits import Refused

log = logging.getLogger("streams.engine")

_ANSWER_WITHIN_S = 30.0
_REMOVALS_KEPT_S = 86_400.0
"""Kafka's own default of `delete.retention.ms`."""
_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_SAY_FIRST_AFTER_S = 5.0
_SAY_AGAIN_AFTER_S = 60.0


class Unreachable(Exception):
    """No broker answers."""


class Cluster:
    """The brokers, as an administrator sees them."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.servers = str(config["bootstrap.servers"])
        self.id = ""
        """The cluster's own id; known once it has answered."""
        self._complaints = Complaints("administrator")
        hearing: dict[str, Any] = {**config, "error_cb": self._complaints}
        self._admin = AdminClient(hearing)

    def partition_counts(self, patience_s: float) -> dict[str, int]:
        """Return every topic's number of partitions; waits for brokers that are starting, or away."""
        began = time.monotonic()
        said_at = began + _SAY_FIRST_AFTER_S - _SAY_AGAIN_AFTER_S
        pause_s = _PAUSE_S
        while True:
            try:
                found = self._admin.list_topics(timeout=2)
                self.id = str(found.cluster_id)
                return {name: len(topic.partitions) for name, topic in found.topics.items()}
            except KafkaException as trouble:
                self._admin.poll(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)
                if refusal := self._complaints.refusal:
                    raise Refused(
                        f"the broker does not let this worker in: {refusal}; "
                        "mend EngineSettings.librdkafka"
                    ) from trouble
                now = time.monotonic()
                if now - said_at > _SAY_AGAIN_AFTER_S:
                    said_at = now
                    log.warning(
                        "no broker answers at %s: waiting, since %.0f s", self.servers, now - began
                    )
                if now - began > patience_s:
                    raise Unreachable(
                        f"no broker answers at {self.servers} (waited {patience_s:.0f} s): "
                        f"{_said(trouble)}"
                    ) from trouble

    def topic_ids(self, names: Iterable[str]) -> dict[str, str]:
        """Return each topic's own id."""
        asked = list(names)
        if not asked:
            return {}
        answers = self._admin.describe_topics(TopicCollection(asked))
        return {name: str(answers[name].result(_ANSWER_WITHIN_S).topic_id) for name in asked}

    def log_ends(self, partitions: Iterable[TP]) -> dict[TP, tuple[int, int]]:
        """Return each log's first offset and its end, open transactions included."""
        asked = [TopicPartition(tp.topic, tp.partition) for tp in partitions]
        if not asked:
            return {}
        earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
        first = self._admin.list_offsets(dict.fromkeys(asked, earliest))
        end = self._admin.list_offsets(dict.fromkeys(asked, latest))
        found = {}
        for tp in asked:
            low = first[tp].result(_ANSWER_WITHIN_S).offset
            found[TP(tp.topic, tp.partition)] = (low, end[tp].result(_ANSWER_WITHIN_S).offset)
        return found

    def removals_kept_s(self, topic: str) -> float:
        """Return for how long a compacted topic says that a key was removed."""
        asked = ConfigResource(ResourceType.TOPIC, topic)
        try:
            found = self._admin.describe_configs([asked])[asked].result(_ANSWER_WITHIN_S)
        except KafkaException as trouble:
            log.info(
                "%s does not tell its delete.retention.ms (%s): a day is assumed",
                topic,
                _said(trouble),
            )
            return _REMOVALS_KEPT_S
        return float(found["delete.retention.ms"].value) / 1000

    def create(
        self, topics: Mapping[str, int], replication: int, config: Mapping[str, str]
    ) -> list[str]:
        """Create topics with their number of partitions; return those that were not there before."""
        wanted = [
            NewTopic(name, partitions, replication, config=dict(config))
            for name, partitions in topics.items()
        ]
        made: list[str] = []
        if not wanted:
            return made
        for name, future in self._admin.create_topics(wanted).items():
            try:
                future.result(_ANSWER_WITHIN_S)
                made.append(name)
            except KafkaException as trouble:
                if trouble.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
        return made


def _said(trouble: KafkaException) -> str:
    error = trouble.args[0]
    return error.str() if isinstance(error, KafkaError) else str(trouble)
