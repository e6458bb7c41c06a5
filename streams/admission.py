"""May they say this? The first fold: one state for each event id, at the door.

An event is admitted once. Heard again with the same content it is a duplicate; with other content the
id is contested, and neither version counts until a person releases the right one. A correction makes
the event that it names count no more. None of this depends on the order in which things arrive.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from schemas import topics
from schemas.authority import Authority, authority
from schemas.envelope import Event, System
from schemas.reasons import Reason
from schemas.wire import Decoded, SchemaIds, WireError, WireMessage, decode
from streams import hearing, messages
from streams.messages import Belief, Correction, EventBelief, Out
from streams.moments import micros
from streams.quarantine import Outcome, Released, clear, set_aside
from streams.routing import Way, headers_of, known_by, notice_of, way_of


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """One content that was heard under an event id, and where it went."""

    digest: bytes
    type_name: str
    system: str
    courses: tuple[str, ...]
    route: tuple[str, ...]
    linked: tuple[str, ...]


class Release(msgspec.Struct, frozen=True, array_like=True):
    """A person has decided that this content counts."""

    released_at: int
    digest: bytes


class Admitted(msgspec.Struct, array_like=True):
    """What is known of one event id. Owned by the table of one partition."""

    variants: list[Variant] = []
    corrections: list[Correction] = []
    releases: list[Release] = []
    version: int = 0

    def believed(self) -> bytes | None:
        """The content that counts; None when no content does."""
        if any(self._replaces(correction) for correction in self.corrections):
            return None
        if self.releases:
            return max(self.releases, key=lambda r: (r.released_at, r.digest)).digest
        return self.variants[0].digest if len(self.variants) == 1 else None

    def contested(self) -> bool:
        """Whether several contents were heard, and nobody has said which is right."""
        if len(self.variants) < 2 or self.releases:
            return False
        return not any(self._replaces(correction) for correction in self.corrections)

    def standing(self) -> tuple[bytes | None, bool]:
        """What everybody who has the event must know of it."""
        return self.believed(), self.contested()

    def _replaces(self, correction: Correction) -> bool:
        return any(
            variant.system == correction.system
            or authority(variant.type_name, System(correction.system))
            in (Authority.OWNER, Authority.MAY_CORRECT)
            for variant in self.variants
        )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Admitted)
encode_state = _encoder.encode
decode_state = _decoder.decode


class Sound(NamedTuple):
    """A message that can be read and that its sender may say."""

    key: str
    decoded: Decoded
    topic: str
    message: WireMessage
    released: Released | None = None


class Refused(NamedTuple):
    """A message that is set aside at the door."""

    outs: tuple[Out, ...]


def inspect(
    topic: str,
    message: WireMessage,
    released: Released | None = None,
    ids: SchemaIds | None = None,
) -> Sound | Refused:
    """Judge a message by itself: can it be read, is it in its place, may its sender say it?

    A released message has been read by a person, who answers for its sender and its place.
    """
    try:
        decoded = decode(message.value, message.headers, ids=ids)
    except WireError as wrong:
        return _refuse(wrong.reason, wrong.detail, topic, message)
    event = decoded.event
    trouble = None if released is not None else _misplaced(topic, message, event)
    if trouble is None:
        trouble = _misdirected(event)
    if trouble is not None:
        return _refuse(*trouble, topic, message, event)
    return Sound(str(event.event_id), decoded, topic, message, released)


def _refuse(
    reason: Reason, detail: str, topic: str, message: WireMessage, event: Event | None = None
) -> Refused:
    """Set a message aside, and tell its partner's thing."""
    entry = set_aside(reason, detail, "admission", topic, message, event)
    return Refused((entry, *hearing.refused(topic, message, reason, entry.key, event)))


def _misplaced(topic: str, message: WireMessage, event: Event) -> tuple[Reason, str] | None:
    if message.key != str(event.event_id).encode():
        found = "no key" if message.key is None else f"the key {message.key[:60]!r}"
        return Reason.WRONG_KEY, f"found {found}, expected the event id {event.event_id}"
    expected = topics.inbound(event.system, event.partner)
    if topic != expected:
        return Reason.WRONG_TOPIC, f"the event names {event.system} of {event.partner}: {expected}"
    right = authority(event.type_name(), event.system)
    if right is None:
        return Reason.WRONG_OWNER, f"{event.system} may not say {event.type_name()}"
    if right is Authority.MAY_CORRECT and not (event.corrects and event.reason_code):
        return (
            Reason.WRONG_OWNER,
            f"{event.system} may only correct {event.type_name()}: name the event and the reason",
        )
    return None


