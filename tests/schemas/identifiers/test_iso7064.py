"""The check character finds every slip of one character, and every two neighbours changed about."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.identifiers.form import Malformed
from schemas.identifiers.iso7064 import ALPHABET, check_character, check_value, holds

texts = st.text(ALPHABET[:36], min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("G123489654321", "Y"),
        ("G123498654321", "H"),
        ("A999921123456", "3"),
        ("G123417654321", "A"),
        ("A9990ABC123T0480", "8"),
    ],
)
def test_the_published_examples_have_their_check_characters(text: str, character: str) -> None:
    assert check_character(text) == character
    assert holds(text + character)


def test_the_check_value_is_the_place_in_the_alphabet() -> None:
    assert check_value("A9990ABC123T0480") == 8
    assert check_value("G123417654321") == 10


@given(texts, st.data())
def test_any_single_wrong_character_is_found(text: str, data: st.DataObject) -> None:
    whole = text + check_character(text)
    place = data.draw(st.integers(0, len(whole) - 1))
    letters = ALPHABET if place == len(whole) - 1 else ALPHABET[:36]
    other = data.draw(st.sampled_from(letters))
    assume(other != whole[place])

    assert not holds(whole[:place] + other + whole[place + 1 :])


@given(texts, st.data())
def test_any_two_neighbours_changed_about_are_found(text: str, data: st.DataObject) -> None:
    whole = text + check_character(text)
    place = data.draw(st.integers(0, len(whole) - 2))
    one, other = whole[place], whole[place + 1]
    assume(one != other and not (place == len(whole) - 2 and other == "*"))

    assert not holds(whole[:place] + other + one + whole[place + 2 :])


def test_a_character_outside_the_alphabet_is_named() -> None:
    with pytest.raises(Malformed, match=r"found 'ä' in 'A99ä', expected only 0-9 and A-Z"):
        check_character("A99ä")


def test_nothing_has_no_check_character() -> None:
    assert not holds("")
    assert not holds("1")
