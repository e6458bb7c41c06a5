"""The therapy profiles that come with the pipeline, as data, and how a product finds its own.

A product that no profile names is judged by nothing: its limits are unknown, and unknown never passes.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from schemas.contract import Contract, Prose
from schemas.profile import (
    HourLimit,
    MinuteLimit,
    ShockLimit,
    TemperatureLimit,
    TherapyProfile,
    TiltLimit,
)


class InvalidProfile(ValueError):
    """A profile file does not fit the model; the message says which file, which field, and why."""


class PlatformLimits(Contract):
    """The limits that belong to the pipeline itself and to no product."""

    name: str = "platform"
    version: str
    orphan_grace: MinuteLimit
    """How long an event may wait for a link before somebody is told."""
    word_grace: MinuteLimit
    """How long the word of a step that must have happened is waited for before it counts as missing."""
    pick_up_tolerance: MinuteLimit
    """How long after its planned time a shipment may be picked up."""
    stop_spread: MinuteLimit
    """How long the news of a stop may take until nobody works on the therapy any more."""
    refreeze: TemperatureLimit
    """Frozen cells that were warmer than this and are colder again have been thawed and frozen again."""
    tilt: TiltLimit
    shock: ShockLimit
    logger_read_out: MinuteLimit
    """How long after arrival a logger's readings and file may take to be there."""
    logger_silence: MinuteLimit
    """How long a logger on its way may say nothing."""
    bedside_grace: MinuteLimit
    """How long the word of an identity check at the bedside may be on its way."""
    authority_notice: HourLimit
    """How long after the supply of a product out of specification the authorities must have notice."""
    authority_notice_warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.75
    """The share of that time after which somebody is told."""
    clock_tolerance: MinuteLimit
    """How far two clocks may be apart before an entry counts as made before its act."""
    late_entry: HourLimit
    """How long after an act its entry may be made."""
    deviation_after_alarm: HourLimit
    """How long after a critical process alarm its deviation may be opened."""
    notes: Prose = ""

    @property
    def label(self) -> str:
        """The limits as an alert names them."""
        return f"{self.name}@{self.version}"


def read_profile(text: str, name: str) -> TherapyProfile:
    """The profile that this YAML text states; `name` is the file, for the error."""
    try:
        return TherapyProfile.model_validate(yaml.safe_load(text))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the profile"
        raise InvalidProfile(f"{name}: {place}: {first['msg']}") from wrong


@cache
def shipped() -> tuple[TherapyProfile, ...]:
    """Every profile that comes with the pipeline, by name."""
    folder = files(__name__)
    found = [
        read_profile(entry.read_text("utf-8"), entry.name)
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml") and entry.name != "platform.yaml"
    ]
    seen: dict[str, str] = {}
    for profile in found:
        for product in profile.products:
            if product in seen:
                raise InvalidProfile(f"{product} is claimed by {seen[product]} and {profile.name}")
            seen[product] = profile.name
    return tuple(found)


@cache
def platform_limits() -> PlatformLimits:
    """The limits of the pipeline itself."""
    return PlatformLimits.model_validate(
        yaml.safe_load(files(__name__).joinpath("platform.yaml").read_text("utf-8"))
    )


@cache
def profile_of(product: str) -> TherapyProfile | None:
    """The profile of a product code; None when no profile names it."""
    return next((p for p in shipped() if product in p.products), None)


@cache
def temperature_ladder() -> tuple[float, ...]:
    """Every temperature limit of any profile, coldest first; conditions are reduced against these."""
    bands = {p.fresh_band.warmest for p in shipped() if p.fresh_band is not None}
    frozen = {p.storage.celsius for p in shipped()}
    return tuple(sorted(frozen | bands | {platform_limits().refreeze.celsius}))


@cache
def temperature_floors() -> tuple[float, ...]:
    """Every lower temperature limit of any profile, warmest first."""
    found = {p.fresh_band.coldest for p in shipped() if p.fresh_band is not None}
    return tuple(sorted(found, reverse=True))
