"""What the simulated clinic says is understood as it was meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.clinic.translate import translate
from connectors.connector import Ignored, Mapped, Raw
from connectors.simulator.clinic import render
from connectors.simulator.clinic_resources import RESOURCES
from connectors.simulator.native import invented_patient, patients_of
from schemas import collection, enrolment, transport, treatment
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.enrolment import RecordChange
from schemas.envelope import Event, Scheme, System
from tests.connectors.clinic.envelopes import (
    SOME_DAY,
    OpenTokens,
    as_said,
    codes,
    envelopes,
    instants,
    partner,
    plain_envelope,
)

CLINIC = partner(System.CLINIC)

maybe_code = st.none() | codes
maybe_flag = st.none() | st.booleans()


def words(kind: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([w for w in kind if w.name != "UNKNOWN_TO_READER"])


SPECIFIC: dict[type[Event], st.SearchStrategy[dict[str, Any]]] = {
    enrolment.PatientEnrolled: st.fixed_dictionaries({"product": maybe_code}),
    enrolment.ConsentChanged: st.fixed_dictionaries(
        {"state": words(enrolment.ConsentState), "version": maybe_code}
    ),
    enrolment.PatientStateChanged: st.fixed_dictionaries({"state": words(enrolment.PatientState)}),
    enrolment.PatientsMerged: st.fixed_dictionaries(
        {
            "other_subject": st.uuids().map(str),
            # FHIR knows no word for a new number, nor for a link that is undone
            "change": st.sampled_from([RecordChange.MERGED, RecordChange.LINKED]),
        }
    ),
    collection.CollectionScheduled: st.fixed_dictionaries({"planned_at": instants}),
    collection.IdentityVerified: st.fixed_dictionaries(
        {
            "context": words(collection.CheckContext),
            "comparisons": st.lists(
                st.builds(collection.Comparison, scheme=words(Scheme), expected=codes, found=codes),
                max_size=3,
            ).map(tuple),
        }
    ),
    collection.CollectionCompleted: st.fixed_dictionaries(
        {
            "started_at": st.none() | instants,
            "ended_at": instants,
            "volume": st.none() | st.integers(0, 10_000).map(float),
            "bags": st.none() | st.integers(0, 20),
            "nucleated_cells": st.none() | st.integers(0, 10_000).map(lambda n: n * 1e8),
        }
    ),
    collection.CollectionFailed: st.just({}),
    collection.LabelApplied: st.fixed_dictionaries({"label_version": maybe_code}),
    collection.MaterialCryopreserved: st.fixed_dictionaries({"completed_at": st.none() | instants}),
    treatment.LymphodepletionStarted: st.just({}),
    treatment.LymphodepletionCompleted: st.just({}),
    treatment.ProductReceived: st.fixed_dictionaries(
        {"seal": maybe_code, "seal_intact": maybe_flag, "certificate_present": maybe_flag}
    ),
    treatment.ProductStored: st.fixed_dictionaries({"position": maybe_code}),
    treatment.SiteReadinessConfirmed: st.fixed_dictionaries(
        {
            "bed": maybe_flag,
            "tocilizumab_doses": st.none() | st.integers(0, 9),
            "staff": maybe_flag,
        }
    ),
    treatment.ThawRecorded: st.fixed_dictionaries({"phase": words(treatment.ThawPhase)}),
    treatment.InfusionStarted: st.just({}),
    treatment.InfusionCompleted: st.fixed_dictionaries(
        {"outcome": words(treatment.InfusionOutcome)}
    ),
    treatment.InfusionChanged: st.fixed_dictionaries(
        {"change": words(treatment.InfusionChange), "planned_at": st.none() | instants}
    ),
    treatment.OutcomeRecorded: st.fixed_dictionaries(
        {"adverse_event": st.booleans(), "outcome": maybe_code}
    ),
    transport.PackagePacked: st.fixed_dictionaries(
        {"kind": st.sampled_from(list(transport.ShipmentKind)), "seal": maybe_code}
    ),
    transport.CustodyHandedOver: st.fixed_dictionaries(
        {"from_party": codes, "to_party": maybe_code, "place": maybe_code, "seal": maybe_code}
    ),
    transport.CustodyAccepted: st.fixed_dictionaries(
        {
            "to_party": codes,
            "from_party": maybe_code,
            "place": maybe_code,
            "seal": maybe_code,
            "seal_intact": maybe_flag,
        }
    ),
}


EXAMPLES: dict[type[Event], dict[str, Any]] = {
    enrolment.ConsentChanged: {"state": enrolment.ConsentState.GIVEN},
    enrolment.PatientStateChanged: {"state": enrolment.PatientState.UNFIT},
    enrolment.PatientsMerged: {"other_subject": "SUBJECT-TWO"},
    collection.CollectionScheduled: {"planned_at": SOME_DAY},
    collection.IdentityVerified: {"context": collection.CheckContext.THAW},
    collection.CollectionCompleted: {"ended_at": SOME_DAY},
    treatment.ThawRecorded: {"phase": treatment.ThawPhase.STARTED},
    treatment.InfusionCompleted: {"outcome": treatment.InfusionOutcome.COMPLETE},
    treatment.InfusionChanged: {"change": treatment.InfusionChange.CANCELLED},
    transport.CustodyHandedOver: {"from_party": "CLINIC"},
    transport.CustodyAccepted: {"to_party": "CLINIC"},
}
"""What the types need that cannot be said without more."""


def understood(event: Event) -> Event:
    """The one event that the rendered message is understood as."""
    (message,) = render([event])
    decisions = translate(Raw(message.name, message.body), CLINIC, OpenTokens(), ())
    mapped = [d for d in decisions if isinstance(d, Mapped)]
    assert all(isinstance(d, Mapped | Ignored) for d in decisions), decisions
    ((found,),) = [d.events for d in mapped]
    return found


def test_every_type_that_a_clinic_owns_can_be_rendered() -> None:
    owned = {e for e in EVENTS if authority(e.type_name(), System.CLINIC) is Authority.OWNER}
    assert {e for e in owned if not e.type_name().startswith("platform.")} == set(RESOURCES)
    assert set(SPECIFIC) == set(RESOURCES)


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event]) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.CLINIC), SPECIFIC[cls])
    def law(envelope: dict[str, Any], specific: dict[str, Any]) -> None:
        event = cls(**envelope, **specific)
        assert as_said(understood(event)) == as_said(event)

    law()


def test_a_reason_that_names_the_course_keeps_its_name() -> None:
    told = plain_envelope(System.CLINIC) | {"reason_text": "000"}
    event = enrolment.PatientsMerged(**told | {"coi": "000"}, other_subject="SUBJECT-TWO")
    assert understood(event).reason_text == "000"


def test_the_end_of_a_collection_is_written_once_where_it_is_when_it_happened() -> None:
    event = collection.CollectionCompleted(**plain_envelope(System.CLINIC), ended_at=SOME_DAY)
    (message,) = render([event])
    assert b"occurredDateTime" not in message.body
    assert as_said(understood(event)) == as_said(event)


def test_the_patient_becomes_a_token_and_nothing_else_of_the_patient_passes() -> None:
    event = treatment.InfusionStarted(**plain_envelope(System.CLINIC))
    (who,) = patients_of([event])
    (message,) = render([event])
    for clutter in (who.number, who.name, who.birth_date):
        assert clutter.encode() in message.body
    found = understood(event)
    assert found.subject == f"subject:https://north-star.example/mrn:{who.number}"
    rest = found.model_copy(update={"subject": None}).model_dump_json()
    for clutter in (who.number, who.name, who.birth_date):
        assert clutter not in rest


def test_of_two_merged_records_each_is_a_token() -> None:
    event = enrolment.PatientsMerged(**plain_envelope(System.CLINIC), other_subject="SUBJECT-TWO")
    found = understood(event)
    assert isinstance(found, enrolment.PatientsMerged)
    (who,) = patients_of([event])
    mrn = "subject:https://north-star.example/mrn:"
    assert found.subject == f"{mrn}{who.number}"
    assert found.other_subject == f"{mrn}{invented_patient('SUBJECT-TWO').number}"


def test_one_course_is_one_patient_whatever_identifier_an_event_knows() -> None:
    ordered = enrolment.PatientEnrolled(**plain_envelope(System.CLINIC, coi=None))
    collected = treatment.InfusionStarted(**plain_envelope(System.CLINIC))
    assert len({p.number for p in patients_of([ordered, collected])}) == 1
    other = plain_envelope(System.CLINIC, coi="CHX999926ZZZZZZ", identifiers=())
    assert (
        len({p.number for p in patients_of([collected, treatment.InfusionStarted(**other)])}) == 2
    )


def test_a_correction_names_the_event_that_was_understood_before() -> None:
    first = treatment.InfusionStarted(**plain_envelope(System.CLINIC))
    changes = {
        "event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12",
        "corrects": first.event_id,
        "occurred_at": SOME_DAY + timedelta(minutes=1),
    }
    second = treatment.InfusionStarted(**plain_envelope(System.CLINIC, **changes))
    assert understood(second).corrects == understood(first).event_id


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_a_withdrawal_takes_back_the_event_that_was_understood_before(cls: type[Event]) -> None:
    specific = EXAMPLES.get(cls, {})
    first = cls(**plain_envelope(System.CLINIC), **specific)
    changes = {"event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12", "corrects": first.event_id}
    second = cls(**plain_envelope(System.CLINIC, **changes, withdraws=True), **specific)
    (message,) = render([second])
    decisions = translate(Raw(message.name, message.body), CLINIC, OpenTokens(), ())
    taken_back = [e for d in decisions if isinstance(d, Mapped) for e in d.events]
    assert all(event.withdraws for event in taken_back)
    assert understood(first).event_id in {event.corrects for event in taken_back}
    (same,) = [e for e in taken_back if type(e) is cls]
    assert as_said(same) == as_said(second)


def test_the_same_events_give_the_same_bytes() -> None:
    event = treatment.InfusionStarted(**plain_envelope(System.CLINIC))
    assert render([event, event]) == render([event]) * 2
