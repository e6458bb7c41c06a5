"""A therapy profile: the limits, clocks, milestones and evidence of one product, as versioned data.

Every number names its source and how sure it is; a limit never hides in code. A profile that does
not fit this model is refused when it is read.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.collection import CheckContext
from schemas.contract import Code, Contract, Instant, Prose, Text
from schemas.units import Cells, Celsius, Degrees, Hours, Minutes, Percent


class Status(StrEnum):
    """How sure a number is."""

    LABEL = "label"
    """Product information says so."""
    SECONDARY = "secondary"
    """Only a secondary source says so."""
    ASSUMPTION = "assumption"
    """A proposal of this project until the product owner decides."""


class Sourced(Contract):
    """A number with where it comes from."""

    source: Text
    status: Status


class TemperatureLimit(Sourced):
    """The warmest the material may get, in degrees Celsius."""

    celsius: Celsius


class TemperatureBand(Sourced):
    """Between which degrees Celsius the material must be kept, and for how long in all it may be outside."""

    coldest: Celsius
    warmest: Celsius
    minutes: Minutes

    @model_validator(mode="after")
    def _upright(self) -> Self:
        if self.coldest >= self.warmest:
            raise ValueError("coldest must be below warmest")
        return self


class TiltLimit(Sourced):
    """How far from upright a shipper may lean, and for how long in one go."""

    degrees: Degrees
    minutes: Minutes


class ShockLimit(Sourced):
    """The hardest shock that calls for no inspection, in units of gravity."""

    gravities: Annotated[float, Field(gt=0, le=1000)]


class HourLimit(Sourced):
    """A limit in hours."""

    hours: Hours


class MinuteLimit(Sourced):
    """A limit in minutes."""

    minutes: Minutes


class PercentLimit(Sourced):
    """A limit in per cent."""

    percent: Percent


class CellLimit(Sourced):
    """A number of cells."""

    cells: Cells


Share = Annotated[float, Field(gt=0, le=1)]
"""A share of a limit."""


class RegulatoryClock(Sourced):
    """Until when an authority must have heard, and at which shares of that time people are reminded."""

    hours: Hours | None = None
    days: Annotated[int, Field(gt=0, le=366)] | None = None
    """Calendar days."""
    months: Annotated[int, Field(gt=0, le=12)] | None = None
    """Calendar months: the same day of a later month, or its last day."""
    remind_at: Annotated[tuple[Share, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if sum(part is not None for part in (self.hours, self.days, self.months)) != 1:
            raise ValueError("a clock has hours, days or months, and one of them only")
        if list(self.remind_at) != sorted(set(self.remind_at)):
            raise ValueError("remind_at must name each share once, the smallest first")
        return self

    @property
    def hours_at_most(self) -> float:
        """Its hours, however long its months are."""
        return (self.hours or 0) + 24 * (self.days or 0) + 24 * 31 * (self.months or 0)

    def due(self, began: datetime) -> datetime:
        """When the time is over."""
        if self.months is not None:
            later = began.month - 1 + self.months
            year, month = began.year + later // 12, later % 12 + 1
            day = min(began.day, monthrange(year, month)[1])
            return began.replace(year=year, month=month, day=day)
        return began + timedelta(hours=self.hours or 0, days=self.days or 0)

    def at(self, share: float, began: datetime) -> datetime:
        """When a share of the time is over."""
        return began + (self.due(began) - began) * share


class ClockUnit(StrEnum):
    """Whether the clock runs for each bag or for the whole dose."""

    BAG = "bag"
    DOSE = "dose"


class ClockEdge(StrEnum):
    """What starts or stops a clock."""

    THAW_STARTED = "thaw_started"
    THAW_COMPLETED = "thaw_completed"
    INFUSION_STARTED = "infusion_started"
    INFUSION_COMPLETED = "infusion_completed"


class Clock(Sourced):
    """A time limit with its own start, its own stop, and what it is counted for."""

    name: Code
    start: ClockEdge
    stop: ClockEdge
    minutes: Minutes
    warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.8
    """The share of the limit after which to warn."""
    per: ClockUnit


class Lead(Sourced):
    """After one milestone another is expected within some hours."""

    after: Code
    expect: Code
    hours: Hours
    owner: Code
    """Who owns the next step."""


PATH_BEGINS = "collection.CollectionCompleted"
PATH_ENDS = "treatment.InfusionStarted"


class PathStep(Sourced):
    """One step on the way from collection to infusion: what it waits for, and how long it then takes."""

    step: Code
    after: Annotated[tuple[Code, ...], Field(min_length=1)]
    p50_hours: Hours
    """Half of all courses take no longer."""
    p90_hours: Hours
    """Nine courses of ten take no longer."""
    owner: Code

    @model_validator(mode="after")
    def _spread(self) -> Self:
        if self.p90_hours < self.p50_hours:
            raise ValueError("p90_hours must not be below p50_hours")
        return self


class EscalationTier(Sourced):
    """Who is told next when an alert is not acknowledged, and how long after its time for that."""

    role: Code
    share: Annotated[float, Field(ge=0, le=100, description="share of that time")] = 0.0
    """How much of the time to acknowledge passes once more before this role is told."""
    minutes: Annotated[float, Field(ge=0, le=60 * 24 * 366, description="minutes")] = 0.0
    """How many minutes pass besides."""


def climbing(tiers: tuple[EscalationTier, ...]) -> tuple[EscalationTier, ...]:
    """These tiers, refused where one is not later than the one before it, or names the same role."""
    for lower, higher in pairwise(tiers):
        never_sooner = higher.share >= lower.share and higher.minutes >= lower.minutes
        if not never_sooner or (higher.share, higher.minutes) == (lower.share, lower.minutes):
            raise ValueError(f"the tier of {higher.role} must be later than that of {lower.role}")
    roles = [tier.role for tier in tiers]
    if twice := next((role for role in roles if roles.count(role) > 1), None):
        raise ValueError(f"{twice} stands in two tiers")
    return tiers


Escalation = Annotated[tuple[EscalationTier, ...], AfterValidator(climbing)]
"""Whom an alert climbs to while nobody acknowledges it, the first of them first."""


class ReleaseTest(Contract):
    """One test that must have passed before certification."""

    test: Code
    title: Text


class Release(Sourced):
    """What must be there at planned certification, and when that is."""

    planned_hours_after_fill: Hours
    tests: Annotated[tuple[ReleaseTest, ...], Field(min_length=1)]
    signer_roles: tuple[Code, ...] = ()
    """The capacities in which a batch may be certified; none where nobody has said."""


class InfusionWindow(Sourced):
    """When the infusion may begin, counted from the end of lymphodepletion."""

    earliest_hours: Hours
    latest_hours: Hours
    warn_hours: Hours
    """How long before the window closes somebody is told."""

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.earliest_hours > self.latest_hours - self.warn_hours:
            raise ValueError("the window must open before its warning and its end")
        return self


class SiteReady(Sourced):
    """What a treatment centre must have stated, and how long before the infusion."""

    hours_before_infusion: Hours
    tocilizumab_doses: Annotated[int, Field(ge=0, le=20)]


class SecondPerson(Sourced):
    """At which identity checks a second person has to look too."""

    at: Annotated[tuple[CheckContext, ...], Field(min_length=1)]
    minutes: Minutes
    """How long an entry of the second person's own is waited for."""
    late_hours: Hours
    """How far apart the entries of the two persons may be and still be one check."""


