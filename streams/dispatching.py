"""What a course tells others: questions to identifiers, its use of loggers, and events that are not its own.

An event that also leads to another course is given to that course too, so that both know of the
dispute; one that leads here no more goes back on its way. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas import topics
from schemas.envelope import Scheme
from schemas.manufacture import MaterialReceived
from schemas.transport import PackagePacked, ShipmentDelivered
from schemas.treatment import ProductReceived
from streams import messages
from streams.course import Course
from streams.messages import Carry, Listen, Occupy, Out
from streams.moments import Micros, micros
from streams.quarantine import set_aside_in_course
from streams.relying import RELYING, speaks_anew, state_reliances
from streams.routing import headers_of, known_by
from streams.using import USING, state_uses
from streams.view import Known, Standing, View

_ARRIVALS = (ShipmentDelivered, MaterialReceived, ProductReceived)
_LOGGING = frozenset({PackagePacked, *_ARRIVALS})


def settle(coi: str, course: Course, view: View) -> list[Out]:
    """Everything that others must now be told, once."""
    return [
        *_ask(coi, course, view),
        *(_share(coi, course, view) if view.shared or course.forwarded else ()),
        *(_dispute(coi, course, view) if view.shared or course.withheld else ()),
        *_give_back(course, view),
        *_use_loggers(coi, course, view),
        *state_uses(coi, course, view),
        *state_reliances(coi, course, view),
    ]


def settle_new(coi: str, course: Course, view: View, known: Known) -> list[Out]:
    """The same after one more event that counts, leads here only, and changes no other's standing."""
    outs, kind = _ask_for(known.way.route, coi, course), type(known.event)
    if kind in _LOGGING:
        outs += _use_loggers(coi, course, view)
    if kind in USING:
        outs += state_uses(coi, course, view, kind)
    believed = known.standing is Standing.BELIEVED
    if kind in RELYING or (believed and speaks_anew(course, known.event)):
        outs += state_reliances(coi, course, view)
    return outs


def _ask(coi: str, course: Course, view: View) -> list[Out]:
    return _ask_for({i for k in view.known.values() for i in k.way.route}, coi, course)


def _ask_for(identifiers: Iterable[str], coi: str, course: Course) -> list[Out]:
    asked = set(course.listening)
    new = sorted(set(identifiers) - asked)
    if not new:
        return []
    course.listening = sorted(asked | set(new))
    return [Out(topics.THINGS, identifier, messages.encode(Listen(coi))) for identifier in new]


def _share(coi: str, course: Course, view: View) -> list[Out]:
    """Give every event that also leads to other courses to those courses, whatever its standing."""
    outs: list[Out] = []
    for (event_id, digest), known in view.known.items():
        if known.standing is Standing.FOREIGN or len(known.leads_to) < 2:
            continue
        given = course.forwarded.get(event_id, [])
        new = {f"{c}/{digest.hex()}": c for c in known.leads_to if c != coi}
        for mark, other in new.items():
            if mark not in given:
                outs.append(_forward(known, other, course))
        course.forwarded[event_id] = sorted({*given, *new})
    shared = {e for (e, _), known in view.known.items() if len(known.leads_to) > 1}
    for event_id in [e for e in course.forwarded if e not in shared]:
        del course.forwarded[event_id]
    return outs


def _dispute(coi: str, course: Course, view: View) -> list[Out]:
    """Set disputed events aside where people find them, and clear those that are disputed no more."""
    disputed = {str(k.event.event_id): k for k in view.standing_as(Standing.DISPUTED)}
    outs = [
        set_aside_in_course(known.event, known.value, coi, known.leads_to, cleared=False)
        for event_id, known in disputed.items()
        if course.withheld.get(event_id) != list(known.leads_to)
    ]
    outs += [
        set_aside_in_course(known.event, known.value, coi, known.leads_to, cleared=True)
        for (event_id, _), known in view.known.items()
        if event_id in course.withheld and event_id not in disputed
    ]
    course.withheld = {event_id: list(known.leads_to) for event_id, known in disputed.items()}
    return outs


def _forward(known: Known, other: str, course: Course) -> Out:
    via = [course.statuses[i] for i in known.way.route if i in course.statuses]
    headers = (
        *headers_of(known.event, known.digest),
        *(("v2v_via", messages.encode(status)) for status in via),
    )
    return Out(topics.EVENTS, other, known.value, headers)


def _give_back(course: Course, view: View) -> list[Out]:
    outs: list[Out] = []
    for known in view.standing_as(Standing.FOREIGN):
        if known.way.courses or not known.way.route:
            continue  # it names its course itself, and is there
        event, route = known.event, known.way.route
        event_id = str(event.event_id)
        carry = Carry(
            event_id, known.digest, known.value, event.type_name(), route, 0, known_by(event)
        )
        outs.append(Out(topics.THINGS, route[0], messages.encode(carry)))
    return outs


def _use_loggers(coi: str, course: Course, view: View) -> list[Out]:
    uses = _uses(view)
    if not uses and not course.occupied:
        return []
    outs: list[Out] = []
    for key, use in uses.items():
        version, *told = course.occupied.get(key, (0, None, None))
        if version and tuple(told) == use:
            continue
        course.occupied[key] = (version + 1, *use)
        outs.append(_occupy(coi, key, version + 1, *use))
    for key, (version, began, _) in list(course.occupied.items()):
        if key not in uses and began is not None:
            course.occupied[key] = (version + 1, None, None)
            outs.append(_occupy(coi, key, version + 1, None, None))
    return outs


def _occupy(coi: str, key: str, version: int, start: Micros | None, end: Micros | None) -> Out:
    logger, _, leg = key.rpartition("/")
    return Out(topics.THINGS, logger, messages.encode(Occupy(coi, leg, version, start, end)))


def _uses(view: View) -> dict[str, tuple[Micros, Micros | None]]:
    """From when to when the course uses which logger: from packing until the shipment arrives."""
    uses: dict[str, tuple[Micros, Micros | None]] = {}
    for packed in view.of(PackagePacked):
        arrived = [
            event.occurred_at
            for kind in _ARRIVALS
            for shipment in packed.named(Scheme.SHIPMENT)
            for event in view.having(kind, Scheme.SHIPMENT, shipment)
            if event.occurred_at >= packed.occurred_at
        ]
        end = micros(min(arrived)) if arrived else None
        for logger in packed.named(Scheme.LOGGER):
            key = f"{Scheme.LOGGER}:{logger}/{packed.event_id}"
            uses[key] = (micros(packed.occurred_at), end)
    return uses
