"""What a connector is: how to understand what a partner sent, in our words.

`translate` computes and never performs; reading, keeping and publishing is the work of the doors
and the outbox, the same for every system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from schemas.envelope import Environment, Event, Scheme, System
from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came: the bytes, and the name of the file or request that carried it."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Mapped:
    """The message was understood, and these are the facts it states."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The message is sound, and of a kind that tells us nothing we follow."""

    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """The message is half of a fact; the other half, under the same key, is still to come."""

    key: str
    missing: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The message cannot be understood; it is set aside byte for byte."""

    reason: Reason
    detail: str


Decision = Mapped | Ignored | Held | Refused


class CannotUnderstand(ValueError):
    """Part of a message cannot be understood; the reason is one of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Tokens(Protocol):
    """Turns a patient identifier into a token that only its own pseudonym domain can repeat."""

    def subject(self, issuer: str, value: str) -> str: ...

    def staff(self, issuer: str, value: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner of one system: its name, and what its messages leave unsaid."""

    name: str
    system: System
    zone: str = "UTC"
    """The zone of times that carry none."""
    site: str | None = None
    environment: Environment = Environment.PRODUCTION
    identifier_systems: Mapping[str, Scheme] = field(default_factory=dict)
    """Which of our schemes an issuing system or code of the partner stands for, beyond the usual ones."""
    mapping: Mapping[str, object] = field(default_factory=dict)
    """A mapping of the partner's own words, for systems without an open format."""

    @property
    def clock(self) -> tzinfo:
        """The partner's zone as Python knows it."""
        return ZoneInfo(self.zone)


Translate = Callable[[Raw, Partner, Tokens, tuple[Raw, ...]], tuple[Decision, ...]]
"""`(message, partner, tokens, companions)`; at least one decision per message that the bytes hold.

One message may yield both Mapped and Refused: what can be understood of it is told, and the part that
cannot is set aside by itself, so that an unreadable sensor never hides a hand-over.
`companions` are earlier halves kept under the same key; empty for formats that carry whole facts.
"""


@dataclass(frozen=True, slots=True)
class Connector:
    """One system's way of speaking."""

    system: System
    format: str
    """The format in words, for people."""
    translate: Translate
    suffixes: tuple[str, ...] = ()
    """File endings that the drop folder takes; everything when empty."""
    check: Callable[[Partner], None] | None = None
    """Raises a ValueError that says what is wrong with what a partner's settings say; asked at start."""
    reads_cloudevents: bool = False
    """Whether a CloudEvent with JSON is translated with its envelope; otherwise its data alone is."""
    reads_hl7: bool = False
    """Whether its messages may come by MLLP."""
