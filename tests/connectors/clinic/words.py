"""Says in few words what a clinic could send, and asks what it is taken for."""

from __future__ import annotations

import json
from typing import Any

from connectors.clinic.translate import translate
from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from schemas.envelope import Event, System
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]

STEP = "https://vein-to-vein.org/fhir/step"
COI = {"system": "https://vein-to-vein.org/id/coi", "value": "COI-1"}
CLINIC = Partner("north", System.CLINIC, zone="Europe/Berlin")


def step(code: str) -> Json:
    return {"coding": [{"system": STEP, "code": code}]}


def procedure(code: str, status: str = "completed", **more: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": "p1",
        "meta": {"versionId": "2"},
        "identifier": [COI],
        "status": status,
        "code": step(code),
        "subject": {"reference": "Patient/1"},
        "performedPeriod": {"end": "2026-03-02T10:00:00+01:00"},
    } | more


def observation(code: str, status: str = "final", **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "meta": {"versionId": "2"},
        "identifier": [COI],
        "status": status,
        "code": step(code),
        "effectiveDateTime": "2026-03-02T10:00:00+01:00",
    } | more


def decisions(resource: Json, partner: Partner = CLINIC) -> tuple[Decision, ...]:
    return translate(Raw("a.json", json.dumps(resource).encode()), partner, OpenTokens(), ())


def events(resource: Json, partner: Partner = CLINIC) -> tuple[Event, ...]:
    (decision,) = decisions(resource, partner)
    assert isinstance(decision, Mapped), decision
    return decision.events


def refused(resource: Json) -> Reason:
    (decision,) = decisions(resource)
    assert isinstance(decision, Refused), decision
    return decision.reason


def ignored(resource: Json) -> str:
    (decision,) = decisions(resource)
    assert isinstance(decision, Ignored), decision
    return decision.why


def bundle(*resources: Json) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }
