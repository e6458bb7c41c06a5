"""What is put upon a run of the engine: which faults, how often, in which order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FULL = {
    "backlog": 1,
    "kill": 5,
    "kill, disk wiped": 5,
    "pause": 3,
    "join": 3,
    "leave": 3,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
    "disk torn": 3,
    "cut off": 2,
    "latency": 2,
    "resets": 3,
    "disk full": 3,
    "disk fails": 5,
    "broker disk full": 3,
}
SHORT = {
    "backlog": 1,
    "kill": 1,
    "kill, disk wiped": 1,
    "pause": 1,
    "join": 1,
    "leave": 1,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
    "disk torn": 1,
    "cut off": 1,
    "latency": 1,
    "resets": 1,
    "disk full": 1,
    "disk fails": 1,
    "broker disk full": 1,
}
THREE_BROKERS = {"backlog": 1, "leader kill": 2, "kill": 1}
"""What is done where three brokers keep three copies, in a row."""
NETWORK = ("cut off", "latency", "resets")
OWN_BROKER = ("broker kill", "broker disk full")
SMALL_DISK = ("disk full", "broker disk full")
FAILING_DISK = ("disk fails",)


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    seed: int
    plant: str | None
    dynamic: bool
    say: Callable[[str], None]


@dataclass
class Tally:
    """What came of one kind of fault."""

    fault: str
    trials: int = 0
    lost: int = 0
    doubled: int = 0
    seconds_to_progress: list[float] = field(default_factory=list)


def schedule(counts: dict[str, int], chance: random.Random) -> list[str]:
    """In which order the faults come: start first, joins before leaves, the rest by chance."""
    pairs = ["join+leave"] * min(counts.get("join", 0), counts.get("leave", 0))
    single = [
        f for f, n in counts.items() if f not in ("backlog", "join", "leave") for _ in range(n)
    ]
    mixed = pairs + single
    chance.shuffle(mixed)
    order = [part for fault in mixed for part in fault.split("+")]
    return ["backlog"] * min(1, counts.get("backlog", 0)) + order