def _misdirected(event: Event) -> tuple[Reason, str] | None:
    way = way_of(event)
    if way.upward is not None:
        return Reason.CONTRACT_VIOLATION, way.upward
    if way.nowhere:
        return Reason.NO_IDENTIFIER, "no identifier that can lead to a course"
    return None


def admit(state: Admitted | None, sound: Sound) -> tuple[Admitted, list[Out], Outcome]:
    """Take a sound message in: send it on its way, or say why not."""
    state = Admitted() if state is None else state
    event, digest = sound.decoded.event, sound.decoded.digest
    outs: list[Out] = []
    before = state.standing()
    if sound.released is not None:
        release = Release(sound.released.released_at, digest)
        if release in state.releases:
            return state, [], Outcome.DUPLICATE
        state.releases = [*state.releases, release]
        outs.append(clear(sound.released, sound.topic, sound.message, event))
        outs += hearing.released(sound.topic, sound.released.quarantine_id, sound.released.reason)
    known = any(variant.digest == digest for variant in state.variants)
    if known and sound.released is None:
        return state, [], Outcome.DUPLICATE
    way = way_of(event)
    first = not state.variants
    if not known:
        owns = authority(event.type_name(), event.system) is not Authority.MAY_REPORT
        linked = tuple(sorted({source for source, _ in way.links})) if owns else ()
        if way.logger is not None:
            linked = (way.logger,)
        linked += way.told
        state.variants = [
            *state.variants,
            Variant(digest, event.type_name(), event.system, way.courses, way.route, linked),
        ]
        outs += _on_its_way(sound, way, owns)
    outcome = Outcome.ADMITTED
    if not first and not known and sound.released is None:
        detail = f"{event.event_id} was said before with other content"
        outs.append(
            set_aside(
                Reason.SAME_ID_OTHER_CONTENT,
                detail,
                "admission",
                sound.topic,
                sound.message,
                event,
                way.courses,
            )
        )
        outcome = Outcome.QUARANTINED
    outs += _tell(state, str(event.event_id), before, fresh=not known)
    return state, outs, outcome


def correct(state: Admitted | None, event_id: str, by: Correction) -> tuple[Admitted, list[Out]]:
    """Take in that an event has been replaced, whether it has arrived yet or not."""
    state = Admitted() if state is None else state
    if by in state.corrections:
        return state, []
    before = state.standing()
    state.corrections = [*state.corrections, by]
    return state, _tell(state, event_id, before, fresh=False) if state.variants else []


def _on_its_way(sound: Sound, way: Way, owns: bool) -> list[Out]:
    event, digest = sound.decoded.event, sound.decoded.digest
    event_id, value = str(event.event_id), sound.decoded.value
    headers = headers_of(event, digest)
    said = micros(event.occurred_at)
    outs = [Out(topics.EVENTS, course, value, headers) for course in way.courses]
    if way.logger is not None:
        reported = messages.Readings(
            event_id, digest, value, known_by(event), way.points, way.handled
        )
        outs.append(Out(topics.THINGS, way.logger, messages.encode(reported)))
    elif not way.courses and way.route:
        carry = messages.Carry(
            event_id, digest, value, event.type_name(), way.route, 0, known_by(event)
        )
        outs.append(Out(topics.THINGS, way.route[0], messages.encode(carry)))
    if way.told:
        notice = messages.encode(notice_of(event, digest))
        outs += [Out(topics.THINGS, thing, notice) for thing in way.told]
    if owns and not event.withdraws:
        outs += [
            Out(
                topics.THINGS,
                source,
                messages.encode(messages.Link(event_id, digest, said, target, way.linking)),
            )
            for source, target in way.links
        ]
    if event.corrects is not None:
        correction = Correction(event_id, event.system, said)
        outs.append(Out(topics.FACTS, str(event.corrects), messages.encode(correction)))
    return outs


def _tell(
    state: Admitted, event_id: str, before: tuple[bytes | None, bool], *, fresh: bool
) -> list[Out]:
    """What the courses and things that have the event must hear when its belief has changed.

    The first content of an id is believed without a word; every later change is told to all, and to
    whoever gets a further content.
    """
    now = believed, contested = state.standing()
    quiet = len(state.variants) == 1 and believed == state.variants[0].digest
    if not state.version and quiet:
        return []
    if state.version and now == before and not fresh:
        return []
    state.version += 1
    belief = Belief(event_id, state.version, believed, contested)
    outs: dict[Out, None] = {}
    for variant in state.variants:
        for course in variant.courses:
            outs[Out(topics.COURSES, course, messages.encode(belief))] = None
        for identifier in (*variant.route, *variant.linked):
            outs[Out(topics.THINGS, identifier, messages.encode(EventBelief(belief)))] = None
    return list(outs)
