"""By which codes a step of the therapy is recognised, and which of them are our own convention.

No public guide says how a clinic reports a step of a cell therapy, so most of these codes are ours:
the code system `https://vein-to-vein.org/fhir/step`, put beside the clinic's own coding in the
`code` of the resource (`type` of a SupplyDelivery, `serviceType` of an Appointment, `category` of a
Consent, `processing.procedure` of a Specimen, `property.type` of a product in R5). Two SNOMED CT codes are understood as well, but only
when the resource also names an identifier of a course: apheresis is done for many other reasons.
A clinic that cannot add our codes has its own mapped: the partner's `mapping["steps"]` holds
`{"<system>|<code>": "<step>"}`. Data, and how to look it up.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from connectors.clinic.node import Coding
from schemas.collection import CheckContext

OURS = "https://vein-to-vein.org/fhir/"
STEP_SYSTEM = OURS + "step"
PRODUCT_SYSTEM = OURS + "product"
PATIENT_STATE_SYSTEM = OURS + "patient-state"
SHIPMENT_KIND_SYSTEM = OURS + "shipment-kind"
SCHEME_SYSTEM = OURS + "identifier-scheme"
READINESS_SYSTEM = OURS + "readiness"
CAPTURE_SYSTEM = OURS + "capture"
ADVERSE_EVENT = (OURS + "outcome", "adverse-event")

EXTENSION = OURS + "StructureDefinition/"
"""Before the name of each extension of ours: what R4 has no element for."""

SNOMED = "http://snomed.info/sct"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
URI_SYSTEM = "urn:ietf:rfc:3986"


Words = TypeVar("Words", bound=StrEnum)


def word(kind: type[Words], code: str | None) -> Words | None:
    """The word of a closed list that a code means; None when it is none of them."""
    try:
        found = kind(code or "")
    except ValueError:
        return None
    return None if found.name == "UNKNOWN_TO_READER" else found


class Step(StrEnum):
    """A step of the therapy, as our code system names it."""

    THERAPY_ORDER = "therapy-order"
    THERAPY_CONSENT = "therapy-consent"
    PATIENT_STATE = "patient-state"
    COLLECTION = "collection"
    IDENTITY_CHECK_COLLECTION = "identity-check-collection"
    IDENTITY_CHECK_RECEIPT = "identity-check-receipt"
    IDENTITY_CHECK_THAW = "identity-check-thaw"
    IDENTITY_CHECK_BEDSIDE = "identity-check-bedside"
    LABELLING = "labelling"
    CRYOPRESERVATION = "cryopreservation"
    STORAGE = "storage"
    PACKING = "packing"
    CUSTODY_HANDED_OVER = "custody-handed-over"
    CUSTODY_ACCEPTED = "custody-accepted"
    PRODUCT_RECEIPT = "product-receipt"
    LYMPHODEPLETION = "lymphodepletion"
    SITE_READINESS = "site-readiness"
    THAW = "thaw"
    INFUSION = "infusion"
    INFUSION_RESCHEDULED = "infusion-rescheduled"
    OUTCOME = "outcome"


IDENTITY_CHECKS: dict[Step, CheckContext] = {
    Step.IDENTITY_CHECK_COLLECTION: CheckContext.COLLECTION,
    Step.IDENTITY_CHECK_RECEIPT: CheckContext.RECEIPT,
    Step.IDENTITY_CHECK_THAW: CheckContext.THAW,
    Step.IDENTITY_CHECK_BEDSIDE: CheckContext.BEDSIDE,
}

APHERESIS: Coding = (SNOMED, "127788007")
CAR_T_IMMUNOTHERAPY: Coding = (SNOMED, "1156961008")
DEAD: Coding = (SNOMED, "419099009")
PARTIALLY_SUCCESSFUL: Coding = (SNOMED, "385670003")

STANDARD: dict[tuple[str, Coding], Step] = {
    ("Procedure", APHERESIS): Step.COLLECTION,
    ("Appointment", APHERESIS): Step.COLLECTION,
    ("Procedure", CAR_T_IMMUNOTHERAPY): Step.INFUSION,
    ("MedicationAdministration", CAR_T_IMMUNOTHERAPY): Step.INFUSION,
    ("Appointment", CAR_T_IMMUNOTHERAPY): Step.INFUSION,
    ("ServiceRequest", CAR_T_IMMUNOTHERAPY): Step.THERAPY_ORDER,
}
"""(kind of resource, public code) to the step it stands for."""
