"""The parts that the clinic's FHIR resources are made of.

Computes: values in, plain JSON out.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from connectors.clinic import codes
from connectors.clinic.codes import EXTENSION, Step
from schemas.envelope import Event, Precision, Scheme

Json = dict[str, Any]


def moment(
    instant: datetime, offset: int | None = 0, precision: Precision = Precision.INSTANT
) -> str:
    """A time as FHIR writes it; without an offset where the partner states none."""
    local = instant.astimezone(timezone(timedelta(minutes=offset or 0)))
    if precision is Precision.DAY:
        return local.date().isoformat()
    stated = local if offset is not None else local.replace(tzinfo=None)
    return stated.isoformat(timespec="minutes" if precision is Precision.MINUTE else "auto")


def concept(system: str, code: str, *more: tuple[str, str]) -> Json:
    """A CodeableConcept of one or more codes."""
    return {"coding": [{"system": s, "code": c} for s, c in ((system, code), *more)]}


def identifier(scheme: Scheme, value: str, issuer: str | None = None) -> Json:
    """An identifier under our own system for its scheme."""
    stated: Json = {"system": f"https://vein-to-vein.org/id/{scheme.lower()}", "value": value}
    return stated | ({"assigner": {"display": issuer}} if issuer is not None else {})


def step_code(step: Step, *more: tuple[str, str]) -> Json:
    """A step of the therapy, as our code says it, beside other codes."""
    return concept(codes.STEP_SYSTEM, step.value, *more)


def at(event: Event) -> str:
    """When the event happened, as exactly as the clinic knows it."""
    return moment(event.occurred_at, event.occurred_offset_minutes, event.occurred_precision)


def own_time(event: Event, instant: datetime) -> tuple[str, bool]:
    """A time of the resource, written as the event's where it is the same; and whether it is."""
    same = instant == event.occurred_at
    return (at(event) if same else moment(instant)), same


def extension(name: str, kind: str, value: object) -> list[Json]:
    """An extension of ours, where there is something to say in it."""
    return [] if value is None else [{"url": EXTENSION + name, kind: value}]


def new_observation(event: Event, patient: Json, step: Step) -> Json:
    """What every observation of ours states."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": step_code(step),
        "subject": patient,
        "effectiveDateTime": at(event),
    }


def new_appointment(event: Event, patient: Json, status: str, step: Step) -> Json:
    """What every appointment of ours states."""
    return {
        "resourceType": "Appointment",
        "status": status,
        "serviceType": [step_code(step)],
        "created": at(event),
        "participant": [{"actor": patient, "status": "accepted"}],
    }


def new_procedure(event: Event, patient: Json, status: str, code: Json, **period: str) -> Json:
    """What every procedure of ours states; it has begun, unless a period says more."""
    return {
        "resourceType": "Procedure",
        "status": status,
        "code": code,
        "subject": patient,
        "performedPeriod": period or {"start": at(event)},
    }


def quantity(value: float, unit: str) -> Json:
    """A quantity in a UCUM unit."""
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
