"""A message as a partner of the simulated network sends it, and the invented patient it is about.

Every patient here is invented, and looks it: the names, dates and numbers exist so that a test can show
that none of them leaves a connector.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.envelope import OCCUPIED_SCHEMES, Event, Scheme, System


@dataclass(frozen=True, slots=True)
class NativeMessage:
    """The bytes of one message in the partner's own format, and the file name they go by."""

    system: System
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class InventedPatient:
    """The clutter of a real message: a person who does not exist."""

    number: str
    name: str
    birth_date: str
    """As YYYY-MM-DD."""


def invented_patient(seed: str) -> InventedPatient:
    """The same invented person for the same seed."""
    digits = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    day, month = digits % 28 + 1, digits // 28 % 12 + 1
    return InventedPatient(
        number=f"MRN-SYN-{digits % 10**8:08d}",
        name=f"SYNTHETIC PATIENT {digits % 10**4:04d}",
        birth_date=f"{1900 + digits % 60}-{month:02d}-{day:02d}",
    )


def patients_of(events: Sequence[Event]) -> list[InventedPatient]:
    """The patient of each event: one per course, also where an event names only its order or batch.

    An identifier belongs to the course with which these events first name it, so all events of a
    journey are best rendered together.
    """
    courses: dict[str, str] = {}
    for event in events:
        if event.coi is not None and not event.named(Scheme.COI):
            for name in _names(event):
                courses.setdefault(name, event.coi)
    return [invented_patient(_seed(event, courses)) for event in events]


def _names(event: Event) -> Iterable[str]:
    return (str(i) for i in event.identifiers if i.scheme not in OCCUPIED_SCHEMES)


def _seed(event: Event, courses: dict[str, str]) -> str:
    if event.subject is not None:
        return event.subject
    if event.coi is not None:
        return event.coi
    names = list(_names(event))
    known = [courses[name] for name in names if name in courses]
    return (known or names or [str(event.event_id)])[0]
