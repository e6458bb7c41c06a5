"""What a scanner types is told apart by its data identifier."""

from __future__ import annotations

from datetime import date, time

import pytest

from schemas.identifiers.form import Malformed
from schemas.identifiers.scanned import moment_of, parse_scan


@pytest.mark.parametrize(
    ("text", "name", "content"),
    [
        ("=A99992112345600", "donation number", "A99992112345600"),
        ("&/CHA99992600A7F3", "chain of identity", "CHA99992600A7F3"),
        ("=<S1234000", "product code", "S1234000"),
        ("&>0270312359", "expiry date and time", "0270312359"),
        ("&*0260601030", "collection date and time", "0260601030"),
        ("&}0260601030", "production date and time", "0260601030"),
        ("=,000000", "division", "000000"),
        ("&+A9999", "processing facility", "A9999"),
        ("&,1000000000B26000123", "lot number", "000000000B26000123"),
        ("&,4NL000001A999921123456", "Single European Code", "NL000001A999921123456"),
        ("&:1234567890", "donor registry id", "1234567890"),
        ("=/0001", "processor product code", "0001"),
    ],
)
def test_each_data_structure_is_known(text: str, name: str, content: str) -> None:
    (scanned,) = parse_scan(text)

    assert (scanned.structure.name, scanned.content) == (name, content)


def test_a_compound_message_holds_several() -> None:
    scanned = parse_scan("=+03000=A99992112345600=<S1234000&/CHA99992600A7F3")

    assert [one.structure.name for one in scanned] == [
        "donation number",
        "product code",
        "chain of identity",
    ]
    assert scanned[2].content == "CHA99992600A7F3"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a data identifier"),
        ("A999921123456", "expected a data identifier"),
        ("=A9999", "found 5 characters after =, expected 15 for a donation number"),
        ("&/CHA99992600A7F3X", "found 16 characters after &/, expected 15"),
        ("=+0A", "expected =+, the number of structures"),
        ("=+02000=A99992112345600", "expected a data identifier"),
        (
            "=+01000=A99992112345600=<S1234000",
            "found 10 more characters, expected 01 data structures",
        ),
        ("=+02000=,000000=<S1234000", "structures of a known length there"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_scan(text)

    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("content", "moment"),
    [
        ("0260601030", (date(2026, 3, 1), time(10, 30))),
        ("0243662359", (date(2024, 12, 31), time(23, 59))),
        ("9993650000", (date(1999, 12, 31), time(0, 0))),
    ],
)
def test_a_moment_counts_the_days_of_its_year(content: str, moment: tuple[date, time]) -> None:
    assert moment_of(content) == moment


@pytest.mark.parametrize(
    "content", ["0260001030", "0263661030", "0260602430", "0260601060", "026060"]
)
def test_a_moment_that_does_not_exist_is_refused(content: str) -> None:
    with pytest.raises(Malformed):
        moment_of(content)