class Material(StrEnum):
    """How the starting material travels."""

    FRESH = "fresh"
    FROZEN = "frozen"


class TherapyProfile(Contract):
    """The limits, clocks, milestones and evidence of one product."""

    name: Code
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    in_force_from: Instant | None = None
    """Courses ordered from then on are judged by this version; empty for the first one."""
    title: Text
    products: Annotated[tuple[Code, ...], Field(min_length=1)]
    """The product codes in orders that choose this profile."""
    material: Material
    fresh_hold: HourLimit | None = None
    """How long fresh cells may wait between the end of collection and acceptance."""
    fresh_hold_warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.7
    storage: TemperatureLimit
    """For the frozen product, and for frozen starting material."""
    fresh_band: TemperatureBand | None = None
    """For fresh starting material on its way."""
    fresh_custody_gap: MinuteLimit
    frozen_custody_gap: MinuteLimit
    handover_window: MinuteLimit
    """How long after one side's word the other side's is waited for."""
    infusion_window: InfusionWindow | None = None
    site_ready: SiteReady | None = None
    expiry_margin: HourLimit | None = None
    """How long before the product expires the infusion must be planned at the latest."""
    frozen_material_age: HourLimit | None = None
    """How old frozen starting material may be when manufacture begins."""
    ship_buffer: HourLimit | None = None
    """How long before the planned pick-up of the product its certificate must be there."""
    dwell: HourLimit | None = None
    """How long a shipment may go without passing another point of its way."""
    shipper_margin: HourLimit | None = None
    """How much of a shipper's qualified hold time must be left at arrival."""
    viability: PercentLimit | None = None
    """The least viability of the product, whatever specification the laboratory judges by."""
    nucleated_cells: CellLimit | None = None
    """How many nucleated cells the starting material must hold at least."""
    vein_to_vein: HourLimit | None = None
    """How long after the collection the infusion is to begin at the latest."""
    custodians_registered: bool = False
    """Whether every custodian must stand in the register of qualified parties, so that one of which it
    says nothing is told of too."""
    second_person: SecondPerson | None = None
    out_of_storage: MinuteLimit | None = None
    """How long the containers may be outside controlled storage, all steps together."""
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1)]
    milestones: tuple[Lead, ...]
    release: Release
    escalation: Escalation = ()
    """Who is told next while an alert is not acknowledged; the pipeline's own tiers where none are stated."""
    path: tuple[PathStep, ...] = ()
    """The steps from collection to infusion with their standard times; without them nothing is forecast."""
    notes: Prose = ""

    @model_validator(mode="after")
    def _path_leads_somewhere(self) -> Self:
        known = {PATH_BEGINS}
        for step in self.path:
            if step.step in known:
                raise ValueError(f"the path names {step.step} twice")
            if strange := set(step.after) - known:
                raise ValueError(
                    f"{step.step} follows {min(strange)}, which the path does not name before"
                )
            known.add(step.step)
        if self.path and self.path[-1].step != PATH_ENDS:
            raise ValueError(f"the path must end with {PATH_ENDS}")
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.material is Material.FRESH and self.fresh_hold is None:
            raise ValueError("a profile with fresh starting material needs fresh_hold")
        return self

    @property
    def label(self) -> str:
        """The profile as an alert names it."""
        return f"{self.name}@{self.version}"
