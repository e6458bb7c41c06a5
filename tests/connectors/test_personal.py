"""A patient's own data does not pass in free text."""

from __future__ import annotations

import pytest

from connectors.personal import blanked

PATIENT = ("Maria Muster", "MRN-77", "1950-03-02")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Maria Muster refused", "[patient] refused"),
        ("MUSTER, maria", "[patient], [patient]"),
        ("see MRN-77", "see [patient]"),
        ("born 1950-03-02 or 19500302", "born [patient] or [patient]"),
        ("mustering staff", "mustering staff"),
        ("no venous access", "no venous access"),
    ],
)
def test_names_numbers_and_dates_are_blanked_in_any_case(typed: str, kept: str) -> None:
    assert blanked(typed, PATIENT) == kept


def test_text_about_nobody_known_stays_as_it_is() -> None:
    assert blanked("Maria Muster", ()) == "Maria Muster"


def test_initials_do_not_blank_ordinary_words() -> None:
    assert blanked("to be, or not", ("Be Or",)) == "to be, or not"
    assert blanked("seen by Be Or", ("Be Or",)) == "seen by [patient]"
