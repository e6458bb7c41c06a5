"""What an alert says: what is wrong, whose therapy it harms, who must act, by when, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from schemas.contract import Code, Contract, Instant, Prose, Text

ALERT_NAMESPACE = UUID("b1c8f0de-6b51-5b6e-8d3f-93c6f6f5a0aa")


class Hazard(StrEnum):
    """The ten ways in which a vein-to-vein process goes wrong; each has a topic of its own."""

    IDENTITY = "identity"
    CUSTODY = "custody"
    TIMING = "timing"
    CONDITION = "condition"
    SEQUENCE = "sequence"
    QUALITY = "quality"
    RELEASE = "release"
    SCHEDULING = "scheduling"
    INTERFACE = "interface"
    INTEGRITY = "integrity"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Severity(StrEnum):
    """How grave: S1 is irreplaceable material or patient safety at risk now."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"
    UNKNOWN_TO_READER = "unknown_to_reader"


class AlertState(StrEnum):
    """Where an alert stands. Resolved ended by a fact, closed by a person; retracted was never true.

    Escalated was not acknowledged in its time; shelved is open and keeps quiet until a moment.
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    SHELVED = "shelved"
    RESOLVED = "resolved"
    CLOSED = "closed"
    RETRACTED = "retracted"
    UNKNOWN_TO_READER = "unknown_to_reader"


OPEN_STATES = frozenset(
    {AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.ESCALATED, AlertState.SHELVED}
)


class HarmedCourse(Contract):
    """A course that is harmed unless something comes in time, and what it waits for."""

    coi: Text
    harm_at: Instant
    """When it is harmed."""
    awaits: Code
    """The type of event that its clock waits for."""


class Finding(Contract):
    """What a detector says is wrong now, with the evidence it rests on and the evidence that is missing."""

    object: Text
    """The thing that it is about, for example SHIPMENT:4711."""
    anchor: Text
    """What makes this occurrence one of its own: an event id, or the name of a deadline."""
    raised_at: Instant
    """The fact's own time, or the deadline that passed; never when it was noticed."""
    detail: Prose
    severity: Severity
    harm_at: Instant | None = None
    """When the therapy is harmed unless somebody acts, where the facts allow to say."""
    evidence: tuple[UUID, ...] = ()
    missing: tuple[Text, ...] = ()
    timer: Code | None = None
    """The regulatory clock that runs, by its name among the limits of the pipeline."""
    timer_began_at: Instant | None = None
    harmed: tuple[HarmedCourse, ...] = ()
    """The courses that are harmed first, where it is about no single one."""


class Alert(Contract):
    """One exception of one therapy course, as it stands."""

    body_is_kept = True

    alert_id: UUID
    code: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{2}$")]
    title: Text
    hazard: Hazard
    coi: str | None = None
    """The course; empty where no course is known yet."""
    object: Text
    anchor: Text
    state: AlertState
    severity: Severity
    raised_at: Instant
    acknowledge_by: Instant
    """Counted anew from when an alert comes back: off the shelf, or opened again."""
    decide_by: Instant
    harm_at: Instant | None = None
    """When the therapy is harmed unless somebody acts; the first open limit of the course where the
    finding has none of its own."""
    infusion_p50_at: Instant | None = None
    """The forecast of the infusion, as the record of the course has it."""
    infusion_p90_at: Instant | None = None
    holding: Code | None = None
    """The step that holds the course back."""
    owner: Code
    """The role that must act."""
    tier: Annotated[int, Field(ge=0)] = 0
    """How many tiers it has climbed because nobody acknowledged it."""
    escalated_to: Code | None = None
    """The role of the highest tier that it has climbed to."""
    escalated_at: Instant | None = None
    """When it climbed there: the deadline that passed."""
    timer: Code | None = None
    """The regulatory clock that runs, by its name among the limits of the pipeline."""
    timer_began_at: Instant | None = None
    due_at: Instant | None = None
    """When that clock's time is over."""
    reminder: Annotated[int, Field(ge=1, le=100)] | None = None
    """The share of that time, in per cent, at which people were reminded last."""
    reminded_at: Instant | None = None
    """When that share was over."""
    assigned_to: Code | None = None
    detail: Prose
    evidence: tuple[UUID, ...] = ()
    missing: tuple[Text, ...] = ()
    rule: Code
    """The detector and its version."""
    profile: Code
    """The therapy profile and its version that the finding was judged by."""
    acknowledged_by: Code | None = None
    acknowledged_at: Instant | None = None
    shelved_by: Code | None = None
    shelved_until: Instant | None = None
    """When it comes back from the shelf."""
    disposition: Code | None = None
    """What was decided when a person closed it."""
    comments: tuple[Prose, ...] = ()
    ended_at: Instant | None = None
    """When the state stopped being open; only in the history."""
    harmed: tuple[HarmedCourse, ...] = ()
    """The first of the courses that are harmed unless somebody acts, in order of the time that is left;
    only where the alert is about no single course."""
    revision: Annotated[int, Field(ge=1)] = 1
    """How often this alert has been issued; depends on the path, not on the facts."""

    @property
    def open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in OPEN_STATES


def alert_id(code: str, coi: str | None, thing: str, anchor: str) -> UUID:
    """The same id for the same occurrence of the same exception, whenever and wherever it is found."""
    return uuid5(ALERT_NAMESPACE, "\x1f".join((code, coi or "", thing, anchor)))


def most_grave(severities: Iterable[Severity]) -> Severity:
    """The gravest of several severities."""
    return min(severities)
