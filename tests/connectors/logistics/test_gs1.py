"""A URN and a Digital Link of one thing give one value, and a wrong check digit is refused."""

from __future__ import annotations

import pytest

from connectors.connector import CannotUnderstand
from connectors.logistics import gs1
from schemas.identifiers.gs1 import GTIN, Key
from schemas.reasons import Reason

PAIRS = [
    ("urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2017"),
    ("urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"),
    ("urn:epc:id:sgln:0614141.07346.1234", "https://id.gs1.org/414/0614141073467/254/1234"),
    ("urn:epc:id:sgln:4012345.00005.0", "https://example.com/some/path/414/4012345000054"),
    ("urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
    ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
    ("urn:epc:id:grai:4012345.55555.987", "https://id.gs1.org/8003/04012345555554987"),
    ("urn:epc:id:gsrn:0614141.1234567890", "https://id.gs1.org/8018/061414112345678902"),
    ("urn:epc:id:sgtin:4012345.011111.a%2Fb", "https://id.gs1.org/01/04012345111118/21/a%2Fb"),
]


@pytest.mark.parametrize(("urn", "link"), PAIRS)
def test_a_urn_and_a_link_of_one_thing_give_one_value(urn: str, link: str) -> None:
    assert gs1.key(urn) == gs1.key(link)
    assert gs1.key(urn) is not None


def test_a_pattern_of_a_whole_article_has_neither_lot_nor_serial() -> None:
    assert gs1.key("urn:epc:idpat:sgtin:4012345.098765.*") == Key(GTIN, "04012345987652")


@pytest.mark.parametrize("uri", ["https://id.gs1.org/00/106141412345678909", "urn:epc:id:sscc:1.2"])
def test_a_key_with_a_wrong_check_digit_or_length_is_refused(uri: str) -> None:
    with pytest.raises(CannotUnderstand) as refusal:
        gs1.key(uri)
    assert refusal.value.reason is Reason.IDENTIFIER_MALFORMED


@pytest.mark.parametrize(
    "uri",
    [
        "http://transaction.acme.com/po/12345678",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "urn:jaif:id:obj:37SUN321456789A111222333AB",
        "geo:50.94,6.92",
        "https://example.com/2026/01/20260115",
        "https://[bad/00/106141412345678908",
        "https://id.gs1.org/01/²²²²²²²²²²²²²²",
    ],
)
def test_what_is_no_gs1_key_is_none(uri: str) -> None:
    assert gs1.key(uri) is None
