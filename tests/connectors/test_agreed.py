"""Fields that partners add by agreement are read as agreed, and a name that is not agreed is refused."""

from __future__ import annotations

import pytest

from connectors.agreed import Added, distinct, state
from connectors.connector import CannotUnderstand, Partner
from schemas.envelope import Identifier, Precision, Scheme, System
from schemas.ordering import OrderApproved
from schemas.reasons import Reason
from tests.connectors.specimens import TOKENS

MAKER = Partner("maker", System.ERP, zone="Europe/Berlin", site="PLANT-1")


def refusal(added: Added) -> CannotUnderstand:
    with pytest.raises(CannotUnderstand) as found:
        added.check(("product",))
    return found.value


@pytest.mark.parametrize("name", ["FAVOURITE_COLOUR", "EVENT_ID", "SUBJECT", "SYSTEM", "COI.X"])
def test_a_name_that_nothing_reads_is_refused(name: str) -> None:
    assert refusal(Added(((name, "1"),))).reason is Reason.FIELD_INVALID


def test_names_of_the_envelope_of_the_fact_and_of_identifiers_are_agreed() -> None:
    pairs = (("COI", "C"), ("PRODUCT", "P"), ("ID.DIN", "D"), ("PATIENT.clinic", "7"))
    Added(pairs).check(("product",))


def test_two_values_under_one_name_are_refused_and_the_same_twice_is_one() -> None:
    assert Added((("COI", "A"), ("COI", "A"))).one("COI") == "A"
    with pytest.raises(CannotUnderstand):
        Added((("COI", "A"), ("COI", "B"))).one("COI")


def test_an_identifier_may_name_its_issuer_behind_a_dot() -> None:
    added = Added((("ID.DIN", "A999926123456"), ("ID.CONTAINER.bag maker.eu", "7")))
    assert [(str(i), i.issuer) for i in added.identifiers()] == [
        ("DIN:A999926123456", None),
        ("CONTAINER:7", "bag maker.eu"),
    ]


def test_a_thing_named_twice_is_one_thing_with_its_issuer() -> None:
    bare = Identifier(scheme=Scheme.DIN, value="A1")
    issued = Identifier(scheme=Scheme.DIN, value="A1", issuer="A9999")
    assert distinct((bare, issued, bare)) == (issued,)


def test_a_patient_is_a_token_of_issuer_and_number() -> None:
    named = Added((("PATIENT.https://clinic.example/mrn", "0099887"),))
    assert named.patient(TOKENS, MAKER) == TOKENS.subject("https://clinic.example/mrn", "0099887")
    assert Added((("PATIENT", "7"),)).patient(TOKENS, MAKER) == TOKENS.subject("maker", "7")
    with pytest.raises(CannotUnderstand):
        Added((("PATIENT.a", "7"), ("PATIENT.b", "7"))).patient(TOKENS, MAKER)


def test_a_precision_makes_a_time_less_exact_than_it_is_written() -> None:
    added = Added((("OCCURRED", "2026-03-01T10:00:00-00:00"), ("PRECISION", "day")))
    when = added.occurred(MAKER.clock)
    assert when is not None
    assert (when.precision, when.offset_minutes) == (Precision.DAY, None)


def test_a_field_that_a_contract_refuses_is_named() -> None:
    with pytest.raises(CannotUnderstand) as found:
        state(OrderApproved, MAKER, {"occurred_at": "tomorrow", "event_id": "1"})
    assert "event_id" in found.value.detail or "occurred_at" in found.value.detail
    assert "tomorrow" not in found.value.detail


def test_what_a_message_leaves_unsaid_comes_from_the_partners_settings() -> None:
    fields = {
        "occurred_at": "2026-03-01T10:00:00Z",
        "event_id": "4b4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d11",
    }
    event = state(OrderApproved, MAKER, fields)
    assert (event.site, event.partner, event.system) == ("PLANT-1", "maker", System.ERP)


def test_a_word_for_readers_of_newer_data_is_nothing_that_a_partner_says() -> None:
    fields = {
        "occurred_at": "2026-03-01T10:00:00Z",
        "event_id": "4b4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d11",
        "capture": "unknown_to_reader",
    }
    with pytest.raises(CannotUnderstand):
        state(OrderApproved, MAKER, fields)
    with pytest.raises(CannotUnderstand):
        Added((("ID.UNKNOWN_TO_READER", "1"),)).identifiers()
