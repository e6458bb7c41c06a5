"""What we now believe of a course: its events that count, by type and in order of time.

An event counts when it is not withdrawn, not contested, and all its identifiers lead to this course
only. The view is computed from the course and never stored. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeVar, cast
from uuid import UUID

from schemas.authority import Authority, authority
from schemas.envelope import Event, Scheme
from schemas.ordering import OrderChanged, OrderCreated
from schemas.profile import TherapyProfile
from schemas.profiles import profile_of
from schemas.record import Gate, GateAnswer, KnownIdentifier, Milestone, OutsidePath
from schemas.wire import decode_trusted
from streams.course import Course
from streams.messages import Concern, Leg, Status
from streams.routing import Way, way_of

E = TypeVar("E", bound=Event)


class Standing(Enum):
    """How an admitted event stands in a course."""

    BELIEVED = auto()
    REPORTED = auto()
    CORRECTED = auto()
    CONTESTED = auto()
    DISPUTED = auto()
    FOREIGN = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """One event of a course, decoded, with its way and its standing."""

    event: Event
    digest: bytes
    value: bytes
    way: Way
    standing: Standing
    leads_to: tuple[str, ...]
    contested: bool = False
    """Whether it has several contents, here or elsewhere, and nobody has said which is right."""


def when(event: Event) -> tuple[datetime, UUID]:
    """The declared order of events: by the time they happened, then by id."""
    return event.occurred_at, event.event_id


@dataclass(slots=True)
class View:
    """What is believed of one course."""

    coi: str
    known: dict[tuple[str, bytes], Known] = field(default_factory=dict)
    believed: dict[type[Event], list[Event]] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    concerns: dict[str, Concern] = field(default_factory=dict)
    profile: TherapyProfile | None = None
    product: str | None = None
    shared: bool = False
    """Whether any event held here also leads to another course."""
    in_order: list[Event] = field(default_factory=list)
    """Every believed event, whatever its type."""
    names: dict[str, None] = field(default_factory=dict)
    """Every identifier of an event that is not foreign."""
    milestones: dict[UUID, tuple[Event, Milestone]] = field(default_factory=dict)
    """The record's line about each event, as it was written last."""
    identifiers: dict[str, KnownIdentifier] = field(default_factory=dict)
    """The record's line about each identifier, as it was written last."""
    gates: dict[Gate, GateAnswer] = field(default_factory=dict)
    """The answer to each gate, as it was given last."""
    outside: tuple[OutsidePath, ...] | None = None
    """The paths of batches out of specification, as they were found last."""
    sections: dict[str, tuple[tuple[Hashable, ...], tuple[Any, ...]]] = field(default_factory=dict)
    """Sections of the record as they were made last, each with the state that it was made from."""
    forecast: tuple[tuple[int, ...], Any] | None = None
    """What was forecast last, with how many events of each type that it reads there were then."""
    subjects: set[str] = field(default_factory=set)
    """Every token of a patient that a believed event carries."""
    new: set[type[Event]] = field(default_factory=set)
    """The types of events that came since the gates were asked last."""

    def of(self, kind: type[E]) -> list[E]:
        """Every believed event of one type, in order."""
        return cast(list[E], self.believed.get(kind, []))

    def first(self, kind: type[E]) -> E | None:
        """The earliest believed event of one type."""
        found = self.of(kind)
        return found[0] if found else None

    def last(self, kind: type[E]) -> E | None:
        """The latest believed event of one type."""
        found = self.of(kind)
        return found[-1] if found else None

    def having(self, kind: type[E], scheme: Scheme, value: str) -> list[E]:
        """Believed events of one type that carry an identifier."""
        return [event for event in self.of(kind) if value in event.named(scheme)]

    @property
    def label(self) -> str:
        """The profile as alerts name it."""
        return "none" if self.profile is None else self.profile.label

    def standing_as(self, *standings: Standing) -> list[Known]:
        """Known events of some standings, in order."""
        found = [k for k in self.known.values() if k.standing in standings]
        return sorted(found, key=lambda k: (*when(k.event), k.digest))

    def stands_as(self, other: View) -> bool:
        """Whether the same events stand the same here and there, wherever their identifiers lead."""
        mine, theirs = self.known, other.known
        return len(mine) == len(theirs) and all(
            key in mine
            and mine[key].standing is known.standing
            and mine[key].contested is known.contested
            for key, known in theirs.items()
        )

    def mentioned(self) -> list[str]:
        """Every identifier that an event held here carries."""
        return sorted(self.names)


