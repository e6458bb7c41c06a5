"""The events that the exactness runs count, and what the counts must be. Pure."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field

ACCOUNTS = 300
KINDS = 40
LIMIT = 980


@dataclass(frozen=True)
class Event:
    """One thing to count. `mood` is what the agent does on it: None, "explode once" or "poison"."""

    id: str
    account: str
    kind: str
    amount: int
    mood: str | None = None

    def encode(self) -> bytes:
        return json.dumps(self.__dict__).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Event:
        return cls(**json.loads(raw))


class Events:
    """An endless, seeded supply."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made = 0

    def next(self, mood: str | None = None) -> Event:
        number, self._made = self._made, self._made + 1
        pick = self._random.randrange
        return Event(
            f"e{number:08d}", f"a{pick(ACCOUNTS):04d}", f"k{pick(KINDS):02d}", pick(1000), mood
        )


@dataclass
class Counts:
    """How many events by key, and the sum of their amounts."""

    events: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)


@dataclass
class Expected:
    """What the outputs must say once every event has been counted exactly once."""

    accounts: Counts = field(default_factory=Counts)
    kinds: Counts = field(default_factory=Counts)
    alerts: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    events: int = 0

    def add(self, event: Event) -> None:
        self.events += 1
        if event.mood == "poison":
            self.quarantined.append(event.id)
            return
        for counts, key in ((self.accounts, event.account), (self.kinds, event.kind)):
            counts.events[key] += 1
            counts.amounts[key] += event.amount
        if event.amount > LIMIT:
            self.alerts.append(event.id)


@dataclass(frozen=True)
class Difference:
    """What was lost and what was doubled."""

    lost: int
    doubled: int

    def __add__(self, other: Difference) -> Difference:
        return Difference(self.lost + other.lost, self.doubled + other.doubled)


def compare_counts(expected: Counts, found: Counts) -> Difference:
    """Events missing and events too many, key by key; a wrong sum counts as one of each."""
    lost = (expected.events - found.events).total()
    doubled = (found.events - expected.events).total()
    if lost == doubled == 0 and expected.amounts != found.amounts:
        return Difference(1, 1)
    return Difference(lost, doubled)


def compare_lists(expected: list[str], found: list[str]) -> Difference:
    """Entries missing and entries too many, whatever their order."""
    want, have = Counter(expected), Counter(found)
    return Difference((want - have).total(), (have - want).total())
