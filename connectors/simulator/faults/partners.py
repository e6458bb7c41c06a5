"""Faults of partners themselves: silence, clocks, bridges, numbers, and messages that nobody can take in.

Each journey that goes wrong in one of these ways brings a partner of its own, so that its label names
one thing; what such a partner says has no form in a partner's own format and is published past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import uuid5

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Delay, Line, Outage, Script
from schemas.envelope import EVENT_NAMESPACE, Event, Scheme, System
from schemas.laboratory import ResultReported
from schemas.platform import MessageSetAside, PartnerHeartbeat
from schemas.profiles import platform_limits
from schemas.quality import HoldLifted
from schemas.reasons import Reason

EVERY = timedelta(hours=1)
SOON: Delay = (1.0, 3.0)
STOPS = ("IF-01",)
"""A partner of one journey falls silent with it."""


def _partner(course: Course, system: System) -> tuple[str, str]:
    """A partner of this journey only, and its name as a thing."""
    name = f"{system.value}-{course.journey}"
    return name, f"PARTNER:{system.value}/{name}"


def _line(
    course: Course,
    name: str,
    system: System,
    kind: type[Event],
    at: datetime,
    *about: tuple[Scheme, str],
    **fields: object,
) -> Line:
    said = {"recorded_at": at, "partner": _partner(course, system)[0], **fields}
    return Line(name, system, kind, at, about, None, said, SOON, direct=True)


def _beats(
    course: Course, system: System, since: datetime, hours: Iterable[float], **fields: object
) -> Iterator[Line]:
    """Heartbeats so many hours after a moment, each of which says that the next one follows in an hour."""
    for number, hour in enumerate(hours):
        yield _line(
            course,
            f"beat:{system.value}:{number}",
            system,
            PartnerHeartbeat,
            since + timedelta(hours=hour),
            interface=system,
            interval_seconds=int(EVERY.total_seconds()),
            **fields,
        )


def _saying(lines: Iterable[Line], number: int, **fields: object) -> list[Line]:
    """The same lines, each from this number on saying this too."""
    return [line.saying(**fields) if n >= number else line for n, line in enumerate(lines)]


def _day(script: Script) -> datetime:
    """When the partners of this journey begin to speak: on the day after the order."""
    return script.course.timeline["ordered"] + timedelta(days=1)


def _falls_silent(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system = script.course, chance.choice((System.LOGISTICS, System.MES, System.LIMS))
    lines = _beats(course, system, _day(script), range(chance.randrange(5, 30)))
    return script.having(*lines), _about(course, system)


def _silent_for_hours(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """The silence lasts for two heartbeats first, which is nobody's alarm, and then for six hours."""
    course, system = script.course, System.CLINIC
    hours = [0, 1, 2, 4.9, 5.9, 12, *range(13, 40)]
    return script.having(*_beats(course, system, _day(script), hours)), _about(course, system)


