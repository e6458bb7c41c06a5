"""The loop: poll, begin, hand to the agents, changelog and offsets, commit, local store, poll.

    poll a batch -> begin -> deliver -> all acknowledged -> changelog and offsets into the same
    transaction -> commit -> apply to the local store, with the changelog offset -> poll

Rebalances happen only inside poll, so nothing is ever in flight when partitions leave. Any failure
ends the process: what it had open is never visible, and a clean one starts from what is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from confluent_kafka import Message
from faust.types import TP
from mode import Service

from streams.engine.culprit import Culprit, who_failed
from streams.engine.delivery import Batch, Batches, Delivery, batch_delivery, single_delivery
from streams.engine.group_member import GroupMember
from streams.engine.mishaps import Mishaps
from streams.engine.received import Received
from streams.engine.settings import consumer_config
from streams.engine.tables import Tables

log = logging.getLogger("streams.engine")
R = TypeVar("R")

_LAG_EVERY_S = 1.0
_GRACE_S = 5.0


class Consumer(Service):
    """What Faust calls its consumer: the group member, and the loop around it."""

    # What else Faust reads from a consumer; the poll loop is the only flow control.
    randomly_assigned_topics = transactions = None
    in_transaction = False
    mundane_level = "debug"

    def __init__(
        self,
        transport: Any,
        callback: Callable[[Any], Any],
        on_partitions_revoked: Any = None,
        on_partitions_assigned: Any = None,
        **options: Any,
    ) -> None:
        self.transport, self.app, self.callback = transport, transport.app, callback
        self.unacked: set[Any] = set()  # streams look at it once; never filled
        self._unacked_messages = self.unacked
        self.ready = asyncio.Event()
        self._subscribed, self._left = asyncio.Event(), asyncio.Event()
        self._draining = False
        self._shown: set[TP] = set()
        self._lags_at = 0.0
        self._busy_since: float | None = None
        self._thread = ThreadPoolExecutor(1, "engine")
        super().__init__(**options)

    async def on_start(self) -> None:
        settings, servers = self.app.engine, self.transport.servers
        config = consumer_config(settings, servers, self.app.conf.id)
        self.member = GroupMember(config, settings)
        self.mishaps = Mishaps(self.app, self.app.failures, self.app.data_folder.slow)
        self.tables = Tables(self.app, self.app.data_folder.tables)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group; Faust's conductor calls it once agents and tables are up."""
        self.app.flow_control.resume()  # streams skip events while it is suspended; it never is again
        await self._call(self.member.subscribe, list(topics))
        self._subscribed.set()

    # ------------------------------------------------------------------ the loop

    @Service.task
    async def _run(self) -> None:
        try:
            await self._subscribed.wait()
            producer = self.app.producer
            while not self._draining:
                messages = await self._call(self.member.poll, self.mishaps.pace.batch)
                if messages is None:
                    await self._rebalance()
                elif messages or producer.waiting:
                    await self._transaction(messages)
                self._show_lags()
            if producer.waiting:
                await self._transaction([])
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the process ends
            self.mishaps.fail(failure)
        self._left.set()

    async def _transaction(self, messages: list[Received]) -> None:
        app, producer = self.app, self.app.producer
        began = self._busy_since = time.monotonic()
        parts: dict[TP, list[Received]] = {}
        for message in messages:
            parts.setdefault(TP(message.topic(), message.partition()), []).append(message)
        offsets = {tp: part[-1].offset() + 1 for tp, part in parts.items()}
        by_topic: dict[str, int] = {}
        for tp, part in parts.items():
            by_topic[tp.topic] = by_topic.get(tp.topic, 0) + len(part)

        producer.begin()
        deliveries = self._deliveries(self.mishaps.set_aside(parts))
        if deliveries:
            await self._deliver(deliveries)
        self.mishaps.refuse_to_commit_late(len(messages), time.monotonic() - began)
        self.tables.stage(offsets, producer.put_changelog)
        producer.open = False
        await self._commit_in_time(offsets or self.member.any_position())
        self.member.positions.update(offsets)
        took = time.monotonic() - began
        self.mishaps.passed(offsets, len(messages), took)
        app.metrics.count(by_topic, took)
        self._busy_since = None

    async def _commit_in_time(self, offsets: dict[TP, int]) -> None:
        """Commit, or end: librdkafka's calls may outlive their own time-out by far.

        (Seen where a broker came back while offsets were sent: 130 s instead of 30.) By then the
        broker has aborted the transaction, and the member may have been fenced.
        """
        within = self.app.engine.transaction_timeout_ms / 1000 + _GRACE_S
        try:
            await asyncio.wait_for(self._call(self._commit, offsets), within)
        except TimeoutError:
            self.mishaps.fail(TimeoutError(f"the commit has not come back within {within:.0f} s"))

    def _commit(self, offsets: dict[TP, int]) -> None:
        self.app.producer.commit(offsets, self.member.generation)
        self.tables.apply()

    # ------------------------------------------------------------------ handing to the agents

    def _deliveries(self, parts: dict[TP, list[Received]]) -> list[Delivery]:
        generation = self.app.consumer_generation_id
        deliveries = []
        for tp, part in parts.items():
            if not self._takes_batches(tp.topic):
                deliveries += [single_delivery(message, generation) for message in part]
                continue
            for batch in self.mishaps.split(tp, part):
                whole = Batch(*tp, cast(list[Message], batch))
                deliveries.append(batch_delivery(whole, generation))
        return deliveries

    def _takes_batches(self, topic: str) -> bool:
        channels = self.app.topics._topic_name_index[topic]
        return all(isinstance(channel.schema, Batches) for channel in channels)

    async def _deliver(self, deliveries: list[Delivery]) -> None:
        """Hand everything out, and wait until the last stream has acknowledged it."""
        left, done = len(deliveries), asyncio.Event()

        def acked() -> None:
            nonlocal left
            left -= 1
            if not left:
                done.set()

        for delivery in deliveries:
            delivery.on_acked = acked
            await self.callback(delivery)
        with contextlib.suppress(
            TimeoutError
        ):  # then it is too late to commit, which is said there
            await asyncio.wait_for(done.wait(), self.app.engine.transaction_timeout_ms / 1000)
        await asyncio.sleep(0)  # an agent that finishes and then raises is heard before the commit

    # ------------------------------------------------------------------ failures

    async def on_task_error(self, exc: BaseException) -> None:
        """Hear of every exception that leaves an agent, before Faust's supervisor acts on it."""
        self.mishaps.blame(who_failed(), exc)

    def failed_to_decode(self, exc: Exception, message: Any) -> None:
        """Hear of a message that its topic's schema cannot decode."""
        self.mishaps.blame(Culprit.of_delivery(message), exc)

    # ------------------------------------------------------------------ rebalances

    async def _rebalance(self) -> None:
        member, epoch = self.member, None
        self.app.phase = "restoring"
        if self._shown:
            log.info("partitions revoked")
            await self.app.on_partitions_revoked.send(self._shown)
        while epoch != member.epoch:  # again when the group has moved on meanwhile
            epoch = member.epoch
            await self._call(self._restore)
        if self._draining:
            return
        assigned = self._shown = set(member.assigned)
        numbers = {tp.partition for tp in assigned}
        log.info("partitions %s assigned", sorted(numbers))
        self.app.unassigned = not assigned
        await self.app.topics.on_partitions_assigned(assigned)  # which channel gets which partition
        await self.app.on_partitions_assigned.send(assigned)
        if assigned:
            for callback in self.app.on_restored:
                await callback(numbers)
            self.app.metrics.rebalances.inc()
        self.app.phase = "running"
        self.ready.set()

    def _restore(self) -> None:
        member = self.member
        if not member.assigned:
            self.tables.close_others(())
            return
        _refuse_torn_assignment(member.assigned)
        committed = member.read_committed_offsets()
        complete = self.tables.restore(
            committed, self.transport.servers, self.app.cluster, self._keep_restoring
        )
        if complete:
            member.start_reading(committed)

    def _keep_restoring(self) -> bool:
        return self.member.keep_alive() and not self._draining

    def _show_lags(self) -> None:
        now = time.monotonic()
        if now - self._lags_at > _LAG_EVERY_S:
            self._lags_at = now
            self.app.metrics.show_lags(self.member.lags())

    # ------------------------------------------------------------------ stopping

    async def drain(self) -> None:
        """Finish the transaction in hand, then leave the group."""
        self._draining = True
        if self._subscribed.is_set():
            await self._left.wait()
            await self._call(self.member.close)

    async def _call(self, function: Callable[..., R], *args: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    # ------------------------------------------------------------------ as Faust uses it

    def assignment(self) -> set[TP]:
        """Return what is assigned; nothing once the worker stops, so that Faust leaves it alone."""
        return set() if self._draining else set(self._shown)

    def busy_s(self) -> float:
        """Return for how long the transaction in hand has been open."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def topic_partitions(self, topic: str) -> None:
        """Return nothing: the engine checks partition counts itself, before it starts."""

    def _nothing(self, *_: Any) -> None: ...

    on_buffer_full = on_buffer_drop = _nothing
    pause_partitions = resume_partitions = _nothing
    stop_flow = resume_flow = close = _nothing


def _refuse_torn_assignment(assigned: Iterable[TP]) -> None:
    """A partition number must come with all topics, or two workers would write one table."""
    by_topic: dict[str, set[int]] = {}
    for tp in assigned:
        by_topic.setdefault(tp.topic, set()).add(tp.partition)
    if len({frozenset(numbers) for numbers in by_topic.values()}) > 1:
        raise RuntimeError(
            "partitions of different topics are assigned apart, because another worker of this app "
            f"reads other topics: { ({t: sorted(n) for t, n in by_topic.items()}) }"
        )
