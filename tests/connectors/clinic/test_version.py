"""Other versions of FHIR, and what R4 itself forbids, are refused before anything is read."""

from __future__ import annotations

import pytest

from connectors.connector import Refused
from schemas.reasons import Reason
from tests.connectors.clinic.words import (
    COI,
    Json,
    decisions,
    observation,
    procedure,
    refused,
    step,
)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Transport", "status": "completed"},
        {"resourceType": "BiologicallyDerivedProductDispense", "status": "issued", "subject": {}},
        {"resourceType": "BiologicallyDerivedProduct", "biologicalSource": {"value": "W0000"}},
        {
            "resourceType": "BiologicallyDerivedProduct",
            "meta": {"profile": ["http://hl7.org/fhir/6.0/StructureDefinition/Resource"]},
        },
        procedure("thaw", occurrenceDateTime="2026-03-02T10:00:00Z"),
        procedure("thaw", used=[]) | {"notDone": True},
        {"resourceType": "MedicationAdministration", "occurenceDateTime": "2026-03-02"},
        {"resourceType": "SupplyDelivery", "suppliedItem": []},
        {"resourceType": "ProcedureRequest"},
        procedure("thaw", recorded="2026-03-02T10:00:00Z"),
        {"resourceType": "ServiceRequest", "code": {"concept": step("therapy-order")}},
        {"resourceType": "Appointment", "serviceType": [{"concept": step("collection")}]},
        procedure("thaw", notDone=False),
        procedure(
            "thaw",
            meta={"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Procedure"]},
        ),
    ],
)
def test_another_version_of_fhir_is_refused_before_anything_is_read(resource: Json) -> None:
    assert refused(resource) is Reason.UNSUPPORTED_VERSION


@pytest.mark.parametrize(
    "resource",
    [
        procedure("thaw") | {"status": None},
        procedure("thaw", subject=None),
        procedure("thaw", "done"),
        procedure("thaw", identifier=COI | {"value": 7}),
        procedure("thaw") | {"code": [1]},
        observation("outcome", component="none"),
    ],
)
def test_what_r4_itself_forbids_is_refused(resource: Json) -> None:
    assert refused(resource) is Reason.STANDARD_VIOLATED


def test_what_the_contract_forbids_is_refused_without_its_content() -> None:
    long = procedure("thaw", identifier=[COI, COI | {"value": "SECRET" * 40}])
    (decision,) = decisions(long)
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.FIELD_INVALID
    assert "SECRET" not in decision.detail
