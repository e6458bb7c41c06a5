"""This worker as a member of its consumer group: polls, and notes what the group decides.

Everything here runs in the engine's own thread. Rebalances happen only inside the polls and
`keep_alive`, and a transaction that is still open then is committed before partitions leave, so
nothing is ever in flight when they do; else the callbacks only note what happened, and whoever
polled acts on it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, cast

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from faust.types import TP

from streams.engine.complaints import Complaints
from streams.engine.received import Received
from streams.engine.settings import EngineSettings

log = logging.getLogger("streams.engine")

_COMMITTED_WITHIN_S = 60.0


class MembershipLost(Exception):
    """The group has given this worker's partitions away: it was away too long."""


class GroupMember:
    """One member of the group, between two polls."""

    def __init__(self, config: Mapping[str, Any], settings: EngineSettings) -> None:
        self._complaints = Complaints("consumer")
        self._config = {**config, "error_cb": self._complaints}
        self._joined: Consumer | None = None
        self._settings = settings
        self._lost = False
        self._before_leaving: Callable[[], None] | None = None
        self._ends: dict[TP, int] = {}
        self.epoch = 0
        """Grows with everything the group decides."""
        self.assigned: frozenset[TP] = frozenset()
        self.generation: Any = None
        """Group metadata of this generation, taken when it was assigned: a member that has lost its
        place might report generation -1 later, which brokers do not check."""
        self.positions: dict[TP, int] = {}
        """Next source offset of each assigned partition, as committed."""

    @property
    def _rd(self) -> Any:
        assert self._joined is not None, "the group has not been joined yet"
        return self._joined

    def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group.

        A static member that comes back within its session is given what it held before, and nothing of
        a topic that it did not read then. So whoever reads other topics comes as somebody else: the
        member that it was leaves by its session, and everything is given out anew.
        """
        wanted = sorted(topics)
        if name := self._config.get("group.instance.id"):
            read = blake2b("\n".join(wanted).encode(), digest_size=4).hexdigest()
            self._config["group.instance.id"] = f"{name}-{read}"
        self._joined = Consumer(self._config)
        self._rd.subscribe(
            wanted,
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def close(self) -> None:
        """Leave the group."""
        if self._joined is not None:
            self._joined.close()

    # ------------------------------------------------------------------ polling

    def poll(self, most: int) -> list[Received] | None:
        """Return messages of one generation, maybe none; or None after the group has decided."""
        return self._poll(most, self._settings.idle_s, self._settings.linger_s)

    def poll_ahead(self, most: int, finish: Callable[[], None]) -> list[Received] | None:
        """The same without waiting, while a transaction has yet to be committed.

        When the group takes partitions away, `finish` is called before they leave.
        """
        self._before_leaving = finish
        try:
            return self._poll(most, 0, 0)
        finally:
            self._before_leaving = None

    def _poll(self, most: int, wait_s: float, linger_s: float) -> list[Received] | None:
        epoch = self.epoch
        first = self._rd.poll(wait_s)
        messages = [] if first is None else [first]
        if first is not None and most > 1:
            messages += self._rd.consume(most - 1, linger_s)
        self._raise_if_lost()
        if epoch != self.epoch:
            return None  # read across a rebalance: void, the new owner reads from what is committed
        return self._good(messages)

    def keep_alive(self) -> bool:
        """Stay in the group during long work; False when it has decided something meanwhile."""
        epoch = self.epoch
        if (message := self._rd.poll(0)) is not None:
            self._good([message])
        self._raise_if_lost()
        return epoch == self.epoch

    def _good(self, messages: list[Message]) -> list[Received]:
        good: list[Received] = []
        for message in cast(list[Any], messages):
            error = message.error()
            if error is None:
                good.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends[TP(message.topic(), message.partition())] = message.offset()
            elif not error.retriable():
                raise KafkaException(error)
        return good

    def _raise_if_lost(self) -> None:
        self._complaints.raise_if_fatal()
        if self._lost:
            raise MembershipLost(
                "the group has given this worker's partitions away "
                f"(it was away for more than {self._settings.session_timeout_s:.0f} s)"
            )

    # ------------------------------------------------------------------ offsets

    def read_committed_offsets(self, changelogs: Iterable[str]) -> dict[TP, int]:
        """Return the group's offsets for what is assigned; waits for those still being committed.

        For a changelog the offset is the number of transactions that have written the partition. To
        wait for it is to wait for all of them, whatever source they came from.
        """
        numbers = {tp.partition for tp in self.assigned}
        written = {TP(topic, number) for topic in changelogs for number in numbers}
        return self._committed(self.assigned | written)

    def knows_any_place(self, sources: Iterable[TP]) -> bool:
        """Whether the group has committed an offset for any of these, whoever holds them."""
        return any(offset >= 0 for offset in self._committed(sources).values())

    def _committed(self, parts: Iterable[TP]) -> dict[TP, int]:
        asked = [TopicPartition(tp.topic, tp.partition) for tp in parts]
        until = time.monotonic() + _COMMITTED_WITHIN_S
        while True:
            try:
                answer = self._rd.committed(asked, 10)
                break
            except KafkaException as trouble:
                if not trouble.args[0].retriable() or time.monotonic() > until:
                    raise
        for part in answer:
            if part.error is not None:
                raise KafkaException(part.error)
        return {TP(part.topic, part.partition): part.offset for part in answer}

    def start_reading(self, positions: Mapping[TP, int]) -> None:
        """Read on from the committed offsets, or from the beginning where there are none."""
        self.positions = {tp: offset for tp, offset in positions.items() if tp in self.assigned}
        self._ends = {}
        self._rd.assign(
            [
                TopicPartition(tp.topic, tp.partition, offset if offset >= 0 else OFFSET_BEGINNING)
                for tp, offset in self.positions.items()
            ]
        )

    def any_position(self) -> dict[TP, int]:
        """Return one committed offset as it stands.

        A transaction that carries no source offset commits this one again, so that a worker which
        has lost its place cannot commit it.
        """
        return next(({tp: o} for tp, o in self.positions.items() if o >= 0), {})

    def lags(self) -> dict[TP, int]:
        """Return how many messages each assigned partition has yet to handle, where its end is known."""
        lags = {}
        for tp, position in self.positions.items():
            part = TopicPartition(tp.topic, tp.partition)
            low, end = self._rd.get_watermark_offsets(part, cached=True)
            if end < 0:
                continue  # nothing has been fetched from it yet
            reached = max(position, low, self._ends.get(tp, 0))
            lags[tp] = max(0, end - reached)
        return lags

    # ------------------------------------------------------------------ callbacks, inside poll

    def _on_assign(self, rd: Consumer, parts: list[TopicPartition]) -> None:
        self.epoch += 1
        self.assigned = frozenset(TP(p.topic, p.partition) for p in parts)
        self.generation = rd.consumer_group_metadata()
        rd.assign([])  # reading starts when the tables have been restored

    def _on_revoke(self, rd: Consumer, parts: list[TopicPartition]) -> None:
        if self._before_leaving is not None and not self._lost:
            self._before_leaving()
        self.epoch += 1
        self.assigned = frozenset()
        self.positions = {}
        rd.unassign()

    def _on_lost(self, rd: Consumer, parts: list[TopicPartition]) -> None:
        self._lost = True
        self._on_revoke(rd, parts)
