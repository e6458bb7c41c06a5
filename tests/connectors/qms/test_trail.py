"""A record is read as it was when its notice was sent, however late it was fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.connector import CannotUnderstand
from connectors.qms.halves import Notice, Record
from connectors.qms.mapping import shipped
from connectors.qms.trail import Then, as_of
from connectors.times import When
from schemas.envelope import Precision


def hour(number: int) -> str:
    return f"2026-04-02T{number:02d}:00:00Z"


def entry(at: int, field: str, old: str | None, new: str) -> dict[str, Any]:
    return {"timestamp": hour(at), "field_name": field, "old_value": old, "new_value": new}


TRAIL = (
    entry(13, "state__v", "open", "closed"),
    entry(9, "state__v", None, "open"),
    entry(11, "class__c", "minor", "major"),
)
NOW = {"state__v": "closed", "class__c": "major", "name__v": "DEV-1", "modified_date__v": hour(13)}


def then(at: int, *trail: dict[str, Any]) -> Then:
    notice = Notice(
        "m", "k", ("i",), When(datetime(2026, 4, 2, at, tzinfo=UTC), 0, Precision.INSTANT)
    )
    return as_of(notice, Record("m", "i", NOW, trail or TRAIL), shipped(), "state__v")


@pytest.mark.parametrize(
    ("at", "state", "grade", "changed", "told"),
    [
        (9, "open", "minor", "state__v", 9),
        (10, "open", "minor", "state__v", 9),
        (12, "open", "major", "class__c", 11),
        (14, "closed", "major", "state__v", 13),
    ],
)
def test_the_record_at_a_time(at: int, state: str, grade: str, changed: str, told: int) -> None:
    found = then(at)
    assert (found.data["state__v"], found.data["class__c"]) == (state, grade)
    assert found.data["name__v"] == "DEV-1"
    assert found.changed == frozenset({changed})
    assert found.at is not None
    assert found.at.instant.hour == told


def test_the_time_of_a_later_change_is_not_taken_for_this_one() -> None:
    assert "modified_date__v" not in then(10).data
    assert then(14).data["modified_date__v"] == hour(13)


def test_a_notice_older_than_the_trail_is_refused() -> None:
    with pytest.raises(CannotUnderstand, match="clocks"):
        then(8)


def test_the_entry_of_the_state_leads_among_those_of_one_moment() -> None:
    both = (entry(9, "state__v", None, "open"), entry(9, "class__c", None, "minor"))
    assert then(10, *both).row["field_name"] == "state__v"
    assert then(10, *both).changed == frozenset({"state__v", "class__c"})
