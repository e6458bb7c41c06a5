"""Which identifiers of a FHIR resource name a thing of the therapy."""

from __future__ import annotations

import pytest

from connectors.clinic.identifiers import identifier
from connectors.clinic.node import Node
from connectors.connector import CannotUnderstand, Partner
from schemas.envelope import Scheme, System
from schemas.reasons import Reason

ISBT = "https://www.isbt128.org/uri/"
PARTNER = Partner(
    "north", System.CLINIC, identifier_systems={"https://clinic.example/orders": Scheme.ORDER}
)


def named(system: str, value: str) -> tuple[str, str] | None:
    found = identifier(Node({"system": system, "value": value}, "identifier"), PARTNER)
    return None if found is None else (found.scheme.value, found.value)


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        (ISBT + "DonationIdentificationNumber", "A999921123456", ("DIN", "A999921123456")),
        (ISBT + "DonationIdentificationNumber", "A9999 21 123456", ("DIN", "A999921123456")),
        (ISBT + "DonationIdentificationNumber", "=A99992112345600", ("DIN", "A999921123456")),
        (ISBT + "DonationIdentificationNumber", "A9999211234563", ("DIN", "A999921123456")),
        (
            "http://www.isbt128.org/uri/ChainOfIdentityIdentifier",
            "CHA999926AB12CD",
            ("COI", "CHA999926AB12CD"),
        ),
        (ISBT + "GRID", "1234ABC", None),
        ("https://vein-to-vein.org/id/oos_case", "OOS-1", ("OOS_CASE", "OOS-1")),
        ("https://vein-to-vein.org/id/material-lot", "L-1", ("MATERIAL_LOT", "L-1")),
        ("urn:vein-to-vein:id:shipment", "S-1", ("SHIPMENT", "S-1")),
        ("urn:ietf:rfc:3986", "urn:epc:id:sscc:0614141.1234567890", ("SSCC", "106141412345678908")),
        (
            "urn:ietf:rfc:3986",
            "https://id.gs1.org/00/106141412345678908",
            ("SSCC", "106141412345678908"),
        ),
        ("urn:ietf:rfc:3986", "urn:uuid:1", None),
        ("https://clinic.example/orders", "O-1", ("ORDER", "O-1")),
        ("https://clinic.example/mrn", "77", None),
        ("", "77", None),
    ],
)
def test_the_issuing_system_says_what_is_named(
    system: str, value: str, expected: tuple[str, str] | None
) -> None:
    assert named(system, value) == expected


@pytest.mark.parametrize(
    ("system", "value"),
    [
        (ISBT + "DonationIdentificationNumber", "A99992112345"),
        (ISBT + "DonationIdentificationNumber", "O999921123456"),
        (ISBT + "DonationIdentificationNumber", "A999921123456X"),  # the check character is 3
        ("urn:ietf:rfc:3986", "urn:epc:id:sscc:0614141.12345"),
        ("urn:ietf:rfc:3986", "https://id.gs1.org/00/106141412345678909"),
        (ISBT + "ChainOfIdentityIdentifier", "A999926AB12CD"),
        ("https://vein-to-vein.org/id/patient", "77"),
    ],
)
def test_a_malformed_identifier_is_refused_and_not_passed_over(system: str, value: str) -> None:
    with pytest.raises(CannotUnderstand) as refusal:
        named(system, value)
    assert refusal.value.reason is Reason.IDENTIFIER_MALFORMED


def test_an_identifier_of_the_partner_keeps_its_issuing_system() -> None:
    stated = {"system": "https://clinic.example/orders", "value": "O-1"}
    found = identifier(Node(stated, "identifier"), PARTNER)
    assert found is not None
    assert found.issuer == "https://clinic.example/orders"
