"""Which FHIR resource a clinic uses for each of our events, and how it fills it.

Computes: an event in, the plain JSON of one resource out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.clinic import codes
from connectors.clinic.codes import IDENTITY_CHECKS, Step
from connectors.simulator.clinic_words import (
    Json,
    at,
    concept,
    extension,
    identifier,
    moment,
    new_appointment,
    new_observation,
    new_procedure,
    own_time,
    quantity,
    step_code,
)
from connectors.simulator.native import invented_patient
from schemas import collection, enrolment, transport, treatment
from schemas.envelope import Event, Scheme


def _patient_enrolled(event: enrolment.PatientEnrolled, patient: Json) -> Json:
    product = [] if event.product is None else [concept(codes.PRODUCT_SYSTEM, event.product)]
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": step_code(Step.THERAPY_ORDER, codes.CAR_T_IMMUNOTHERAPY),
        **({"orderDetail": product} if product else {}),
        "subject": patient,
        "authoredOn": at(event),
    }


def _consent_changed(event: enrolment.ConsentChanged, patient: Json) -> Json:
    given = event.state is enrolment.ConsentState.GIVEN
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "status": "active" if given else "inactive",
        "scope": concept(scope, "treatment"),
        "category": [concept("http://loinc.org", "59284-0"), step_code(Step.THERAPY_CONSENT)],
        "patient": patient,
        "dateTime": at(event),
        **({"policyRule": {"text": event.version}} if event.version is not None else {}),
    }


def _patient_state(event: enrolment.PatientStateChanged, patient: Json) -> Json:
    dead = event.state is enrolment.PatientState.DECEASED
    more = (codes.DEAD,) if dead else ()
    value = concept(codes.PATIENT_STATE_SYSTEM, event.state.value, *more)
    return new_observation(event, patient, Step.PATIENT_STATE) | {"valueCodeableConcept": value}


def _patients_merged(event: enrolment.PatientsMerged, patient: Json) -> Json:
    merged = event.change is enrolment.RecordChange.MERGED
    number = {
        "system": f"https://{event.partner}.example/mrn",
        "value": invented_patient(event.other_subject).number,
    }
    other = {"type": "Patient", "identifier": number}
    link = {"other": other, "type": "replaces" if merged else "seealso"}
    return {"resourceType": "Patient", "link": [link], "occurred elsewhere": True}


def _collection_scheduled(event: collection.CollectionScheduled, patient: Json) -> Json:
    appointment = new_appointment(event, patient, "booked", Step.COLLECTION)
    return appointment | {"start": moment(event.planned_at)}


def _infusion_changed(event: treatment.InfusionChanged, patient: Json) -> Json:
    cancelled = event.change is treatment.InfusionChange.CANCELLED
    step = Step.INFUSION if cancelled else Step.INFUSION_RESCHEDULED
    appointment = new_appointment(event, patient, "cancelled" if cancelled else "booked", step)
    planned = event.planned_at
    return appointment | ({} if planned is None else {"start": moment(planned)})


def _collection_completed(event: collection.CollectionCompleted, patient: Json) -> Json:
    end, same = own_time(event, event.ended_at)
    period = {} if event.started_at is None else {"start": moment(event.started_at)}
    period["end"] = end
    code = step_code(Step.COLLECTION, codes.APHERESIS)
    volume = None if event.volume is None else quantity(event.volume, "mL")
    cells = None if event.nucleated_cells is None else quantity(event.nucleated_cells, "{cells}")
    extensions = [
        *extension("collected-volume", "valueQuantity", volume),
        *extension("collected-bags", "valueInteger", event.bags),
        *extension("collected-cells", "valueQuantity", cells),
    ]
    procedure = new_procedure(event, patient, "completed", code, **period)
    procedure |= {} if same else {"occurred elsewhere": True}
    return procedure | ({"extension": extensions} if extensions else {})


def _collection_failed(event: collection.CollectionFailed, patient: Json) -> Json:
    code = step_code(Step.COLLECTION, codes.APHERESIS)
    return new_procedure(event, patient, "not-done", code)


def _specimen(event: Event, patient: Json, processing: Json) -> Json:
    containers = [
        {"identifier": [identifier(i.scheme, i.value, i.issuer)]}
        for i in event.identifiers
        if i.scheme in (Scheme.CONTAINER, Scheme.LABEL)
    ]
    specimen: Json = {
        "resourceType": "Specimen",
        "status": "available",
        "subject": patient,
        "processing": [processing],
    }
    return specimen | ({"container": containers} if containers else {})


def _label_applied(event: collection.LabelApplied, patient: Json) -> Json:
    processing = {"procedure": step_code(Step.LABELLING), "timeDateTime": at(event)}
    extensions = extension("label-version", "valueString", event.label_version)
    specimen = _specimen(event, patient, processing)
    return specimen | ({"extension": extensions} if extensions else {})


def _cryopreserved(event: collection.MaterialCryopreserved, patient: Json) -> Json:
    processing: Json = {"procedure": step_code(Step.CRYOPRESERVATION)}
    if event.completed_at is None:
        return _specimen(event, patient, processing | {"timeDateTime": at(event)})
    end, same = own_time(event, event.completed_at)
    specimen = _specimen(event, patient, processing | {"timePeriod": {"end": end}})
    return specimen | ({} if same else {"occurred elsewhere": True})


def _identity_verified(event: collection.IdentityVerified, patient: Json) -> Json:
    step = next(step for step, context in IDENTITY_CHECKS.items() if context is event.context)
    components = [
        {
            "code": concept(codes.SCHEME_SYSTEM, compared.scheme.value),
            "valueString": compared.found,
            "referenceRange": [{"text": compared.expected}],
        }
        for compared in event.comparisons
    ]
    observation = new_observation(event, patient, step)
    return observation | ({"component": components} if components else {})


def _infusion_completed(event: treatment.InfusionCompleted, patient: Json) -> Json:
    stopped = event.outcome is treatment.InfusionOutcome.STOPPED
    code = step_code(Step.INFUSION, codes.CAR_T_IMMUNOTHERAPY)
    status = "stopped" if stopped else "completed"
    procedure = new_procedure(event, patient, status, code, end=at(event))
    if event.outcome is treatment.InfusionOutcome.PARTIAL:
        procedure["outcome"] = concept(*codes.PARTIALLY_SUCCESSFUL)
    return procedure


def _thaw(event: treatment.ThawRecorded, patient: Json) -> Json:
    if event.phase is treatment.ThawPhase.STARTED:
        return new_procedure(event, patient, "in-progress", step_code(Step.THAW))
    return new_procedure(event, patient, "completed", step_code(Step.THAW), end=at(event))


def _began(step: Step) -> Callable[[Any, Json], Json]:
    return lambda event, patient: new_procedure(event, patient, "in-progress", step_code(step))


def _ended(step: Step) -> Callable[[Any, Json], Json]:
    return lambda event, patient: new_procedure(
        event, patient, "completed", step_code(step), end=at(event)
    )


def _product_stored(event: treatment.ProductStored, patient: Json) -> Json:
    storage: Json = {"timePeriod": {"start": at(event)}}
    storage |= {} if event.position is None else {"description": event.position}
    left = _out_of_storage(event)
    return ({"extension": left} if left else {}) | {
        "resourceType": "BiologicallyDerivedProduct",
        "productCategory": "cells",
        "status": "available",
        "collection": {"source": patient},
        "storage": [storage],
    }


def _site_readiness(event: treatment.SiteReadinessConfirmed, patient: Json) -> Json:
    outputs = [
        {"type": concept(codes.READINESS_SYSTEM, name), kind: value}
        for name, kind, value in (
            ("bed", "valueBoolean", event.bed),
            ("tocilizumab-doses", "valueInteger", event.tocilizumab_doses),
            ("staff", "valueBoolean", event.staff),
        )
        if value is not None
    ]
    task: Json = {
        "resourceType": "Task",
        "status": "completed",
        "intent": "order",
        "code": step_code(Step.SITE_READINESS),
        "for": patient,
        "executionPeriod": {"end": at(event)},
    }
    return task | ({"output": outputs} if outputs else {})


def _outcome(event: treatment.OutcomeRecorded, patient: Json) -> Json:
    observation = new_observation(event, patient, Step.OUTCOME)
    adverse = {"code": concept(*codes.ADVERSE_EVENT), "valueBoolean": event.adverse_event}
    observation["component"] = [adverse]
    if event.outcome is not None:
        observation["valueCodeableConcept"] = {"text": event.outcome}
    return observation


def _delivery(event: Event, patient: Json, step: Step, extensions: list[Json]) -> Json:
    delivery: Json = {
        "resourceType": "SupplyDelivery",
        "status": "completed",
        "patient": patient,
        "type": step_code(step),
        "occurrenceDateTime": at(event),
    }
    return delivery | ({"extension": extensions} if extensions else {})


def _named(name: str, value: str | None, many: bool = False) -> Json:
    if value is None:
        return {}
    party = {"identifier": {"system": "https://parties.example/id", "value": value}}
    return {name: [party] if many else party}


def _product_received(event: treatment.ProductReceived, patient: Json) -> Json:
    extensions = [
        *extension("seal", "valueString", event.seal),
        *extension("seal-intact", "valueBoolean", event.seal_intact),
        *extension("certificate-present", "valueBoolean", event.certificate_present),
    ]
    return _delivery(event, patient, Step.PRODUCT_RECEIPT, extensions)


def _packed(event: transport.PackagePacked, patient: Json) -> Json:
    stated = [*extension("seal", "valueString", event.seal), *_out_of_storage(event)]
    delivery = _delivery(event, patient, Step.PACKING, stated)
    if event.kind is not transport.ShipmentKind.UNKNOWN_TO_READER:
        kind = concept(codes.SHIPMENT_KIND_SYSTEM, event.kind.value)
        delivery["suppliedItem"] = {"itemCodeableConcept": kind}
    return delivery


def _out_of_storage(event: transport.PackagePacked | treatment.ProductStored) -> list[Json]:
    left = event.out_of_storage_at
    return extension("out-of-storage-at", "valueDateTime", None if left is None else moment(left))


def _handed_over(event: transport.CustodyHandedOver, patient: Json) -> Json:
    seal = extension("seal", "valueString", event.seal)
    return (
        _delivery(event, patient, Step.CUSTODY_HANDED_OVER, seal)
        | _named("supplier", event.from_party)
        | _named("receiver", event.to_party, many=True)
        | _named("destination", event.place)
    )


def _accepted(event: transport.CustodyAccepted, patient: Json) -> Json:
    extensions = [
        *extension("seal", "valueString", event.seal),
        *extension("seal-intact", "valueBoolean", event.seal_intact),
    ]
    return (
        _delivery(event, patient, Step.CUSTODY_ACCEPTED, extensions)
        | _named("supplier", event.from_party)
        | _named("receiver", event.to_party, many=True)
        | _named("destination", event.place)
    )


RESOURCES: Mapping[type[Event], Callable[[Any, Json], Json]] = {
    enrolment.PatientEnrolled: _patient_enrolled,
    enrolment.ConsentChanged: _consent_changed,
    enrolment.PatientStateChanged: _patient_state,
    enrolment.PatientsMerged: _patients_merged,
    collection.CollectionScheduled: _collection_scheduled,
    collection.IdentityVerified: _identity_verified,
    collection.CollectionCompleted: _collection_completed,
    collection.CollectionFailed: _collection_failed,
    collection.LabelApplied: _label_applied,
    collection.MaterialCryopreserved: _cryopreserved,
    treatment.LymphodepletionStarted: _began(Step.LYMPHODEPLETION),
    treatment.LymphodepletionCompleted: _ended(Step.LYMPHODEPLETION),
    treatment.ProductReceived: _product_received,
    treatment.ProductStored: _product_stored,
    treatment.SiteReadinessConfirmed: _site_readiness,
    treatment.ThawRecorded: _thaw,
    treatment.InfusionStarted: _began(Step.INFUSION),
    treatment.InfusionCompleted: _infusion_completed,
    treatment.InfusionChanged: _infusion_changed,
    treatment.OutcomeRecorded: _outcome,
    transport.PackagePacked: _packed,
    transport.CustodyHandedOver: _handed_over,
    transport.CustodyAccepted: _accepted,
}
"""Every event type that a clinic says, and the resource it says it with."""
