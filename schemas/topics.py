"""Every topic we read or write: what it carries, by which key, and how long it is kept.

All topics have the same number of partitions, so that the three keyed folds of the pipeline each find
their state on the worker that gets their messages. It is fixed when the topics are made.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from schemas.alert import Hazard
from schemas.contract import Contract

DAY_MS = 86_400_000
FOREVER = -1
INTERNAL_MS = 90 * DAY_MS
"""What is between two folds may wait as long as no worker runs, and must outlast any outage."""
LARGEST_MESSAGE = 8 * 1024 * 1024
"""The broker takes larger messages than we admit, so that an oversize one is set aside and not lost."""


class Topic(Contract):
    """One topic."""

    name: str
    key: str
    """What the key is, in words."""
    carries: str
    retention_ms: int = FOREVER
    compacted: bool = False
    largest_message: int = 2 * 1024 * 1024
    internal: bool = False
    """True for topics that only our own agents read."""

    @property
    def configuration(self) -> dict[str, str]:
        """The topic's settings as the broker names them."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.largest_message),
        }


def inbound(system: str, partner: str) -> str:
    """The topic that one system of one partner publishes to."""
    return f"v2v.in.{system}.{partner}"


def partner_of(topic: str) -> tuple[str, str] | None:
    """The system and partner that publish to an inbound topic; None for any other topic."""
    parts = topic.split(".", 3)
    return (parts[2], parts[3]) if len(parts) == 4 and topic.startswith("v2v.in.") else None


def partners_of(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The system and partner of each inbound topic among these, in order, each once."""
    return tuple(sorted({pair for name in names if (pair := partner_of(name)) is not None}))


RELEASED = "v2v.released"
FACTS = "v2v.facts"
THINGS = "v2v.things"
COURSES = "v2v.courses"
EVENTS = "v2v.events"
TICKS = "v2v.ticks"
ACTIONS = "v2v.actions"
RECORDS = "v2v.records"
QUARANTINE = "v2v.quarantine"
WAITING = "v2v.waiting"


def alerts(hazard: Hazard) -> str:
    """The topic of one hazard's alerts."""
    return f"v2v.alerts.{hazard.value}"


HAZARDS: tuple[Hazard, ...] = tuple(h for h in Hazard if h is not Hazard.UNKNOWN_TO_READER)

TOPICS: tuple[Topic, ...] = (
    Topic(
        name=RELEASED,
        key="event id",
        carries="messages that a person has released from quarantine",
        largest_message=LARGEST_MESSAGE,
    ),
    Topic(
        name=FACTS,
        key="event id",
        carries="corrections, on their way to the event that they replace",
        retention_ms=INTERNAL_MS,
        internal=True,
    ),
    Topic(
        name=THINGS,
        key="identifier, as SCHEME:value",
        carries="events on their way to their course, links, questions and readings",
        retention_ms=INTERNAL_MS,
        internal=True,
    ),
    Topic(
        name=COURSES,
        key="chain-of-identity identifier",
        carries="what the things tell the courses: where identifiers lead, conditions, contested events",
        retention_ms=INTERNAL_MS,
        internal=True,
    ),
    Topic(
        name=EVENTS,
        key="chain-of-identity identifier",
        carries="admitted events of known courses",
    ),
    Topic(name=TICKS, key="partition", carries="time", retention_ms=DAY_MS),
    Topic(
        name=ACTIONS,
        key="chain-of-identity identifier, or the thing",
        carries="what people did about alerts",
    ),
    Topic(
        name=RECORDS,
        key="chain-of-identity identifier",
        carries="the patient-batch record of each course",
        compacted=True,
        largest_message=LARGEST_MESSAGE,
    ),
    *(
        Topic(
            name=alerts(hazard),
            key="alert id",
            carries=f"alerts of the hazard {hazard.value}",
            compacted=True,
        )
        for hazard in HAZARDS
    ),
    Topic(
        name=QUARANTINE,
        key="quarantine id",
        carries="messages set aside, byte for byte, with the reason",
        compacted=True,
        largest_message=LARGEST_MESSAGE,
    ),
    Topic(
        name=WAITING,
        key="event id",
        carries="admitted events whose course is not known yet; a null value when it is",
        compacted=True,
    ),
)

Partners = Iterable[tuple[str, str]]


def catalogue(partners: Partners) -> tuple[Topic, ...]:
    """Every topic of a deployment with these (system, partner) pairs, inbound ones first."""
    sources = tuple(
        Topic(
            name=inbound(system, partner),
            key="event id",
            carries=f"events of the {system} system of {partner}",
            largest_message=LARGEST_MESSAGE,
        )
        for system, partner in sorted(set(partners))
    )
    return (*sources, *TOPICS)


class TopicPlan(Contract):
    """How many partitions and copies every topic of a deployment has."""

    partitions: int = Field(default=12, ge=1, le=512)
    replication: int = Field(default=1, ge=1, le=9)
