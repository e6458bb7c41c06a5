"""What the folds of the pipeline say to each other, and what leaves them.

Internal messages travel on topics that only our own agents read, so they may change with a release; a
rolling upgrade drains them first. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from schemas import topics
from schemas.envelope import Scheme
from streams.moments import Micros


class Out(NamedTuple):
    """One message to send: topic, key, value (None deletes under that key), headers."""

    topic: str
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Status(msgspec.Struct, frozen=True, array_like=True, tag="status"):
    """Where an identifier leads: now, and ever, with the statement that first said so."""

    identifier: str
    version: int
    now: tuple[str, ...]
    ever: tuple[tuple[str, Micros, str], ...]
    """(course, when it was said, event id that said it), by course."""
    root: str = ""
    """Where the courses part when it leads, or ever led, to several: this identifier, or one it leads to."""


class Carry(msgspec.Struct, frozen=True, array_like=True, tag="carry"):
    """An admitted event on its way to its course, asking each of its identifiers in turn."""

    event_id: str
    digest: bytes
    value: bytes
    type_name: str
    route: tuple[str, ...]
    at: int
    """Which identifier of the route is asked now."""
    known_by: Micros
    """When the partner had recorded it; its grace counts from here."""


class Nudge(msgspec.Struct, frozen=True, array_like=True, tag="nudge"):
    """An identifier that an event had asked in vain has been linked after all."""

    content: str
    """The content of the event that had asked: see `content_of`."""
    status: Status


class Belief(msgspec.Struct, frozen=True, array_like=True, tag="belief"):
    """Which version of an event counts; None when it does not count at all."""

    event_id: str
    version: int
    digest: bytes | None
    contested: bool = False
    """Whether it has several contents, of which nobody has said yet which is right."""


class Link(msgspec.Struct, frozen=True, array_like=True, tag="link"):
    """The system of record links this identifier to a target, or withdraws such a link."""

    event_id: str
    digest: bytes
    said_at: Micros
    target: str
    linked: bool


class EventBelief(msgspec.Struct, frozen=True, array_like=True, tag="event_belief"):
    """A belief about an event that carries this identifier; it goes to every course that listens here."""

    belief: Belief


class Follow(msgspec.Struct, frozen=True, array_like=True, tag="follow"):
    """An identifier that leads here wants to know where this one leads."""

    follower: str


class Listen(msgspec.Struct, frozen=True, array_like=True, tag="listen"):
    """A course that holds an event with this identifier wants to know where it leads."""

    course: str


class Readings(msgspec.Struct, frozen=True, array_like=True, tag="readings"):
    """A logger's readings, as one event reported them."""

    event_id: str
    digest: bytes
    value: bytes
    known_by: Micros
    points: tuple[tuple[Micros, float], ...]
    """(when, degrees Celsius)"""
    handled: tuple[tuple[Micros, str, float], ...] = ()
    """(when, tilt or shock or lid, how much): rough handling; see `routing.handling`."""


class Occupy(msgspec.Struct, frozen=True, array_like=True, tag="occupy"):
    """A course states from when to when it uses a logger; no start withdraws the statement."""

    course: str
    leg: str
    version: int
    start: Micros | None
    end: Micros | None = None


class Use(msgspec.Struct, frozen=True, array_like=True, tag="use"):
    """A course states that it uses a thing that others may use too; no start withdraws the statement."""

    course: str
    version: int
    start: Micros | None
    end: Micros | None = None
    said_at: Micros = 0


class Notice(msgspec.Struct, frozen=True, array_like=True, tag="notice"):
    """Something is said of a thing itself, or holds no longer, whoever uses it."""

    event_id: str
    digest: bytes
    at: Micros
    about: str
    """What is said: one trouble begins and ends by notices about the same."""
    stands: bool | None
    """Whether it is so from now on; None when the event only withdraws another."""
    until: Micros | None = None
    """Until when it is so, where that was said with it."""


