"""What a clinic's HL7 v2 says, in our words: one decision per message.

| message | says | told in |
| --- | --- | --- |
| ADT | records merged, a death, an enrolment, the patient's state | `patients` |
| SIU | a collection planned, an infusion moved or cancelled | `appointments` |
| OML, OMG, ORM | an enrolment | `orders` |
| ORU | checks of identity, the collection, steps of the treatment, state and outcomes | `orders` |
| RAS | steps of the treatment | `administrations` |
| BTS | the infusion | `transfusions` |

A message that names no course is a clinical one and ignored, but for records that are merged. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pydantic import ValidationError

from connectors.clinic.hl7v2.administrations import administered
from connectors.clinic.hl7v2.appointments import appointment
from connectors.clinic.hl7v2.orders import ordered, reported
from connectors.clinic.hl7v2.patients import patients
from connectors.clinic.hl7v2.told import COMMON, Told, told
from connectors.clinic.hl7v2.transfusions import transfused
from connectors.clinic.said import SaysNothing
from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.hl7v2.header import kind_of
from connectors.hl7v2.message import read, split
from schemas.envelope import Event
from schemas.reasons import Reason

WITHOUT_ORDERS, WITH_ORDERS = COMMON, frozenset({"PID", "PV1"})
"""Which segments name things for the whole message."""

Says = Callable[[Told], tuple[Event, ...]]

KINDS: Mapping[str, tuple[Says, frozenset[str]]] = MappingProxyType(
    {
        "ADT": (patients, WITHOUT_ORDERS),
        "SIU": (appointment, WITHOUT_ORDERS),
        "OMG": (ordered, WITH_ORDERS),
        "OML": (ordered, WITH_ORDERS),
        "ORM": (ordered, WITH_ORDERS),
        "ORU": (reported, WITH_ORDERS),
        "RAS": (administered, WITHOUT_ORDERS),
        "BTS": (transfused, WITHOUT_ORDERS),
    }
)
"""Every type of message that we follow, what it says, and which segments name things for all of it."""


def messages(raw: Raw, partner: Partner, tokens: Tokens) -> tuple[Decision, ...]:
    """One decision for each message that the bytes hold, in their order."""
    try:
        bodies = split(raw.body)
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    return tuple(_decide(body, partner, tokens) for body in bodies)


def _decide(body: bytes, partner: Partner, tokens: Tokens) -> Decision:
    try:
        message = read(body)
        kind, trigger = kind_of(message)
        if kind not in KINDS:
            named = "^".join(part for part in (kind, trigger) if part)
            return Ignored(f"a message of the kind {named[:20]}, which we do not follow")
        says, segments = KINDS[kind]
        return Mapped(says(told(message, partner, tokens, segments)))
    except SaysNothing as nothing:
        return nothing.decision
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = ", ".join(".".join(str(part) for part in e["loc"]) for e in found[:5])
        return Refused(Reason.FIELD_INVALID, f"not possible for {fields}")
