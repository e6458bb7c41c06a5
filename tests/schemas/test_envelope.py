"""What every event carries: an id derived from the partner's own record, and no person."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas.catalogue import EVENTS
from schemas.envelope import Identifier, Scheme, event_id
from schemas.manufacture import BatchStarted
from tests.words import said

ONE = ("mes", "partner-1", "record-7", "manufacture.BatchStarted", "")


def test_the_same_record_gives_the_same_id_and_any_other_another() -> None:
    assert event_id(*ONE) == event_id(*ONE)
    for place in range(len(ONE)):
        other = [*ONE]
        other[place] = "other"
        assert event_id(*other) != event_id(*ONE)


def test_no_schema_has_a_place_for_a_name_or_a_birth_date() -> None:
    for event in EVENTS:
        for field in event.model_fields:
            assert not {"name", "birth", "mrn", "patient", "address"} & set(field.split("_")), event


@pytest.mark.parametrize("value", ["", " ", " B-1", "B-1 ", "x" * 81])
def test_an_identifier_has_no_blank_ends_and_an_end(value) -> None:
    with pytest.raises(ValidationError):
        Identifier(scheme=Scheme.BATCH, value=value)


def test_identifiers_of_one_scheme_are_in_the_order_the_partner_gave_them() -> None:
    event = said(BatchStarted, "BATCH:B-2", "ORDER:O-1", "BATCH:B-1")
    assert event.named(Scheme.BATCH) == ("B-2", "B-1")
    assert event.type_name() == "manufacture.BatchStarted"


def test_an_event_is_never_changed() -> None:
    with pytest.raises(ValidationError):
        said(BatchStarted, "BATCH:B-1").site = "N"  # type: ignore[misc]
