"""What a clinic says, in our words: one decision per FHIR resource, per entry of a bundle, per HL7 v2 message.

Which of the two it is, its first characters say; HL7 v2 is read in `connectors.clinic.hl7v2`, FHIR here:

| resource | is recognised by | says |
| --- | --- | --- |
| ServiceRequest active, an order | `therapy-order`, SNOMED CT CAR-T | PatientEnrolled |
| ResearchSubject | names a course | PatientEnrolled, PatientStateChanged |
| Consent | `therapy-consent`, or treatment or research with a course | ConsentChanged |
| Patient deceased | names a course | PatientStateChanged |
| Patient with a link | another Patient | PatientsMerged |
| Observation | `patient-state`, `identity-check-*`, `outcome` | PatientStateChanged, ... |
| AdverseEvent actual | names a course | OutcomeRecorded |
| Appointment | `collection`, `infusion`, `infusion-rescheduled` | CollectionScheduled, InfusionChanged |
| Procedure | `collection`, `lymphodepletion`, `thaw`, `infusion` | CollectionCompleted, ... |
| MedicationAdministration | the last three, in `category` or `reasonCode` | as Procedure |
| Specimen, BiologicallyDerivedProduct | `processing` labelling, cryopreservation | LabelApplied, ... |
| BiologicallyDerivedProduct | `storage`; in R5 `property` of type storage | ProductStored |
| the same in R5 | `property` labelling, cryopreservation | LabelApplied, ... |
| BiologicallyDerivedProductDispense issued, returned | names a course | CustodyHandedOver |
| SupplyDelivery | packing, custody, `product-receipt` | PackagePacked, Custody..., ProductReceived |
| Task completed | `site-readiness` | SiteReadinessConfirmed |

The codes are in `codes`, the identifier systems in `identifiers`, the rest of the envelope in `said`. A
record that is `entered-in-error` withdraws what its earlier versions said (`withdrawal`). Pure: bytes in,
decisions out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

from connectors import formats
from connectors.clinic import (
    collection,
    custody,
    enrolment,
    structure,
    subscription,
    treatment,
)
from connectors.clinic.codes import IDENTITY_CHECKS, Step
from connectors.clinic.document import Document, bundled, entries_of, kind_of, single
from connectors.clinic.hl7v2 import translate as hl7v2
from connectors.clinic.identifiers import name_a_course
from connectors.clinic.node import Node
from connectors.clinic.said import Said, Says, SaysNothing
from connectors.clinic.version import (
    refuse_other_profiles,
    refuse_other_versions,
    refuse_references_to_concepts,
)
from connectors.clinic.withdrawal import withdrawn
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
from schemas.envelope import Event
from schemas.reasons import Reason

ACCOMPANYING = frozenset(
    {
        "Device",
        "Location",
        "Medication",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Provenance",
    }
)
"""Kinds of resource that say who, where or with what, and tell no fact by themselves."""

HL7V2 = frozenset({b"MSH", b"FHS", b"BHS"})
"""How a message or a batch of HL7 v2 begins."""

BEFORE = b"\xef\xbb\xbf\x0b \t\r\n"
"""What may stand before the first character of a message."""

FHIR_NAMESPACE = "http://hl7.org/fhir"


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """One decision for a resource, and one for each entry of a bundle, in the bundle's order."""
    try:
        if formats.within(raw.body).lstrip(BEFORE)[:3] in HL7V2:
            return hl7v2.messages(raw, partner, tokens)
        _refuse_other_formats(raw.body)
        resource = Node(formats.json_object(raw.body), "")
        kind = kind_of(resource)
        resource = Node(resource.value, kind)
        if kind != "Bundle":
            return (_decide(resource, single(resource), partner, tokens),)
        entries = entries_of(resource)
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    if not entries:
        return (Ignored("a Bundle without entries"),)
    document = bundled(entries)
    return tuple(_decide_entry(entry, document, partner, tokens) for entry in entries)


def _refuse_other_formats(body: bytes) -> None:
    """Names what is not FHIR JSON, and for FHIR in XML also a version that we do not read."""
    if body.lstrip(BEFORE).startswith(b"<"):
        root = formats.xml(body)
        if formats.namespace(root.tag) == FHIR_NAMESPACE:
            children = [formats.local(child.tag) for child in root]
            refuse_other_versions(formats.local(root.tag), children)
        raise CannotUnderstand(
            Reason.UNKNOWN_FORMAT, "XML; this connector reads FHIR as JSON, and HL7 v2"
        )


