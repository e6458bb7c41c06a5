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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("repeat, born 19010203", "repeat, born [patient]"),
        ("DOB: 1901-02-03.", "DOB: [patient]."),
        ("date of birth is 3.2.1901", "date of birth is [patient]"),
        ("geb. 03.02.1901", "geb. [patient]"),
        ("born on 02/03/01, male", "born on [patient], male"),
        ("expires 20270203", "expires 20270203"),
        ("newborn screening 19010203", "newborn screening 19010203"),
        ("born 190102034", "born 190102034"),
    ],
)
def test_a_birth_date_is_blanked_where_the_message_states_none(typed: str, kept: str) -> None:
    assert blanked(typed, ()) == kept


def test_initials_do_not_blank_ordinary_words() -> None:
    assert blanked("to be, or not", ("Be Or",)) == "to be, or not"
    assert blanked("seen by Be Or", ("Be Or",)) == "seen by [patient]"
