"""What the simulated laboratory says is understood as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Mapped, Raw
from connectors.lims.translate import translate
from connectors.simulator.lims import render
from connectors.simulator.native import patients_of
from schemas import laboratory
from schemas.authority import Authority, authority
from schemas.catalogue import EVENTS
from schemas.envelope import Event, Identifier, Scheme, System
from schemas.laboratory import Verdict
from tests.connectors.clinic.envelopes import (
    OpenTokens,
    as_said,
    codes,
    envelopes,
    partner,
    plain_envelope,
)

LIMS = partner(System.LIMS)

maybe_code = st.none() | codes
numbers = st.floats(-1e9, 1e9) | st.integers(-100, 100).map(float)
verdicts = st.sampled_from([Verdict.PASS, Verdict.OUT_OF_SPECIFICATION, Verdict.PENDING])

results = st.fixed_dictionaries(
    {
        "test": codes,
        "unit": maybe_code,
        "low": st.none() | numbers,
        "high": st.none() | numbers,
        "specification": maybe_code,
        "verdict": verdicts,
    }
).flatmap(
    lambda fields: st.one_of(
        st.fixed_dictionaries({"value": numbers}), st.fixed_dictionaries({"value_text": maybe_code})
    ).map(lambda value: fields | value)
)

SPECIFIC: dict[type[Event], st.SearchStrategy[dict[str, Any]]] = {
    laboratory.SampleRegistered: st.fixed_dictionaries({"sample_type": maybe_code}),
    laboratory.ResultReported: st.builds(
        lambda fields, final: fields | {"final": final}, results, st.booleans()
    ),
    laboratory.ResultAmended: results,  # HL7 knows no preliminary correction
    laboratory.CertificateOfAnalysisIssued: st.fixed_dictionaries({"version": maybe_code}),
}


def understood(event: Event) -> Event:
    """The one event that the rendered message is understood as."""
    (message,) = render([event])
    (decision,) = translate(Raw(message.name, message.body), LIMS, OpenTokens(), ())
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def test_every_type_that_a_laboratory_owns_can_be_rendered() -> None:
    owned = {e for e in EVENTS if authority(e.type_name(), System.LIMS) is Authority.OWNER}
    assert {e for e in owned if not e.type_name().startswith("platform.")} == set(SPECIFIC)


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event]) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.LIMS), SPECIFIC[cls])
    def law(envelope: dict[str, Any], specific: dict[str, Any]) -> None:
        event = cls(**envelope, **specific)
        assert as_said(understood(event)) == as_said(event)

    law()


SAMPLE = (
    Identifier(scheme=Scheme.SAMPLE, value="S-1"),
    Identifier(scheme=Scheme.BATCH, value="B-1"),
)


def reported(**changes: Any) -> laboratory.ResultReported:
    envelope = plain_envelope(System.LIMS, identifiers=SAMPLE)
    return laboratory.ResultReported(**envelope | {"test": "VIABILITY"} | changes)


def test_nothing_of_the_patient_passes() -> None:
    event = reported(value=85.5)
    (who,) = patients_of([event])
    (message,) = render([event])
    clutter = (who.number, who.name.replace(" ", "^"), who.birth_date.replace("-", ""))
    assert all(personal.encode() in message.body for personal in clutter)
    rest = understood(event).model_dump_json()
    assert not any(personal in rest for personal in (*clutter, who.name, who.birth_date))


def test_an_amendment_names_the_result_that_was_understood_before() -> None:
    first = reported(value=85.5)
    envelope = plain_envelope(
        System.LIMS,
        identifiers=SAMPLE,
        event_id="9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12",
        corrects=first.event_id,
    )
    second = laboratory.ResultAmended(**envelope, test="VIABILITY", value=75.5)
    assert understood(second).corrects == understood(first).event_id


def test_a_withdrawal_takes_back_the_result_that_was_understood_before() -> None:
    first = reported(value=85.5)
    changes = {"event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12", "corrects": first.event_id}
    found = understood(reported(value=85.5, withdraws=True, **changes))
    assert found.withdraws
    assert found.corrects == understood(first).event_id


def test_the_same_events_give_the_same_bytes() -> None:
    assert render([reported(), reported()]) == render([reported()]) * 2
