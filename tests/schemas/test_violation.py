"""What a contract refuses is said so that a partner can mend it, and nobody's name gets out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.envelope import EvidenceReference, Identifier
from schemas.transport import ConditionRead
from schemas.violation import found, shape_of, violation


def said_of(fields: dict[str, object], kind: type = Identifier) -> str:
    with pytest.raises(ValidationError) as caught:
        kind(**fields)
    return violation(caught.value)


def test_a_missing_field_is_named() -> None:
    assert said_of({"scheme": "DIN"}) == "value: missing"


def test_a_text_is_described_and_not_repeated() -> None:
    assert said_of({"uri": "x", "sha256": "Anna Meier 1970-01-02"}, EvidenceReference) == (
        "sha256: String should match pattern '^[0-9a-f]{64}$', "
        "found 21 characters like 'Aaaa Aaaaa 9999-99-9'"
    )


def test_a_field_nobody_declared_is_refused_by_name() -> None:
    complaint = said_of({"scheme": "DIN", "value": "A", "birth_date": "1970-01-02"})

    assert complaint == (
        "birth_date: Extra inputs are not permitted, found 10 characters like '9999-99-99'"
    )


def test_at_most_three_complaints_are_spelled_out() -> None:
    assert said_of({}, ConditionRead).count(";") == 3
    assert said_of({}, ConditionRead).endswith("and 2 more")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "found nothing"),
        (-3.5, "found -3.5"),
        (True, "found True"),
        (datetime(2026, 3, 1, tzinfo=UTC), "found 2026-03-01 00:00:00+00:00"),
        ([1, 2], "found a list of 2"),
        ({"a": 1}, "found a group of fields"),
        (b"x", "found a bytes"),
    ],
)
def test_other_values_are_said_plainly(value: object, words: str) -> None:
    assert found(value) == words


def test_a_shape_keeps_blanks_and_marks_and_hides_control_characters() -> None:
    assert shape_of("O'Brien, 7\x00\n") == "A'Aaaaa, 9??"