def _set_aside(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system = script.course, System.ERP
    entry = uuid5(EVENT_NAMESPACE, f"{course.seed}/{course.journey}/set-aside")
    reason = chance.choice((Reason.FIELD_MISSING, Reason.NOT_WELL_FORMED, Reason.UNIT_UNKNOWN))
    line = _line(
        course,
        "set_aside",
        system,
        MessageSetAside,
        _day(script),
        quarantine_id=entry,
        reason=reason.value,
    )
    return script.having(line), _about(course, system)


def _about_nobody(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system = script.course, System.LIMS
    at = course.timeline["sampled"] + timedelta(hours=chance.randrange(30, 60))
    line = _line(course, "about_nobody", system, ResultReported, at, test="VIABILITY")
    return script.having(line), _about(course, system)


def _another_s_word(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system = script.course, System.LIMS
    at = course.timeline["sampled"] + timedelta(hours=chance.randrange(30, 60))
    hold = (Scheme.HOLD, course.names.numbered("HLD")), (Scheme.BATCH, course.names.batch)
    line = _line(course, "hold_lifted_by_others", system, HoldLifted, at, *hold)
    return script.having(line), _about(course, system)


def _bridged(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """A bridge of three hours is nobody's alarm; the next one lasts until the partner says no more."""
    course, system, since = script.course, System.LOGISTICS, _day(script)
    lines = list(_beats(course, system, since, range(20)))
    short = since + timedelta(hours=1)
    lines[1:4] = [line.saying(manual_bridge_since=short) for line in lines[1:4]]
    lines = _saying(lines, 8, manual_bridge_since=since + timedelta(hours=8))
    return script.having(*lines), _about(course, system, *STOPS)


def _bridged_for_a_day(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system, since = script.course, System.QMS, _day(script)
    lines = list(_beats(course, system, since, range(40)))
    lines[2:26] = [
        line.saying(manual_bridge_since=since + timedelta(hours=2)) for line in lines[2:26]
    ]
    return script.having(*lines), _about(course, system, *STOPS)


def _clocks(script: Script, chance: Random, system: System) -> list[Line]:
    """Heartbeats by whose clock the partner is right to within a minute."""
    return [
        line.saying(partner_clock=line.at + timedelta(seconds=chance.uniform(-59, 59)))
        for line in _beats(script.course, system, _day(script), range(24))
    ]


def _clock_off(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    system, lines = System.MES, _clocks(script, chance, System.MES)
    by = timedelta(seconds=chance.choice((-1, 1)) * chance.uniform(61, 4000))
    lines[10:] = [line.saying(partner_clock=line.at + by) for line in lines[10:]]
    return script.having(*lines), _about(script.course, system, *STOPS)


def _clock_set_right(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    system, lines = System.LIMS, _clocks(script, chance, System.LIMS)
    lines[5:9] = [line.saying(partner_clock=line.at + timedelta(hours=1)) for line in lines[5:9]]
    return script.having(*lines), _about(script.course, system, *STOPS)


def _numbered(script: Script, system: System, left_out: int) -> list[Line]:
    """Heartbeats that the partner numbers, of which one never comes."""
    lines = _beats(script.course, system, _day(script), range(20))
    told = [line.saying(sequence=4000 + number) for number, line in enumerate(lines)]
    return [line for number, line in enumerate(told) if number != left_out]


def _number_lost(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    lines = _numbered(script, System.ERP, chance.randrange(4, 16))
    return script.having(*lines), _about(script.course, System.ERP, *STOPS)


def _number_sent_again(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, system, left_out = script.course, System.QMS, chance.randrange(4, 9)
    lines = _numbered(script, system, left_out)
    at = lines[left_out].at + timedelta(hours=3)
    again = replace(lines[left_out], name="sent_again", at=at)
    again = again.saying(sequence=4000 + left_out, recorded_at=at)
    return script.having(*lines, again), _about(course, system, *STOPS)


def _behind(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return _lagging(script, chance, ends=True)


def _stuck(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    return _lagging(script, chance, ends=False)


def _lagging(script: Script, chance: Random, *, ends: bool) -> tuple[Script, About]:
    """The worker of one partition takes nothing for a while."""
    course = script.course
    partition, since = 1000 + course.journey, _day(script)
    waited = timedelta(minutes=platform_limits().processing_lag.minutes + chance.uniform(1, 40))
    outage = Outage(partition, since, since + waited, ends)
    about = About(f"PARTITION:{partition}", without_course=True)
    return replace(script, outages=(outage,)), about


def _about(course: Course, system: System, *also: str) -> About:
    return About(_partner(course, system)[1], without_course=True, same_thing=also)


FAULTS: tuple[Fault, ...] = (
    Fault("IF-01", "partner-silent", "a partner falls silent for good", script=_falls_silent),
    Fault(
        "IF-01",
        "partner-silent-for-hours",
        "a partner says nothing for six hours, speaks for a day, and then falls silent for good",
        script=_silent_for_hours,
    ),
    Fault(
        "IF-02",
        "worker-stuck",
        "the worker of one partition takes nothing any more",
        script=_stuck,
    ),
    Fault(
        "IF-02",
        "worker-behind",
        "the worker of one partition takes nothing for a while, and then catches up",
        script=_behind,
        stays=False,
    ),
    Fault(
        "IF-03",
        "not-understood",
        "a connector cannot understand a message of its partner",
        script=_set_aside,
    ),
    Fault(
        "IF-03",
        "about-nobody",
        "a laboratory reports a result that names nothing",
        script=_about_nobody,
    ),
    Fault(
        "IF-06",
        "bridged-by-hand",
        "people enter by hand what a partner's interface would say, and the partner then falls silent",
        script=_bridged,
    ),
    Fault(
        "IF-06",
        "bridged-for-a-day",
        "people enter by hand for a day, until the interface is back",
        script=_bridged_for_a_day,
        stays=False,
    ),
    Fault("IF-07", "clock-off", "the clock of a partner is off", script=_clock_off),
    Fault(
        "IF-07",
        "clock-set-right",
        "the clock of a partner is off until somebody sets it right",
        script=_clock_set_right,
        stays=False,
    ),
    Fault(
        "DI-05",
        "another-s-word",
        "a laboratory lifts a hold, which only the quality unit may do",
        script=_another_s_word,
    ),
    Fault("DI-10", "number-lost", "a message with a number never comes", script=_number_lost),
    Fault(
        "DI-10",
        "number-sent-again",
        "a message with a number comes only when it is sent again after hours",
        script=_number_sent_again,
        stays=False,
    ),
)
