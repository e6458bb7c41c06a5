"""The clients as the engine calls them: the names of confluent_kafka, the brokers of the simulation behind.

Each call that a real client would send to a broker passes a *point* first: there the scheduler may let
others go on, let time pass, pause the process or kill it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition
from faust.types import TP

from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.group import NOBODY, Metadata
from tests.faults.simulation.log import Entry
from tests.faults.simulation.transactions import refused

RUN = 40
"""Most messages that one fetch brings of one partition."""


class Process(Protocol):
    """The process that a client lives in, as the scheduler sees it."""

    cluster: Cluster
    chance: Any

    @property
    def away(self) -> bool: ...
    def point(self, name: str) -> None: ...
    def sleep(self, seconds: float) -> None: ...
    def adopt(self, consumer: Consumer) -> None: ...


class Message:
    """A message of the log, or the end of a partition."""

    __slots__ = ("_entry", "_error", "_offset", "_tp")

    def __init__(
        self, tp: TP, entry: Entry | None, offset: int, error: KafkaError | None = None
    ) -> None:
        self._tp, self._entry, self._offset, self._error = tp, entry, offset, error

    def topic(self) -> str:
        return self._tp.topic

    def partition(self) -> int:
        return self._tp.partition

    def offset(self) -> int:
        return self._offset

    def error(self) -> KafkaError | None:
        return self._error

    def key(self) -> bytes | None:
        return None if self._entry is None else self._entry.key

    def value(self) -> bytes | None:
        return None if self._entry is None else self._entry.value

    def headers(self) -> list[tuple[str, bytes]] | None:
        return list(self._entry.headers) or None if self._entry is not None else None

    def timestamp(self) -> tuple[int, int]:
        return 1, 0 if self._entry is None else self._entry.at_ms


Callback = Callable[[Any, list[TopicPartition]], None]


class Consumer:
    """`confluent_kafka.Consumer`: of a group, or a plain reader."""

    def __init__(self, process: Process, config: Mapping[str, Any]) -> None:
        self._process, self._cluster = process, process.cluster
        self._error_cb = config.get("error_cb")
        self._instance = config.get("group.instance.id")
        self._session_s = config.get("session.timeout.ms", 10_000) / 1000
        self._topics: tuple[str, ...] = ()
        self._callbacks: dict[str, Callback] = {}
        self._member: str | None = None
        self._held: frozenset[TP] | None = None
        """What the callbacks were told last; None when nothing is held."""
        self._shown = NOBODY
        self._positions: dict[TP, int] = {}
        self._ended: dict[TP, int] = {}
        self._fatal = False
        process.adopt(self)

    # ------------------------------------------------------------------ membership

    def subscribe(
        self, topics: list[str], on_assign: Callback, on_revoke: Callback, on_lost: Callback
    ) -> None:
        self._topics = tuple(topics)
        self._callbacks = {"assign": on_assign, "revoke": on_revoke, "lost": on_lost}

    def beat(self) -> None:
        """The heartbeat of the client's own thread: it goes on whatever the application does."""
        member = self._cluster.group.members.get(self._member or "")
        if member is not None and not self._process.away:
            member.heard_at = self._cluster.now

    def close(self) -> None:
        if self._topics and not self._fatal:
            self._process.point("leave the group")
            if self._held:
                self._told("revoke", self._held)
            if self._member is not None:
                self._cluster.group.leave(self._member)
        self._member, self._topics = None, ()

    def consumer_group_metadata(self) -> Metadata:
        return self._shown

    def _serve(self) -> None:
        """Hear what the group has decided, as every poll does."""
        if not self._topics or self._fatal or self._process.away:
            return
        group, now = self._cluster.group, self._cluster.now
        if self._member is None:
            self._member = group.join(self._topics, self._instance, self._session_s, now)
        member = group.members.get(self._member)
        if member is None:
            self._thrown_out()
            return
        if group.joining:
            if not member.joined:
                if self._held is not None:
                    held, self._held = self._held, None
                    self._told("revoke", held)
                group.rejoin(member.name, now)
            return
        if self._held is None or self._shown.generation != group.generation:
            if self._held is not None:  # a whole round has passed without this member
                held, self._held = self._held, None
                self._told("revoke", held)
            self._held = member.assigned
            self._shown = Metadata("group", group.generation, member.name, self._instance)
            self._told("assign", member.assigned)

    def _thrown_out(self) -> None:
        group = self._cluster.group
        if self._instance is not None and any(
            m.instance == self._instance for m in group.members.values()
        ):
            self._fatal = True
            if self._error_cb is not None:
                why = "another process has taken the name of this static member"
                self._error_cb(KafkaError(KafkaError._FATAL, why, fatal=True))
            return
        self._member = None
        if self._held is not None:
            held, self._held = self._held, None
            self._told("lost", held)

    def _told(self, what: str, held: Iterable[TP]) -> None:
        self._callbacks[what](self, [TopicPartition(*tp) for tp in sorted(held)])

    # ------------------------------------------------------------------ reading

    def assign(self, parts: list[TopicPartition]) -> None:
        self._positions = {
            TP(p.topic, p.partition): self._cluster.logs[TP(p.topic, p.partition)].low
            if p.offset == OFFSET_BEGINNING
            else p.offset
            for p in parts
        }
        self._ended = {}

    def unassign(self) -> None:
        self.assign([])

    def poll(self, timeout: float = -1) -> Message | None:
        self._process.point("poll")
        until = self._cluster.now + timeout
        if self._process.chance.random() < 0.5 and (found := self._fetch(1)):
            return found[0]  # it was fetched before whatever the group has decided since
        while True:
            self._serve()
            if found := self._fetch(1):
                return found[0]
            left = until - self._cluster.now
            if left <= 0:
                return None
            self._process.sleep(left)

    def consume(self, num_messages: int, timeout: float = -1) -> list[Message]:
        self._process.point("consume")
        found = self._fetch(num_messages)
        if self._topics:
            self._process.point("consume more")  # the group may decide in the midst of it
            self._serve()
            found += self._fetch(num_messages - len(found))
        if not found and timeout > 0:
            self._process.sleep(timeout)
        return found

    def _fetch(self, most: int) -> list[Message]:
        if self._process.away or most <= 0:
            return []
        places = sorted(self._positions)
        self._process.chance.shuffle(places)
        found: list[Message] = []
        for tp in places:
            log, position = self._cluster.logs[tp], self._positions[tp]
            run = self._process.chance.randint(1, RUN)
            for entry in log.visible(position):
                if len(found) >= most or run == 0:
                    break
                found.append(Message(tp, entry, entry.offset))
                position, run = entry.offset + 1, run - 1
            else:
                position = max(position, log.stable)
                if self._ended.get(tp) != position and len(found) < most:
                    self._ended[tp] = position
                    end = KafkaError(KafkaError._PARTITION_EOF)
                    found.append(Message(tp, None, position, end))
            self._positions[tp] = position
            if len(found) >= most:
                break
        return found

    def committed(self, parts: list[TopicPartition], timeout: float = -1) -> list[TopicPartition]:
        until = self._cluster.now + timeout
        while True:
            self._process.point("ask for offsets")
            pending = self._cluster.transactions.pending()
            if not self._process.away and not any(
                TP(p.topic, p.partition) in pending for p in parts
            ):
                break
            if self._cluster.now >= until:
                raise refused(KafkaError._TIMED_OUT, "offsets are not stable", retriable=True)
            self._process.sleep(0.05)
        offsets = self._cluster.group.offsets
        return [
            TopicPartition(p.topic, p.partition, offsets.get(TP(p.topic, p.partition), -1001))
            for p in parts
        ]

    def get_watermark_offsets(
        self, part: TopicPartition, timeout: float = -1, cached: bool = False
    ) -> tuple[int, int]:
        log = self._cluster.logs[TP(part.topic, part.partition)]
        return log.low, log.stable

    def commit(self, offsets: list[TopicPartition], asynchronous: bool = True) -> None:
        """Commit by itself: what no part of the engine does, but a bug may."""
        self._process.point("commit offsets alone")
        self._cluster.group.check(self._shown)
        self._cluster.group.offsets.update({TP(p.topic, p.partition): p.offset for p in offsets})