def judge(course: Course, coi: str, event_id: str, event: Event, way: Way, digest: bytes) -> Known:
    """How one content of one event stands."""
    belief = course.beliefs.get(event_id)
    leads = set(way.courses)
    for identifier in way.route:
        status = course.statuses.get(identifier)
        if status is not None:
            leads.update(status.now)
    contents = course.facts[event_id]
    value = next(fact.value for fact in contents if fact.digest == digest)
    standing = Standing.BELIEVED
    if coi not in leads:
        standing = Standing.FOREIGN
    elif belief is not None and belief.digest is None:
        alone = len(contents) == 1 and not belief.contested
        standing = Standing.CORRECTED if alone else Standing.CONTESTED
    elif (belief is not None and belief.digest != digest) or (belief is None and len(contents) > 1):
        standing = Standing.CONTESTED
    elif len(leads) > 1:
        standing = Standing.DISPUTED
    elif event.withdraws:
        standing = Standing.CORRECTED
    elif authority(event.type_name(), event.system) is Authority.MAY_REPORT:
        standing = Standing.REPORTED
    contested = standing is Standing.CONTESTED and (belief is None or belief.contested)
    return Known(event, digest, value, way, standing, tuple(sorted(leads)), contested)


def rebuild(course: Course, coi: str, before: View | None = None) -> View:
    """The view of a course from everything that is known of it."""
    view = View(coi, statuses=course.statuses, legs=course.legs, concerns=course.concerns)
    cached = before.known if before is not None else {}
    if before is not None:
        view.milestones, view.identifiers = before.milestones, before.identifiers
        view.forecast = None if before.forecast is None else ((), before.forecast[1])
    for event_id, contents in course.facts.items():
        for fact in contents:
            old = cached.get((event_id, fact.digest))
            event = old.event if old is not None else decode_trusted(fact.value)
            way = old.way if old is not None else way_of(event)
            known = judge(course, coi, event_id, event, way, fact.digest)
            view.known[event_id, fact.digest] = known
            view.shared |= len(known.leads_to) > 1
            if known.standing is not Standing.FOREIGN:
                view.names.update(dict.fromkeys(way.route))
            if known.standing is Standing.BELIEVED:
                view.in_order.append(event)
                if event.subject is not None:
                    view.subjects.add(event.subject)
    view.in_order.sort(key=when)
    for event in view.in_order:
        view.believed.setdefault(type(event), []).append(event)
    choose_profile(view)
    return view


def stand_otherwise(course: Course, coi: str, view: View, moved: Iterable[str]) -> bool:
    """Whether an event stands otherwise than in the view, now that these identifiers lead elsewhere."""
    names = set(moved)
    return any(
        judge(course, coi, event_id, known.event, known.way, digest) != known
        for (event_id, digest), known in view.known.items()
        if not names.isdisjoint(known.way.route)
    )


def add(view: View, known: Known) -> None:
    """Put one more event into the view, as a rebuild would."""
    view.new.add(type(known.event))
    view.known[str(known.event.event_id), known.digest] = known
    view.shared |= len(known.leads_to) > 1
    if known.standing is not Standing.FOREIGN:
        view.names.update(dict.fromkeys(known.way.route))
    if known.standing is Standing.BELIEVED:
        if known.event.subject is not None:
            view.subjects.add(known.event.subject)
        insort(view.in_order, known.event, key=when)
        insort(view.believed.setdefault(type(known.event), []), known.event, key=when)
        if isinstance(known.event, OrderCreated | OrderChanged):
            choose_profile(view)


def choose_profile(view: View) -> None:
    """Find the therapy profile by the product of the order, as it stands, and by the day of the first order.

    A profile that changes later is none of this course's: what was an alert stays as it was.
    """
    named: Iterable[OrderCreated | OrderChanged] = (*view.of(OrderCreated), *view.of(OrderChanged))
    orders = sorted((event for event in named if event.product), key=when)
    view.product = orders[-1].product if orders else None
    view.profile = profile_of(view.product, orders[0].occurred_at) if view.product else None
