"""Which version of FHIR a resource is written in, judged before anything else is read.

Reading R5 as R4 loses facts silently, because elements were renamed; so what only R5 or only STU3 has is
refused by name. Products are read in both: R4 has no element for a donation, and no dispense of one.
Pure: a table and a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

R5_TYPES = frozenset(
    [
        "ActorDefinition",
        "ArtifactAssessment",
        "DeviceAssociation",
        "DeviceDispense",
        "DeviceUsage",
        "EncounterHistory",
        "FormularyItem",
        "GenomicStudy",
        "ImagingSelection",
        "InventoryItem",
        "InventoryReport",
        "NutritionIntake",
        "Permission",
        "RequestOrchestration",
        "Requirements",
        "SubscriptionStatus",
        "SubscriptionTopic",
        "TestPlan",
        "Transport",
    ]
)
"""Kinds of resource that R4 does not have."""

R5_ELEMENTS: dict[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "AdverseEvent": "code occurrenceDateTime occurrencePeriod mitigatingAction",
        "Appointment": "class subject cancellationReason previousAppointment virtualService",
        "Consent": "decision grantor grantee controller date subject",
        "Encounter": "actualPeriod plannedStartDate subjectStatus virtualService",
        "MedicationAdministration": """occurenceDateTime occurencePeriod occurenceTiming medication
            reason isSubPotent recorded""",
        "Observation": "triggeredBy bodyStructure instantiatesCanonical",
        "Procedure": """occurrenceDateTime occurrencePeriod occurrenceString occurrenceAge
            occurrenceTiming used recorded supportingInfo reportedBoolean reason""",
        "Provenance": "basedOn patient encounter authorization",
        "ServiceRequest": "reason bodyStructure supportingInfoReference",
        "Specimen": "combined feature role",
        "Task": "requestedPeriod requestedPerformer doNotPerform performer reason",
    }.items()
}
"""Elements of these kinds that only R5 has."""

R5_LISTS: dict[str, frozenset[str]] = {
    "SupplyDelivery": frozenset({"suppliedItem"}),
    "Encounter": frozenset({"class"}),
}
"""Elements that R5 made an array."""

READ_IN_BOTH = frozenset({"BiologicallyDerivedProduct", "BiologicallyDerivedProductDispense"})
"""Kinds of resource that are read in R4 and in R5."""

DRAFT_ELEMENTS: dict[str, frozenset[str]] = {
    "BiologicallyDerivedProduct": frozenset({"biologicalSource"}),
    "BiologicallyDerivedProductDispense": frozenset({"subject"}),
}
"""Elements that drafts of R5 had, and R5 itself has not."""

STU3_TYPES = frozenset(
    ["ProcedureRequest", "ReferralRequest", "Sequence", "ProcessRequest", "DataElement"]
)

STU3_ELEMENTS: dict[str, frozenset[str]] = {
    "Procedure": frozenset({"notDone", "notDoneReason", "context", "definition"}),
    "MedicationAdministration": frozenset({"notGiven", "reasonNotGiven", "prescription"}),
    "Task": frozenset({"context", "definitionReference", "definitionUri"}),
    "Observation": frozenset({"comment", "related", "context"}),
    "Appointment": frozenset({"indication", "incomingReferral"}),
    "Consent": frozenset({"consentingParty", "except", "actor", "purpose"}),
    "ServiceRequest": frozenset({"context"}),
}

PROFILES = {"/5.0/": "R5", "/6.0/": "R6", "/3.0/": "STU3", "/1.0/": "DSTU2"}
"""What an address of HL7's own profiles says of the version."""


def refuse_other_versions(kind: str, names: Iterable[str], lists: Iterable[str] = ()) -> None:
    """Refuses what cannot be R4: `names` are the elements stated, `lists` those that are arrays."""
    stated = set(names)
    if kind in R5_TYPES:
        raise _unsupported(kind, "is a resource of R5")
    if kind in STU3_TYPES:
        raise _unsupported(kind, "is a resource of STU3")
    for version, table, seen in (
        ("R5", R5_ELEMENTS, stated),
        ("R5", R5_LISTS, set(lists)),
        ("a draft of R5", DRAFT_ELEMENTS, stated),
        ("STU3", STU3_ELEMENTS, stated),
    ):
        only = sorted(seen & table.get(kind, frozenset()))
        if only:
            raise _unsupported(f"{kind}.{only[0]}", f"is written as only {version} has it")


def refuse_references_to_concepts(kind: str, elements: Mapping[str, object]) -> None:
    """Refuses R5's CodeableReference, which holds the concept that R4 has in its place."""
    for name, value in elements.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "concept" in one:
                raise _unsupported(f"{kind}.{name}", "is written as only R5 has it")


def refuse_other_profiles(kind: str, profiles: Iterable[str]) -> None:
    """Refuses a resource that claims a profile of another version of FHIR itself."""
    for profile in profiles:
        for part, version in PROFILES.items():
            read = version == "R5" and kind in READ_IN_BOTH
            if profile.startswith("http://hl7.org/fhir") and part in profile and not read:
                raise _unsupported("meta.profile", f"names a profile of {version}")


def _unsupported(what: str, why: str) -> CannotUnderstand:
    return CannotUnderstand(Reason.UNSUPPORTED_VERSION, f"{what} {why}; send FHIR R4")
