"""Faust's app on the engine: agents, topics, tables, timers and tasks as Faust has them."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import faust
from faust import current_event
from faust.types.enums import ProcessingGuarantee
from prometheus_client import REGISTRY, CollectorRegistry

from streams.engine import transport
from streams.engine.belonging import Belonging, refuse_other_cluster
from streams.engine.cluster import Cluster, Unreachable
from streams.engine.codec import Codec
from streams.engine.data_folder import DataFolder, patience_s
from streams.engine.delivery import Topic
from streams.engine.exits import Refused, fail, refuse
from streams.engine.failures import Failures
from streams.engine.health import HealthAddress
from streams.engine.metrics import Metrics
from streams.engine.producer import Headers
from streams.engine.quarantine import Quarantine, to_topic
from streams.engine.settings import EngineSettings, common_config
from streams.engine.table import STORES, Table
from streams.engine.tables import TableManager
from streams.engine.topic_check import check_topics
from streams.engine.worker import Boot, Worker

log = logging.getLogger("streams.engine")

Task = TypeVar("Task", bound=Callable[..., Any])

#: How long a broker may take to hear of a topic that has just been made.
_NEWS_TRAVELS_S = 3.0

transport.register()


class App(faust.App):
    """A Faust app whose results on Kafka are exactly once."""

    BootStrategy = Boot
    mundane_level = "debug"

    def __init__(self, id: str, *, engine: EngineSettings | None = None, **options: Any) -> None:
        self.engine = engine or EngineSettings()
        self.phase = "starting"
        self.quarantine: Quarantine | None = None
        """Where messages go that fail their agent again and again."""
        self.on_restored: list[Callable[[set[int]], Awaitable[None]]] = []
        """Called with the assigned partitions after each restore, before the next batch."""
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.metrics.restore_progress.set_function(self._restore_ratio)
        self.data_folder: DataFolder
        self.failures: Failures
        self._cluster: Cluster | None = None
        self.address: HealthAddress | None = None
        super().__init__(
            id,
            **{
                "Topic": Topic,
                "Table": Table,
                "TableManager": TableManager,
                "Worker": Worker,
                "store": "rocks://",
                "topic_allow_declare": False,
                "processing_guarantee": "at_least_once",  # Faust's own exactly_once must stay off
                **options,
            },
        )
        for noisy in ("faust", "mode", "aiokafka"):
            logging.getLogger(noisy).setLevel(logging.WARNING)

    # ------------------------------------------------------------------ for agents

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> None:
        """Send straight into the open transaction; between two transactions, into the next."""
        self.producer.put(topic, key, value, headers, partition)  # type: ignore[attr-defined]

    def current_partition(self) -> int:
        """Return the partition of the message or batch that the calling agent works on."""
        event = current_event()
        if event is None:
            raise RuntimeError("only an agent that handles a message has a current partition")
        return event.message.partition

    # ------------------------------------------------------------------ as Faust declares, typed

    def Table(  # noqa: N802 - Faust's name
        self,
        name: str,
        *,
        partitions: int | None = None,
        codec: Codec | None = None,
        **options: Any,
    ) -> Table:
        """Declare a table; with a `codec` its keys are text and its values what the codec says."""
        if codec is not None:
            options["codec"] = codec
        return cast(Table, super().Table(name, partitions=partitions, **options))

    def agent(self, channel: Any = None, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """Declare an agent; it takes an async iterator of `Batch`, or of values."""
        return super().agent(channel, **options)

    def task(self, fun: Any = None, **options: Any) -> Any:  # type: ignore[override]
        """Declare a task; it starts after the first restore."""
        return super().task(fun, **options)

    def timer(self, interval: Any, **options: Any) -> Callable[[Task], Task]:  # type: ignore[override]
        """Declare a timer; what it sends between two transactions joins the next."""
        return cast(Callable[[Task], Task], super().timer(interval, **options))

    # ------------------------------------------------------------------ topics

    @property
    def cluster(self) -> Cluster:
        """The brokers, as an administrator sees them."""
        if self._cluster is None:
            servers = self.transport.servers  # type: ignore[attr-defined]
            self._cluster = Cluster(common_config(self.engine, servers))
        return self._cluster

    def create_changelogs(self) -> list[str]:
        """Make the changelog topics that are missing, compacted; return those that were made.

        A worker whose folder belongs elsewhere ends here, before anything is made there.
        """
        try:
            return self._create_changelogs()
        except Refused as reason:
            refuse(reason)
        except Unreachable as trouble:
            fail(str(trouble))

    def _create_changelogs(self) -> list[str]:
        cluster = self.cluster
        found = cluster.partition_counts(self.patience_s())
        refuse_other_cluster(self._folder(), Belonging.of(self._folder()), cluster)
        partitions = max((found[name] for name in self.source_topics() if name in found), default=0)
        missing = {
            name: declared or partitions
            for name, declared in self.changelogs().items()
            if name not in found
        }
        if not all(missing.values()):
            raise Refused(
                "no source topic exists yet: create them first, or give the table its partitions"
            )
        return cluster.create(
            missing, self.conf.topic_replication_factor, {"cleanup.policy": "compact"}
        )

    def await_brokers(self) -> None:
        """Wait without end for brokers that have let this worker in before; return at once for others."""
        if math.isinf(patience_s := self.patience_s()):
            try:
                self.cluster.partition_counts(patience_s)
            except Refused as reason:
                refuse(reason)

    def patience_s(self) -> float:
        """How long a start waits for the brokers."""
        servers = self.transport.servers  # type: ignore[attr-defined]
        return patience_s(self._folder(), servers, self.engine.broker_patience_s)

    def _folder(self) -> Path:
        return Path(self.conf.datadir) / f"{self.conf.id}-{self.engine.worker}"

    def source_topics(self) -> set[str]:
        """Return the topics that agents read."""
        return {
            name
            for agent in self.agents.values()
            if isinstance(agent.channel, faust.Topic)
            for name in agent.channel.topics
        }

    def changelogs(self) -> dict[str, int | None]:
        """Return each table's changelog topic, and the partitions that the table declares."""
        return {
            table.changelog_topic.get_topic_name(): table.partitions
            for table in self.tables.values()
        }

    # ------------------------------------------------------------------ starting

    async def on_first_start(self) -> None:
        """Take the data folder, open the health address, and see that everything is there."""
        try:
            self._check_settings()
            self.data_folder = DataFolder(self._folder(), self.conf.id, self.engine.worker)
            self.failures = Failures(self.data_folder.failures)
            if self.engine.http is not None:
                registries = (REGISTRY, self.registry)
                self.address = HealthAddress(self.engine.http, self.health, registries)
                log.info(
                    "worker %s: %s/health %s/metrics", self.engine.worker, *[self.address.url] * 2
                )
            await asyncio.get_running_loop().run_in_executor(None, self._check_topics)
        except Refused as reason:
            refuse(reason)
        except Unreachable as trouble:
            fail(str(trouble))

    def _check_settings(self) -> None:
        conf: Any = self.conf
        urls = {*conf.broker_consumer, *conf.broker_producer}
        if conf.broker_credentials is not None or any(url.user for url in urls):
            raise Refused(
                "broker_credentials belong to Faust's own transport: put TLS and SASL into "
                "EngineSettings.librdkafka (security.protocol, sasl.mechanism, sasl.username, ...)"
            )
        if any(url.scheme != transport.SCHEME for url in urls):
            raise Refused(f"broker must be {transport.SCHEME}://host:port")
        if conf.processing_guarantee is not ProcessingGuarantee.AT_LEAST_ONCE:
            raise Refused("leave processing_guarantee alone: the engine is exactly once by itself")
        for table in self.tables.values():
            if (scheme := table.data.url.scheme) not in STORES:
                raise Refused(f"store {scheme}:// is not known: use {' or '.join(STORES)}://")
        for agent in self.agents.values():
            if agent.concurrency > 1 or agent.isolated_partitions:
                raise Refused(
                    f"agent {agent.name}: concurrency and isolated_partitions are not supported"
                )
        if self.quarantine is None and self.engine.tries_before_quarantine:
            if self.engine.quarantine_topic is None:
                raise Refused(
                    "nowhere to put messages that fail again and again: set "
                    "EngineSettings.quarantine_topic or app.quarantine "
                    "(or tries_before_quarantine=0 to try for ever)"
                )
            self.quarantine = to_topic(self.engine.quarantine_topic, self.produce)

    def _check_topics(self) -> None:
        """See that every topic is there; brokers hear of new ones a little later than their maker."""
        aside = self.engine.quarantine_topic
        found = self.cluster.partition_counts(self.patience_s())
        self.data_folder.let_in(self.cluster)
        until = time.monotonic() + _NEWS_TRAVELS_S
        while True:
            others = () if aside is None else (aside,)
            try:
                check_topics(self.source_topics(), self.changelogs(), others, found)
                break
            except Refused:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            found = self.cluster.partition_counts(self.patience_s())
        ids = self.cluster.topic_ids({*self.source_topics(), *self.changelogs()})
        self.data_folder.works_on(ids, self.engine.accept_loss)

    # ------------------------------------------------------------------ while it runs

    def health(self) -> dict[str, Any]:
        """Tell how the worker is; called from the health address's own thread."""
        consumer = self._consumer
        assigned = consumer.assignment() if consumer is not None else set()
        told: dict[str, Any] = {
            "state": self.phase,
            "app": self.conf.id,
            "worker": self.engine.worker,
            "partitions": sorted({tp.partition for tp in assigned}),
        }
        if (tables := getattr(consumer, "tables", None)) is not None:
            told["busy_s"] = round(consumer.busy_s(), 1)  # type: ignore[union-attr]
            told["restore"] = {
                "records": tables.progress.records,
                "ratio": round(tables.progress.ratio, 3),
            }
        return told

    def _restore_ratio(self) -> float:
        tables = getattr(self._consumer, "tables", None)
        return 0.0 if tables is None else tables.progress.ratio

    def is_leader(self) -> bool:
        """Return whether this worker holds partition 0."""
        return any(tp.partition == 0 for tp in self.consumer.assignment())

    # ------------------------------------------------------------------ stopping

    async def on_stop(self) -> None:
        """Finish the transaction in hand and leave the group, then stop as Faust does."""
        self.phase = "stopping"
        if self._consumer is not None:
            await self._consumer.drain()  # type: ignore[attr-defined]
        await super().on_stop()

    async def crash(self, reason: BaseException) -> None:
        """A timer, task or service that fails ends the worker like any other failure."""
        if isinstance(reason, Refused):
            refuse(reason)
        fail(f"{type(reason).__name__}: {reason}")
