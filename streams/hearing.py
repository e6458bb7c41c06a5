"""What the door tells a partner's thing: that it was heard, and what of its words was set aside.

A heartbeat is told as it is. Of other events only the stretch of time is told in which they were
recorded, once for each partition, so that a busy partner makes no busy thing; those that carry the
partner's own number are told one by one. Telling again changes nothing, so forgetting what was told
costs a message and nothing else. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from datetime import datetime

from schemas import topics
from schemas.contract import in_utc
from schemas.envelope import Event
from schemas.platform import MessageSetAside, PartnerHeartbeat
from schemas.reasons import Reason
from schemas.wire import WireMessage
from streams import messages
from streams.messages import Heard, Out, Refusal, partner_key, partner_of_topic
from streams.moments import Micros, micros

STRETCH: Micros = 5 * 60 * 1_000_000
"""How exactly it is known when a partner was heard by something else than a heartbeat."""

MOST = 10_000
"""So many stretches are remembered as told, of all partners together."""

SECOND = 1_000_000


class Hearing:
    """What one partition has told the partners lately. It may forget at any time."""

    def __init__(self) -> None:
        self._told: set[tuple[str, Micros]] = set()

    def words(self, event: Event) -> list[Out]:
        """What the partner's thing must hear of an admitted event."""
        key = partner_key(event.system, event.partner)
        if isinstance(event, PartnerHeartbeat):
            return [_out(key, beat_of(event))]
        outs: list[Out] = []
        at = recorded_at(event) // STRETCH * STRETCH
        if event.sequence is not None:
            outs.append(_out(key, Heard(at, number=event.sequence)))
        elif (key, at) not in self._told:
            if len(self._told) >= MOST:
                self._told.clear()
            self._told.add((key, at))
            outs.append(_out(key, Heard(at)))
        if isinstance(event, MessageSetAside):
            refused = Refusal(str(event.quarantine_id), event.reason, recorded_at(event))
            outs.append(_out(key, refused))
        return outs


def kept_nowhere(event: Event) -> bool:
    """Whether an event only says that its partner is alive, so that hearing it twice needs no notice.

    The door keeps a state for ever for each event that it lets in; for heartbeats the partner's thing
    keeps the latest, and all of them together say no more.
    """
    return isinstance(event, PartnerHeartbeat) and event.corrects is None and not event.withdraws


def beat_of(event: PartnerHeartbeat) -> Heard:
    """A heartbeat as its partner's thing hears it."""
    at, clock, bridge = micros(event.occurred_at), event.partner_clock, event.manual_bridge_since
    return Heard(
        at,
        str(event.event_id),
        (event.interval_seconds or 0) * SECOND,
        None if clock is None else micros(clock) - at,
        0 if bridge is None else micros(bridge),
        event.sequence,
        event.last_sequence,
    )


def recorded_at(event: Event) -> Micros:
    """When the partner wrote it down."""
    return micros(event.recorded_at or event.occurred_at)


def refused(
    topic: str, message: WireMessage, reason: Reason, entry: str, event: Event | None
) -> list[Out]:
    """What the partner's thing must hear of a message on its topic that was set aside at the door."""
    key = partner_of_topic(topic)
    if key is None:
        return []
    at = recorded_at(event) if event is not None else _stated_at(message)
    return [_out(key, Refusal(entry, reason, at))]


def released(topic: str, entry: str, reason: Reason) -> list[Out]:
    """What the partner's thing must hear when a person has released a message of its topic."""
    key = partner_of_topic(topic)
    return [] if key is None else [_out(key, Refusal(entry, reason, 0, released=True))]


def _stated_at(message: WireMessage) -> Micros:
    """When an unreadable message was sent: by its header, or by the broker; 0 where neither says."""
    for name, content in message.headers:
        if name == "ce_time":
            try:
                return micros(in_utc(datetime.fromisoformat(content.decode())))
            except ValueError:
                break
    return message.published_at or 0


def _out(key: str, said: Heard | Refusal) -> Out:
    return Out(topics.THINGS, key, messages.encode(said))
