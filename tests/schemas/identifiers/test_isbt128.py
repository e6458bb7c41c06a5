"""Chains of identity and donations are read however they were printed, scanned or typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers.form import Malformed
from schemas.identifiers.isbt128 import ChainOfIdentity, Donation, parse_coi, parse_din

COI = ChainOfIdentity("A9999", "26", "00A7F3")
donations = st.builds(
    Donation,
    st.from_regex(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{6}", fullmatch=True),
)


@pytest.mark.parametrize("text", ["CHA99992600A7F3", "&/CHA99992600A7F3", " ch a9999 26 00a7f3 "])
def test_a_chain_of_identity_is_one_value_in_every_spelling(text: str) -> None:
    assert parse_coi(text) == COI
    assert str(parse_coi(text)) == "CHA99992600A7F3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A999926123456",
        "CHA99992600A7F",
        "CHA99992600A7F33",
        "CHO99992600A7F3",
        "CH099992600A7F3",
    ],
)
def test_what_is_no_chain_of_identity_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_coi(text)

    assert str(caught.value) == (
        f"found {text!r}, expected 15 characters: CH, facility (5, no letter O), year (2 digits), "
        "serial (6)"
    )


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("A999921123456", None),
        ("A9999 21 123456", None),
        ("A9999211234563", None),
        ("=A99992112345600", "00"),
        ("=A999921123456V1", "V1"),
        ("A999921123456003", "00"),
        ("=A99992112345663", "63"),
    ],
)
def test_a_donation_is_one_number_in_every_spelling(text: str, flags: str | None) -> None:
    din = parse_din(text)

    assert str(din) == "A999921123456"
    assert (din.facility, din.year, din.serial, din.flags) == ("A9999", "21", "123456", flags)


@pytest.mark.parametrize("typed", ["A9999211234564", "A999921123456004"])
def test_a_wrong_check_character_is_named_with_the_right_one(typed: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_din(typed)

    assert str(caught.value) == f"found the check character 4 in {typed!r}, expected 3"


def test_flags_that_state_another_check_value_are_refused() -> None:
    assert parse_din("=G12341765432170").flags == "70"
    with pytest.raises(Malformed, match=r"found the flags 71 .* expected 70"):
        parse_din("=G12341765432171")


@pytest.mark.parametrize(
    "text", ["", "O999921123456", "A99992112345", "A99992112345X", "A9999211234560034"]
)
def test_what_is_no_donation_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="expected 13 characters"):
        parse_din(text)


@given(donations)
def test_a_donation_typed_with_its_check_character_is_read(din: Donation) -> None:
    assert parse_din(f"{din}{din.check_character}") == din


@given(donations, st.integers(0, 4))
def test_two_digits_of_the_serial_changed_about_are_found(din: Donation, place: int) -> None:
    serial = list(din.serial)
    serial[place], serial[place + 1] = serial[place + 1], serial[place]
    changed = f"{din.facility}{din.year}{''.join(serial)}"

    if changed != str(din):
        with pytest.raises(Malformed):
            parse_din(changed + din.check_character)
