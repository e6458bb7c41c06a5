"""What we now believe of a course: its events that count, by type and in order of time.

An event counts when it is not withdrawn, not contested, and all its identifiers lead to this course
only. The view is computed from the course and never stored. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from schemas.authority import Authority, authority
from schemas.envelope import Environment, Event, Scheme, System
from schemas.ordering import OrderChanged, OrderCreated
from schemas.profile import TherapyProfile
from schemas.profiles import profile_of
from schemas.record import Gate, GateAnswer, OutsidePath
from schemas.wire import decode_trusted
from streams.course import Course
from streams.messages import Concern, Leg, Status, partner_key
from streams.routing import Way, way_of

E = TypeVar("E", bound=Event)
V = TypeVar("V")
T = TypeVar("T")


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
    unbelieved: list[Known] = field(default_factory=list)
    """Every known event that does not count, in the order in which it was taken in."""
    shared: bool = False
    """Whether any event held here also leads to another course."""
    in_order: list[Event] = field(default_factory=list)
    """Every believed event, whatever its type."""
    names: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    """Every identifier of an event that is not foreign, with the known events that carry it."""
    mentioned: list[str] = field(default_factory=list)
    """The same in order."""
    parting: set[str] = field(default_factory=set)
    """Identifiers, mentioned or not, that lead or ever led to another course too."""
    corrections: list[Known] = field(default_factory=list)
    """Every known event that replaces another, in the order in which they were taken in."""
    environments: set[Environment] = field(default_factory=set)
    """What believed events say of whether the patient is real."""
    arrived: list[Event] = field(default_factory=list)
    """Every believed event, in the order in which it was taken in; only ever added to."""
    judged: dict[object, tuple[int, list[tuple[Event, Any]]]] = field(default_factory=dict)
    """What each question to single events has found, and how many events it has looked at: see `by_itself`."""
    identifiers: dict[str, tuple[tuple[str, ...], bytes]] = field(default_factory=dict)
    """Where each identifier led and the record's line about it, as it was written last."""
    written: dict[str, tuple[object, bytes]] = field(default_factory=dict)
    """Sections of the record as they were written last, with what they were written of."""
    gates: dict[Gate, GateAnswer] = field(default_factory=dict)
    """The answer to each gate, as it was given last."""
    outside: tuple[OutsidePath, ...] | None = None
    """The paths of batches out of specification, as they were found last."""
    made: dict[object, tuple[tuple[int, int], int, Any]] = field(default_factory=dict)
    """What was made of some types of events, by what made it, with how many of those there were: see `made_of`."""
    legs_heard: int = 0
    """How often a leg has been told anew."""
    forecast: Any = None
    """What was forecast last, with all that it was made from; taken over by the next view."""
    subjects: set[str] = field(default_factory=set)
    """Every token of a patient that a believed event carries."""
    naming: Event | None = None
    """The latest believed event that carries a token of a patient."""
    partners: dict[str, System] = field(default_factory=dict)
    """The partners of the believed events, with the system that each speaks for."""
    new: set[type[Event]] = field(default_factory=set)
    """The types of events that came since the gates were asked last."""

    def of(self, kind: type[E]) -> list[E]:
        """Every believed event of one type, in order."""
        found: Any = self.believed.get(kind)
        return [] if found is None else found

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
        found: list[E] = []
        for event in self.of(kind):
            for identifier in event.identifiers:
                if identifier.value == value and identifier.scheme is scheme:
                    found.append(event)
                    break  # it may name the thing more than once
        return found

    @property
    def label(self) -> str:
        """The profile as alerts name it."""
        return "none" if self.profile is None else self.profile.label

    def standing_as(self, *standings: Standing) -> list[Known]:
        """Known events of some standings, in order."""
        among = self.known.values() if Standing.BELIEVED in standings else self.unbelieved
        found = [k for k in among if k.standing in standings]
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

    def leading_elsewhere(self) -> list[Status]:
        """The identifiers of events held here that lead, or ever led, to another course too, in order."""
        if not self.parting:
            return []
        return [self.statuses[name] for name in sorted(self.parting & self.names.keys())]

    def note(self, status: Status) -> None:
        """Take up where an identifier leads now."""
        alone = {self.coi}
        if alone.issuperset(status.now) and all(course == self.coi for course, _, _ in status.ever):
            self.parting.discard(status.identifier)
        else:
            self.parting.add(status.identifier)

    def name(self, known: Known) -> None:
        """Take up the identifiers of an event that is not foreign."""
        key = str(known.event.event_id), known.digest
        for identifier in known.way.route:
            carried = self.names.get(identifier)
            if carried is None:
                self.names[identifier] = [key]
                insort(self.mentioned, identifier)
            else:
                carried.append(key)

    def name_patient(self, event: Event) -> None:
        """Take up the token that a believed event carries."""
        if event.subject is not None:
            self.subjects.add(event.subject)
            if self.naming is None or when(event) > when(self.naming):
                self.naming = event

    @property
    def subject(self) -> str | None:
        """The patient's token as it was said last."""
        return None if self.naming is None else self.naming.subject

    def by_itself(self, judge: Callable[[Event], V | None]) -> list[tuple[Event, V]]:
        """What a question to single events finds in the believed ones, in order; each is looked at once."""
        seen, found = self.judged.get(judge, (0, []))
        if seen < len(self.arrived):
            for event in self.arrived[seen:]:
                said = judge(event)
                if said is not None:
                    insort(found, (event, said), key=lambda one: when(one[0]))
            self.judged[judge] = len(self.arrived), found
        return found


