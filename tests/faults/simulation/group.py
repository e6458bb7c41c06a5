"""The group coordinator as Kafka has it: members, generations, static names, sessions; range assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from confluent_kafka import KafkaError
from faust.types import TP

from tests.faults.simulation.transactions import refused


class Metadata(NamedTuple):
    """What a member shows when it commits: which group, in whose name, of which generation."""

    group: str
    generation: int
    member: str
    instance: str | None


NOBODY = Metadata("", -1, "", None)
"""What a client shows that names no generation; brokers then check nothing."""


@dataclass
class Member:
    """One member."""

    name: str
    instance: str | None
    topics: tuple[str, ...]
    session_s: float
    heard_at: float
    joined: bool = False
    """Whether it has joined the round that is under way."""
    assigned: frozenset[TP] = frozenset()


@dataclass
class Group:
    """One consumer group."""

    partitions: Mapping[str, int]
    generation: int = 0
    joining: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    offsets: dict[TP, int] = field(default_factory=dict)
    rebalances: int = 0
    _count: int = 0

    def join(
        self, topics: tuple[str, ...], instance: str | None, session_s: float, now: float
    ) -> str:
        """Let a new member in; a static one takes its own place again without a rebalance."""
        self._count += 1
        name = f"member-{self._count:06d}"
        before = self._static(instance)
        if before is not None:
            del self.members[before.name]
            self.members[name] = Member(
                name, instance, topics, session_s, now, before.joined, before.assigned
            )
            if self.joining:
                self.rejoin(name, now)
            return name
        self.members[name] = Member(name, instance, topics, session_s, now)
        self.joining = True
        self.rejoin(name, now)
        return name

    def _static(self, instance: str | None) -> Member | None:
        if instance is None:
            return None
        return next((m for m in self.members.values() if m.instance == instance), None)

    def rejoin(self, name: str, now: float) -> None:
        """A member takes part in the round that is under way; the last one ends it."""
        member = self.members[name]
        member.joined, member.heard_at = True, now
        if all(m.joined for m in self.members.values()):
            self._assign()

    def leave(self, name: str) -> None:
        """A member goes; a static one is kept its place until its session is over."""
        member = self.members.get(name)
        if member is not None and member.instance is None:
            self._drop(name)

    def expire(self, now: float) -> None:
        """Drop members that were not heard for a session."""
        for member in list(self.members.values()):
            if now - member.heard_at > member.session_s:
                self._drop(member.name)

    def _drop(self, name: str) -> None:
        del self.members[name]
        if not self.members:
            self.joining = False
            self.generation += 1
        elif not self.joining:
            self.joining = True
        elif all(member.joined for member in self.members.values()):
            self._assign()

    def _assign(self) -> None:
        self.generation += 1
        self.rebalances += 1
        self.joining = False
        order = sorted(self.members.values(), key=lambda m: (m.instance or "", m.name))
        shares: dict[str, set[TP]] = {m.name: set() for m in order}
        for topic in sorted({t for m in order for t in m.topics}):
            takers = [m for m in order if topic in m.topics]
            each, more = divmod(self.partitions[topic], len(takers))
            start = 0
            for place, member in enumerate(takers):
                count = each + (place < more)
                shares[member.name] |= {TP(topic, n) for n in range(start, start + count)}
                start += count
        for member in order:
            member.assigned, member.joined = frozenset(shares[member.name]), False

    def check(self, shown: Metadata) -> None:
        """Refuse a commit in the name of a generation that is over."""
        if shown.generation < 0 and not shown.member:
            return
        member = self.members.get(shown.member)
        if member is None:
            if shown.instance is not None and self._static(shown.instance) is not None:
                raise refused(KafkaError.FENCED_INSTANCE_ID, "another has this name", fatal=True)
            raise refused(KafkaError.UNKNOWN_MEMBER_ID, f"nobody knows {shown.member}")
        if shown.generation != self.generation:
            raise refused(KafkaError.ILLEGAL_GENERATION, f"generation {self.generation} is on")
