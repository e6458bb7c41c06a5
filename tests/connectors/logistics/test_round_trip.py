"""What the simulated logistics platform says is understood as it was meant.

Given anew by a translation, and so left out of the comparison: `event_id` (from the eventID),
`source_message` (the eventID itself), `corrects` (checked by itself below), `subject` (a courier is
never told the patient), and the order of the identifiers, which means nothing. EPCIS always states
an offset, so an unknown one becomes zero. Two neighbouring readings of one moment that measure
different things are one reading.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Mapped, Raw
from connectors.logistics.translate import translate
from connectors.simulator.logistics import render
from schemas import transport
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
    partner,
    plain_envelope,
)

COURIER = partner(System.LOGISTICS)

maybe_code = st.none() | codes
maybe_flag = st.none() | st.booleans()
kinds = st.sampled_from(
    [transport.ShipmentKind.STARTING_MATERIAL, transport.ShipmentKind.FINAL_PRODUCT]
)
readings = st.builds(
    transport.Reading,
    at=instants,
    temperature=st.integers(-2731, 1500).map(lambda tenths: tenths / 10),
    tilt=st.none() | st.integers(0, 180).map(float),
    shock=st.none() | st.integers(0, 1000).map(float),
    lid_open=maybe_flag,
    battery=st.none() | st.integers(0, 100).map(float),
)

SPECIFIC: dict[type[Event], st.SearchStrategy[dict[str, Any]]] = {
    transport.ShipmentBooked: st.fixed_dictionaries(
        {
            "kind": kinds,
            "lane_plan": maybe_code,
            "lane_qualified_until": st.none() | instants,
            "pick_up_planned_at": st.none() | instants,
            "arrival_planned_at": st.none() | instants,
            "shipper_hold": st.none() | st.integers(1, 500).map(float),
            "destination": maybe_code,
        }
    ),
    transport.PackagePacked: st.fixed_dictionaries({"kind": kinds, "seal": maybe_code}),
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
    transport.CheckpointPassed: st.fixed_dictionaries(
        {
            "checkpoint": codes,
            "held": st.booleans(),
            "delay_code": maybe_code,
            "arrival_expected_at": st.none() | instants,
        }
    ),
    transport.ConditionRead: st.fixed_dictionaries(
        {"readings": st.lists(readings, min_size=1, max_size=6).map(tuple)}
    ),
    transport.ConditionFileUploaded: st.fixed_dictionaries(
        {"first_at": st.none() | instants, "last_at": st.none() | instants}
    ),
    transport.ShipmentDelivered: st.fixed_dictionaries(
        {"receiver": maybe_code, "place": maybe_code, "refused": st.booleans()}
    ),
}


def understood(event: Event) -> Event:
    """The one event that the rendered document is understood as."""
    (message,) = render([event])
    (decision,) = translate(Raw(message.name, message.body), COURIER, OpenTokens())
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def test_every_type_of_transport_can_be_rendered() -> None:
    owned = {e for e in EVENTS if e.type_name().startswith("transport.")}
    assert all(authority(e.type_name(), System.LOGISTICS) is Authority.OWNER for e in owned)
    assert set(SPECIFIC) == owned


@pytest.mark.parametrize("cls", SPECIFIC, ids=lambda c: c.__name__)
def test_translating_undoes_rendering(cls: type[Event]) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(envelopes(System.LOGISTICS), SPECIFIC[cls])
    def law(envelope: dict[str, Any], specific: dict[str, Any]) -> None:
        event = cls(**envelope, **specific)
        meant = as_said(event)
        meant["occurred_offset_minutes"] = meant["occurred_offset_minutes"] or 0
        assert as_said(understood(event)) == meant

    law()


def test_a_thousand_readings_of_one_logger_are_one_event() -> None:
    logger = Identifier(scheme=Scheme.LOGGER, value="LG-77")
    series = tuple(
        transport.Reading(at=SOME_DAY + timedelta(minutes=n), temperature=-180.5 + n / 100)
        for n in range(1000)
    )
    envelope = plain_envelope(System.LOGISTICS, identifiers=(logger,), coi=None)
    event = transport.ConditionRead(**envelope, readings=series)
    assert understood(event) == event.model_copy(
        update={
            "event_id": understood(event).event_id,
            "source_message": understood(event).source_message,
        }
    )


def test_a_correction_names_the_event_that_was_understood_before() -> None:
    first = transport.ShipmentDelivered(**plain_envelope(System.LOGISTICS))
    changes = {"event_id": "9a4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d12", "corrects": first.event_id}
    second = transport.ShipmentDelivered(**plain_envelope(System.LOGISTICS, **changes))
    assert understood(second).corrects == understood(first).event_id


def test_the_patient_is_never_told_to_a_courier() -> None:
    envelope = plain_envelope(System.LOGISTICS, subject="SUB-SYNTHETIC-1")
    event = transport.ShipmentDelivered(**envelope)
    assert b"SUB-SYNTHETIC-1" not in render([event])[0].body
    assert understood(event).subject is None


def test_the_same_events_give_the_same_bytes() -> None:
    event = transport.ShipmentDelivered(**plain_envelope(System.LOGISTICS))
    assert render([event, event]) == render([event]) * 2