def made_of(*reads: type) -> Callable[[Callable[[View], T]], Callable[[View], T]]:
    """Keep what a function makes of some types of events (or of legs) until one of those has come.

    Events are only ever added to a view, and everything else makes a new one, so that their number
    tells whether any has come. What is kept is nobody's to change.
    """
    kinds = tuple(kind for kind in reads if kind is not Leg)
    legs = Leg in reads

    def keep(make: Callable[[View], T]) -> Callable[[View], T]:
        @wraps(make)
        def kept(view: View) -> T:
            heard = len(view.arrived), view.legs_heard
            before = view.made.get(make)
            if before is not None and before[0] == heard:
                return cast(T, before[2])  # nothing at all has come
            believed = view.believed
            count = view.legs_heard if legs else 0
            for kind in kinds:
                found = believed.get(kind)
                if found is not None:
                    count += len(found)
            value = make(view) if before is None or before[1] != count else before[2]
            view.made[make] = heard, count, value
            return cast(T, value)

        return kept

    return keep


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
    for status in course.statuses.values():
        view.note(status)
    cached = before.known if before is not None else {}
    if before is not None:
        view.identifiers = before.identifiers
        view.forecast = before.forecast
    for event_id, contents in course.facts.items():
        for fact in contents:
            old = cached.get((event_id, fact.digest))
            event = old.event if old is not None else decode_trusted(fact.value)
            way = old.way if old is not None else way_of(event)
            known = judge(course, coi, event_id, event, way, fact.digest)
            view.known[event_id, fact.digest] = known
            view.shared |= len(known.leads_to) > 1
            if known.standing is not Standing.FOREIGN:
                view.name(known)
            if event.corrects is not None:
                view.corrections.append(known)
            if known.standing is Standing.BELIEVED:
                view.arrived.append(event)
                view.environments.add(event.environment)
                view.name_patient(event)
                view.partners[partner_key(event.system, event.partner)] = event.system
            else:
                view.unbelieved.append(known)
    view.in_order = sorted(view.arrived, key=when)
    for event in view.in_order:
        view.believed.setdefault(type(event), []).append(event)
    choose_profile(view)
    return view


def stand_otherwise(course: Course, coi: str, view: View, moved: Iterable[str]) -> bool:
    """Whether an event stands otherwise than in the view, now that these identifiers lead elsewhere."""
    carrying = {key for name in moved for key in view.names.get(name, ())}
    return any(
        judge(course, coi, key[0], known.event, known.way, key[1]) != known
        for key, known in ((key, view.known[key]) for key in carrying)
    )


def add(view: View, known: Known) -> None:
    """Put one more event into the view, as a rebuild would."""
    view.new.add(type(known.event))
    view.known[str(known.event.event_id), known.digest] = known
    view.shared |= len(known.leads_to) > 1
    if known.standing is not Standing.FOREIGN:
        view.name(known)
    if known.event.corrects is not None:
        view.corrections.append(known)
    if known.standing is Standing.BELIEVED:
        view.arrived.append(known.event)
        view.environments.add(known.event.environment)
        view.name_patient(known.event)
        view.partners[partner_key(known.event.system, known.event.partner)] = known.event.system
        insort(view.in_order, known.event, key=when)
        insort(view.believed.setdefault(type(known.event), []), known.event, key=when)
        if isinstance(known.event, OrderCreated | OrderChanged):
            choose_profile(view)
    else:
        view.unbelieved.append(known)


def choose_profile(view: View) -> None:
    """Find the therapy profile by the product of the order, as it stands, and by the day of the first order.

    A profile that changes later is none of this course's: what was an alert stays as it was.
    """
    named: Iterable[OrderCreated | OrderChanged] = (*view.of(OrderCreated), *view.of(OrderChanged))
    orders = sorted((event for event in named if event.product), key=when)
    view.product = orders[-1].product if orders else None
    view.profile = profile_of(view.product, orders[0].occurred_at) if view.product else None
