"""Bringing the product back to the patient."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.contract import Code, Count, Instant
from schemas.envelope import Event


class ThawPhase(StrEnum):
    """Whether the thaw begins or is done."""

    STARTED = "started"
    COMPLETED = "completed"
    UNKNOWN_TO_READER = "unknown_to_reader"


class InfusionOutcome(StrEnum):
    """How the infusion ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    STOPPED = "stopped"
    UNKNOWN_TO_READER = "unknown_to_reader"


class InfusionChange(StrEnum):
    """What became of the planned infusion."""

    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    UNKNOWN_TO_READER = "unknown_to_reader"


class LymphodepletionStarted(Event):
    """Lymphodepleting chemotherapy has begun; from here the patient depends on the product."""

    number: ClassVar[int] = 10


class LymphodepletionCompleted(Event):
    """Lymphodepleting chemotherapy has ended."""

    number: ClassVar[int] = 11


class ProductReceived(Event):
    """The treatment centre has received the product."""

    number: ClassVar[int] = 12
    seal: Code | None = None
    seal_intact: bool | None = None
    certificate_present: bool | None = None


class ProductStored(Event):
    """The treatment centre has put the product into storage."""

    number: ClassVar[int] = 13
    position: Code | None = None
    out_of_storage_at: Instant | None = None
    """When the containers were taken out of their shipper to be stored."""


class SiteReadinessConfirmed(Event):
    """The treatment centre has confirmed bed, medication and staff."""

    number: ClassVar[int] = 14
    bed: bool | None = None
    tocilizumab_doses: Count | None = None
    staff: bool | None = None


class ThawRecorded(Event):
    """The thaw of a container has begun or is complete."""

    number: ClassVar[int] = 15
    phase: ThawPhase


class InfusionStarted(Event):
    """The infusion has begun."""

    number: ClassVar[int] = 16


class InfusionCompleted(Event):
    """The infusion has ended."""

    number: ClassVar[int] = 17
    outcome: InfusionOutcome


class InfusionChanged(Event):
    """The planned infusion has been moved or cancelled."""

    number: ClassVar[int] = 18
    change: InfusionChange
    planned_at: Instant | None = None


class OutcomeRecorded(Event):
    """A follow-up outcome has been recorded."""

    number: ClassVar[int] = 19
    adverse_event: bool = False
    outcome: Code | None = None
