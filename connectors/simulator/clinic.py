"""Says clinic events as a clinic would: each as a FHIR R4 bundle of patient, resource and provenance.

The inverse of `connectors.clinic.translate`, by the conventions of `connectors.clinic.codes`.
Computes: the same events give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from connectors.clinic import codes
from connectors.clinic.codes import EXTENSION
from connectors.simulator.clinic_resources import RESOURCES
from connectors.simulator.clinic_words import Json, concept, identifier, moment
from connectors.simulator.native import InventedPatient, NativeMessage, patients_of
from schemas.envelope import Capture, Environment, Event, Scheme, System


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """One bundle per event, in the order of the events."""
    return [_message(event, who) for event, who in zip(events, patients_of(events), strict=True)]


def _message(event: Event, who: InventedPatient) -> NativeMessage:
    key = str(event.event_id)
    server = f"https://ehr.{event.partner}.example/fhir"
    patient, resource = _patient(event, who), _resource(event, who)
    entries = (patient, resource, _provenance(event, resource))
    bundle: Json = {
        "resourceType": "Bundle",
        "id": f"bundle-{key}",
        "type": "collection",
        "entry": [
            {"fullUrl": f"{server}/{r['resourceType']}/{r['id']}", "resource": r} for r in entries
        ],
    }
    name = f"{event.type_name()}-{key}.json"
    return NativeMessage(System.CLINIC, name, orjson.dumps(bundle, option=orjson.OPT_INDENT_2))


def _patient(event: Event, who: InventedPatient) -> Json:
    first, _, number = who.name.rpartition(" ")
    return {
        "resourceType": "Patient",
        "id": who.number,
        "identifier": [
            {
                "use": "secondary",
                "system": f"https://{event.partner}.example/visit",
                "value": number,
            },
            {
                "use": "usual",
                "type": {"coding": [{"system": codes.IDENTIFIER_TYPE, "code": "MR"}]},
                "system": f"https://{event.partner}.example/mrn",
                "value": who.number,
            },
        ],
        "name": [{"text": who.name, "family": first, "given": [number]}],
        "birthDate": who.birth_date,
    }


def _resource(event: Event, who: InventedPatient) -> Json:
    """The resource that states the fact, with what is the same for every kind."""
    reference = {"reference": f"Patient/{who.number}", "type": "Patient", "display": who.name}
    resource = RESOURCES[type(event)](event, reference)
    version = "1"
    resource["id"] = str(event.event_id)
    if event.withdraws and event.corrects is not None:  # a later version of the same record
        resource["id"], version = str(event.corrects), "2"
        if resource["resourceType"] != "BiologicallyDerivedProduct":  # R4 gives it no such status
            resource["status"] = "entered-in-error"
    tags: list[Json] = []
    if event.capture is not Capture.INTERFACE:
        tags.append({"system": codes.CAPTURE_SYSTEM, "code": event.capture.value})
    if event.environment is Environment.TEST:
        tags.append({"system": codes.ACT_REASON, "code": "HTEST"})
    meta: Json = {"versionId": version}
    if event.recorded_at is not None:
        meta["lastUpdated"] = moment(event.recorded_at)
    resource["meta"] = meta | ({"tag": tags} if tags else {})
    coi = [identifier(Scheme.COI, event.coi)] if event.coi is not None else []
    elsewhere = (
        {Scheme.CONTAINER, Scheme.LABEL} if resource["resourceType"] == "Specimen" else set()
    )
    resource["identifier"] = coi + [
        identifier(i.scheme, i.value, i.issuer)
        for i in event.identifiers
        if i.scheme not in elsewhere
    ]
    if resource["resourceType"] == "Patient":  # the record that stays is a patient's as well
        resource["identifier"] += _patient(event, who)["identifier"]
    if event.sequence is not None:
        extensions = [{"url": EXTENSION + "sequence", "valueInteger": event.sequence}]
        resource["extension"] = [*_list(resource.get("extension")), *extensions]
    if resource["resourceType"] == "Procedure" and event.site is not None:
        resource["location"] = _party(event, event.site)
    stopped = resource.get("status") in ("not-done", "stopped") and _reason(event)
    if stopped:
        resource["statusReason"] = stopped
    return resource


def _provenance(event: Event, resource: Json) -> Json:
    name = f"{resource['resourceType']}/{resource['id']}"
    provenance: Json = {
        "resourceType": "Provenance",
        "id": f"prov-{event.event_id}",
        "target": [{"reference": name}],
        "agent": _agents(event),
    }
    if event.recorded_at is not None:
        provenance["recorded"] = moment(event.recorded_at)
    else:
        unknown = {"url": codes.DATA_ABSENT, "valueCode": "unknown"}
        provenance["_recorded"] = {"extension": [unknown]}
    if resource.pop("occurred elsewhere", None):
        provenance["occurredDateTime"] = moment(
            event.occurred_at, event.occurred_offset_minutes, event.occurred_precision
        )
    if event.site is not None and "location" not in resource:
        provenance["location"] = _party(event, event.site)
    if (reason := _reason(event)) and "statusReason" not in resource:
        provenance["reason"] = [reason]
    entities = [_evidence(e.uri, e.sha256, e.kind) for e in event.evidence]
    if event.corrects is not None:
        corrected = f"{resource['resourceType']}/{event.corrects}/_history/1"
        role = "removal" if event.withdraws else "revision"
        entities.append({"role": role, "what": {"reference": corrected}})
    if entities:
        provenance["entity"] = entities
    if event.signature is not None:
        provenance["signature"] = [_signature(event)]
    return provenance


def _agents(event: Event) -> list[Json]:
    def agent(kind: str, who: Json, role: str | None = None) -> Json:
        found: Json = {"type": concept(codes.PARTICIPANT_TYPE, kind), "who": who}
        return found | ({"role": [{"coding": [{"code": role}]}]} if role is not None else {})

    actor: Json = {"type": "Organization", "display": "Clinical information system"}
    if event.actor is not None:
        actor = _staff(event, event.actor)
    agents = [agent("performer", actor, event.actor_role)]
    if event.second_actor is not None:
        agents.append(agent("verifier", _staff(event, event.second_actor)))
    if event.device is not None:
        agents.append(agent("assembler", {"type": "Device"} | _party(event, event.device)))
    return agents


def _staff(event: Event, number: str) -> Json:
    system = f"https://{event.partner}.example/staff"
    return {"type": "Practitioner", "identifier": {"system": system, "value": number}}


def _party(event: Event, value: str) -> Json:
    return {"identifier": {"system": f"https://{event.partner}.example/parties", "value": value}}


def _reason(event: Event) -> Json:
    coding: Json = {"coding": [{"code": event.reason_code}]} if event.reason_code else {}
    return coding | ({"text": event.reason_text} if event.reason_text else {})


def _evidence(uri: str, sha256: str, kind: str | None) -> Json:
    what: Json = {
        "extension": [{"url": EXTENSION + "sha256", "valueString": sha256}],
        "identifier": {"system": codes.URI_SYSTEM, "value": uri},
    }
    return {"role": "source", "what": what | ({"display": kind} if kind is not None else {})}


def _signature(event: Event) -> Json:
    signed = event.signature
    if signed is None:
        return {}
    extensions = [
        {"url": EXTENSION + name, "valueString": value}
        for name, value in (
            ("signed-digest", signed.digest),
            ("signature-algorithm", signed.algorithm),
        )
        if value is not None
    ]
    kind = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.5"}
    signature: Json = {
        "type": [kind | {"display": signed.meaning}],
        "when": moment(signed.signed_at),
        "who": _staff(event, signed.signer),
    }
    return signature | ({"extension": extensions} if extensions else {})


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []
