"""What a clinic's FHIR says, and what it does not say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.connector import Mapped, Partner
from schemas.collection import CollectionFailed, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Identifier, Precision, Scheme, System, event_id
from schemas.reasons import Reason
from schemas.transport import CustodyAccepted
from schemas.treatment import (
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionStarted,
    OutcomeRecorded,
    ProductReceived,
)
from tests.connectors.clinic.words import (
    COI,
    Json,
    bundle,
    decisions,
    events,
    ignored,
    observation,
    procedure,
    refused,
    step,
)

# ------------------------------------------------------------------------------------- times


def test_a_date_stays_a_date() -> None:
    (event,) = events(procedure("collection", "not-done", performedPeriod={"end": "2026-03-02"}))
    assert isinstance(event, CollectionFailed)
    assert event.occurred_precision is Precision.DAY
    assert event.occurred_offset_minutes is None
    assert event.occurred_at == datetime(2026, 3, 1, 23, tzinfo=UTC)  # the day begins in Berlin


def test_a_fact_without_a_time_is_refused_and_no_time_is_invented() -> None:
    untimed = procedure("thaw", performedPeriod={}, meta={"lastUpdated": "2026-03-02T10:00:00Z"})
    assert refused(untimed) is Reason.FIELD_MISSING


def test_a_completed_step_with_start_and_end_says_two_facts() -> None:
    period = {"start": "2026-04-01T10:00:00+02:00", "end": "2026-04-01T10:20:00+02:00"}
    started, completed = events(procedure("infusion", performedPeriod=period))
    assert isinstance(started, InfusionStarted)
    assert isinstance(completed, InfusionCompleted)
    assert (completed.occurred_at - started.occurred_at).total_seconds() == 1200


# ---------------------------------------------------------------------------------- statuses


@pytest.mark.parametrize("status", ["preparation", "on-hold", "unknown", "not-done"])
@pytest.mark.parametrize("code", ["thaw", "infusion", "lymphodepletion"])
def test_what_has_not_happened_is_no_fact(code: str, status: str) -> None:
    assert status in ignored(procedure(code, status))


@pytest.mark.parametrize("status", ["proposed", "pending", "waitlist", "fulfilled", "cancelled"])
def test_only_a_booked_collection_is_planned(status: str) -> None:
    appointment = {
        "resourceType": "Appointment",
        "identifier": [COI],
        "status": status,
        "serviceType": [step("collection")],
        "start": "2026-03-02T08:00:00Z",
        "created": "2026-02-01T08:00:00Z",
        "participant": [{"status": "accepted"}],
    }
    assert status in ignored(appointment)
    assert (
        events(appointment | {"status": "booked"})[0].type_name()
        == "collection.CollectionScheduled"
    )


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "unknown"])
@pytest.mark.parametrize("code", ["identity-check-thaw", "outcome", "patient-state"])
def test_an_observation_that_is_not_final_is_no_fact(code: str, status: str) -> None:
    assert status in ignored(observation(code, status))


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_a_plan_to_order_enrols_nobody(intent: str) -> None:
    request = {
        "resourceType": "ServiceRequest",
        "identifier": [COI],
        "status": "active",
        "intent": intent,
        "code": step("therapy-order"),
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-02-01T08:00:00Z",
    }
    assert "not an order" in ignored(request)


def test_a_lymphodepletion_that_was_stopped_had_begun_and_did_not_end() -> None:
    period = {"start": "2026-03-25T08:00:00Z", "end": "2026-03-26T08:00:00Z"}
    (event,) = events(procedure("lymphodepletion", "stopped", performedPeriod=period))
    assert isinstance(event, LymphodepletionStarted)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "active"}, ConsentState.GIVEN),
        ({"status": "inactive"}, ConsentState.WITHDRAWN),
        ({"status": "rejected"}, ConsentState.WITHDRAWN),
        ({"status": "active", "provision": {"type": "deny"}}, ConsentState.WITHDRAWN),
    ],
)
def test_consent_is_given_or_withdrawn(changes: Json, state: ConsentState) -> None:
    consent = {
        "resourceType": "Consent",
        "identifier": [COI],
        "scope": {"coding": [{"code": "treatment"}]},
        "category": [step("therapy-consent")],
        "dateTime": "2026-02-01T08:00:00Z",
    }
    (event,) = events(consent | changes)
    assert isinstance(event, ConsentChanged)
    assert event.state is state
    assert "draft" in ignored(consent | {"status": "draft"})


def test_a_record_entered_in_error_withdraws_what_every_earlier_version_could_have_said() -> None:
    period = {"start": "2026-04-01T10:00:00Z", "end": "2026-04-01T10:20:00Z"}
    mistaken = procedure("thaw", "entered-in-error", performedPeriod=period)
    taken_back = events(mistaken | {"meta": {"versionId": "3"}})
    assert all(event.withdraws for event in taken_back)
    said_before = {
        event.event_id
        for version in ("1", "2")
        for event in events(procedure("thaw", performedPeriod=period, meta={"versionId": version}))
    }
    assert {event.corrects for event in taken_back} == said_before
    assert len({event.event_id for event in taken_back}) == 4


def test_a_withdrawal_that_cannot_name_the_version_before_is_refused() -> None:
    mistaken = procedure("thaw", "entered-in-error")
    for meta in (None, {"versionId": "1"}, {"versionId": "a7"}, {"versionId": "100000"}):
        assert refused(mistaken | {"meta": meta}) is Reason.FIELD_MISSING
    revision = {"role": "revision", "what": {"reference": "Procedure/p1/_history/a6"}}
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "Procedure/p1"}],
        "agent": [],
        "entity": [revision],
    }
    said = decisions(bundle(mistaken | {"meta": {"versionId": "a7"}}, provenance))
    assert isinstance(said[0], Mapped)
    assert said[0].events[0].withdraws


def test_what_was_never_a_step_of_ours_withdraws_nothing() -> None:
    assert "names no course" in ignored(procedure("x", "entered-in-error", identifier=[]))
    other = procedure("x", "entered-in-error") | {"code": {"text": "appendectomy"}}
    assert "no step" in ignored(other)


def test_an_amended_observation_replaces_the_version_before() -> None:
    amended = observation("outcome", "amended", valueCodeableConcept={"text": "CRS grade 2"})
    (event,) = events(amended)
    assert isinstance(event, OutcomeRecorded)
    before = "Observation/o1/_history/1"
    assert event.corrects == event_id("clinic", "north", before, "treatment.OutcomeRecorded")


# ------------------------------------------------------------------------- what is recognised


def test_an_unknown_kind_is_ignored_by_name() -> None:
    assert "Immunization" in ignored({"resourceType": "Immunization", "status": "completed"})


def test_an_unknown_step_of_our_own_code_system_is_refused() -> None:
    assert refused(procedure("teleport")) is Reason.FIELD_INVALID


def test_our_code_without_anything_that_names_a_course_is_refused() -> None:
    assert refused(procedure("thaw", identifier=[])) is Reason.NO_IDENTIFIER
    logger = {"system": "https://vein-to-vein.org/id/logger", "value": "LG-1"}
    assert refused(procedure("thaw", identifier=[logger])) is Reason.NO_IDENTIFIER


def test_apheresis_by_its_public_code_counts_only_where_a_course_is_named() -> None:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "127788007"}]}
    assert (
        events(procedure("x") | {"code": code})[0].type_name() == "collection.CollectionCompleted"
    )
    assert "no step" in ignored(procedure("x", identifier=[]) | {"code": code})


def test_a_clinic_may_have_its_own_codes_mapped() -> None:
    own = {"coding": [{"system": "https://clinic.example/codes", "code": "AUFTAUEN"}]}
    mapped = Partner(
        "north", System.CLINIC, mapping={"steps": {"https://clinic.example/codes|AUFTAUEN": "thaw"}}
    )
    assert "no step" in ignored(procedure("x") | {"code": own})
    assert events(procedure("x") | {"code": own}, mapped)[0].type_name() == "treatment.ThawRecorded"


def test_the_lot_is_the_batch_only_where_the_product_itself_is_given() -> None:
    given = {
        "resourceType": "MedicationAdministration",
        "identifier": [COI],
        "contained": [{"resourceType": "Medication", "id": "m", "batch": {"lotNumber": "LOT-1"}}],
        "status": "completed",
        "medicationReference": {"reference": "#m"},
        "subject": {"reference": "Patient/1"},
        "effectivePeriod": {"end": "2026-03-25T08:00:00Z"},
    }
    (infused,) = events(given | {"category": step("infusion")})
    (depleted,) = events(given | {"category": step("lymphodepletion")})
    assert infused.identifiers == (Identifier(scheme=Scheme.BATCH, value="LOT-1"),)
    assert depleted.identifiers == ()


def test_a_receiver_takes_custody_with_the_product() -> None:
    delivery = {
        "resourceType": "SupplyDelivery",
        "identifier": [COI],
        "status": "completed",
        "type": step("product-receipt"),
        "occurrenceDateTime": "2026-03-27T08:00:00Z",
    }
    receiver = [{"identifier": {"value": "PHARMACY"}}]
    (received,) = events(delivery)
    assert isinstance(received, ProductReceived)
    received, accepted = events(delivery | {"receiver": receiver})
    assert isinstance(accepted, CustodyAccepted)
    assert accepted.to_party == "PHARMACY"
    assert refused(delivery | {"type": step("custody-accepted")}) is Reason.FIELD_MISSING


def test_an_identity_check_keeps_what_was_expected_and_what_was_found() -> None:
    scheme = {
        "coding": [{"system": "https://vein-to-vein.org/fhir/identifier-scheme", "code": "DIN"}]
    }
    component = {"code": scheme, "valueString": "A1", "referenceRange": [{"text": "A2"}]}
    (event,) = events(observation("identity-check-collection", component=[component]))
    assert isinstance(event, IdentityVerified)
    assert [(c.expected, c.found) for c in event.comparisons] == [("A2", "A1")]
    unknown = component | {"code": {"text": "wrist band"}}
    assert refused(observation("identity-check-thaw", component=[unknown])) is Reason.FIELD_INVALID
    half = {"code": scheme, "valueString": "A1"}
    assert refused(observation("identity-check-thaw", component=[half])) is Reason.FIELD_MISSING


def test_a_patients_death_counts_only_where_a_course_is_named() -> None:
    patient = {"resourceType": "Patient", "id": "1", "deceasedDateTime": "2026-03-27T08:00:00Z"}
    assert "Patient" in ignored(patient)
    (event,) = events(patient | {"identifier": [COI]})
    assert isinstance(event, PatientStateChanged)
    assert event.state is PatientState.DECEASED
