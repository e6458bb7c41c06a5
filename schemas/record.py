"""The patient-batch record: what we believe about one therapy course, and on which events it rests.

It is derived, and can be derived again at any time; it decides nothing. Every list is in a declared
order, so that the same facts give the same bytes.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from schemas.alert import AlertState, Severity
from schemas.contract import Code, Contract, Count, Instant, Text
from schemas.transport import ShipmentKind
from schemas.units import Celsius


class Phase(StrEnum):
    """How far the course has come, by the furthest milestone that is believed."""

    KNOWN = "known"
    ORDERED = "ordered"
    COLLECTED = "collected"
    AT_MANUFACTURER = "at_manufacturer"
    IN_MANUFACTURE = "in_manufacture"
    FILLED = "filled"
    CERTIFIED = "certified"
    AVAILABLE = "available"
    AT_TREATMENT_CENTRE = "at_treatment_centre"
    INFUSED = "infused"
    ENDED = "ended"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Gate(StrEnum):
    """A question that must be answered before a step that cannot be undone."""

    PRODUCT_AVAILABLE = "product_available"
    SHIPMENT_ALLOWED = "shipment_allowed"
    RELEASE_EVIDENCE = "release_evidence"
    COLLECTION_ALLOWED = "collection_allowed"
    MANUFACTURE_ALLOWED = "manufacture_allowed"
    LYMPHODEPLETION_ALLOWED = "lymphodepletion_allowed"
    THAW_ALLOWED = "thaw_allowed"
    INFUSION_ALLOWED = "infusion_allowed"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Answer(StrEnum):
    """Three-valued: missing evidence is unknown, and unknown never passes."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    UNKNOWN = "unknown"
    UNKNOWN_TO_READER = "unknown_to_reader"


class OutsideState(StrEnum):
    """How far the path of a product out of specification has come, without a step left out."""

    OUTSIDE = "outside"
    """A result or a case says so, and no record of the path is there."""
    REQUESTED = "requested"
    EVALUATED = "evaluated"
    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    """All four records are there: the product may be used."""
    SUPPLIED = "supplied"
    AUTHORITY_NOTIFIED = "authority_notified"
    CLOSED = "closed"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Withheld(StrEnum):
    """Why an event that was admitted does not count."""

    CORRECTED = "corrected"
    CONTESTED = "contested"
    TWO_COURSES = "two_courses"
    REPORTED_ONLY = "reported_only"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Milestone(Contract):
    """One fact of the journey."""

    body_is_kept = True

    type_name: Code
    occurred_at: Instant
    event_id: UUID
    system: Code
    objects: tuple[Text, ...] = ()
    """What it is about, as scheme and value."""


class CustodyInterval(Contract):
    """Who held a shipment from when to when; an open side has not been stated."""

    body_is_kept = True

    shipment: Text
    party: Code
    accepted_at: Instant | None = None
    handed_over_at: Instant | None = None
    to_party: Code | None = None
    evidence: tuple[UUID, ...] = ()


class ExcursionAbove(Contract):
    """One stretch of readings above the limit."""

    start: Instant
    end: Instant
    warmest: Celsius
    readings: Count


class ExcursionBelow(Contract):
    """One stretch of readings below the band of fresh material."""

    start: Instant
    end: Instant
    coldest: Celsius
    readings: Count


class LegConditions(Contract):
    """What a logger read on one leg, reduced to what the profile asks about."""

    body_is_kept = True

    logger: Text
    packed_by: UUID
    """The packing event that says the logger belongs to this leg."""
    shipment: Text | None = None
    kind: ShipmentKind = ShipmentKind.UNKNOWN_TO_READER
    readings: Count
    first_at: Instant
    last_at: Instant
    coldest: Celsius
    warmest: Celsius
    warmest_at: Instant
    limit: Celsius | None = None
    """Above it is too warm, by the product or by its band for fresh material; empty when none is known."""
    excursions: tuple[ExcursionAbove, ...] = ()
    lower_limit: Celsius | None = None
    """Where the band of fresh material begins; empty for what travels frozen, or when none is known."""
    excursions_below: tuple[ExcursionBelow, ...] = ()


class GateAnswer(Contract):
    """The answer to one gate, with the events it rests on and what is missing."""

    body_is_kept = True

    gate: Gate
    answer: Answer
    evidence: tuple[UUID, ...] = ()
    """What satisfies it so far; what speaks against it, where it is not satisfied."""
    missing: tuple[Text, ...] = ()


class OutsidePath(Contract):
    """The path of a batch out of specification: how far it is, and which records its use still needs."""

    body_is_kept = True

    batch: Text | None = None
    """Empty where nobody has said which batch it is."""
    state: OutsideState
    since: Instant
    """The first word that it is out of specification."""
    evidence: tuple[UUID, ...] = ()
    missing: tuple[Text, ...] = ()
    notice_due_at: Instant | None = None
    """Until when the authorities must be told, once it was supplied; empty when they were."""


class KnownIdentifier(Contract):
    """An identifier that events of this course carry, and the courses that it leads to now."""

    body_is_kept = True

    identifier: Text
    leads_to: tuple[str, ...] = ()


class WithheldEvent(Contract):
    """An admitted event that does not count, and why."""

    event_id: UUID
    type_name: Code
    why: Withheld
    leads_to: tuple[str, ...] = ()


class Deadline(Contract):
    """When an exception will be looked for again, unless something happens before."""

    code: Code
    at: Instant


class OpenAlert(Contract):
    """An alert of this course that somebody still has to act on."""

    alert_id: UUID
    code: Code
    severity: Severity
    state: AlertState


class ExpectedStep(Contract):
    """One step from collection to infusion: as planned, as it happened or is expected, and its latest time."""

    step: Code
    owner: Code | None = None
    planned_at: Instant
    """As somebody planned it, else by the standard times since the planned collection."""
    happened_at: Instant | None = None
    p50_at: Instant | None = None
    """Expected by then in one of two cases; empty when it has happened or a later step has."""
    p90_at: Instant | None = None
    latest_at: Instant | None = None
    """The slack is this less the expected time; empty when nothing after it has a limit."""


class Forecast(Contract):
    """When the infusion is to be expected, from the facts so far and the profile's standard times."""

    body_is_kept = True

    infusion_p50_at: Instant
    infusion_p90_at: Instant
    holding: Code | None = None
    """The step that is waited for now on the longest way to the infusion; empty after it."""
    harm_at: Instant | None = None
    """When the first of the running limits passes: hold time, age, shelf life, infusion window."""
    steps: tuple[ExpectedStep, ...] = ()


class PatientBatchRecord(Contract):
    """Everything the pipeline believes about one therapy course."""

    coi: str
    subject: str | None = None
    product: Code | None = None
    profile: Code | None = None
    """The therapy profile it is judged by; empty when the product is unknown, and then nothing passes."""
    phase: Phase
    phase_evidence: tuple[UUID, ...] = ()
    """The events by which it has come that far, or has ended."""
    identifiers: tuple[KnownIdentifier, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    custody: tuple[CustodyInterval, ...] = ()
    conditions: tuple[LegConditions, ...] = ()
    gates: tuple[GateAnswer, ...] = ()
    out_of_specification: tuple[OutsidePath, ...] = ()
    withheld: tuple[WithheldEvent, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    alerts: tuple[OpenAlert, ...] = ()
    forecast: Forecast | None = None
    """Empty where the profile states no standard times, no collection is planned, or the course is over."""
