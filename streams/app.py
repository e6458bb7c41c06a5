"""The Faust shell: one agent takes every message of a partition through its line, exactly once.

Anything worth testing lives elsewhere. The engine under Faust makes the states, what is sent and the
position in the topics one transaction; nothing here knows of that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message
from faust.types import TP

from schemas import topics
from schemas.control import Tick
from schemas.reasons import Reason
from schemas.wire import WireMessage, encode_contract
from streams import states
from streams.engine import App, Batch, Batches, EngineSettings
from streams.engine.exits import fail
from streams.engine.partitioner import partition_of
from streams.line import Line
from streams.metrics import StreamMetrics
from streams.moments import micros, moment
from streams.passing_on import PassingOn
from streams.quarantine import set_aside
from streams.registry import RegistryAway, RegistrySchemaIds
from streams.settings import WorkerSettings
from streams.waiting import Waiting

APP_ID = "v2v"


def sources(settings: WorkerSettings) -> tuple[str, ...]:
    """Every topic that the agent reads."""
    inbound = (topics.inbound(system, partner) for system, partner in settings.partners)
    return (
        *sorted(inbound),
        topics.RELEASED,
        topics.FACTS,
        topics.THINGS,
        topics.EVENTS,
        topics.COURSES,
        topics.TICKS,
        topics.ACTIONS,
    )


def make(settings: WorkerSettings) -> App:
    """The Faust app of one worker, with its agent, its four tables and its timer."""
    app = App(
        APP_ID,
        broker=f"rdkafka://{settings.brokers.replace(',', ';rdkafka://')}",
        datadir=str(settings.folder),
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        engine=EngineSettings(
            worker=settings.worker,
            static_membership=settings.static_membership,
            session_timeout_s=settings.session_timeout_s,
            max_batch=settings.max_batch,
            linger_s=settings.linger_s,
            tries_before_quarantine=settings.tries_before_quarantine,
            accept_loss=settings.accept_loss,
            http=settings.http,
            librdkafka={"message.max.bytes": topics.LARGEST_MESSAGE, **settings.librdkafka},
            consumer={"fetch.message.max.bytes": topics.LARGEST_MESSAGE},
        ),
    )
    count = settings.partitions
    admitted = app.Table("admitted", partitions=count, codec=states.ADMITTED)
    things = app.Table("things", partitions=count, codec=states.THINGS)
    courses = app.Table("courses", partitions=count, codec=states.COURSES)
    due = app.Table("due", partitions=count, codec=states.DUE)
    metrics = StreamMetrics(app.registry)
    ids = None if settings.registry is None else RegistrySchemaIds.at(settings.registry)
    lines: dict[int, Line] = {}

    def line_of(partition: int) -> Line:
        line = lines.get(partition)
        if line is None:
            line = lines[partition] = Line(
                admitted.part(partition),
                things.part(partition),
                courses.part(partition),
                due.part(partition),
                ids,
            )
            line.remember(due.partition_items(partition))
        return line

    held: set[int] = set()
    waiting = Waiting()
    passing = PassingOn(line_of, lambda key: partition_of(key.encode(), count))

    async def forget(partitions: set[int]) -> None:
        """What is in memory belongs to the assignment that is over."""
        lines.clear()
        waiting.assigned()
        held.clear()
        held.update(partitions)

    app.on_restored.append(forget)

    def set_message_aside(message: Message, reason: str) -> None:
        out = set_aside(
            Reason.HANDLER_FAILED, reason, "engine", message.topic() or "", _wire(message)
        )
        app.produce(out.topic, out.key.encode(), out.value)

    app.quarantine = set_message_aside

    @app.agent(app.topic(*sources(settings), schema=Batches()))
    async def supervise(batches: AsyncIterator[Batch]) -> None:
        """Take each batch through the lines that are held here, and publish the records it changed."""
        async for batch in batches:
            number = batch.partition
            try:
                for message in batch:
                    said = _wire(message)
                    if said.published_at is not None:
                        waiting.took((batch.topic, number), said.published_at)
                    for out in passing.take(held, number, batch.topic, said):
                        app.produce(out.topic, out.key.encode(), out.value, list(out.headers))
                        metrics.sent(out)
            except RegistryAway as away:  # no message is to blame, so none is counted as tried
                fail(f"the schema registry at {settings.registry} does not answer: {away}")
            for out in passing.finish():
                app.produce(out.topic, out.key.encode(), out.value)
            metrics.took(line_of(number), batch)

    if settings.tick_every_s:

        @app.timer(settings.tick_every_s)
        async def tell_the_time() -> None:
            """Send the time to every partition that this worker holds, with since when anything waits."""
            now, assigned = datetime.now(UTC), app.consumer.assignment()
            since = waiting.since(_lags(app), sum(map(_may_wait, assigned)), micros(now))
            if since is None:
                return  # what waits may hold what would count as absent
            waits = moment(since) if since else None
            for partition in {tp.partition for tp in assigned}:
                tick = encode_contract(Tick(now=now, partition=partition, waiting_since=waits))
                app.produce(topics.TICKS, str(partition).encode(), tick, None, partition)

    return app


def run(settings: WorkerSettings, check: Callable[[], None] | None = None) -> None:
    """Run one worker until it is told to stop; `check` is asked once the brokers it knows are there."""
    app = make(settings)
    app.await_brokers()
    if check is not None:
        check()
    app.create_changelogs()
    app.finalize()
    app.worker_init()
    worker = app.Worker(loglevel=settings.loglevel, quiet=False)
    worker.execute_from_commandline()


def _may_wait(tp: TP) -> bool:
    """Whether time is held back by what waits there: by everything but time itself."""
    return bool(tp.topic != topics.TICKS)


def _lags(app: App) -> dict[tuple[str, int], int]:
    lags: Mapping[TP, int] = getattr(app.consumer, "lags", {})
    return {(tp.topic, tp.partition): lag for tp, lag in lags.items() if _may_wait(tp)}


def _wire(message: Message) -> WireMessage:
    # Kafka knows headers without a value; for us they are empty, here and in every export
    headers: Any = message.headers() or ()
    said = tuple((name, content or b"") for name, content in headers)
    kind, at = message.timestamp()
    published = None if kind == TIMESTAMP_NOT_AVAILABLE else at * 1000
    return WireMessage(message.key(), message.value(), said, published)
