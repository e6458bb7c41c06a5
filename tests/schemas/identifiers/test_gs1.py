"""GS1 keys are whole or refused, and one key is one value in every spelling."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.identifiers import epc
from schemas.identifiers.form import Malformed
from schemas.identifiers.gs1 import (
    GIAI,
    GLN,
    GRAI,
    GSRN,
    GTIN,
    SSCC,
    Key,
    KeyKind,
    check_digit,
    holds,
    parse_elements,
    parse_key,
)

digits = st.text("0123456789", min_size=2, max_size=18)

# Examples of GS1's Tag Data Standard and General Specifications.
VECTORS = [
    ("urn:epc:id:sscc:0614141.1234567890", "00/106141412345678908", "(00)106141412345678908"),
    (
        "urn:epc:id:sgtin:0614141.812345.6789",
        "01/80614141123458/21/6789",
        "(01)80614141123458(21)6789",
    ),
    (
        "urn:epc:id:sgtin:9521141.012345.4711",
        "01/09521141123454/21/4711",
        "(01)09521141123454(21)4711",
    ),
    (
        "urn:epc:class:lgtin:4012345.012345.998877",
        "01/04012345123456/10/998877",
        "(01)04012345123456(10)998877",
    ),
    (
        "urn:epc:id:sgln:0614141.12345.400",
        "414/0614141123452/254/400",
        "(414)0614141123452(254)400",
    ),
    ("urn:epc:id:sgln:0614141.12345.0", "414/0614141123452", "(414)0614141123452"),
    ("urn:epc:id:grai:0614141.12345.400", "8003/00614141123452400", "(8003)00614141123452400"),
    ("urn:epc:id:giai:0614141.12345400", "8004/061414112345400", "(8004)061414112345400"),
    ("urn:epc:id:gsrn:0614141.1234567890", "8018/061414112345678902", "(8018)061414112345678902"),
    ("urn:epc:id:gsrnp:0614141.1234567890", "8017/061414112345678902", "(8017)061414112345678902"),
    ("urn:epc:id:gsin:0614141.123456789", "402/06141411234567890", "(402)06141411234567890"),
    ("urn:epc:id:gdti:0614141.12345.400", "253/0614141123452400", "(253)0614141123452400"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "255/401234567890104711", "(255)401234567890104711"),
    ("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11", "(401)0614141xyz47/11"),
    ("urn:epc:id:pgln:0614141.12345", "417/0614141123452", "(417)0614141123452"),
    ("urn:epc:idpat:sgtin:0614141.812345.*", "01/80614141123458", "(01)80614141123458"),
]


@pytest.mark.parametrize(("urn", "link", "elements"), VECTORS)
def test_every_spelling_gives_one_key(urn: str, link: str, elements: str) -> None:
    key = epc.read(urn)

    assert epc.read(f"https://id.gs1.org/{link}") == key
    assert epc.read(f"https://example.com/some/path/{link}?17=271231") == key
    assert parse_elements(elements) == key
    assert str(key) == elements
    assert epc.to_link(key) == f"https://id.gs1.org/{link}"
    assert epc.to_urn(key, 7) == urn


@pytest.mark.parametrize("whole", ["6291041500213", "006141411234567890", "96385074"])
def test_the_check_digit_of_known_keys_is_right(whole: str) -> None:
    assert check_digit(whole[:-1]) == whole[-1]
    assert holds(whole)


@given(digits)
def test_any_single_wrong_digit_is_found(body: str) -> None:
    whole = body + check_digit(body)
    for place, right in enumerate(whole):
        for wrong in "0123456789".replace(right, ""):
            assert not holds(whole[:place] + wrong + whole[place + 1 :])


@given(digits, st.data())
def test_neighbours_changed_about_are_found_unless_they_differ_by_five(
    body: str, data: st.DataObject
) -> None:
    whole = body + check_digit(body)
    place = data.draw(st.integers(0, len(whole) - 2))
    one, other = whole[place], whole[place + 1]
    assume(one != other)

    changed = whole[:place] + other + one + whole[place + 2 :]
    assert holds(changed) == (abs(int(one) - int(other)) == 5)


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        (
            SSCC,
            "106141412345678909",
            "found the check digit 9 in SSCC '106141412345678909', expected 8",
        ),
        (SSCC, "10614141234567890", "expected a SSCC of 18 digits"),
        (SSCC, "1061414123456789O8", "expected a SSCC of 18 digits"),
        (SSCC, "١٠٦١٤١٤١٢٣٤٥٦٧٨٩٠٨", "expected a SSCC of 18 digits"),
        (GLN, "0614141123453", "found the check digit 3 in GLN '0614141123453', expected 2"),
        (GSRN, "061414112345678903", "expected 2"),
        (GTIN, "123", "expected a GTIN of 14 digits"),
        (GRAI, "10614141123459", "a GRAI that begins with 0"),
        (GRAI, "00614141123452400 1", "at most 16 characters of the GS1 set"),
        (GIAI, "", "found nothing, expected a GIAI"),
    ],
)
def test_a_malformed_key_says_what_was_found_and_what_is_expected(
    kind: KeyKind, text: str, complaint: str
) -> None:
    with pytest.raises(Malformed) as caught:
        parse_key(kind, text)

    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("short", "whole"),
    [("96385074", "00000096385074"), ("614141000012", None), ("4006381333931", "04006381333931")],
)
def test_short_article_numbers_are_filled_up(short: str, whole: str | None) -> None:
    if whole is None:
        whole = "00" + short[:-1] + check_digit("00" + short[:-1])
        short = whole[2:]
    assert parse_key(GTIN, short).value == whole


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id:sscc:06x4141.1234567890",
        "urn:epc:id:sscc:0614141",
        "urn:epc:id:giai:0614141.",
        "urn:epc:id:sgtin:0614141.81234.6789",
        "https://id.gs1.org/00/106141412345678909",
        "https://id.gs1.org/253/0614141123453400",
    ],
)
def test_an_address_that_holds_no_sound_key_is_refused(uri: str) -> None:
    with pytest.raises(Malformed):
        epc.read(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "urn:isbn:12",
        "urn:epc:id:weather:1.2",
        "https://id.gs1.org/00/1061414123456789",
        "https://id.gs1.org/00/¹⁰⁶¹⁴¹⁴¹²³⁴⁵⁶⁷⁸⁹⁰⁸",
        "https://example.com/products/7",
        "https://example.com/2026/01/20260115",
        "https://example.com/8004/readings/7",
        "ftp://id.gs1.org/00/106141412345678908",
        "https://[",
        "(00)106141412345678908",
    ],
)
def test_an_address_of_something_else_is_told_from_a_wrong_key(uri: str) -> None:
    with pytest.raises(epc.NoKey):
        epc.read(uri)


def test_a_wrong_length_of_the_company_prefix_is_refused() -> None:
    key = parse_key(SSCC, "106141412345678908")

    with pytest.raises(Malformed, match="6 to 12 digits"):
        epc.to_urn(key, 5)


serials = st.text("ABCXYZabcxyz0123456789-._/%&+ä"[:-1], min_size=1, max_size=16)


@given(
    st.sampled_from([SSCC, GTIN, GLN, GSRN, GRAI]),
    st.text("0123456789", min_size=17, max_size=17),
    serials,
    st.integers(6, 12),
)
def test_any_key_survives_both_spellings(
    kind: KeyKind, body: str, serial: str, company: int
) -> None:
    stem = ("0" + body if kind is GRAI else body)[: kind.digits - 1]
    check = check_digit(stem)
    with_serial = serial if kind in (GTIN, GLN, GRAI) and serial not in ("0", "*") else None
    key = Key(kind, stem + check, with_serial)

    assert epc.from_urn(epc.to_urn(key, company)) == key
    assert epc.from_link(epc.to_link(key)) == key