class Neighbour(msgspec.Struct, frozen=True, array_like=True):
    """Another course that uses the same thing at the same time."""

    course: str
    said_at: Micros


class Trouble(msgspec.Struct, frozen=True, array_like=True):
    """What is wrong with a thing now."""

    about: str
    since: Micros
    event_id: str


class Span(msgspec.Struct, frozen=True, array_like=True):
    """From when until when something is so; for ever where no end is known."""

    start: Micros
    end: Micros | None


class Concern(msgspec.Struct, frozen=True, array_like=True, tag="concern"):
    """What a thing that several courses use has to tell one of them; nothing when all is well again."""

    thing: str
    version: int
    said_at: Micros
    """When what changed it was said; 0 when something counts no more."""
    neighbours: tuple[Neighbour, ...] = ()
    """The first few, in the order in which they stated their use."""
    troubles: tuple[Trouble, ...] = ()
    qualified: tuple[Span, ...] | None = None
    """When a party was or will be qualified; None where nobody has ever said anything about it."""


class Excursion(msgspec.Struct, frozen=True, array_like=True):
    """One stretch of readings above a limit."""

    start: Micros
    end: Micros
    warmest: float
    warmest_at: Micros
    readings: int
    back: Micros = 0
    """The first reading within the limit again; the last reading of all where there is none."""


class Hole(msgspec.Struct, frozen=True, array_like=True):
    """A stretch between two readings that is longer than twice the logger's own interval."""

    start: Micros
    end: Micros


class Handling(msgspec.Struct, frozen=True, array_like=True):
    """One stretch of tilt, one shock, or one opened lid."""

    kind: str
    start: Micros
    end: Micros
    back: Micros
    """The first reading that was upright again, or the last of all; the start of shocks and lids."""
    worst: float
    event: str


class Trend(msgspec.Struct, frozen=True, array_like=True):
    """How fast it got warmer over the hours before a moment."""

    at: Micros
    level: float
    """Degrees Celsius at that moment, without the noise of single readings."""
    slope: float
    """Degrees Celsius an hour."""


class Leg(msgspec.Struct, frozen=True, array_like=True, tag="leg"):
    """What a logger read while a course used it, reduced to what limits are asked about."""

    logger: str
    leg: str
    version: int
    readings: int
    first: Micros
    last: Micros
    coldest: float
    warmest: float
    warmest_at: Micros
    excursions: tuple[tuple[float, tuple[Excursion, ...]], ...]
    """For each limit of any profile that was exceeded, its excursions in order of time."""
    events: tuple[str, ...] = ()
    """The events that reported the readings above the coldest limit exceeded, at most a few."""
    below: tuple[tuple[float, tuple[Excursion, ...]], ...] = ()
    """For each lower limit of any profile that was undercut, when; warmest is the coldest reading then."""
    interval: Micros = 0
    """The logger's own interval: the median of the times between its readings; 0 when not known."""
    holes: tuple[Hole, ...] = ()
    handled: tuple[Handling, ...] = ()
    trends: tuple[Trend, ...] = ()


class Correction(msgspec.Struct, frozen=True, array_like=True, tag="correction"):
    """An event replaces an earlier one of the same source."""

    by: str
    system: str
    said_at: Micros


class Heard(msgspec.Struct, frozen=True, array_like=True, tag="heard"):
    """A partner has said something: a heartbeat, or some event within a stretch of time."""

    at: Micros
    """When, by the partner: the heartbeat's own time, or where the stretch begins."""
    beat: str = ""
    """The event id of the heartbeat; empty where it was another event."""
    interval: Micros = 0
    """How soon the next heartbeat follows; 0 where it does not say."""
    offset: Micros | None = None
    """How far the partner's own clock is ahead of the heartbeat's time."""
    bridge: Micros = 0
    """Since when people enter by hand; 0 when they do not."""
    number: int | None = None
    """The partner's own running number of the event."""
    up_to: int | None = None
    """The highest number that the partner says it has given so far."""


