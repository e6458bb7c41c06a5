"""A result of an instrument, ready to be said as our event: what ASM and ASTM have in common. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from connectors.connector import Partner, Tokens
from connectors.personal import blanked
from connectors.times import When
from schemas.envelope import Capture, Environment, Event, Identifier, Scheme, event_id

SomeEvent = TypeVar("SomeEvent", bound=Event)


def stated(
    partner: Partner,
    cls: type[SomeEvent],
    native: str,
    part_of: str,
    at: When,
    identifiers: Iterable[Identifier],
    personal: Iterable[str] = (),
    **fields: object,
) -> SomeEvent:
    """The event of this class; `native` is the instrument's own key of the message."""
    named = tuple(identifiers)
    courses = [i.value for i in named if i.scheme is Scheme.COI]
    said: dict[str, object] = {
        "event_id": event_id(partner.system, partner.name, native, cls.type_name(), part_of),
        "coi": courses[0] if courses else None,
        "identifiers": tuple(
            i for i in named if i.scheme is not Scheme.COI or i.value != courses[0]
        ),
        "occurred_at": at.instant,
        "occurred_offset_minutes": at.offset_minutes,
        "occurred_precision": at.precision,
        "system": partner.system,
        "partner": partner.name,
        "site": partner.site,
        "capture": Capture.INSTRUMENT,
        "source_message": native[:100].strip(),
        "environment": partner.environment,
    }
    said |= {name: value for name, value in fields.items() if value is not None}
    for name in ("reason_text", "value_text"):
        if name in said:
            said[name] = blanked(str(said[name]), personal)
    return cls.model_validate(said)


def rehearsed(partner: Partner) -> Environment:
    """The environment of a message that calls itself a test."""
    real = partner.environment is Environment.PRODUCTION
    return Environment.TEST if real else partner.environment


def operator(partner: Partner, tokens: Tokens, number: str | None) -> str | None:
    """The token of whoever worked at the instrument."""
    return tokens.staff(partner.name, number) if number else None
