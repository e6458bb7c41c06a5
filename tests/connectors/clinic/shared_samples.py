"""What becomes of every public clinic sample, reviewed file by file.

None of the public messages is about a cell therapy (no public sample is known to name a course), so
but for a merger of patient records none states a fact of ours: they show what must not be taken for one.
"""

from __future__ import annotations

from schemas.reasons import Reason

Row = tuple[str, object]


def _ignored(why: str, *names: str) -> dict[str, Row]:
    return dict.fromkeys(names, ("ignored", why))


def _refused(reason: Reason, *names: str) -> dict[str, Row]:
    return dict.fromkeys(names, ("refused", reason.value))


def _unfollowed(kind: str) -> str:
    return f"a resource of the kind {kind}, which we do not follow"


OFFICIAL = {
    # a general practice visit, not an apheresis
    **_ignored("an Appointment for no step of the therapy", "Appointment-example.json"),
    **_ignored(
        _unfollowed("AppointmentResponse"),
        "AppointmentResponse-example.json",
        "AppointmentResponse-exampleresp.json",
    ),
    # id and narrative only
    **_ignored(
        "a BiologicallyDerivedProduct to which no step of the therapy was done",
        "BiologicallyDerivedProduct-example.json",
    ),
    # all six are about privacy (scope patient-privacy), active or denying; none about a treatment
    **_ignored(
        "a Consent that is not about a therapy of ours",
        "Consent-consent-example-Emergency.json",
        "Consent-consent-example-basic.json",
        "Consent-consent-example-grantor.json",
        "Consent-consent-example-notOrg.json",
        "Consent-consent-example-notTime.json",
        "Consent-consent-example-smartonfhir.json",
    ),
    **_ignored(
        _unfollowed("DiagnosticReport"), "DiagnosticReport-f201.json", "DiagnosticReport-pap.json"
    ),
    **_ignored(
        _unfollowed("Encounter"),
        "Encounter-emerg.json",
        "Encounter-f002.json",
        "Encounter-f003.json",
        "Encounter-f202.json",
        "Encounter-f203.json",
    ),
    # antibiotics, electrolytes, sedation; 0305 and 0310 are chemotherapy and still no lymphodepletion
    **_ignored(
        "a MedicationAdministration that is no step of the therapy",
        "MedicationAdministration-medadmin0301.json",
        "MedicationAdministration-medadmin0302.json",
        "MedicationAdministration-medadmin0305.json",
        "MedicationAdministration-medadmin0306.json",
        "MedicationAdministration-medadmin0307.json",
        "MedicationAdministration-medadmin0309.json",
        "MedicationAdministration-medadmin0310.json",
        "MedicationAdministration-medadmin0311.json",
    ),
    **_ignored(
        "a MedicationAdministration entered in error that names no course",
        "MedicationAdministration-medadmin0303.json",
    ),
    # pat4 is deceased, but names no course that would have to stop
    **_ignored(
        "a Patient: master data of a person, names no course that has ended",
        "Patient-example.json",
        "Patient-infant-twin-1.json",
        "Patient-infant-twin-2.json",
        "Patient-newborn.json",
        "Patient-pat4.json",
        "Patient-xcda.json",
        "Patient-xds.json",
    ),
    # f201 is chemotherapy for a head tumour: SNOMED CT 367336001 is no lymphodepletion by itself
    **_ignored(
        "a Procedure that is no step of the therapy",
        "Procedure-ambulation.json",
        "Procedure-appendectomy-narrative.json",
        "Procedure-biopsy.json",
        "Procedure-colon-biopsy.json",
        "Procedure-education.json",
        "Procedure-example.json",
        "Procedure-f002.json",
        "Procedure-f003.json",
        "Procedure-f201.json",
        "Procedure-physical-therapy.json",
    ),
    **_ignored(
        "a Provenance: read together with the resource that it belongs to",
        "Provenance-example-cwl.json",
        "Provenance-signature.json",
    ),
    # a candidate, not on the study
    **_ignored("a ResearchSubject that names no course", "ResearchSubject-example.json"),
    **_ignored(
        "a ServiceRequest that orders no therapy of ours",
        "ServiceRequest-benchpress.json",
        "ServiceRequest-colon-biopsy.json",
        "ServiceRequest-colonoscopy.json",
        "ServiceRequest-education.json",
        "ServiceRequest-example-implant.json",
        "ServiceRequest-example.json",
        "ServiceRequest-subrequest.json",
    ),
    # blood samples; 101 has containers, but is no starting material
    **_ignored(
        "a Specimen to which no step of the therapy was done",
        "Specimen-101.json",
        "Specimen-sst.json",
    ),
    # ten tubes of supply on a day; says no custody of cells
    **_ignored(
        "a SupplyDelivery that is no step of the therapy", "SupplyDelivery-simpledelivery.json"
    ),
    **_ignored(
        "a Task that is no step of the therapy",
        "Task-example1.json",
        "Task-example5.json",
        "Task-fm-example2.json",
        "Task-fm-example3.json",
        "Task-fm-example4.json",
        "Task-fm-example6.json",
    ),
}

