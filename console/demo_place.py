"""Where a network of partners is played for real: a folder that goes with the run, and new topics."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import settings, topics
from console.demo_worker import DemoWorker, Lag
from console.trouble import Trouble
from schemas.topics import TopicPlan
from streams.app import APP_ID, sources
from streams.settings import WorkerSettings

PARTITIONS = 4


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """A folder for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def worker_on(
    folder: Path, brokers: str, partners: tuple[tuple[str, str], ...]
) -> Iterator[tuple[DemoWorker, Lag]]:
    """A worker on new topics, being started, and what tells whether it has caught up; ends with the block."""
    make_topics(brokers, partners)
    worker = DemoWorker(folder, brokers, partners, PARTITIONS)
    stated = WorkerSettings(brokers=brokers, partners=partners, partitions=PARTITIONS)
    lag = Lag(brokers, APP_ID, sources(stated), settings.librdkafka())
    worker.start()
    try:
        yield worker, lag
    finally:
        lag.close()
        worker.stop()


def make_topics(brokers: str, partners: tuple[tuple[str, str], ...]) -> None:
    """Every topic, new: what another run has left would be taken for this one's."""
    plan = TopicPlan(partitions=PARTITIONS)
    client = topics.admin(brokers, settings.librdkafka())
    wanted = topics.wanted(partners)
    there = {topic.name for topic in wanted} & set(client.list_topics(timeout=15).topics)
    if there:
        raise Trouble(
            f"the cluster at {brokers} has {sorted(there)[0]} already",
            "unset V2V_BROKERS, so that a Kafka of its own is started, or name an empty one",
        )
    topics.apply(client, wanted, plan)
    topics.demand(client, wanted, plan)
