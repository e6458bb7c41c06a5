"""Words for stories of partners: heartbeats, a course inside a running clock, and what the partner's thing then says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from schemas.alert import Alert
from schemas.collection import CollectionCompleted
from schemas.envelope import Event, System
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.platform import PartnerHeartbeat
from streams.replay import Replay
from tests.words import COURSE, HOUR, When, alerts, at, ordered, said

MAKER = "PARTNER:mes/maker-1"
EVERY = timedelta(minutes=5)


def beat(
    hour: When,
    *,
    system: System = System.MES,
    partner: str = "maker-1",
    every: timedelta | None = EVERY,
    **fields: Any,
) -> PartnerHeartbeat:
    """A heartbeat that says how soon the next one follows."""
    seconds = None if every is None else int(every.total_seconds())
    return said(
        PartnerHeartbeat,
        hour=hour,
        system=system,
        partner=partner,
        interface=system,
        interval_seconds=seconds,
        **fields,
    )


def beats(until: float, *, since: float = 0.0, **fields: Any) -> list[PartnerHeartbeat]:
    """A heartbeat every five minutes."""
    count = int((until - since) * HOUR / EVERY)
    return [beat(since * HOUR + number * EVERY, **fields) for number in range(count + 1)]


def fresh(course: str = COURSE, order: str = "O-1", collected: float = 1.0) -> Iterable[Event]:
    """Fresh cells that were collected and have come to the maker, who has not yet decided on them."""
    return (
        *ordered("AXICEL", course, order),
        said(CollectionCompleted, coi=course, hour=collected, ended_at=at(collected)),
        said(MaterialReceived, coi=course, hour=collected + 0.5, partner="maker-1"),
    )


def started(course: str = COURSE, *, hour: float, **more: Any) -> Event:
    """The maker begins with the batch."""
    return said(BatchStarted, coi=course, hour=hour, partner="maker-1", **more)


def of_partner(replay: Replay, code: str, key: str = MAKER) -> list[Alert]:
    """Every alert of this code about the partner, as it stands."""
    return [a for a in alerts(replay) if (a.code, a.coi, a.object) == (code, None, key)]


def open_of(replay: Replay, code: str, key: str = MAKER) -> Alert | None:
    """The open alert of this code about the partner, where there is one."""
    found = [a for a in of_partner(replay, code, key) if a.open]
    assert len(found) < 2, found
    return found[0] if found else None
