"""Faults of storage: containers that stand in the warmth for too long before they are packed or stored."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Line, Script


def _outside(**shares: tuple[float, float]) -> BendScript:
    """Each of these steps takes a share of the whole time that is allowed, drawn between two."""

    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        limit = script.course.profile.out_of_storage
        assert limit is not None
        lines: list[Line] = []
        for name, (least, most) in shares.items():
            line = script.line(name)
            minutes = round(limit.minutes * chance.uniform(least, most))
            lines.append(line.saying(out_of_storage_at=line.at - timedelta(minutes=minutes)))
        return script.having(*lines), About()

    return bend


FAULTS: tuple[Fault, ...] = (
    Fault(
        "TW-08",
        "packed-too-slowly",
        "the collected cells stand outside storage for too long while they are packed",
        script=_outside(out_packed=(1.3, 2.5)),
    ),
    Fault(
        "TW-08",
        "slow-at-both-ends",
        "packing and storing the product each take their time, and too long together",
        script=_outside(home_packed=(0.6, 0.9), stored=(0.6, 0.9)),
    ),
)
