"""Which way an event goes: to courses it names, along its identifiers, or to the logger it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schemas.enrolment import PatientsMerged, RecordChange
from schemas.envelope import OCCUPIED_SCHEMES, Event, Identifier, Scheme
from schemas.manufacture import AlarmChanged, AlarmState
from schemas.ordering import AliasLinked, AliasRevoked
from schemas.profiles import platform_limits
from schemas.quality import (
    IncidentDeclared,
    IncidentReported,
    MaterialLotRecalled,
    PartyQualified,
)
from schemas.transport import ConditionRead
from streams.messages import COI_PREFIX, SUBJECT_PREFIX, Notice, rank
from streams.moments import NEVER, Micros, micros


class Way(NamedTuple):
    """Where an event goes, and what it links on the way."""

    courses: tuple[str, ...]
    """The courses that it names itself."""
    route: tuple[str, ...]
    """Its other identifiers, nearest to the course first."""
    links: tuple[tuple[str, str], ...]
    """(identifier, target) that its system of record links or unlinks by saying it."""
    linking: bool
    logger: str | None
    points: tuple[tuple[Micros, float], ...]
    upward: str | None
    """What is wrong when a link would lead away from the course."""
    handled: tuple[tuple[Micros, str, float], ...] = ()
    """Rough handling that a logger reports."""
    told: tuple[str, ...] = ()
    """The things that it says something of, whoever uses them: see `notices`."""

    @property
    def nowhere(self) -> bool:
        """Whether nothing about the event could ever lead to a course."""
        leading = self.courses or self.route or self.logger or self.told
        return not (leading or self.points == _PLATFORM)


_PLATFORM: tuple[tuple[Micros, float], ...] = ((-1, 0.0),)


def way_of(event: Event) -> Way:
    """The way of an event, from its own content alone; looked for once and kept beside the event."""
    kept: Way | None = event.__dict__.get(_WAY)
    if kept is None:
        kept = event.__dict__[_WAY] = _way_of(event)
    return kept


_WAY = "way that it goes"
"""Under this name an event keeps its way. It is no field's name: comparing and dumping leave it out."""


def _way_of(event: Event) -> Way:
    if event.type_name().startswith("platform."):
        return Way((), (), (), True, None, _PLATFORM, None)
    named = [*event.identifiers]
    if isinstance(event, AliasLinked | AliasRevoked):
        # It is about the link and not about the cells: it belongs to the course that the link is
        # to, wherever the alias leads meanwhile.
        named = [i for i in named if (i.scheme, i.value) != (event.alias.scheme, event.alias.value)]
        named.append(event.target)
    courses = {i.value for i in named if i.scheme is Scheme.COI}
    if event.coi is not None:
        courses.add(event.coi)
    if isinstance(event, ConditionRead):
        loggers = event.named(Scheme.LOGGER)
        if loggers:
            points = tuple(
                (micros(r.at), r.temperature)
                for r in event.readings
                if r.temperature is not None and not event.withdraws
            )
            rough = () if event.withdraws else tuple(handling(event))
            return Way((), (), (), True, f"{Scheme.LOGGER}:{loggers[0]}", points, None, rough)
    told = _spoken_of(event)
    if isinstance(event, _OF_THINGS_ONLY):
        return Way((), (), (), True, None, (), None, (), told)
    led = {str_of(i) for i in named if i.scheme not in OCCUPIED_SCHEMES and i.scheme != Scheme.COI}
    route = tuple(sorted(led, key=lambda i: (rank(i), i)))
    links, upward = _links(event, tuple(sorted(courses)))
    linking = not isinstance(event, AliasRevoked)
    return Way(tuple(sorted(courses)), route, links, linking, None, (), upward, (), told)


NOTICES: dict[type[Event], Scheme] = {
    MaterialLotRecalled: Scheme.MATERIAL_LOT,
    AlarmChanged: Scheme.TANK,
    IncidentDeclared: Scheme.INCIDENT,
    IncidentReported: Scheme.INCIDENT,
    PartyQualified: Scheme.PARTY,
}
"""Events that say something of things which many courses use or none, whoever uses them; a merge speaks of patients."""

