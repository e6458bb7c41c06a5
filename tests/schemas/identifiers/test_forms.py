"""Every form by its name, and a deployment's own beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Scheme
from schemas.identifiers import FORMS, Malformed, PatternForm, parse
from schemas.identifiers.scanned import parse_scan

OWN = PatternForm("acme-coi", Scheme.COI, "ACM- and eight digits", r"ACM-\d{8}")


@pytest.mark.parametrize(
    ("form", "spellings", "kept"),
    [
        ("isbt128-coi", ["CHA99992600A7F3", "&/CHA99992600A7F3"], "CHA99992600A7F3"),
        ("isbt128-din", ["=A99992112345600", "A9999 21 123456"], "A999921123456"),
        ("sec", ["NL 000001 A999921123456"], "NL000001A999921123456"),
        (
            "gs1-sscc",
            [
                "106141412345678908",
                "(00)106141412345678908",
                "urn:epc:id:sscc:0614141.1234567890",
                "https://id.gs1.org/00/106141412345678908",
            ],
            "106141412345678908",
        ),
        (
            "gs1-sgtin",
            ["(01)80614141123458(21)6789", "urn:epc:id:sgtin:0614141.812345.6789"],
            "(01)80614141123458(21)6789",
        ),
        (
            "gs1-grai",
            ["00614141123452400", "urn:epc:id:grai:0614141.12345.400"],
            "00614141123452400",
        ),
        ("gs1-giai", ["061414112345400", "urn:epc:id:giai:0614141.12345400"], "061414112345400"),
        ("internal", [" B26000123 "], "B26000123"),
    ],
)
def test_one_thing_is_kept_as_one_value_in_every_spelling(
    form: str, spellings: list[str], kept: str
) -> None:
    assert [parse(text, form) for text in spellings] == [kept] * len(spellings)


def test_every_form_has_a_name_of_its_own_and_says_what_it_expects() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS)
    assert all(form.expected and form.scheme in Scheme for form in FORMS)


def test_a_deployment_adds_its_own_form() -> None:
    assert parse(" ACM-00012345", "acme-coi", (*FORMS, OWN)) == "ACM-00012345"
    with pytest.raises(Malformed) as caught:
        parse("ACM-1", "acme-coi", (*FORMS, OWN))
    assert str(caught.value) == "found 'ACM-1', expected ACM- and eight digits"


def test_a_form_that_nobody_knows_is_named_with_those_that_are() -> None:
    with pytest.raises(Malformed, match=r"the form 'acme-coi', expected one of gs1-giai, .*, sec"):
        parse("x", "acme-coi")


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(Malformed, match="found a GRAI, expected a SSCC"):
        parse("urn:epc:id:grai:0614141.12345.400", "gs1-sscc")


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(Malformed) as caught:
        parse("x" * 5_000, "isbt128-coi")
    assert len(str(caught.value)) < 200


@given(st.sampled_from(FORMS), st.text(max_size=40))
def test_any_text_is_read_or_refused_and_reading_again_changes_nothing(
    form: object, text: str
) -> None:
    name = form.name  # type: ignore[attr-defined]
    try:
        kept = parse(text, name)
    except Malformed:
        return
    assert parse(kept, name) == kept


@given(st.text(max_size=40))
def test_any_scan_is_read_or_refused(text: str) -> None:
    try:
        parse_scan(text)
    except Malformed:
        return
