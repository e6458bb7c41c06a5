"""Making the product from the patient's cells, as the manufacturing execution system knows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from schemas.contract import Code, Count, Instant, Prose
from schemas.envelope import Event, Scheme
from schemas.units import Celsius


class MaterialDecision(StrEnum):
    """What the manufacturer decided about the starting material."""

    ACCEPTED = "accepted"
    ACCEPTED_AT_RISK = "accepted_at_risk"
    REJECTED = "rejected"
    UNKNOWN_TO_READER = "unknown_to_reader"


class AlarmState(StrEnum):
    """Whether an alarm stands."""

    RAISED = "raised"
    CLEARED = "cleared"
    UNKNOWN_TO_READER = "unknown_to_reader"


class MaterialReceived(Event):
    """The manufacturer has received the starting material."""

    number: ClassVar[int] = 30
    temperature: Celsius | None = None
    seal: Code | None = None
    seal_intact: bool | None = None


class MaterialDecided(Event):
    """The manufacturer has accepted or rejected the starting material."""

    number: ClassVar[int] = 31
    decision: MaterialDecision


class BatchStarted(Event):
    """Manufacture of the batch has begun."""

    number: ClassVar[int] = 32
    room: Code | None = None


class StepCompleted(Event):
    """A unit operation of the batch has been completed."""

    number: ClassVar[int] = 33
    step: Code
    started_at: Instant | None = None


class InProcessControlRecorded(Event):
    """An in-process control has been recorded."""

    number: ClassVar[int] = 34
    test: Code
    value: float | None = None
    value_text: Code | None = None
    unit: Code | None = None
    low: float | None = None
    high: float | None = None


class AlarmChanged(Event):
    """An alarm of the batch, or of a storage tank that it names, has been raised or cleared."""

    number: ClassVar[int] = 35
    alarm: Code
    state: AlarmState
    critical: bool = False
    message: Prose | None = None


class LineClearanceRecorded(Event):
    """A room has been cleared between batches."""

    number: ClassVar[int] = 36
    room: Code
    cleared: bool = True


class LabelsPrinted(Event):
    """Labels for the batch have been printed."""

    number: ClassVar[int] = 37
    links: ClassVar = ((Scheme.LABEL, (Scheme.BATCH,)),)
    label_version: Code | None = None
    printed: Count


class LabelsReconciled(Event):
    """The whereabouts of every printed label have been accounted for."""

    number: ClassVar[int] = 38
    applied: Count
    destroyed: Count = 0
    returned: Count = 0


class ProductFilled(Event):
    """The product has been filled into its final containers and frozen."""

    number: ClassVar[int] = 39
    links: ClassVar = ((Scheme.CONTAINER, (Scheme.BATCH,)),)
    doses: Annotated[int, Field(ge=1, le=100)] | None = None
    expires_at: Instant | None = None


class BatchRecordCompleted(Event):
    """The batch record has been completed and reviewed in production."""

    number: ClassVar[int] = 40


class BatchTerminated(Event):
    """Manufacture of the batch has been stopped for good."""

    number: ClassVar[int] = 41
