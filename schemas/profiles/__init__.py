"""The therapy profiles that come with the pipeline, as data, and how a product finds its own.

A product that no profile names is judged by nothing: its limits are unknown, and unknown never passes.
A limit is changed by a new version in a file of its own (axi-cel-1.1.0.yaml), in force from a day: who
was ordered before keeps the version of then, and so does every alert. What was published is never edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, TypeVar

import yaml
from pydantic import Field, ValidationError

from schemas.contract import Contract, Prose
from schemas.profile import (
    Escalation,
    HourLimit,
    MinuteLimit,
    RegulatoryClock,
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
    authority_notice: RegulatoryClock
    """From the supply of a product out of specification until the authorities must have notice."""
    deviation_report: RegulatoryClock
    """From when a reportable deviation of a distributed product is known until it must be reported."""
    deviation_report_urgent: HourLimit
    """After so long the report that is still missing is graver."""
    privacy_notice: RegulatoryClock
    """From when a breach of personal data is known until the supervisory authority must have notice."""
    security_warning: RegulatoryClock
    """From when a significant incident is known until its early warning must be there."""
    security_notice: RegulatoryClock
    """From when a significant incident is known until its notification must be there."""
    security_report: RegulatoryClock
    """From the notification of a significant incident until its final report must be there."""
    clock_tolerance: MinuteLimit
    """How far two clocks may be apart before an entry counts as made before its act."""
    late_entry: HourLimit
    """How long after an act its entry may be made."""
    deviation_after_alarm: HourLimit
    """How long after a critical process alarm its deviation may be opened."""
    escalation: Annotated[Escalation, Field(min_length=1)]
    """Who is told next while an alert is not acknowledged, for products that state no tiers of their own."""
    longest_shelf: HourLimit
    """How long an alert may be shelved in one go."""
    heartbeat: MinuteLimit
    """How often a partner whose heartbeats do not say how often they come is taken to send one."""
    heartbeats_missed: Annotated[int, Field(ge=1, le=100)] = 3
    """After so many times its interval a partner of whom nothing was heard is silent."""
    partner_cadence: MinuteLimit
    """How often a partner without heartbeats is expected to say something while a course waits for it."""
    partner_horizon: HourLimit
    """How long before its end a clock of a course counts for a partner that is silent."""
    clock_offset: MinuteLimit
    """How far a partner's clock may be from the time of its heartbeat."""
    manual_bridge: HourLimit
    """How long people may enter by hand what an interface would say."""
    processing_lag: MinuteLimit
    """How long a message may wait until the pipeline takes it."""
    time_waits: HourLimit
    """How far time may stay behind while messages wait, so that nothing counts as absent that lies there."""
    number_gap: MinuteLimit
    """How long a number of a partner's own may be missing after a higher one was said."""
    notes: Prose = ""

    @property
    def label(self) -> str:
        """The limits as an alert names them."""
        return f"{self.name}@{self.version}"


Limits = TypeVar("Limits", bound=Contract)

PLATFORM, PUBLISHED = "platform.yaml", "published.yaml"


def read_profile(text: str, name: str) -> TherapyProfile:
    """The profile that this YAML text states; `name` is the file, for the error."""
    return _read(TherapyProfile, text, name)


def read_platform(text: str, name: str) -> PlatformLimits:
    """The limits of the pipeline that this YAML text states; `name` is the file, for the error."""
    return _read(PlatformLimits, text, name)


def _read(kind: type[Limits], text: str, name: str) -> Limits:
    try:
        return kind.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark is not None else "the file"
        said = getattr(wrong, "problem", None) or "this is no YAML"
        raise InvalidProfile(f"{name}: {line}: {said}") from wrong
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the profile"
        raise InvalidProfile(f"{name}: {place}: {first['msg']}") from wrong


@cache
def versions() -> tuple[TherapyProfile, ...]:
    """Every version of every profile that comes with the pipeline, by name and oldest first."""
    return in_order(
        read_profile(entry.read_text("utf-8"), entry.name)
        for entry in sorted(files(__name__).iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml") and entry.name not in (PLATFORM, PUBLISHED)
    )


def in_order(profiles: Iterable[TherapyProfile]) -> tuple[TherapyProfile, ...]:
    """These versions by name and oldest first; refused where it is not clear which one counts when."""
    found = sorted(profiles, key=lambda p: (p.name, _number(p)))
    seen: dict[str, str] = {}
    before: dict[str, TherapyProfile] = {}
    for profile in found:
        for product in profile.products:
            if seen.setdefault(product, profile.name) != profile.name:
                raise InvalidProfile(f"{product} is claimed by {seen[product]} and {profile.name}")
        last = before.get(profile.name)
        if last is None and profile.in_force_from is not None:
            raise InvalidProfile(f"{profile.label}: in_force_from: the first version needs none")
        if last is not None and not _follows(profile, last):
            raise InvalidProfile(
                f"{profile.label}: in_force_from: give a day after that of {last.label}"
            )
        before[profile.name] = profile
    return tuple(found)


def _number(profile: TherapyProfile) -> tuple[int, ...]:
    return tuple(int(part) for part in profile.version.split("."))


def _follows(profile: TherapyProfile, last: TherapyProfile) -> bool:
    if profile.in_force_from is None or _number(profile) == _number(last):
        return False
    return last.in_force_from is None or last.in_force_from < profile.in_force_from


@cache
def shipped() -> tuple[TherapyProfile, ...]:
    """The newest version of every profile that comes with the pipeline, by name."""
    return tuple({profile.name: profile for profile in versions()}.values())


@cache
def platform_limits() -> PlatformLimits:
    """The limits of the pipeline itself."""
    return read_platform(files(__name__).joinpath(PLATFORM).read_text("utf-8"), PLATFORM)


@cache
def published() -> dict[str, str]:
    """The fingerprint of every version that was ever published, by its label."""
    return dict(yaml.safe_load(files(__name__).joinpath(PUBLISHED).read_text("utf-8")))


def fingerprint(limits: TherapyProfile | PlatformLimits) -> str:
    """What a version says, in sixteen characters; a field that the model gains later changes nothing."""
    said = limits.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:16]


@cache
def profile_of(product: str, ordered_at: datetime | None = None) -> TherapyProfile | None:
    """The profile of a product code as in force when a course was ordered, or now; None without one."""
    return in_force(versions(), product, ordered_at)


def in_force(
    profiles: Iterable[TherapyProfile], product: str, ordered_at: datetime | None
) -> TherapyProfile | None:
    """The version that counts for a course of this product, of versions by name and oldest first."""
    found: TherapyProfile | None = None
    for profile in profiles:
        since = profile.in_force_from
        if product in profile.products and (
            ordered_at is None or since is None or since <= ordered_at
        ):
            found = profile
    return found


@cache
def temperature_ladder() -> tuple[float, ...]:
    """Every temperature limit of any profile, coldest first; conditions are reduced against these."""
    bands = {p.fresh_band.warmest for p in versions() if p.fresh_band is not None}
    frozen = {p.storage.celsius for p in versions()}
    return tuple(sorted(frozen | bands | {platform_limits().refreeze.celsius}))


@cache
def temperature_floors() -> tuple[float, ...]:
    """Every lower temperature limit of any profile, warmest first."""
    found = {p.fresh_band.coldest for p in versions() if p.fresh_band is not None}
    return tuple(sorted(found, reverse=True))