def _decide_entry(entry: Node, document: Document, partner: Partner, tokens: Tokens) -> Decision:
    try:
        if (state := subscription.state_of(entry)) is not None:
            return subscription.notified(state, document)
        resource = entry.node("resource")
        if resource is None:
            return Ignored("an entry without a resource states no fact")
        kind = kind_of(resource)
        if kind == "Bundle":
            return Refused(Reason.UNKNOWN_FORMAT, "a Bundle inside a Bundle; send its entries")
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    return _decide(Node(resource.value, kind), document, partner, tokens)


def _decide(resource: Node, document: Document, partner: Partner, tokens: Tokens) -> Decision:
    try:
        kind = kind_of(resource)
        lists = [name for name, value in resource.value.items() if isinstance(value, list)]
        refuse_other_versions(kind, resource.value, lists)
        refuse_other_profiles(kind, _profiles(resource))
        if kind in ACCOMPANYING:
            return Ignored(f"a {kind}: read together with the resource that it belongs to")
        if kind not in KINDS:
            return Ignored(f"a resource of the kind {kind[:40]}, which we do not follow")
        refuse_references_to_concepts(kind, resource.value)
        status = structure.check(kind, resource)
        said = Said(resource, status, document, partner, tokens)
        if said.taken_back:
            return Mapped(withdrawn(said, KINDS[kind]))
        return Mapped(KINDS[kind](said))
    except SaysNothing as nothing:
        return nothing.decision
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = ", ".join(".".join(str(part) for part in e["loc"]) for e in found[:5])
        return Refused(Reason.FIELD_INVALID, f"{resource.path}: not possible for {fields}")


def _profiles(resource: Node) -> tuple[str, ...]:
    meta = resource.node("meta")
    stated = None if meta is None else meta.value.get("profile")
    return tuple(p for p in stated if isinstance(p, str)) if isinstance(stated, list) else ()


def _procedure(said: Said) -> tuple[Event, ...]:
    steps = said.steps("code", "category", "reasonCode")
    for step, says in _PROCEDURES.items():
        if step in steps:
            return says(said)
    raise SaysNothing(f"a {said.kind} that is no step of the therapy")


def _observation(said: Said) -> tuple[Event, ...]:
    steps = said.steps("code")
    for step in IDENTITY_CHECKS:
        if step in steps:
            return collection.identity_check(said, step)
    if Step.PATIENT_STATE in steps:
        if said.status not in collection.FINAL:
            raise SaysNothing(f"a patient state that is {said.status}, not final")
        return enrolment.patient_state(said)
    if Step.OUTCOME in steps:
        return treatment.outcome(said)
    raise SaysNothing("an Observation that is no step of the therapy")


def _appointment(said: Said) -> tuple[Event, ...]:
    steps = said.steps("serviceType", "appointmentType", "serviceCategory")
    if Step.COLLECTION in steps:
        return collection.collection_appointment(said)
    if steps & {Step.INFUSION, Step.INFUSION_RESCHEDULED}:
        return treatment.infusion_appointment(said)
    raise SaysNothing("an Appointment for no step of the therapy")


def _material(said: Said) -> tuple[Event, ...]:
    events = collection.material(said)
    if said.kind == "BiologicallyDerivedProduct" and name_a_course(said.identifiers):
        events += treatment.storage(said)
    if not events:
        raise SaysNothing(f"a {said.kind} to which no step of the therapy was done")
    return events


def _task(said: Said) -> tuple[Event, ...]:
    if Step.SITE_READINESS in said.steps("code"):
        return treatment.site_readiness(said)
    raise SaysNothing("a Task that is no step of the therapy")


_PROCEDURES: Mapping[Step, Says] = MappingProxyType(
    {
        Step.COLLECTION: collection.collection_procedure,
        Step.LYMPHODEPLETION: treatment.lymphodepletion,
        Step.THAW: treatment.thaw,
        Step.INFUSION: treatment.infusion,
    }
)

KINDS: Mapping[str, Says] = MappingProxyType(
    {
        "AdverseEvent": treatment.adverse_event,
        "Appointment": _appointment,
        "BiologicallyDerivedProduct": _material,
        "BiologicallyDerivedProductDispense": custody.dispense,
        "Consent": enrolment.consent,
        "MedicationAdministration": _procedure,
        "Observation": _observation,
        "Patient": enrolment.patient,
        "Procedure": _procedure,
        "ResearchSubject": enrolment.research_subject,
        "ServiceRequest": enrolment.service_request,
        "Specimen": _material,
        "SupplyDelivery": custody.supply_delivery,
        "Task": _task,
    }
)
"""Every kind of resource that we follow, and what it says."""
