"""Faults of labels: another donation number, a bag that nobody labelled, labels lost, a number cut short."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Script
from schemas.envelope import Scheme


def _frozen(course: Course) -> bool:
    return not course.fresh


def _other_year(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    names, line = script.course.names, script.line("material_received")
    typed = f"{names.din[:5]}25{names.din[7:]}"
    said = tuple((s, typed if s is Scheme.DIN else value) for s, value in line.identifiers)
    return script.having(replace(line, identifiers=said)), About(f"DIN:{typed}")


def _bag_without_label(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    names = script.course.names
    line = script.line("collected").saying(bags=len(names.collected_bags) + 1)
    return script.having(line), About(f"DIN:{names.din}")


def _label_lost(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("labels_reconciled").saying(destroyed=0)
    return script.having(line), About(f"BATCH:{script.course.names.batch}")


def _label_found(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    right = script.line("labels_reconciled")
    lost = replace(right, name="labels_reconciled:first").saying(destroyed=0)
    found = replace(right, at=right.at + timedelta(hours=chance.randrange(20, 30)))
    found = found.saying(recorded_at=found.at)
    return script.having(lost, found), About(f"BATCH:{script.course.names.batch}")


def _code_cut_short(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    cut = script.course.names.sec[:-1]
    line = script.line("collected")
    said = tuple((s, cut if s is Scheme.SEC else value) for s, value in line.identifiers)
    return script.having(replace(line, identifiers=said)), About(f"SEC:{cut}")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "ID-06",
        "donation-of-another-year",
        "the maker books the cells in under a donation number with another year",
        script=_other_year,
    ),
    Fault(
        "ID-06",
        "bag-without-label",
        "the collection record counts one bag more than were labelled",
        script=_bag_without_label,
    ),
    Fault(
        "ID-07",
        "label-lost",
        "one of the printed labels of a batch is neither applied nor destroyed",
        script=_label_lost,
    ),
    Fault(
        "ID-07",
        "label-found",
        "a label of a batch is missing at first and found at a second count",
        script=_label_found,
        stays=False,
    ),
    Fault(
        "ID-08",
        "european-code-cut-short",
        "the last character of the Single European Code is missing at collection",
        suits=_frozen,
        script=_code_cut_short,
    ),
)
