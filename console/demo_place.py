"""Where a network of partners is played for real: a folder that goes with the run, and new topics."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from console import settings, topics
from console.trouble import Trouble
from schemas.topics import TopicPlan

PARTITIONS = 4


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """A folder for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_topics(brokers: str, partners: Iterable[tuple[str, str]]) -> None:
    """Every topic, new: what another run has left would be taken for this one's."""
    plan = TopicPlan(partitions=PARTITIONS)
    client = topics.admin(brokers, settings.librdkafka())
    wanted = topics.wanted(tuple(partners))
    there = {topic.name for topic in wanted} & set(client.list_topics(timeout=15).topics)
    if there:
        raise Trouble(
            f"the cluster at {brokers} has {sorted(there)[0]} already",
            "unset V2V_BROKERS, so that a Kafka of its own is started, or name an empty one",
        )
    topics.apply(client, wanted, plan)
    topics.demand(client, wanted, plan)
