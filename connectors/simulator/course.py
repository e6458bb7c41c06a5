"""One simulated therapy course before it is told: whose, which product, when, and how near to its limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from connectors.simulator.identifiers import Names, names_of
from connectors.simulator.timeline import START, Timeline, draw_timeline
from schemas.profile import ClockUnit, Material, TherapyProfile
from schemas.profiles import shipped

BETWEEN_COURSES = timedelta(hours=14)
"""How long after one enrolment the next follows, on average."""


@dataclass(frozen=True, slots=True)
class Device:
    """The logger and the shipper of one way."""

    logger: str
    shipper: str


@dataclass(frozen=True, slots=True)
class Course:
    """One therapy course as it is going to happen."""

    seed: int
    journey: int
    profile: TherapyProfile
    names: Names
    timeline: Timeline
    near: str | None = None
    """The limit that this course comes close to, without crossing it."""
    stranded: str | None = None
    """The way on which the logger and the shipper never come back."""
    devices: tuple[Device, Device] = (Device("LGR-000", "DSH-000"), Device("LGR-000", "DSH-000"))
    """What travels with the material on its way out, and with the product on its way home."""

    @property
    def product(self) -> str:
        """The product code of the order."""
        return self.profile.products[0]

    @property
    def fresh(self) -> bool:
        """Whether the cells travel to the maker unfrozen."""
        return self.profile.material is Material.FRESH

    def chance(self, about: str) -> Random:
        """Seeded chance for one question about this course, so that no answer disturbs another."""
        return Random(f"{self.seed}:{self.journey}:{about}")


def draw_course(seed: int, journey: int) -> Course:
    """One course of a seed; any three that follow one another have three products."""
    chance = Random(f"{seed}:{journey}:course")
    profiles = list(shipped())
    Random(f"{seed}:{journey // len(profiles)}:products").shuffle(profiles)
    profile = profiles[journey % len(profiles)]
    per_bag = profile.clocks[0].per is ClockUnit.BAG
    doses = chance.choice((1, 2, 2, 3)) if per_bag else 1
    bags = 1 if profile.material is Material.FRESH else chance.choice((1, 2, 2))
    hours = BETWEEN_COURSES * journey + timedelta(minutes=chance.randrange(8 * 60))
    return Course(
        seed=seed,
        journey=journey,
        profile=profile,
        names=names_of(seed, journey, bags, doses),
        timeline=draw_timeline(START + hours, profile, doses, chance),
    )
