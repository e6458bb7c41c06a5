"""Making and checking every topic of a deployment; nothing starts on missing or wrong ones."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from console.trouble import Trouble
from schemas.topics import Topic, TopicPlan, catalogue

TABLES = ("admitted", "things", "courses", "due")
PATIENCE = 30.0


def changelogs(app_id: str = "v2v") -> tuple[Topic, ...]:
    """The worker's own changelog topics, which hold its tables."""
    return tuple(
        Topic(
            name=f"{app_id}-{table}-changelog",
            key="the table's key",
            carries=f"the worker's table {table}",
            compacted=True,
            largest_message=8 * 1024 * 1024,
            internal=True,
        )
        for table in TABLES
    )


def wanted(partners: Iterable[tuple[str, str]]) -> tuple[Topic, ...]:
    """Every topic that a deployment with these partners has."""
    return (*catalogue(partners), *changelogs())


def admin(brokers: str, librdkafka: Mapping[str, Any] | None = None) -> AdminClient:
    """An administrator of the cluster; one clear error when nobody answers."""
    client = AdminClient({**(librdkafka or {}), "bootstrap.servers": brokers, "log_level": 0})
    try:
        client.list_topics(timeout=10)
    except KafkaException as error:
        raise Trouble(
            f"no broker answers at {brokers}: {error.args[0].str()}",
            "start one with 'v2v kafka up', or name yours in V2V_BROKERS",
        ) from error
    return client


def apply(client: AdminClient, topics: Iterable[Topic], plan: TopicPlan) -> list[str]:
    """Make the topics that are missing; the names of those that were made."""
    there = client.list_topics(timeout=PATIENCE).topics
    missing = [topic for topic in topics if topic.name not in there]
    if not missing:
        return []
    made = client.create_topics(
        [
            NewTopic(t.name, plan.partitions, plan.replication, config=_configuration(t, plan))
            for t in missing
        ],
        operation_timeout=PATIENCE,
    )
    for name, future in made.items():
        try:
            future.result(PATIENCE)
        except KafkaException as error:
            raise Trouble(
                f"topic {name} could not be made: {error.args[0].str()}",
                "mend what the broker says, then run 'v2v topics apply' again",
            ) from error
    _wait_until_known(client, {topic.name for topic in missing})
    return [topic.name for topic in missing]


def _wait_until_known(client: AdminClient, names: set[str]) -> None:
    """A broker answers for a new topic a moment after the controller has made it."""
    end = time.monotonic() + PATIENCE
    while names - set(client.list_topics(timeout=PATIENCE).topics):
        if time.monotonic() > end:
            raise Trouble("the broker does not show the topics it has made", "see its log")
        time.sleep(0.05)


def _configuration(topic: Topic, plan: TopicPlan) -> dict[str, str]:
    copies = min(2, plan.replication)
    return {**topic.configuration, "min.insync.replicas": str(copies)}


def check(client: AdminClient, topics: Iterable[Topic], plan: TopicPlan) -> list[str]:
    """What is wrong with the topics of a deployment, one line each; empty when all is well."""
    there = client.list_topics(timeout=PATIENCE).topics
    wrong: list[str] = []
    present: list[Topic] = []
    for topic in topics:
        found = there.get(topic.name)
        if found is None:
            wrong.append(f"{topic.name} is missing")
            continue
        present.append(topic)
        if len(found.partitions) != plan.partitions:
            wrong.append(
                f"{topic.name} has {len(found.partitions)} partitions, expected {plan.partitions}"
            )
        copies = min((len(p.replicas) for p in found.partitions.values()), default=0)
        if copies < plan.replication:
            wrong.append(f"{topic.name} has {copies} copies, expected {plan.replication}")
    return wrong + _wrong_settings(client, present)


def _wrong_settings(client: AdminClient, topics: list[Topic]) -> list[str]:
    resources = {ConfigResource(ResourceType.TOPIC, t.name): t for t in topics}
    wrong: list[str] = []
    if not resources:
        return wrong
    for resource, future in client.describe_configs(list(resources)).items():
        found = future.result(PATIENCE)
        for name, value in resources[resource].configuration.items():
            if found[name].value != value:
                wrong.append(f"{resource.name}: {name} is {found[name].value}, expected {value}")
    return wrong


def demand(client: AdminClient, topics: Iterable[Topic], plan: TopicPlan) -> None:
    """Refuse to go on when a topic is missing or wrong."""
    wrong = check(client, topics, plan)
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise Trouble(
            "; ".join(wrong[:5]) + more,
            "run 'v2v topics apply' for missing ones; a wrong partition count or setting needs "
            "the topic to be made anew or V2V_PARTITIONS to be mended",
        )
