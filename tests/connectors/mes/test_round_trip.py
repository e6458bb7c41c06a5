"""What the simulated MES says is understood as it was meant, whichever version it speaks.

Not carried, and why: `event_id` and `source_message` follow from the document; `subject` is a token;
`corrects` names the event as it was understood (a test of its own says so); a document always says
when it was made, so that a fact without `recorded_at` gets that moment. Lots and sublots stand in the
material of a segment and other identifiers beside it, so that their order means nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Mapped, Partner, Raw
from connectors.mes import CONNECTOR
from connectors.simulator.agreed import PATIENTS
from connectors.simulator.mes import BYTE_ORDER_MARK, render, version_of
from connectors.simulator.mes_documents import VERSIONS
from connectors.simulator.native import patients_of
from schemas import collection, manufacture, transport
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.envelope import Event, Identifier, Scheme, System
from tests.connectors.clinic.envelopes import (
    SOME_DAY,
    OpenTokens,
    as_said,
    codes,
    envelopes,
    instants,
    plain_envelope,
    texts,
)

MAKERS = ("maker-0", "maker-1", "maker-2")
"""Three partners, each with a version of its own."""

maybe_code = st.none() | codes
maybe_flag = st.none() | st.booleans()
counts = st.integers(0, 10_000)
numbers = st.integers(-10_000, 10_000).map(lambda n: n / 8)
maybe_number = st.none() | numbers


def words(kind: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([word for word in kind if word.name != "UNKNOWN_TO_READER"])


comparisons = st.builds(collection.Comparison, scheme=words(Scheme), expected=codes, found=codes)

SPECIFIC: dict[type[Event], dict[str, st.SearchStrategy[Any]]] = {
    manufacture.MaterialReceived: {
        "temperature": st.none() | st.integers(-1960, 400).map(lambda n: n / 10),
        "seal": maybe_code,
        "seal_intact": maybe_flag,
    },
    manufacture.MaterialDecided: {"decision": words(manufacture.MaterialDecision)},
    manufacture.BatchStarted: {"room": maybe_code},
    manufacture.StepCompleted: {"step": codes, "started_at": st.none() | instants},
    manufacture.InProcessControlRecorded: {
        "test": codes,
        "value": maybe_number,
        "value_text": maybe_code,
        "unit": maybe_code,
        "low": maybe_number,
        "high": maybe_number,
    },
    manufacture.AlarmChanged: {
        "alarm": codes,
        "state": words(manufacture.AlarmState),
        "critical": st.booleans(),
        "message": st.none() | texts,
    },
    manufacture.LineClearanceRecorded: {"room": codes, "cleared": st.booleans()},
    manufacture.LabelsPrinted: {"label_version": maybe_code, "printed": counts},
    manufacture.LabelsReconciled: {"applied": counts, "destroyed": counts, "returned": counts},
    manufacture.ProductFilled: {
        "doses": st.none() | st.integers(1, 100),
        "expires_at": st.none() | instants,
    },
    manufacture.BatchRecordCompleted: {},
    manufacture.BatchTerminated: {},
    collection.IdentityVerified: {
        "context": words(collection.CheckContext),
        "comparisons": st.lists(comparisons, max_size=3).map(tuple),
    },
    transport.PackagePacked: {
        "kind": st.sampled_from(list(transport.ShipmentKind)),
        "seal": maybe_code,
    },
    transport.CustodyHandedOver: {
        "from_party": codes,
        "to_party": maybe_code,
        "place": maybe_code,
        "seal": maybe_code,
    },
    transport.CustodyAccepted: {
        "to_party": codes,
        "from_party": maybe_code,
        "place": maybe_code,
        "seal": maybe_code,
        "seal_intact": maybe_flag,
    },
}


def understood(event: Event) -> Event:
    """The one event that the rendered message is understood as."""
    (message,) = render([event])
    maker = Partner(event.partner, System.MES)
    (decision,) = CONNECTOR.translate(Raw(message.name, message.body), maker, OpenTokens(), ())
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def said(event: Event, recorded: bool) -> dict[str, Any]:
    content = as_said(event)
    content.pop("environment")  # B2MML has no test flag; the partner's settings say it
    return content if recorded else content | {"recorded_at": None}


def test_three_makers_speak_three_versions() -> None:
    assert {version_of(maker) for maker in MAKERS} == set(VERSIONS)


def test_every_type_that_a_mes_owns_can_be_rendered() -> None:
    owned = {e for e in EVENTS if authority(e.type_name(), System.MES) is Authority.OWNER}
    assert {e for e in owned if not e.type_name().startswith("platform.")} == set(SPECIFIC)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event], maker: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.MES), st.fixed_dictionaries(SPECIFIC[cls]))
    def law(envelope: dict[str, Any], specific: dict[str, Any]) -> None:
        event = cls(**envelope | {"partner": maker} | specific)
        recorded = event.recorded_at is not None
        assert said(understood(event), recorded) == said(event, recorded)

    law()


@pytest.mark.parametrize("maker", MAKERS)
def test_batch_containers_and_lots_stand_in_the_material_of_the_segment(maker: str) -> None:
    named = (
        (Scheme.BATCH, "B26000123"),
        (Scheme.CONTAINER, "B26000123-01"),
        (Scheme.CONTAINER, "B26000123-02"),
        (Scheme.MATERIAL_LOT, "VEC-77"),
    )
    things = tuple(Identifier(scheme=s, value=v) for s, v in named)
    changes = {"identifiers": things, "partner": maker, "coi": None}
    event = manufacture.ProductFilled(**plain_envelope(System.MES, **changes))
    (message,) = render([event])
    assert message.body.count(b"<MaterialSubLotID>") == 2
    assert b"V2V.ID." not in message.body
    assert {str(i) for i in understood(event).identifiers} == {str(i) for i in things}


def test_the_oldest_version_begins_with_a_byte_order_mark() -> None:
    for maker in MAKERS:
        event = manufacture.BatchTerminated(**plain_envelope(System.MES, partner=maker))
        (message,) = render([event])
        assert message.body.startswith(BYTE_ORDER_MARK) is version_of(maker).marked


def test_a_patient_becomes_a_token() -> None:
    changes = {"subject": "a patient of the play", "partner": "maker-1"}
    event = manufacture.BatchTerminated(**plain_envelope(System.MES, **changes))
    (who,) = patients_of([event])
    found = understood(event)
    assert found.subject == f"subject:{PATIENTS}:{who.number}"
    assert who.number not in found.model_copy(update={"subject": None}).model_dump_json()


def test_a_correction_names_the_event_that_was_understood_before() -> None:
    first = manufacture.BatchTerminated(**plain_envelope(System.MES))
    changes = {
        "event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12",
        "corrects": first.event_id,
        "occurred_at": SOME_DAY + timedelta(minutes=1),
    }
    second = manufacture.BatchTerminated(**plain_envelope(System.MES, **changes))
    assert understood(second).corrects == understood(first).event_id


def test_the_same_fact_is_the_same_document_however_often_it_is_sent() -> None:
    event = manufacture.BatchTerminated(**plain_envelope(System.MES))
    assert render([event, event]) == render([event]) * 2
