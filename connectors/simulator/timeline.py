"""When each step of a therapy happens: how long after which other step, drawn by chance within real durations.

A step names the step it follows and the shortest and longest time between the two, in minutes. A
fault bends one duration and everything after it moves along, as it does in life. Durations follow the
reference material; where a profile sets a limit, the longest duration here stays clear of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType

from schemas.profile import Material, TherapyProfile

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""The first day of every play; a simulated network has no use for the machine's clock."""

HOUR, DAY = 60, 1440


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it follows, and after how many minutes at least and at most."""

    name: str
    after: str
    shortest: float
    longest: float


def _step(name: str, after: str, shortest: float, longest: float) -> Step:
    return Step(name, after, shortest, longest)


BEFORE_COLLECTION = (
    _step("consented", "enrolled", 5, 30),
    _step("ordered", "enrolled", 40, 90),
    _step("coi_assigned", "ordered", 5, 40),
    _step("slot_reserved", "coi_assigned", HOUR, 20 * HOUR),
    _step("approved", "slot_reserved", HOUR, 24 * HOUR),
    _step("scheduled", "approved", HOUR, 12 * HOUR),
    _step("out_booked", "scheduled", 2 * HOUR, 30 * HOUR),
    _step("collection_started", "ordered", 6 * DAY, 14 * DAY),
    _step("collected", "collection_started", 3 * HOUR, 5 * HOUR),
    _step("labelled", "collected", 10, 25),
)

FRESH_WAY_OUT = (
    _step("out_packed", "labelled", 30, 60),
    _step("out_handed_over", "out_packed", 20, 90),
    _step("out_accepted", "out_handed_over", 2, 9),
    _step("out_delivered", "out_accepted", 12 * HOUR, 20 * HOUR),
    _step("out_received", "out_delivered", 2, 9),
    _step("material_received", "out_received", 10, 40),
    _step("material_decided", "material_received", HOUR, 5 * HOUR),
    _step("batch_started", "material_decided", 3 * HOUR, 24 * HOUR),
    _step("filled", "batch_started", 8 * DAY, 11 * DAY),
)

FROZEN_WAY_OUT = (
    _step("cryopreserved", "labelled", 6 * HOUR, 28 * HOUR),
    _step("out_packed", "cryopreserved", 2 * DAY, 9 * DAY),
    _step("out_handed_over", "out_packed", 20, 120),
    _step("out_accepted", "out_handed_over", 2, 20),
    _step("out_delivered", "out_accepted", 30 * HOUR, 80 * HOUR),
    _step("out_received", "out_delivered", 2, 20),
    _step("material_received", "out_received", 10, 60),
    _step("material_decided", "material_received", 4 * HOUR, 56 * HOUR),
    _step("batch_started", "material_decided", DAY, 11 * DAY),
    _step("filled", "batch_started", 9 * DAY, 13 * DAY),
)

MANUFACTURE = (
    _step("material_checked", "material_received", 5, 30),
    _step("batch_assigned", "batch_started", -30, -10),
    _step("labels_printed", "filled", -6 * HOUR, -4 * HOUR),
    _step("labels_reconciled", "filled", HOUR, 3 * HOUR),
    _step("sampled", "filled", HOUR, 4 * HOUR),
    _step("recorded", "filled", 2 * DAY, 5 * DAY),
)

FRESH_RELEASE = (
    _step("last_result", "filled", 6.5 * DAY, 7.5 * DAY),
    _step("analysed", "last_result", 4 * HOUR, 16 * HOUR),
    _step("certified", "analysed", 4 * HOUR, 16 * HOUR),
)

FROZEN_RELEASE = (
    _step("last_result", "filled", 7 * DAY, 11 * DAY),
    _step("analysed", "last_result", 6 * HOUR, 20 * HOUR),
    _step("certified", "analysed", 6 * HOUR, 20 * HOUR),
)

TREATMENT = (
    _step("available", "certified", HOUR, 30 * HOUR),
    _step("home_booked", "available", HOUR, 8 * HOUR),
    _step("home_packed", "home_booked", 4 * HOUR, 40 * HOUR),
    _step("issued", "home_packed", -70, -20),
    _step("home_handed_over", "home_packed", 30, 90),
    _step("home_accepted", "home_handed_over", 2, 20),
    _step("home_delivered", "home_accepted", 20 * HOUR, 60 * HOUR),
    _step("home_received", "home_delivered", 2, 20),
    _step("product_received", "home_received", 5, 30),
    _step("stored", "product_received", 10, 40),
    _step("ready", "stored", 4 * HOUR, 40 * HOUR),
    _step("depletion_started", "ready", 20 * HOUR, 4 * DAY),
    _step("depletion_completed", "depletion_started", 49 * HOUR, 56 * HOUR),
    _step("thaw_day", "depletion_completed", 2 * DAY, 4 * DAY),
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """When each step of one course happens; bending one duration moves all that follows."""

    start: datetime
    steps: tuple[Step, ...]
    minutes: Mapping[str, float]
    """How long each step comes after the one it follows."""
    moments: Mapping[str, datetime]

    def __getitem__(self, name: str) -> datetime:
        return self.moments[name]

    def __contains__(self, name: str) -> bool:
        return name in self.moments

    def starting(self, start: datetime) -> Timeline:
        """The same course of things, from another moment on."""
        return _timeline(start, self.steps, self.minutes)

    def taking(self, name: str, minutes: float) -> Timeline:
        """The same, with this step so many minutes after the one it follows."""
        return _timeline(self.start, self.steps, {**self.minutes, name: minutes})

    def reaching(self, name: str, since: str, hours: float, by: str | None = None) -> Timeline:
        """The same, with this step so many hours after another, by changing the duration of `by`."""
        changed = by or name
        now = (self[name] - self[since]).total_seconds() / 60
        return self.taking(changed, self.minutes[changed] + hours * 60 - now)


def steps_of(profile: TherapyProfile, doses: int) -> tuple[Step, ...]:
    """The steps of one course of this product, each after the one it follows."""
    fresh = profile.material is Material.FRESH
    way_out = FRESH_WAY_OUT if fresh else FROZEN_WAY_OUT
    release = FRESH_RELEASE if fresh else FROZEN_RELEASE
    bags = tuple(step for dose in range(1, doses + 1) for step in _bag(profile, dose))
    last = _step("followed_up", f"infused:{doses}", 7 * DAY, 8 * DAY)
    return (*BEFORE_COLLECTION, *way_out, *MANUFACTURE, *release, *TREATMENT, *bags, last)


def _bag(profile: TherapyProfile, dose: int) -> tuple[Step, ...]:
    """From the thaw of one bag to the end of its infusion; bags follow one another."""
    begins = "thaw_day" if dose == 1 else f"infused:{dose - 1}"
    brief = min(clock.minutes for clock in profile.clocks) <= 30
    return (
        _step(f"thaw:{dose}", begins, 5, 15),
        _step(f"thawed:{dose}", f"thaw:{dose}", 4, 9),
        _step(f"bedside:{dose}", f"thawed:{dose}", 1, 4),
        _step(f"infusion:{dose}", f"bedside:{dose}", 1, 3),
        _step(f"infused:{dose}", f"infusion:{dose}", *((6, 10) if brief else (12, 24))),
    )


def draw_timeline(start: datetime, profile: TherapyProfile, doses: int, chance: Random) -> Timeline:
    """One course's timeline, every duration drawn within its bounds."""
    steps = steps_of(profile, doses)
    return _timeline(start, steps, {s.name: chance.uniform(s.shortest, s.longest) for s in steps})


def _timeline(start: datetime, steps: tuple[Step, ...], minutes: Mapping[str, float]) -> Timeline:
    moments = {"enrolled": start}
    for step in steps:
        # partners write seconds; a moment between two of them would not survive their formats
        seconds = round(minutes[step.name] * 60)
        moments[step.name] = moments[step.after] + timedelta(seconds=seconds)
    return Timeline(start, steps, MappingProxyType(dict(minutes)), MappingProxyType(moments))
