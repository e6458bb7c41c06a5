"""What every event of a clinic carries, whatever it tells."""

from __future__ import annotations

from connectors.connector import Mapped
from schemas.envelope import Environment, Scheme
from tests.connectors.clinic.words import (
    COI,
    bundle,
    decisions,
    events,
    procedure,
)


def test_two_courses_in_one_message_are_both_named() -> None:
    other = COI | {"value": "COI-2"}
    (event,) = events(procedure("thaw", identifier=[COI, other]))
    assert event.coi == "COI-1"
    assert event.named(Scheme.COI) == ("COI-2",)


def test_the_id_follows_the_version_of_the_record() -> None:
    first, again = events(procedure("thaw")), events(procedure("thaw"))
    later = events(procedure("thaw", meta={"versionId": "3"}))
    assert first == again
    assert first[0].event_id != later[0].event_id
    assert first[0].source_message == "Procedure/p1/_history/2"


def test_a_record_without_a_version_is_known_by_its_content() -> None:
    plain = procedure("thaw", meta=None)
    assert events(plain)[0].event_id == events(plain)[0].event_id
    moved = procedure("thaw", meta=None, performedPeriod={"end": "2026-03-02T11:00:00Z"})
    assert events(plain)[0].event_id != events(moved)[0].event_id


def test_a_message_marked_as_test_is_no_production_event() -> None:
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    (event,) = events(procedure("thaw", meta={"versionId": "1", "tag": [tag]}))
    assert event.environment is Environment.TEST


def test_a_bare_reference_to_a_patient_gives_no_token() -> None:
    assert events(procedure("thaw"))[0].subject is None


def test_the_hospital_number_is_chosen_before_every_other() -> None:
    number = {
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]
        },
        "system": "urn:mrn",
        "value": "77",
    }
    patient = {
        "resourceType": "Patient",
        "id": "1",
        "identifier": [{"system": "urn:insurance", "value": "88", "use": "official"}, number],
    }
    said = decisions(bundle(procedure("thaw"), patient))
    assert isinstance(said[0], Mapped)
    assert said[0].events[0].subject == "subject:urn:mrn:77"
