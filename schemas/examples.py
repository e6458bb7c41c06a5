"""An example of every event type, made from its contract: for the pages, for `v2v event new`, for tests.

Identifiers and codes are invented, and synthetic is what the example says of itself. Each example is
one that its system of record may say, and that can lead to a course. Pure: no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid5

from pydantic import BaseModel

from schemas.authority import AUTHORITY, Authority
from schemas.catalogue import EVENT_BY_NAME
from schemas.envelope import (
    EVENT_NAMESPACE,
    Environment,
    Event,
    Identifier,
    Scheme,
    System,
    event_id,
)
from schemas.json_form import as_json, rfc3339
from schemas.shape import NOTHING, ByName, Choice, Many, OneOf, Part, Plain, Record, Shape, parts
from schemas.wire_schemas import PREFIX

PARTNER = "partner-1"
NATIVE = "RECORD-4711/1"
"""The partner's own key of the record, from which the event's id follows."""
COURSE = "CHA999926000001"
HAPPENED_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

VALUES: dict[Scheme, str] = {
    Scheme.COI: COURSE,
    Scheme.ORDER: "ORDER-4711",
    Scheme.DIN: "A999926123456",
    Scheme.SEC: "ZZ000001A999926123456",
    Scheme.SSCC: "395211410000002460",
}
"""Identifiers whose form is not free; any other is its scheme and a number."""

ALSO_NAMED: dict[str, tuple[Scheme, ...]] = {
    "enrolment": (Scheme.ORDER,),
    "collection": (Scheme.DIN,),
    "ordering": (Scheme.ORDER,),
    "manufacture": (Scheme.BATCH,),
    "laboratory": (Scheme.BATCH,),
    "quality": (Scheme.BATCH,),
    "transport": (Scheme.SHIPMENT,),
    "treatment": (Scheme.BATCH,),
    "platform": (),
}
"""What the events of a stage are usually known by."""

THINGS: dict[str, tuple[Scheme, ...]] = {
    "ordering.SlotReserved": (Scheme.SLOT,),
    "ordering.SlotChanged": (Scheme.SLOT,),
    "quality.IncidentDeclared": (Scheme.INCIDENT,),
    "quality.IncidentReported": (Scheme.INCIDENT,),
    "quality.MaterialLotRecalled": (Scheme.MATERIAL_LOT,),
    "quality.PartyQualified": (Scheme.PARTY,),
    "transport.PackagePacked": (Scheme.LOGGER, Scheme.SHIPPER),
    "transport.ConditionRead": (Scheme.LOGGER,),
    "transport.ConditionFileUploaded": (Scheme.LOGGER,),
    "treatment.ProductStored": (Scheme.TANK,),
}
"""Things that are used again, which these events occupy or speak of."""

FIELDS: dict[str, Any] = {
    "product": "AXICEL",
    "test": "VIABILITY",
    "unit": "%",
    "value": 87.5,
    "low": 70.0,
    "high": 100.0,
    "temperature": -150.0,
    "interface": System.LIMS,
    "step": "ACTIVATION",
    "issuer": "ISBT128",
    "alias": Identifier(scheme=Scheme.BATCH, value="BATCH-1"),
    "target": Identifier(scheme=Scheme.ORDER, value=VALUES[Scheme.ORDER]),
}
"""Fields whose example says more than their name."""

LATER = ("ended", "completed", "arrival", "last", "until", "expires", "planned", "expected")


def owner_of(kind: type[Event]) -> System:
    """A system of record of this type; the first by name where there are several."""
    name = kind.type_name()
    return min(
        system
        for (said, system), right in AUTHORITY.items()
        if said == name and right is Authority.OWNER and system is not System.PLATFORM
    )


def example(
    kind: type[Event],
    *,
    whole: bool = True,
    system: System | None = None,
    partner: str = PARTNER,
) -> Event:
    """An event of this type; with `whole`, every field that the type adds says something."""
    system = system or owner_of(kind)
    own = [part for part in parts(kind) if part.name not in Event.model_fields]
    said = {part.name: _field(part) for part in own if whole or part.required}
    return kind.model_validate(
        {
            "event_id": event_id(system, partner, NATIVE, kind.type_name()),
            "identifiers": identifiers_of(kind),
            "coi": COURSE if kind.type_name() == "ordering.CoiAssigned" else None,
            "occurred_at": HAPPENED_AT,
            "system": system,
            "partner": partner,
            "environment": Environment.SYNTHETIC,
            **said,
        }
    )


def identifiers_of(kind: type[Event]) -> tuple[Identifier, ...]:
    """What the system of record would name: what it links, to what, and what it speaks of."""
    stage = kind.type_name().partition(".")[0]
    linked = [scheme for source, targets in kind.links for scheme in (source, targets[-1])]
    schemes = (*linked, *ALSO_NAMED[stage], *THINGS.get(kind.type_name(), ()))
    return tuple(_identifier(scheme) for scheme in dict.fromkeys(schemes) if scheme != Scheme.COI)


def example_line(kind: type[Event], **more: Any) -> dict[str, Any]:
    """The example as people write it: what the envelope says is said once, and the id is the partner's own."""
    event = example(kind, **more)
    told = {"event_id", "system", "partner", "occurred_at", "coi"}
    line: dict[str, Any] = {
        "specversion": "1.0",
        "id": NATIVE,
        "source": f"/{event.system}/{event.partner}",
        "type": PREFIX + kind.type_name(),
        "time": rfc3339(event.occurred_at),
    }
    if event.coi is not None:
        line["subject"] = event.coi
    plain = {part.name: part.default for part in parts(kind)}
    data = {
        name: value
        for name, value in as_json(event).items()
        if name not in told and getattr(event, name) != plain[name]
    }
    return {**line, "datacontenttype": "application/json", "data": data}


def _identifier(scheme: Scheme) -> Identifier:
    return Identifier(
        scheme=scheme, value=VALUES.get(scheme, f"{scheme.value.replace('_', '-')}-1")
    )


def _field(part: Part) -> Any:
    return FIELDS[part.name] if part.name in FIELDS else _value(part.name, part.shape)


def _value(name: str, shape: Shape) -> Any:
    match shape:
        case OneOf(branches):
            return _value(name, next(branch for branch in branches if branch != NOTHING))
        case Many(item):
            return (_value(name, item),)
        case ByName(item):
            return {"1": _value(name, item)}
        case Choice(enum):
            return next(iter(enum))
        case Record(contract):
            return _contract(contract)
        case Plain(kind):
            return _plain(name, kind)


def _contract(contract: type[BaseModel]) -> Any:
    if contract is Identifier:
        return _identifier(Scheme.BATCH)
    return contract.model_validate({part.name: _field(part) for part in parts(contract)})


def _plain(name: str, kind: str) -> Any:
    later = any(word in name for word in LATER)
    moment = HAPPENED_AT + timedelta(hours=2 if later else 0)
    values: dict[str, Any] = {
        "boolean": True,
        "long": 1,
        "double": 1.0,
        "string": f"{name.replace('_', '-').upper()}-1",
        "bytes": b"",
        "instant": moment,
        "date": date(2026, 3, 2),
        "uuid": uuid5(EVENT_NAMESPACE, name),
    }
    return values[kind]


def examples() -> Iterable[Event]:
    """One whole example of every type, in the order of the catalogue."""
    return (example(kind) for kind in EVENT_BY_NAME.values())
