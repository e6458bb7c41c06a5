"""Let every event find its course: along its identifiers, hop by hop, waiting where nobody knows the way yet.

An event asks each of its identifiers in turn. The first that leads to a course sends it there. When
none does, the event waits at the last one, and each one asked remembers it: the moment a link
arrives anywhere, the event is let go. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable

from schemas import topics
from schemas.control import AlertAction, WaitingEvent
from schemas.wire import decode_trusted, encode_contract
from streams import messages
from streams.identity import alarms, loggers, partners, shared
from streams.identity.thing import Thing
from streams.messages import (
    COI_PREFIX,
    Belief,
    Carry,
    EventBelief,
    Follow,
    Heard,
    Lagging,
    Link,
    Listen,
    Notice,
    Nudge,
    Occupy,
    Out,
    Readings,
    Refusal,
    Reliance,
    Status,
    ToThing,
    Use,
)
from streams.moments import Micros
from streams.routing import headers_of


def identify(
    identifier: str, state: Thing | None, message: ToThing, clock: Micros
) -> tuple[Thing, list[Out]]:
    """Take one message about an identifier in; say what follows from it."""
    thing = Thing() if state is None else state
    match message:
        case Heard() | Reliance() | Refusal() | Lagging():
            partners.take(thing, message, clock)
            outs = []
        case Carry():
            outs = _carry(identifier, thing, message)
        case Nudge():
            outs = _nudge(thing, message)
        case Link():
            outs = _link(identifier, thing, message)
        case EventBelief(belief=belief):
            outs = _changed(identifier, thing, lambda: _believe(thing.beliefs, belief))
            outs += [Out(topics.COURSES, c, messages.encode(belief)) for c in thing.courses]
            outs += loggers.retell(identifier, thing)
            outs += shared.retell(identifier, thing)
        case Status():
            outs = _changed(identifier, thing, lambda: _hear(thing, message))
        case Follow(follower=follower):
            outs = _follow(identifier, thing, follower)
        case Listen(course=course):
            outs = _listen(identifier, thing, course)
        case Readings():
            outs = loggers.read(identifier, thing, message)
        case Occupy():
            outs = loggers.occupy(identifier, thing, message)
        case Use():
            outs = shared.use(identifier, thing, message)
        case Notice():
            outs = shared.notice(identifier, thing, message)
    return thing, outs + alarms.judge(identifier, thing, clock, _cause(message, clock))


def _cause(message: ToThing, clock: Micros) -> Micros:
    """When the statement was made that a message brings; 0 when it brings none."""
    match message:
        case Heard() | Lagging():
            return message.at
        case Refusal() if message.released:
            return clock
        case Link():
            return message.said_at
        case Status():
            return max((said for _, said, _ in message.ever), default=0)
        case Nudge():
            return max((said for _, said, _ in message.status.ever), default=0)
        case Notice():
            return message.at
        case _:
            return 0


def wake(identifier: str, thing: Thing, clock: Micros) -> list[Out]:
    """It is now this late: say what has waited too long, is silent or missing."""
    return alarms.judge(identifier, thing, clock, clock)


def act(identifier: str, thing: Thing, action: AlertAction, clock: Micros) -> list[Out]:
    """A person has done something about an alert of this identifier."""
    key = str(action.action_id)
    repeated = key in thing.actions
    thing.actions = {**thing.actions, key: encode_contract(action)}
    if repeated:
        return alarms.judge(identifier, thing, clock)
    return alarms.act(identifier, thing, action, clock)


def next_due(thing: Thing) -> Micros | None:
    """When this identifier has to be looked at again, if nothing else happens."""
    return alarms.next_due(thing)


def _carry(identifier: str, thing: Thing, carry: Carry) -> list[Out]:
    status = thing.status(identifier)
    if status.now:
        return _deliver(carry, status)
    if carry.at + 1 < len(carry.route):
        content = messages.content_of(carry.event_id, carry.digest)
        thing.flags = {**thing.flags, content: carry.route[-1]}
        onward = Carry(
            carry.event_id,
            carry.digest,
            carry.value,
            carry.type_name,
            carry.route,
            carry.at + 1,
            carry.known_by,
        )
        return [Out(topics.THINGS, carry.route[carry.at + 1], messages.encode(onward))]
    nudge = thing.nudges.pop(messages.content_of(carry.event_id, carry.digest), None)
    if nudge is not None and nudge.status.now:
        return _deliver(carry, nudge.status)
    held = [c for c in thing.waiting.get(carry.event_id, []) if c.digest != carry.digest]
    thing.waiting = {**thing.waiting, carry.event_id: [*held, carry]}
    return [Out(topics.WAITING, carry.event_id, _as_waiting(carry))]


def _deliver(carry: Carry, status: Status) -> list[Out]:
    event = decode_trusted(carry.value)
    headers = (*headers_of(event, carry.digest), ("v2v_via", messages.encode(status)))
    return [Out(topics.EVENTS, course, carry.value, headers) for course in status.now]


def _as_waiting(carry: Carry) -> bytes:
    event = decode_trusted(carry.value)
    return encode_contract(
        WaitingEvent(
            event_id=event.event_id,
            type_name=carry.type_name,
            system=event.system,
            partner=event.partner,
            identifiers=carry.route,
            occurred_at=event.occurred_at,
            value=carry.value,
        )
    )


def _let_go(thing: Thing, event_id: str, going: list[Carry], status: Status) -> list[Out]:
    outs = [out for carry in going for out in _deliver(carry, status)]
    staying = [carry for carry in thing.waiting[event_id] if carry not in going]
    others = {key: held for key, held in thing.waiting.items() if key != event_id}
    if staying:
        thing.waiting = {**others, event_id: staying}
        return outs
    thing.waiting = others
    return [*outs, Out(topics.WAITING, event_id, None)]


def _nudge(thing: Thing, nudge: Nudge) -> list[Out]:
    event_id = nudge.content.partition("/")[0]
    going = [
        carry
        for carry in thing.waiting.get(event_id, ())
        if messages.content_of(event_id, carry.digest) == nudge.content
    ]
    if going:
        return _let_go(thing, event_id, going, nudge.status)
    thing.nudges = {**thing.nudges, nudge.content: nudge}
    return []


def _link(identifier: str, thing: Thing, link: Link) -> list[Out]:
    def note() -> None:
        said = thing.links.get(link.event_id, [])
        if link not in said:
            both = sorted([*said, link], key=lambda x: (x.digest, x.target, x.said_at, x.linked))
            thing.links = {**thing.links, link.event_id: both}

    outs = _changed(identifier, thing, note)
    if not link.target.startswith(COI_PREFIX):
        outs.append(Out(topics.THINGS, link.target, messages.encode(Follow(identifier))))
    return outs


def _believe(beliefs: dict[str, Belief], belief: Belief) -> None:
    known = beliefs.get(belief.event_id)
    if known is None or known.version < belief.version:
        beliefs[belief.event_id] = belief


def _hear(thing: Thing, status: Status) -> None:
    known = thing.told.get(status.identifier)
    if known is None or known.version < status.version:
        thing.told = {**thing.told, status.identifier: status}


def _changed(identifier: str, thing: Thing, change: Callable[[], None]) -> list[Out]:
    before = thing.status(identifier)
    change()
    after = thing.status(identifier)
    if (after.now, after.ever, after.root) == (before.now, before.ever, before.root):
        return []
    thing.version += 1
    status = thing.status(identifier)
    told = messages.encode(status)
    outs = [Out(topics.THINGS, follower, told) for follower in thing.followers]
    outs += [Out(topics.COURSES, course, told) for course in thing.courses]
    if status.now:
        for event_id in list(thing.waiting):
            outs += _let_go(thing, event_id, thing.waiting[event_id], status)
        outs += [
            Out(topics.THINGS, end, messages.encode(Nudge(content, status)))
            for content, end in thing.flags.items()
        ]
        thing.flags = {}
    return outs


def _follow(identifier: str, thing: Thing, follower: str) -> list[Out]:
    if follower not in thing.followers:
        thing.followers = sorted([*thing.followers, follower])
    return [Out(topics.THINGS, follower, messages.encode(thing.status(identifier)))]


def _listen(identifier: str, thing: Thing, course: str) -> list[Out]:
    if course not in thing.courses:
        thing.courses = sorted([*thing.courses, course])
    told = (thing.status(identifier), *thing.beliefs.values())
    return [Out(topics.COURSES, course, messages.encode(word)) for word in told]