class Reliance(msgspec.Struct, frozen=True, array_like=True, tag="reliance"):
    """A course inside a running clock waits for a partner's word; no harm withdraws the statement."""

    course: str
    version: int
    harm_at: Micros | None
    waits_for: str = ""
    """The type of event that the clock waits for, of those that this partner states."""
    thawing: bool = False
    """Whether thawed cells wait for it."""
    since: Micros = 0
    """Since when the course waits: since its last step, or since its clock began."""


class Refusal(msgspec.Struct, frozen=True, array_like=True, tag="refusal"):
    """A message of a partner was set aside, or has been released by a person."""

    entry: str
    """The quarantine id."""
    reason: str
    at: Micros
    released: bool = False


class Lagging(msgspec.Struct, frozen=True, array_like=True, tag="lagging"):
    """How far behind the worker of one partition was at a moment, and when it was last known to keep up."""

    at: Micros
    since: Micros
    """Since when a message had waited at that moment; 0 when none did."""
    well_at: Micros = 0
    """The latest moment at which none waited for long, as far as the partition knows."""


ToThing = (
    Carry
    | Nudge
    | Link
    | EventBelief
    | Follow
    | Listen
    | Readings
    | Occupy
    | Use
    | Notice
    | Status
    | Heard
    | Reliance
    | Refusal
    | Lagging
)
ToCourse = Status | Belief | Leg | Concern
ToFact = Correction


def content_of(event_id: str, digest: bytes) -> str:
    """The name of one content of one event; a contested event has several."""
    return f"{event_id}/{digest.hex()}"


_encoder = msgspec.msgpack.Encoder()
_to_thing: msgspec.msgpack.Decoder[ToThing] = msgspec.msgpack.Decoder(ToThing)
_to_course: msgspec.msgpack.Decoder[ToCourse] = msgspec.msgpack.Decoder(ToCourse)
_to_fact: msgspec.msgpack.Decoder[ToFact] = msgspec.msgpack.Decoder(ToFact)
_status: msgspec.msgpack.Decoder[Status] = msgspec.msgpack.Decoder(Status)

encode = _encoder.encode
decode_to_thing = _to_thing.decode
decode_to_course = _to_course.decode
decode_to_fact = _to_fact.decode
decode_status = _status.decode

COI_PREFIX = f"{Scheme.COI.value}:"

PARTY_PREFIX = f"{Scheme.PARTY.value}:"
INCIDENT_PREFIX = f"{Scheme.INCIDENT.value}:"

SUBJECT_PREFIX = "SUBJECT:"
"""The key of a patient by token, as a thing that courses have; no identifier of a scheme leads to a patient."""

PARTNER_PREFIX = "PARTNER:"
"""The key of a partner, as PARTNER:<system>/<partner>."""

PARTITION_PREFIX = "PARTITION:"
"""The key of a partition of the pipeline itself."""

WATCHED = (PARTNER_PREFIX, PARTITION_PREFIX)
"""What we watch ourselves; no identifier leads there."""

RANK: dict[str, int] = {scheme.value: rank for rank, scheme in enumerate(Scheme)}
"""Identifiers lead only to schemes of a lower rank, so that no circle of links can exist."""


def rank(identifier: str) -> int:
    """How near to the course an identifier of this scheme is; the course itself is 0."""
    return RANK[identifier.partition(":")[0]]


def is_thing(key: str) -> bool:
    """Whether a key names a thing by scheme and value, and not a course."""
    scheme, colon, _ = key.partition(":")
    return key.startswith(WATCHED) or (bool(colon) and scheme in RANK)


def partner_key(system: str, partner: str) -> str:
    """The key of a partner's system as a thing."""
    return f"{PARTNER_PREFIX}{system}/{partner}"


def partner_of_topic(topic: str) -> str | None:
    """The key of the partner that publishes to an inbound topic; None for any other topic."""
    pair = topics.partner_of(topic)
    return None if pair is None else partner_key(*pair)
