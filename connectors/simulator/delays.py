"""When the partners' messages are sent: minutes after the fact, hours late now and then, and some of them twice.

Because every fact is delayed by itself, messages arrive out of order within a partner and between partners,
and a link may come after the events that need it. What somebody waits for, or what gives an event its
course, is never late enough in a clean journey to raise an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.script import Delay, Line, Script
from schemas.envelope import System

USUAL: dict[System, Delay] = {
    System.CLINIC: (2, 45),
    System.ERP: (1, 30),
    System.MES: (1, 20),
    System.LIMS: (5, 60),
    System.QMS: (5, 60),
    System.LOGISTICS: (2, 40),
}
"""How long a partner's message takes, in minutes."""

LATE: Delay = (125, 9 * 60)
LATE_SHARE = 0.05
"""How many of the messages that nobody waits for are late: longer than an event may wait for its course."""

TWICE_SHARE = 0.03
AGAIN: Delay = (1, 40 * 60)
"""How long after the first time a message is sent again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A line of a script, and each moment at which its message is sent."""

    line: Line
    at: tuple[datetime, ...]


def send(script: Script) -> list[Sent]:
    """When each line of a script is sent; a line that follows another's message is sent after it."""
    chance = script.course.chance("delays")
    first: dict[str, datetime] = {}
    waiting: list[tuple[Line, timedelta]] = []
    again: dict[str, timedelta] = {}
    for line in script.lines:
        delay = _delay(line, chance)
        if chance.random() < TWICE_SHARE:
            again[line.name] = _span(AGAIN, chance)
        if line.after is None:
            first[line.name] = line.at + delay
        else:
            waiting.append((line, delay))
    for line, delay in waiting:
        assert line.after is not None
        first[line.name] = max(line.at, first.get(line.after, line.at)) + delay
    return [Sent(line, _moments(first[line.name], again.get(line.name))) for line in script.lines]


def _moments(first: datetime, again: timedelta | None) -> tuple[datetime, ...]:
    return (first,) if again is None else (first, first + again)


def _delay(line: Line, chance: Random) -> timedelta:
    if line.delay is not None:
        return _span(line.delay, chance)
    late = chance.random() < LATE_SHARE
    return _span(LATE if late else USUAL[line.system], chance)


def _span(between: Delay, chance: Random) -> timedelta:
    # whole seconds, and always after the minute within which the fact was entered
    return timedelta(seconds=max(56, round(chance.uniform(*between) * 60)))
