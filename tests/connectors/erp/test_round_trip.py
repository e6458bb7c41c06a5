"""What the simulated ERP says is understood as it was meant.

Not carried, and why: `event_id` and `source_message` follow from the IDoc; `subject` is the token of the
patient whom the order names; `corrects` names the event as it was understood (a test of its own says
so); an IDoc always says when it was made, so that a fact without `recorded_at` gets that moment.
Identifiers stand each in its own field, so that their order means nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Mapped, Raw
from connectors.erp import CONNECTOR
from connectors.simulator.agreed import PATIENTS
from connectors.simulator.erp import render
from connectors.simulator.erp_documents import DRAFTS, document_number
from connectors.simulator.identifiers import sscc
from connectors.simulator.native import patients_of
from schemas import ordering
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.envelope import Event, Identifier, Scheme, System
from tests.connectors.clinic.envelopes import (
    SOME_DAY,
    OpenTokens,
    as_said,
    codes,
    envelopes,
    identifiers,
    instants,
    partner,
    plain_envelope,
)

ERP = partner(System.ERP)


def words(kind: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([word for word in kind if word.name != "UNKNOWN_TO_READER"])


later = st.none() | instants
ends = st.builds(lambda i: i, identifiers)

SPECIFIC: dict[type[Event], dict[str, st.SearchStrategy[Any]]] = {
    ordering.OrderCreated: {
        "product": codes,
        "collection_planned_at": later,
        "infusion_planned_at": later,
    },
    ordering.OrderApproved: {"product": st.none() | codes},
    ordering.OrderChanged: {
        "change": words(ordering.OrderChange),
        "product": st.none() | codes,
        "infusion_planned_at": later,
    },
    ordering.CoiAssigned: {"coi": codes, "issuer": codes},
    ordering.AliasLinked: {"alias": ends, "target": ends},
    ordering.AliasRevoked: {"alias": ends, "target": ends},
    ordering.SlotReserved: {"starts_at": instants, "ends_at": later},
    ordering.SlotChanged: {"change": words(ordering.SlotChange), "starts_at": later},
    ordering.BatchNumberAssigned: {"remanufacture": st.booleans()},
    ordering.AvailabilityConfirmed: {
        "available": st.booleans(),
        "earliest_at": later,
        "infusion_planned_at": later,
    },
    ordering.GoodsIssued: {},
}


def understood(event: Event) -> Event:
    """The one event that the rendered message is understood as."""
    (message,) = render([event])
    (decision,) = CONNECTOR.translate(Raw(message.name, message.body), ERP, OpenTokens(), ())
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def said(event: Event, recorded: bool) -> dict[str, Any]:
    content = as_said(event)
    return content if recorded else content | {"recorded_at": None}


def test_every_type_that_an_erp_owns_can_be_rendered() -> None:
    owned = {e for e in EVENTS if authority(e.type_name(), System.ERP) is Authority.OWNER}
    assert {e for e in owned if not e.type_name().startswith("platform.")} == set(DRAFTS)
    assert set(SPECIFIC) == set(DRAFTS)


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event]) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.ERP), st.fixed_dictionaries(SPECIFIC[cls]), codes)
    def law(envelope: dict[str, Any], specific: dict[str, Any], batch: str) -> None:
        if cls is ordering.BatchNumberAssigned:
            named = (Identifier(scheme=Scheme.BATCH, value=f"{batch}-B"), *envelope["identifiers"])
            envelope = envelope | {"identifiers": named}
        event = cls(**envelope | specific)
        recorded = event.recorded_at is not None
        assert said(understood(event), recorded) == said(event, recorded)

    law()


def test_batch_unit_delivery_waybill_and_order_stand_in_the_fields_of_sap() -> None:
    named = {
        Scheme.DELIVERY: "0080001234",
        Scheme.WAYBILL: "WB00000042",
        Scheme.BATCH: "B26000123",
        Scheme.SSCC: sscc(42),
        Scheme.ORDER: "4500001234",
    }
    things = tuple(Identifier(scheme=s, value=v) for s, v in named.items())
    event = ordering.GoodsIssued(**plain_envelope(System.ERP, identifiers=things))
    (message,) = render([event])
    for field, value in (
        ("VBELN", "0080001234"),
        ("BOLNR", "WB00000042"),
        ("CHARG", "B26000123"),
        ("EXIDV", f"00{sscc(42)}"),
        ("VGBEL", "4500001234"),
    ):
        assert f"<{field}>{value}</{field}>".encode() in message.body
    assert b"ID.SSCC" not in message.body
    assert {str(i) for i in understood(event).identifiers} == {str(i) for i in things}


def test_the_patient_of_an_order_becomes_a_token_and_no_name_passes() -> None:
    event = ordering.OrderCreated(**plain_envelope(System.ERP), product="tisa")
    (who,) = patients_of([event])
    (message,) = render([event])
    assert who.number.encode() in message.body
    assert who.name.encode() in message.body
    found = understood(event)
    assert found.subject == f"subject:{PATIENTS}:{who.number}"
    rest = found.model_copy(update={"subject": None}).model_dump_json()
    assert who.number not in rest
    assert who.name not in rest


def test_a_correction_names_the_event_that_was_understood_before() -> None:
    first = ordering.OrderApproved(**plain_envelope(System.ERP))
    changes = {
        "event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12",
        "corrects": first.event_id,
        "occurred_at": SOME_DAY + timedelta(minutes=1),
    }
    second = ordering.OrderApproved(**plain_envelope(System.ERP, **changes))
    assert understood(second).corrects == understood(first).event_id


def test_the_same_fact_is_the_same_idoc_however_often_it_is_sent() -> None:
    event = ordering.OrderApproved(**plain_envelope(System.ERP))
    assert render([event, event]) == render([event]) * 2
    assert len(document_number(event.event_id)) == 16
