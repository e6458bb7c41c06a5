"""What is known of one identifier: what its owner linked it to, who asks for it, and which events wait here.

Links are facts with an event id, and the first one is not special: an identifier whose links lead to
two courses is conflicted, whatever their order. Nothing is guessed and nothing is dropped.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

import msgspec

from streams.identity.lag import Lag
from streams.identity.partner import Partner
from streams.messages import (
    COI_PREFIX,
    Belief,
    Carry,
    Link,
    Notice,
    Nudge,
    Occupy,
    Readings,
    Status,
    Use,
)
from streams.moments import Micros


class Thing(msgspec.Struct, array_like=True, dict=True):
    """The state of one identifier. Owned by the table of one partition."""

    links: dict[str, list[Link]] = {}
    """By the event that said it; more than one only while the event is contested."""
    beliefs: dict[str, Belief] = {}
    """Which content counts of events that carry this identifier, where anything was said about it."""
    told: dict[str, Status] = {}
    """Where the targets of the links lead, as they said last."""
    followers: list[str] = []
    courses: list[str] = []
    waiting: dict[str, list[Carry]] = {}
    """Events for which this was the last identifier to ask, and nobody knew it."""
    flags: dict[str, str] = {}
    """Contents of events that asked here in vain, and the identifier at the end of their route."""
    nudges: dict[str, Nudge] = {}
    """News that came before the content of the event that it is about."""
    version: int = 0
    readings: dict[str, list[Readings]] = {}
    occupied: dict[str, Occupy] = {}
    """Who states to use this logger, by course and leg."""
    issued: dict[str, bytes] = {}
    """Alerts as they were last issued, by id."""
    legs: dict[str, bytes] = {}
    """Leg summaries as they were last told, by course and leg."""
    actions: dict[str, bytes] = {}
    users: dict[str, Use] = {}
    """Who states to use this slot, tank or lot, by course."""
    notices: dict[str, list[Notice]] = {}
    """What was said to be wrong with it, by event; more than one only while the event is contested."""
    concerns: dict[str, bytes] = {}
    """What users were told last, by course; nothing of those who had to be told nothing."""
    partner: Partner | None = None
    """What is known of a partner, where the thing is one."""
    lag: Lag | None = None
    """How far behind a partition of the pipeline is, where the thing is one."""

    def status(self, identifier: str) -> Status:
        """Where this identifier leads, computed from all that is known."""
        now: set[str] = set()
        ever: dict[str, tuple[Micros, str]] = {}
        statements = self._statements()
        for target, linked, links in statements:
            leads_now, leads_ever = self._targets(target)
            if linked:
                now |= leads_now
            for link in links:
                if link.linked:
                    for course, said_at, event_id in leads_ever:
                        # A course is reached once both the link and its target's own link were said.
                        said = max((link.said_at, link.event_id), (said_at, event_id))
                        ever[course] = min(ever.get(course, said), said)
        return Status(
            identifier,
            self.version,
            tuple(sorted(now)),
            tuple((course, *ever[course]) for course in sorted(ever)),
            self._root(identifier, set(ever), [target for target, _, _ in statements]),
        )

    def replaced(self, event_id: str, contents: int) -> bool:
        """Whether an event that waits or was read here counts no more, because a correction replaced it."""
        belief = self.beliefs.get(event_id)
        return belief is not None and belief.digest is None and contents == 1

    def _root(self, identifier: str, ever: set[str], targets: list[str]) -> str:
        if len(ever) < 2:
            return ""
        for target in sorted(targets):
            told = self.told.get(target)
            if told is not None and {course for course, _, _ in told.ever} == ever:
                return told.root
        return identifier

    def _statements(self) -> list[tuple[str, bool, list[Link]]]:
        by_target: dict[str, list[Link]] = {}
        for event_id, links in self.links.items():
            for link in links:
                if self._counts(event_id, link.digest, len(links)):
                    by_target.setdefault(link.target, []).append(link)
        return [
            (target, max(links, key=lambda x: (x.said_at, x.event_id)).linked, links)
            for target, links in by_target.items()
        ]

    def _counts(self, event_id: str, digest: bytes, variants: int) -> bool:
        belief = self.beliefs.get(event_id)
        return variants == 1 if belief is None else belief.digest == digest

    def _targets(self, target: str) -> tuple[set[str], tuple[tuple[str, Micros, str], ...]]:
        if target.startswith(COI_PREFIX):
            course = target[len(COI_PREFIX) :]
            return {course}, ((course, 0, ""),)
        told = self.told.get(target)
        return (set(told.now), told.ever) if told is not None else (set(), ())


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Thing)
encode_state = _encoder.encode
decode_state = _decoder.decode
