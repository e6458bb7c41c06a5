"""The brokers of the simulation: topics, the transaction coordinator, the group, and what time does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from faust.types import TP

from streams.engine.partitioner import partition_of
from tests.faults.simulation.group import Group
from tests.faults.simulation.log import Headers, Log
from tests.faults.simulation.transactions import Transactions

MARKER_LANDS = 0.35
"""How likely each marker is to land whenever the brokers get a turn."""
HANGING = ((0.0, 0.0), (0.02, 2.0), (0.1, 5.0), (0.1, 12.0))
"""How likely one marker is to hang, and for how long at most: so a changelog's lands long after the
offsets' own. Each run has one of these."""


@dataclass
class Topic:
    """One topic."""

    name: str
    partitions: int
    topic_id: str


class Cluster:
    """One cluster, and the time in it."""

    def __init__(self, chance: Random) -> None:
        self.now = 1_790_000_000.0
        self.topics: dict[str, Topic] = {}
        self.logs: dict[TP, Log] = {}
        self._chance = chance
        self._hangs: dict[TP | None, float] = {}
        self._hanging = chance.choice(HANGING)
        counts = _Counts(self.topics)
        self.group = Group(counts)
        self.transactions = Transactions(self.logs, self.group.offsets)
        self.away_until = 0.0
        """Until when no broker answers."""
        self.compacted = 0

    @property
    def away(self) -> bool:
        return self.now < self.away_until

    # ------------------------------------------------------------------ topics

    def make(self, name: str, partitions: int, *, compacted: bool = False) -> None:
        """Make a topic."""
        self.topics[name] = Topic(name, partitions, f"id-{len(self.topics)}-{name}")
        for number in range(partitions):
            self.logs[TP(name, number)] = Log(compacted)

    def place(self, topic: str, key: bytes | None, partition: int | None) -> TP:
        """Where a record goes."""
        if partition is not None and partition >= 0:
            return TP(topic, partition)
        count = self.topics[topic].partitions
        return TP(topic, self._chance.randrange(count) if key is None else partition_of(key, count))

    def publish(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> TP:
        """Append one record of somebody who uses no transactions."""
        tp = self.place(topic, key, partition)
        self.logs[tp].append(key, value, headers, int(self.now * 1000))
        return tp

    # ------------------------------------------------------------------ as time goes on

    def go_on(self) -> None:
        """Whatever brokers do between two calls of clients."""
        if self.away:
            return
        for name, place in reversed(self.transactions.landing()):
            where = self.transactions.where(name, place)
            if self.now < self._hangs.get(where, 0.0):
                continue
            likely, longest = self._hanging
            if self._chance.random() < likely:
                self._hangs[where] = self.now + self._chance.uniform(0.1, longest)
            elif self._chance.random() < MARKER_LANDS:
                self.transactions.land(name, place)
        self.transactions.expire(self.now)
        self.group.expire(self.now)

    def go_away(self, seconds: float) -> None:
        """No broker answers for a while; what was acknowledged stays."""
        self.away_until = max(self.away_until, self.now + seconds)
        for member in self.group.members.values():
            member.heard_at = max(member.heard_at, self.away_until)

    def come_back(self) -> None:
        """The brokers answer again, and promptly; sessions count from now."""
        self._hanging = HANGING[0]
        self._hangs.clear()
        self.away_until = self.now
        for member in self.group.members.values():
            member.heard_at = min(member.heard_at, self.now)

    def settle(self) -> None:
        """Let everything land that has been decided."""
        while landing := self.transactions.landing():
            self.transactions.land(*landing[-1])

    def compact(self) -> None:
        """Compact every compacted partition as far as chance takes it."""
        for log in self.logs.values():
            if log.compacted:
                self.compacted += log.compact(self._chance)


class _Counts(Mapping[str, int]):
    """The number of partitions of each topic, as it is now."""

    def __init__(self, topics: dict[str, Topic]) -> None:
        self._topics = topics

    def __getitem__(self, name: str) -> int:
        return self._topics[name].partitions

    def __iter__(self):
        return iter(self._topics)

    def __len__(self) -> int:
        return len(self._topics)
