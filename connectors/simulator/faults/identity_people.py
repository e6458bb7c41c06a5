"""Faults of the second person: nobody, the first person again, somebody too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Script

NEVER_AT_WORK_BEFORE = "N0042"
"""A staff number that the pens of a journey never draw."""


def _collected_alone(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("checked:collection").saying(second_actor=None)
    return script.having(line), About(f"COI:{script.course.names.coi}")


def _thawed_by_one(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("checked:thaw:1")
    alone = line.saying(second_actor=line.fields["actor"])
    return script.having(alone), About(f"CONTAINER:{script.course.names.doses[0]}")


def _second_too_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = replace(script.line("checked:collection").saying(second_actor=None), delay=(1, 10))
    at = line.at + timedelta(minutes=chance.randrange(150, 200))
    second = replace(line, name=f"{line.name}:second", at=at)
    second = second.saying(actor=NEVER_AT_WORK_BEFORE, recorded_at=at)
    return script.having(line, second), About(f"COI:{script.course.names.coi}")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "ID-09",
        "collected-alone",
        "one nurse checks the patient's identity before the collection, and nobody else",
        script=_collected_alone,
    ),
    Fault(
        "ID-09",
        "second-person-is-the-first",
        "the same nurse signs twice for the check before the thaw",
        script=_thawed_by_one,
    ),
    Fault(
        "ID-09",
        "second-person-late",
        "the second nurse checks when the collection has long begun",
        script=_second_too_late,
        stays=False,
    ),
)