_OF_THINGS_ONLY = (MaterialLotRecalled, IncidentDeclared, IncidentReported, PartyQualified)
"""Those that never are about one course."""


def _spoken_of(event: Event) -> tuple[str, ...]:
    if isinstance(event, PatientsMerged):
        both = {event.subject, event.other_subject} - {None}
        return tuple(sorted(f"{SUBJECT_PREFIX}{token}" for token in both))
    scheme = NOTICES.get(type(event))
    if scheme is None:
        return ()
    return tuple(sorted({f"{scheme}:{value}" for value in event.named(scheme)}))


def notice_of(event: Event, digest: bytes) -> Notice | None:
    """What the event says of a thing itself; None when it says nothing of the kind."""
    at, until = event.occurred_at, None
    match event:
        case MaterialLotRecalled():
            about, stands = "recall", not event.lifted
        case IncidentDeclared():
            about, stands = f"{event.kind.value}/declared", True
        case IncidentReported():
            about, stands = f"{event.kind.value}/{event.report.value}", True
        case PartyQualified():
            about, stands = "qualified", not event.suspended
            at, until = event.starts_at or at, event.ends_at
        case AlarmChanged():
            about, stands = event.alarm, event.state is not AlarmState.CLEARED
        case PatientsMerged():
            about, stands = records_of(event), event.change is not RecordChange.SEPARATED
        case _:
            return None
    said = None if event.withdraws else stands
    ends = None if until is None else micros(until)
    return Notice(str(event.event_id), digest, micros(at), about, said, ends)


def records_of(event: PatientsMerged) -> str:
    """Which two records it is about: the one that stays before the one that goes, or two that both stay."""
    both = (event.subject or "", event.other_subject)
    if event.change in (RecordChange.LINKED, RecordChange.SEPARATED):
        return "=".join(sorted(both))
    return " ".join(both)


def handling(event: ConditionRead) -> Iterator[tuple[Micros, str, float]]:
    """The readings that tell of rough handling; tilt without a temperature always, so that its end shows."""
    limits = platform_limits()
    for r in event.readings:
        at = micros(r.at)
        if r.tilt is not None and (r.tilt > limits.tilt.degrees or r.temperature is None):
            yield at, "tilt", r.tilt
        if r.shock is not None and r.shock > limits.shock.gravities:
            yield at, "shock", r.shock
        if r.lid_open:
            yield at, "lid", 1.0


def _links(
    event: Event, courses: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], str | None]:
    if isinstance(event, AliasLinked | AliasRevoked):
        alias, target = str_of(event.alias), str_of(event.target)
        if event.alias.scheme in OCCUPIED_SCHEMES or rank(target) >= rank(alias):
            return (), f"{alias} cannot lead to {target}: links go towards the course"
        return ((alias, target),), None
    found: list[tuple[str, str]] = []
    for source_scheme, targets in type(event).links:
        to = _first(event, targets, courses)
        if to is not None:
            sources = dict.fromkeys(event.named(source_scheme))
            found += [(f"{source_scheme}:{source}", to) for source in sources]
    return tuple(found), None


def _first(event: Event, schemes: tuple[Scheme, ...], courses: tuple[str, ...]) -> str | None:
    for scheme in schemes:
        if scheme is Scheme.COI:
            if courses:
                return COI_PREFIX + courses[0]
        elif values := event.named(scheme):
            return f"{scheme}:{values[0]}"
    return None


def known_by(event: Event) -> Micros:
    """When the partner had recorded it; what only withdraws another event is never waited for."""
    if event.withdraws:
        return NEVER
    return micros(max(event.occurred_at, event.recorded_at or event.occurred_at))


def str_of(identifier: Identifier) -> str:
    """The identifier as a key: scheme and value."""
    return f"{identifier.scheme}:{identifier.value}"


def headers_of(event: Event, digest: bytes) -> tuple[tuple[str, bytes], ...]:
    """The CloudEvents headers of an event on the canonical topic, with the digest of its content."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.event_id).encode()),
        ("ce_source", f"/{event.system}/{event.partner}".encode()),
        ("ce_type", f"v2v.{event.type_name()}".encode()),
        ("ce_time", event.occurred_at.isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/avro"),
        ("v2v_digest", digest),
    )
