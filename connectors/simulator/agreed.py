"""Writes the fields that a format has no place for as the names and values that partners agree on.

The inverse of `connectors.agreed`. What a message carries in fields of its own format is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from uuid import UUID

from connectors.simulator.native import InventedPatient
from connectors.simulator.script import HOSPITAL
from schemas.contract import Contract
from schemas.envelope import Capture, Event, Identifier, Precision

PATIENTS = f"https://{HOSPITAL}.example/mrn"
"""Who issues the numbers of simulated patients, as the clinic itself writes it."""

_PLAIN = ("coi", "site", "device", "actor", "actor_role", "second_actor", "sequence")
_WORDS = ("reason_code", "reason_text")

Pairs = list[tuple[str, str]]


def stamp(moment: datetime, offset: int | None = None) -> str:
    """The moment with the partner's own offset; -00:00 says that the offset is not known."""
    if offset is None:
        return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}-00:00"
    return moment.astimezone(timezone(timedelta(minutes=offset))).isoformat()


def envelope(
    event: Event,
    who: InventedPatient,
    message_of: Callable[[UUID], str],
    without: Collection[str] = (),
) -> Pairs:
    """The envelope of an event, but for the fields that the message carries itself."""
    said: Pairs = []
    for field in (*_PLAIN, *_WORDS):
        value = getattr(event, field)
        if field not in without and value is not None:
            said.append((field.upper(), str(value)))
    if event.subject is not None and "subject" not in without:
        said.append((f"PATIENT.{PATIENTS}", who.number))
    if "occurred_at" not in without or event.occurred_precision is not Precision.INSTANT:
        said.append(("OCCURRED", stamp(event.occurred_at, event.occurred_offset_minutes)))
    if event.occurred_precision is not Precision.INSTANT:
        said.append(("PRECISION", event.occurred_precision.value))
    if event.recorded_at is not None and "recorded_at" not in without:
        said.append(("RECORDED", stamp(event.recorded_at)))
    if event.capture is not Capture.INTERFACE:
        said.append(("CAPTURE", event.capture.value))
    if event.corrects is not None:
        said.append(("CORRECTS", message_of(event.corrects)))
    if event.signature is not None:
        said.append(("SIGNATURE", _json(event.signature)))
    said.extend(("EVIDENCE", _json(reference)) for reference in event.evidence)
    return said


def identifiers(left: Collection[Identifier]) -> Pairs:
    """The identifiers that no field of the format names."""
    return [
        (f"ID.{one.scheme}.{one.issuer}" if one.issuer else f"ID.{one.scheme}", one.value)
        for one in left
    ]


def facts(event: Event, without: Collection[str]) -> Pairs:
    """The fields of a type beyond the envelope, but for those that the message carries itself."""
    own = set(type(event).model_fields) - set(Event.model_fields) - set(without)
    said: Pairs = []
    for field in sorted(own):
        value = getattr(event, field)
        many = value if isinstance(value, tuple) else (value,)
        said.extend((field.upper(), _text(one)) for one in many if _is_said(one))
    return said


def _is_said(value: object) -> bool:
    unknown = isinstance(value, Enum) and value.name == "UNKNOWN_TO_READER"
    return value is not None and not unknown


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Contract):
        return _json(value)
    return str(value.value) if isinstance(value, Enum) else str(value)


def _json(value: Contract) -> str:
    return value.model_dump_json(exclude_none=True)
