"""Turns received messages into the lines they say, in order, halves of one fact brought together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.connector import (
    Connector,
    Decision,
    Held,
    Ignored,
    Mapped,
    Partner,
    Refused,
    Tokens,
)
from connectors.kept import Settled, Stored
from connectors.lines import Origin, lines
from connectors.outbox import Outbox
from connectors.understand import held_key, understand
from schemas.wire import SchemaIds

GRAVEST = ("refused", "held", "mapped", "ignored")
"""The state of bytes that hold several messages is the first of these that one of them has."""


@dataclass(frozen=True, slots=True)
class Translation:
    """How the messages of one partner are translated."""

    connector: Connector
    partner: Partner
    tokens: Tokens
    publish_refused_bytes: bool = False
    ids: SchemaIds | None = None

    def step(self, outbox: Outbox, limit: int, stopped: Callable[[], bool]) -> bool:
        """Translate some of what waits, and write it down; False when nothing waited."""
        waiting = outbox.received(limit)
        settled: list[Settled] = []
        for stored in waiting:
            if stopped():
                break
            one = self.settled(stored, outbox.halves)
            settled.append(one)
            if one.state == "held":  # the next message may be its other half
                outbox.settle(settled)
                settled = []
        outbox.settle(settled)
        return bool(waiting)

    def settled(self, stored: Stored, halves: Callable[[str], tuple[Stored, ...]]) -> Settled:
        """What becomes of one message."""
        decisions = understand(self.connector, stored.raw, self.partner, self.tokens)
        used: tuple[Stored, ...] = ()
        key = held_key(decisions)
        if key is not None and (companions := halves(key)):
            raws = tuple(half.raw for half in companions)
            decisions = understand(self.connector, stored.raw, self.partner, self.tokens, raws)
            if held_key(decisions) is None:
                used, key = companions, None
        said = tuple(
            line
            for part, decision in enumerate(decisions)
            for line in lines(decision, self._origin(stored, part), self.ids)
        )
        return Settled(
            stored.seq,
            min((state_of(decision) for decision in decisions), key=GRAVEST.index),
            said,
            key,
            tuple(half.seq for half in used),
            tuple((state_of(decision), kind_of(decision)) for decision in decisions),
        )

    def _origin(self, stored: Stored, part: int) -> Origin:
        body = stored.raw.body
        shown = body if self.publish_refused_bytes else None
        at = stored.received_at
        received = None if at is None else datetime.fromtimestamp(at, UTC)
        return Origin(self.partner, stored.id, len(body), shown, part, received)


def state_of(decision: Decision) -> str:
    """The decision in one word."""
    match decision:
        case Mapped():
            return "mapped"
        case Ignored():
            return "ignored"
        case Held():
            return "held"
        case Refused():
            return "refused"


def kind_of(decision: Decision) -> str:
    """What decisions are counted by: the reason of a refusal, the kind of what is ignored."""
    match decision:
        case Ignored(why):
            return why[:100]
        case Refused(reason, _):
            return reason.value
        case Held(_, missing):
            return f"waits for its {missing}"[:100]
        case Mapped():
            return ""
