"""What the simulated quality system says is understood as it was meant.

Given anew by a translation: `event_id` and `source_message` (from the vault's message and record),
`corrects` (checked by itself below), `subject` (a quality system knows batches, not patients), the
raw words beside the normalised ones (they are the vault's, whatever the event had), and the order of
identifiers. An audit trail always states an offset, so an unknown one becomes zero.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Held, Mapped, Raw
from connectors.qms.translate import translate
from connectors.simulator.native import NativeMessage
from connectors.simulator.qms import render
from schemas import quality
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.envelope import Event, System
from tests.connectors.clinic.envelopes import (
    OpenTokens,
    as_said,
    envelopes,
    partner,
    plain_envelope,
)

VAULT = partner(System.QMS)

classes = st.sampled_from(
    [c for c in quality.DeviationClass if c is not quality.DeviationClass.UNKNOWN_TO_READER]
)
states = st.sampled_from(
    [s for s in quality.OosState if s is not quality.OosState.UNKNOWN_TO_READER]
)

authorities = st.sampled_from(["AUTHORITY-1", "AUTHORITY-2"])
incidents = st.sampled_from([quality.IncidentKind.SECURITY, quality.IncidentKind.PRIVACY])
reports = st.sampled_from(list(quality.IncidentReport)[:-1])
HOUR = timedelta(hours=1)
moments = st.integers(0, 10_000).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + hours * HOUR)


SPECIFIC: dict[type[Event], st.SearchStrategy[dict[str, Any]]] = {
    quality.DeviationOpened: st.fixed_dictionaries(
        {"classification": classes, "reportable": st.booleans()}
    ),
    quality.DeviationClosed: st.fixed_dictionaries(
        {"classification": classes | st.just(quality.DeviationClass.UNKNOWN_TO_READER)}
    ),
    quality.HoldPlaced: st.just({}),
    quality.HoldLifted: st.just({}),
    quality.OosCaseChanged: st.fixed_dictionaries({"state": states}),
    quality.BatchCertified: st.fixed_dictionaries({"quarantine_shipment": st.booleans()}),
    quality.BatchRejected: st.just({}),
    quality.MaterialLotRecalled: st.fixed_dictionaries({"lifted": st.booleans()}),
    quality.DeviationReported: st.fixed_dictionaries({}, optional={"authority": authorities}),
    quality.IncidentDeclared: st.fixed_dictionaries({"kind": incidents}),
    quality.IncidentReported: st.fixed_dictionaries(
        {"kind": incidents, "report": reports}, optional={"authority": authorities}
    ),
    quality.PartyQualified: st.fixed_dictionaries(
        {"suspended": st.booleans()}, optional={"starts_at": moments, "ends_at": moments}
    ),
}


def raw(message: NativeMessage) -> Raw:
    return Raw(message.name, message.body)


def understood(event: Event) -> Event:
    """The one event that both halves are understood as, whichever comes first."""
    notice, record = (raw(message) for message in render([event]))
    for half in (notice, record):
        (alone,) = translate(half, VAULT, OpenTokens())
        assert isinstance(alone, Held)
    (decision,) = translate(record, VAULT, OpenTokens(), (notice,))
    assert isinstance(decision, Mapped), decision
    assert translate(notice, VAULT, OpenTokens(), (record,)) == (decision,)
    (found,) = decision.events
    return found


def meant(event: Event) -> dict[str, Any]:
    content = as_said(event)
    content["occurred_offset_minutes"] = content["occurred_offset_minutes"] or 0
    return {name: value for name, value in content.items() if not name.startswith("raw_")}


def test_every_type_that_the_quality_unit_owns_can_be_rendered() -> None:
    owned = {e for e in EVENTS if authority(e.type_name(), System.QMS) is Authority.OWNER}
    assert {e for e in owned if not e.type_name().startswith("platform.")} == set(SPECIFIC)


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event]) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.QMS), SPECIFIC[cls])
    def law(envelope: dict[str, Any], specific: dict[str, Any]) -> None:
        event = cls(**envelope, **specific)
        assert meant(understood(event)) == meant(event)

    law()


def test_the_vaults_own_word_stands_beside_ours() -> None:
    envelope = plain_envelope(System.QMS)
    opened = quality.DeviationOpened(**envelope, classification=quality.DeviationClass.MAJOR)
    assert understood(opened).model_dump()["raw_classification"] == "major__c"
    case = quality.OosCaseChanged(**envelope, state=quality.OosState.RISK_EVALUATED)
    assert understood(case).model_dump()["raw_state"] == "risk_evaluated_state__c"


def test_a_correction_and_a_withdrawal_name_the_event_that_was_understood_before() -> None:
    first = quality.HoldPlaced(**plain_envelope(System.QMS))
    changes = {
        "event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12",
        "corrects": first.event_id,
        "withdraws": True,
    }
    second = understood(quality.HoldPlaced(**plain_envelope(System.QMS, **changes)))
    assert second.corrects == understood(first).event_id
    assert second.withdraws


def test_the_same_events_give_the_same_bytes() -> None:
    event = quality.HoldPlaced(**plain_envelope(System.QMS))
    assert render([event, event]) == render([event]) * 2
