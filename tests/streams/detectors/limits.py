"""Every number of a profile, and how near to it a story comes.

One step of time is an instant, the least that an event can tell; one step of any other quantity is
said beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from schemas import profiles
from schemas.alert import Severity
from schemas.profile import TherapyProfile
from schemas.profiles import PlatformLimits
from streams.replay import Replay
from tests.words import HOUR, INSTANT, MINUTE, alerts, product_of, told

Limits = TherapyProfile | PlatformLimits
Expected = tuple[bool, bool, bool]
"""Whether the alert is there one step below the number, at it, and one step above it."""

FROM: Expected = (False, True, True)
PAST: Expected = (False, False, True)
SHORT: Expected = (True, False, False)
NEVER: Expected = (False, False, False)


class Number(NamedTuple):
    """One number of a profile, with the part of the profile that states it."""

    field: str
    limits: Limits
    part: BaseModel
    value: float


def numbers(limits: Limits) -> Iterator[Number]:
    """Every number that the model holds, whatever it is called."""
    yield from _numbers(limits, limits, "")


def _numbers(limits: Limits, part: BaseModel, place: str) -> Iterator[Number]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from _numbers(limits, value, f"{place}{name}.")
        elif isinstance(value, tuple):
            for entry in value:
                if isinstance(entry, BaseModel):
                    yield from _numbers(limits, entry, f"{place}{name}[].")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield Number(f"{place}{name}", limits, part, value)


class Near(NamedTuple):
    """How near to a number a story comes."""

    number: Number
    steps: int

    @property
    def profile(self) -> TherapyProfile:
        """The profile that states the number."""
        assert isinstance(self.number.limits, TherapyProfile)
        return self.number.limits

    @property
    def product(self) -> str:
        """A product that is judged by the number."""
        return product_of(self.profile)

    @property
    def hours(self) -> timedelta:
        """The number as hours, and so many instants more."""
        return self.number.value * HOUR + self.steps * INSTANT

    @property
    def minutes(self) -> timedelta:
        """The number as minutes, and so many instants more."""
        return self.number.value * MINUTE + self.steps * INSTANT

    def by(self, step: float) -> float:
        """The number, and so many steps of this size more."""
        return self.number.value + self.steps * step

    def told(self, *story: Any, **more: Any) -> Replay:
        """The chain after a course of such a product to which all this happens."""
        return told(*story, product=self.product, **more)


class Story(NamedTuple):
    """What is told near a number, which alert it is about, and when that is expected to be there."""

    code: str
    tell: Callable[[Near], Replay]
    expected: Expected
    where: Callable[[TherapyProfile], bool] = lambda profile: True
    """Where the number applies; elsewhere nothing is ever raised by it."""
    grave: Severity | None = None
    """Where only the gravity changes at the number: the gravity beyond it."""

    def raised(self, near: Near) -> bool:
        """Whether the alert is there, as grave as is asked for."""
        return any(
            a.code == self.code and a.open and self.grave in (None, a.severity)
            for a in alerts(self.tell(near))
        )


@contextmanager
def judged_by(profile: TherapyProfile) -> Iterator[None]:
    """For as long as the block lasts, this is the only version of the profile of this name."""
    others = [other for other in profiles.versions() if other.name != profile.name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiles, "versions", lambda: (*others, profile))
        profiles.profile_of.cache_clear()
        yield
    profiles.profile_of.cache_clear()
