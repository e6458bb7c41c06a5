"""A reading says what was measured, or it is no reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from schemas.transport import ConditionRead, Reading
from tests.schemas.strategies import any_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEASURES = ("temperature", "tilt", "shock", "lid_open", "battery")


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(MEASURES)])
def test_a_reading_without_a_value_is_refused(empty: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="at least one measured value"):
        Reading.model_validate({"at": NOON, **empty})


@pytest.mark.parametrize("name", MEASURES)
def test_one_value_is_enough_and_may_be_zero(name: str) -> None:
    nothing = False if name == "lid_open" else 0
    assert Reading.model_validate({"at": NOON, name: nothing}).model_dump()[name] == nothing


def test_the_values_of_a_reading_are_all_there_are() -> None:
    assert set(MEASURES) == set(Reading.model_fields) - {"at"}


@given(any_of(ConditionRead))
def test_an_event_holds_no_empty_reading(event: ConditionRead) -> None:
    for reading in event.readings:
        assert reading.model_dump(exclude={"at"}, exclude_none=True)
