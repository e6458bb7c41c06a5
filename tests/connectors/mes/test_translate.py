"""What the MES says is understood by local names, whatever the version and the wrapping."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.mes import CONNECTOR
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    InProcessControlRecorded,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)
from schemas.reasons import Reason
from tests.connectors.mes.partner import PARTNER
from tests.connectors.specimens import HERE, TOKENS

SAMPLES = HERE / "mes" / "samples"
E = TypeVar("E", bound=Event)

PLAIN = replace(PARTNER, mapping={}, identifier_systems={})


def decided(body: bytes, partner: Partner = PARTNER) -> Decision:
    (decision,) = CONNECTOR.translate(Raw("a document", body), partner, TOKENS, ())
    return decision


def events(file: str, partner: Partner = PARTNER) -> tuple[Event, ...]:
    decision = decided((SAMPLES / file).read_bytes(), partner)
    assert isinstance(decision, Mapped), decision
    return decision.events


def one(found: tuple[Event, ...], kind: type[E]) -> E:
    (event,) = (event for event in found if isinstance(event, kind))
    return event


def test_a_step_names_its_batch_and_the_lots_that_it_used() -> None:
    step = one(events("v0401_performance.xml"), StepCompleted)
    assert step.named(Scheme.BATCH) == ("B26000123",)
    assert step.named(Scheme.MATERIAL_LOT) == ("BEAD-7",)
    assert step.named(Scheme.DIN) == ("A999926123456",)


def test_without_an_agreement_every_lot_used_is_a_material_lot() -> None:
    step = one(events("v0401_performance.xml", PLAIN), StepCompleted)
    assert step.named(Scheme.MATERIAL_LOT) == ("BEAD-7", "A999926123456")


def test_the_batch_of_a_response_starts_with_it() -> None:
    assert one(events("v0401_performance.xml"), BatchStarted).named(Scheme.BATCH) == ("B26000123",)


def test_a_number_with_a_unit_is_a_control_and_one_without_is_none() -> None:
    control = one(events("v0401_performance.xml"), InProcessControlRecorded)
    assert (control.test, control.value, control.unit) == ("Viability", 93.5, "P1")


def test_sublots_that_an_ended_segment_produced_are_the_containers() -> None:
    filled = one(events("v0600_performance.xml"), ProductFilled)
    assert filled.named(Scheme.CONTAINER) == ("B26000123-01", "B26000123-02")


def test_a_segment_within_another_is_a_step_and_one_in_progress_is_none() -> None:
    steps = [e.step for e in events("v0600_performance.xml") if isinstance(e, StepCompleted)]
    assert steps == ["Fill and finish", "Freezing"]


def test_a_segment_that_names_its_own_batch_takes_no_other() -> None:
    terminated = one(events("v0700_agreed_segments.xml"), BatchTerminated)
    assert terminated.named(Scheme.BATCH) == ("B26000999",)


def test_only_materials_agreed_to_be_therapies_make_batches() -> None:
    agreeing = replace(PLAIN, mapping={"products": {"OTHER": "KYM-01"}})
    decision = decided((SAMPLES / "v0401_performance.xml").read_bytes(), agreeing)
    assert decision == Ignored("ProductionPerformance: no start, no ended step of a batch")


def test_a_temperature_is_turned_into_degrees_celsius() -> None:
    assert one(events("v0700_receipt.xml"), MaterialReceived).temperature == 5.0


@pytest.mark.parametrize(
    "namespace",
    [
        b"http://www.wbf.org/xml/B2MML-V0401",
        b"http://www.mesa.org/xml/B2MML-V0500",
        b"http://www.mesa.org/xml/B2MML-V0600",
        b"http://www.mesa.org/xml/B2MML",
    ],
)
def test_the_same_document_says_the_same_in_every_version(namespace: bytes) -> None:
    body = (SAMPLES / "v0600_performance.xml").read_bytes()
    decision = decided(body.replace(b"http://www.mesa.org/xml/B2MML-V0600", namespace))
    assert isinstance(decision, Mapped)
    kinds = [type(event) for event in decision.events]
    assert kinds == [StepCompleted, ProductFilled, InProcessControlRecorded, StepCompleted]
    first = events("v0600_performance.xml")
    assert [e.event_id for e in decision.events] == [e.event_id for e in first]


def test_a_prefix_on_every_element_changes_nothing() -> None:
    body = (SAMPLES / "bare_noun.xml").read_bytes()
    prefixed = body.replace(b"xmlns=", b"xmlns:b=").replace(b"</", b"</b:").replace(b"<b:", b"<b:")
    for name in (b"OperationsPerformance", b"ID", b"OperationsResponse", b"StartTime"):
        prefixed = prefixed.replace(b"<" + name, b"<b:" + name)
    for name in (b"HierarchyScope", b"EquipmentID", b"BatchID"):
        prefixed = prefixed.replace(b"<" + name, b"<b:" + name)
    decision = decided(prefixed)
    assert isinstance(decision, Mapped)
    assert type(decision.events[0]) is BatchStarted


def test_what_is_no_b2mml_is_refused_by_its_namespace() -> None:
    other = decided(b'<SyncProductionOrder xmlns="http://www.openapplications.org/oagis/10"/>')
    assert isinstance(other, Refused)
    assert other.reason is Reason.UNKNOWN_FORMAT


def test_a_document_without_its_data_area_is_refused() -> None:
    empty = decided(b'<SyncMaterialLot xmlns="http://www.mesa.org/xml/B2MML"/>')
    assert empty == Refused(Reason.STANDARD_VIOLATED, "SyncMaterialLot: DataArea is missing")