CIBMTR = {
    # etoposide before a transplantation: conditioning, and named as no lymphodepletion of ours
    **_ignored(
        "a MedicationAdministration that is no step of the therapy",
        "MedicationAdministration-MedicationAdministration-Example2.json",
    ),
    **_ignored(
        _unfollowed("MedicationRequest"),
        "MedicationRequest-MedicationRequest-Etoposide-Example.json",
    ),
    # laboratory values of a patient
    **_ignored(
        "an Observation that is no step of the therapy",
        "Observation-AlbuminObservation.json",
        "Observation-BasophilsObservation.json",
        "Observation-CMVIgAbPresenceSNOMED.json",
        "Observation-CMVIgGAbPresenceLOINC.json",
        "Observation-CMVIgMAbPresenceSNOMED.json",
        "Observation-Cytogenetics-Example-1.json",
        "Observation-HemoglobinObservation.json",
    ),
    **_ignored(
        "a Patient: master data of a person, names no course that has ended",
        "Patient-PatientExample1.json",
    ),
}

R5 = _refused(
    Reason.UNSUPPORTED_VERSION,
    "HCTcollection-servicerequest.xml",  # ServiceRequest.reason
    "biologicallyderivedproduct-example-autologousHCT.xml",  # biologicalSource, division, ...
    "biologicallyderivedproductdispense-example.xml",  # a kind that R4 does not have
)

HL7V2 = {
    # two pairs of records; each pair is told with tokens only, and merges nothing of ours
    "ADT-A40-02.hl7": ("mapped", ("enrolment.PatientsMerged",) * 2),
    # admissions and updates of hospital patients; SIU_12 is an A60 with an appointment in it
    **_ignored(
        "an ADT message that names no course",
        "ADT-A03-01.hl7",
        "ADT-A04-01.hl7",
        "ADT-A08-01.hl7",
        "ADT-A08-02.hl7",
        "ADT01-23.hl7",
        "ADT04-23.hl7",
        "ADT04-251.hl7",
        "SIU_12.hl7",
    ),
    # colonoscopies, a check-up
    **_ignored(
        "an appointment for no step of the therapy",
        "SIU-S12-01.hl7",
        "SIU-S12-02.hl7",
        "SIU-S13-01.hl7",
        "SIU-S15-01.hl7",
        "SIU-S17-02.hl7",
        "SIU-S26-02.hl7",
    ),
    # rabies, lipids, tomography
    **_ignored(
        "an order that orders no therapy of ours",
        "MDHHS-OML-O21-1.hl7",
        "MDHHS-OML-O21-2.hl7",
        "OMG-O19-01.hl7",
        "OML-O21-01.hl7",
        "ORM-O01-01.hl7",
        "ORM-O01-02.hl7",
    ),
    **{
        f"{kind.replace('^', '-')}-01.hl7": row
        for kind in ("MDM^T02", "RDE^O11", "REF^I12", "VXU^V04")
        for row in [("ignored", f"a message of the kind {kind}, which we do not follow")]
    },
}

DECISIONS: dict[str, Row] = {
    **{f"fhir_r4_official/{name}": row for name, row in OFFICIAL.items()},
    **{f"fhir_r4_cibmtr/{name}": row for name, row in CIBMTR.items()},
    **{f"fhir_r5_source/{name}": row for name, row in R5.items()},
    **{f"hl7v2/{name}": row for name, row in HL7V2.items()},
}
"""FHIR in JSON, HL7 v2, and FHIR in XML, which is refused."""
