"""What goes wrong in one run, when, and the file that lets anybody see it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random


class Kind(StrEnum):
    """What can go wrong."""

    KILL = "kill"
    KILL_AT = "kill at a point"
    WIPE = "kill, disk lost"
    OLD_DISK = "kill, disk of earlier"
    TEAR = "kill, disk torn"
    PAUSE = "pause"
    JOIN = "join"
    LEAVE = "leave"
    RESTART = "restart as asked"
    CUT = "cut off"
    BROKERS_AWAY = "brokers away"
    COMPACT = "compaction"


POINTS = (
    "poll",
    "consume",
    "consume more",
    "send some records",
    "send offsets",
    "send the rest",
    "before the commit",
    "after the commit",
    "write a local store",
    "ask for offsets",
    "list offsets",
    "describe topics",
    "list topics",
    "take the transactional id",
    "leave the group",
)
"""Every place at which a process can be interrupted, by name."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, after so many points of all processes."""

    step: int
    kind: Kind
    worker: str = ""
    seconds: float = 0.0
    """How long a pause lasts, brokers are away, or a restart takes."""
    point: str = ""
    nth: int = 1
    """For a kill at a point: how often it has to be reached from then on."""


@dataclass(frozen=True)
class Plan:
    """One run: everything follows from this."""

    job: str
    seed: int
    faults: tuple[Fault, ...]
    messages: int
    planted: str | None = None
    static: bool = True
    theme: str = "mixed"

    def write(self, file: Path) -> None:
        """Write it down."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, file: Path) -> Plan:
        """Read it again."""
        told = json.loads(file.read_text())
        faults = tuple(Fault(**{**f, "kind": Kind(f["kind"])}) for f in told.pop("faults"))
        return cls(**told, faults=faults)


WORKERS = ("w1", "w2")
THIRD = "w3"


def plan_of(
    job: str,
    seed: int,
    messages: int,
    steps: int,
    planted: str | None = None,
    theme: str | None = None,
) -> Plan:
    """What a seed says goes wrong, within so many points."""
    chance = Random(f"{job}-{seed}")
    named = theme or chance.choice(tuple(THEMES))
    most, kinds = THEMES[named]
    faults = [_fault(chance, steps, kinds) for _ in range(chance.randint(3, most))]
    at_last = _fault(chance, max(1, steps // 25), kinds)  # when hardly anything follows any more
    faults.append(replace(at_last, step=steps - 1 - at_last.step))
    faults.sort(key=lambda fault: fault.step)
    return Plan(job, seed, tuple(faults), messages, planted, chance.random() < 0.6, named)


_SOME = (
    *(Kind.KILL, Kind.KILL_AT, Kind.KILL_AT, Kind.WIPE, Kind.OLD_DISK, Kind.TEAR),
    *(Kind.PAUSE, Kind.PAUSE, Kind.RESTART, Kind.CUT, Kind.BROKERS_AWAY, Kind.COMPACT),
    *(Kind.JOIN, Kind.JOIN, Kind.LEAVE, Kind.LEAVE),
)
THEMES: dict[str, tuple[int, tuple[Kind, ...]]] = {
    "mixed": (12, _SOME),
    "rebalances": (24, (Kind.JOIN, Kind.LEAVE, Kind.RESTART)),
    "deaths": (14, (Kind.KILL, Kind.KILL_AT, Kind.KILL_AT, Kind.WIPE, Kind.OLD_DISK, Kind.TEAR)),
    "sleepers": (8, (Kind.PAUSE, Kind.CUT)),
    "brokers": (8, (Kind.BROKERS_AWAY, Kind.CUT, Kind.COMPACT, Kind.KILL_AT)),
}
"""How many faults a run has at most, and of which kinds: each seed keeps to one theme, so that none is
thinned by the others."""


def _fault(chance: Random, steps: int, kinds: tuple[Kind, ...]) -> Fault:
    step, kind = chance.randrange(steps), chance.choice(kinds)
    worker = chance.choice(WORKERS)
    match kind:
        case Kind.PAUSE | Kind.CUT:
            return Fault(step, kind, worker, chance.choice((2.0, 7.0, 9.0, 15.0, 25.0)))
        case Kind.BROKERS_AWAY:
            return Fault(step, kind, "", chance.choice((1.0, 4.0, 12.0, 40.0)))
        case Kind.JOIN | Kind.LEAVE:
            return Fault(step, kind, THIRD)
        case Kind.COMPACT:
            return Fault(step, kind)
        case Kind.KILL_AT:
            nth = chance.choice((1, 1, 2, 5))
            return Fault(step, kind, "", _back_after(chance), chance.choice(POINTS), nth)
        case _:
            return Fault(step, kind, worker, _back_after(chance))


def _back_after(chance: Random) -> float:
    """How long a restart takes: mostly less than a session, sometimes more."""
    return chance.choice((0.1, 0.5, 1.0, 8.0))


def shrunk(plan: Plan, fails: Callable[[Plan], bool], tries: int = 60) -> Plan:
    """A smaller plan that fails as well: fewer faults, then fewer messages."""
    best, left = plan, tries
    place = 0
    while place < len(best.faults) and left:
        left -= 1
        fewer = replace(best, faults=best.faults[:place] + best.faults[place + 1 :])
        if fails(fewer):
            best = fewer
        else:
            place += 1
    while best.messages > 10 and left:
        left -= 1
        fewer = replace(best, messages=best.messages * 2 // 3)
        if not fails(fewer):
            break
        best = fewer
    return best
