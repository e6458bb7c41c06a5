"""The limits of OBX-7, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.lims.limits import compared, limits


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("80-100", (80.0, 100.0)),
        ("80 - 100", (80.0, 100.0)),
        ("4.3 to 6.2", (4.3, 6.2)),
        ("0.1..5", (0.1, 5.0)),
        ("[80-100]", (80.0, 100.0)),
        ("-5--2", (-5.0, -2.0)),
        ("-5 - +2", (-5.0, 2.0)),
        (">=80", (80.0, None)),
        ("> 80", (80.0, None)),
        ("≥80", (80.0, None)),
        ("NLT 80", (80.0, None)),
        ("<5", (None, 5.0)),
        ("<= 5.0e2", (None, 500.0)),
        ("NMT 5", (None, 5.0)),
        ("", (None, None)),
        ("negative", (None, None)),
        ("80", (None, None)),
        ("70-80-90", (None, None)),
        ("<5 EU/mL", (None, None)),
    ],
)
def test_limits_are_read_as_senders_write_them(
    stated: str, expected: tuple[float | None, float | None]
) -> None:
    assert limits(stated) == expected


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_any_two_numbers_come_back_as_a_range(low: float, high: float) -> None:
    assert limits(f"{low!r}-{high!r}") == (low, high)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(stated: str) -> None:
    assert len(limits(stated)) == 2


@pytest.mark.parametrize(("stated", "expected"), [("<5", True), ("> 1e6", True), ("5", False)])
def test_a_result_may_be_known_only_as_more_or_less(stated: str, expected: bool) -> None:
    assert compared(stated) is expected
