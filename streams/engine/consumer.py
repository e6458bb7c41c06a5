"""The loop: poll, begin, hand to the agents, changelog and offsets, commit, local store, poll.

    poll a batch -> begin -> deliver -> all acknowledged -> changelog and offsets into the same
    transaction -> commit -> apply to the local store, with the changelog offset -> poll

While one batch is being committed the next is handed out already, if there is one: what its agents
send waits until the commit has come back. Rebalances happen only inside polls, and the one poll that
an open transaction can meet commits it before partitions leave, so nothing is ever in flight when
they do. Any failure ends the process: what it had open is never visible, nor what agents made of it,
and a clean one starts from what is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from confluent_kafka import Message
from faust.types import TP
from mode import Service

from streams.engine.culprit import Culprit, who_failed
from streams.engine.delivery import Batch, Batches, Delivery, batch_delivery, single_delivery
from streams.engine.exits import Refused, refuse
from streams.engine.garbage import Garbage
from streams.engine.group_member import GroupMember
from streams.engine.mishaps import Mishaps
from streams.engine.received import Received
from streams.engine.settings import consumer_config
from streams.engine.tables import Tables
from streams.engine.takeover import take_over
from streams.engine.work import Work

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
        self.lags: Mapping[TP, int] = {}
        """How many messages of each partition wait, as looked at last; none of a partition not yet read."""
        self._garbage = Garbage(self.app.engine.freeze_every_s)
        self._works: list[Work] = []
        self._commit: asyncio.Future[None] | None = None
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
                most = self.mishaps.pace.batch
                messages: list[Received] | None = await self._call(self.member.poll, most)
                while messages is not None and (messages or producer.waiting):
                    messages = await self._transaction(messages)
                    self._show_lags()
                    self._garbage.look()
                    if self._stopping():
                        messages = []
                if messages is None:
                    await self._rebalance()
                self._show_lags()
            await self._committed()
            if producer.waiting:
                await self._transaction([])
        except Refused as reason:  # found out only when the group had given out partitions
            refuse(reason)
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the process ends
            self.mishaps.fail(failure)
        self._left.set()

    def _stopping(self) -> bool:
        return self._draining

    async def _transaction(self, messages: list[Received]) -> list[Received] | None:
        """Handle one batch; return what was polled meanwhile, while its commit is still under way.

        Nothing polled: its commit has been awaited. None: the group has decided, and it is committed.
        """
        producer = self.app.producer
        work = Work(messages, self.member.generation, time.monotonic())
        self._works.append(work)
        producer.open = True
        if self._commit is None:
            producer.begin()
        deliveries = self._deliveries(self.mishaps.set_aside(work.parts))
        if deliveries:
            await self._deliver(deliveries)
        self.mishaps.refuse_to_commit_late(len(messages), time.monotonic() - work.began)
        await self._committed()
        if not producer.begun:
            producer.begin()
        self.tables.shrink()
        work.written = self.tables.stage(producer.put_changelog)
        producer.open = producer.begun = False
        if not work.offsets:
            work.offsets = self.member.any_position()
        ahead = await self._in_time(self._commit_or_look_ahead, work)
        if work.committed:
            self._passed(work)
        else:
            self._commit = asyncio.ensure_future(self._finish(work))
        return ahead

    def _commit_or_look_ahead(self, work: Work) -> list[Received] | None:
        """Commit, unless there is more to hand out meanwhile; runs in the engine's thread."""
        ahead: list[Received] | None = []
        if not self._draining and work.parts and work.messages >= self.app.engine.look_ahead_from:
            most = self.mishaps.pace.batch
            ahead = self.member.poll_ahead(most, lambda: self._commit_now(work))
        if not ahead:
            self._commit_now(work)
        return ahead

    async def _finish(self, work: Work) -> None:
        await self._in_time(self._commit_now, work)
        self._passed(work)

    async def _committed(self) -> None:
        """Wait for the commit that is under way, if one is."""
        if self._commit is not None:
            under_way, self._commit = self._commit, None
            await under_way

    async def _in_time(self, function: Callable[[Work], R], work: Work) -> R:
        """Commit, or end: librdkafka's calls may outlive their own time-out by far.

        (Seen where a broker came back while offsets were sent: 130 s instead of 30.) By then the
        broker has aborted the transaction, and the member may have been fenced.
        """
        within = self.app.engine.transaction_timeout_ms / 1000 + _GRACE_S
        try:
            return await asyncio.wait_for(self._call(function, work), within)
        except TimeoutError:
            self.mishaps.fail(TimeoutError(f"the commit has not come back within {within:.0f} s"))

    def _commit_now(self, work: Work) -> None:
        if not work.committed:
            self.app.producer.commit({**work.offsets, **work.written}, work.generation)
            self.tables.apply()
            work.committed = True

    def _passed(self, work: Work) -> None:
        """Take note of a transaction that is committed, and in the local stores."""
        took = time.monotonic() - work.began
        if work.parts:
            self.member.positions.update(work.offsets)
        self.mishaps.passed(work.offsets, work.messages, took)
        self.app.metrics.count(work.by_topic, took)
        self._works.remove(work)

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
        self.lags = {}
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
        take_over(self.app, self.member, self.tables, self.transport.servers, self._keep_restoring)

    def _keep_restoring(self) -> bool:
        return self.member.keep_alive() and not self._draining

    def _show_lags(self) -> None:
        now = time.monotonic()
        if now - self._lags_at > _LAG_EVERY_S:
            self._lags_at = now
            self.tables.still_held()
            self.lags = self.member.lags()
            self.app.metrics.show_lags(self.lags)

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
        """Return for how long the oldest transaction in hand has been open."""
        return time.monotonic() - self._works[0].began if self._works else 0.0

    def topic_partitions(self, topic: str) -> None:
        """Return nothing: the engine checks partition counts itself, before it starts."""

    def _nothing(self, *_: Any) -> None: ...

    on_buffer_full = on_buffer_drop = _nothing
    pause_partitions = resume_partitions = _nothing
    stop_flow = resume_flow = close = _nothing
