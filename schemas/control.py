"""What enters the stream besides partner events: time, and what people decide."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from schemas.contract import Code, Contract, Instant, Prose


class Tick(Contract):
    """It is now this late; absence is noticed because time is a message."""

    now: Instant
    partition: int = Field(default=-1, ge=-1)
    """The partition it was sent to; -1 in a file, where it counts for all."""
    waiting_since: Instant | None = None
    """Since when a message that this worker has not taken yet waits; empty when none does."""


class ActionKind(StrEnum):
    """What a person does with an alert."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    COMMENT = "comment"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    CLOSE = "close"
    REOPEN = "reopen"
    UNKNOWN_TO_READER = "unknown_to_reader"


class AlertAction(Contract):
    """A person has done something about an alert."""

    action_id: UUID
    alert_id: UUID
    key: str = Field(min_length=1, max_length=200)
    """The course of the alert, or the thing it is about where no course is known."""
    kind: ActionKind
    acted_at: Instant
    actor: Code
    reason: Prose | None = None
    """Needed to close and to shelve."""
    assignee: Code | None = None
    disposition: Code | None = None
    """What was decided, a word of the catalogue of dispositions."""
    until: Instant | None = None
    """When a shelved alert comes back; needed to shelve."""


class Header(Contract):
    """One header of a Kafka message."""

    name: str
    value: bytes


class QuarantinedMessage(Contract):
    """A message that was set aside, byte for byte, with the reason and what to do about it."""

    quarantine_id: UUID
    """Derived from the bytes and the place, so that the same message set aside twice is one entry."""
    reason: Code
    detail: Prose
    remedy: Prose
    stage: Code
    """Where it was set aside: connector, admission, identity, course or engine."""
    topic: str
    """The topic it was sent to, or would have been."""
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    system: Code | None = None
    partner: Code | None = None
    event_id: UUID | None = None
    courses: tuple[str, ...] = ()
    """The courses it concerns, where they are known."""
    cleared: bool = False
    """True once it counts after all, because the wrong link was revoked or a person released it."""


class WaitingEvent(Contract):
    """An accepted event whose identifiers lead nowhere yet."""

    event_id: UUID
    type_name: Code
    system: Code
    partner: Code
    identifiers: tuple[str, ...]
    occurred_at: Instant
    value: bytes
