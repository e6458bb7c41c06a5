"""Identifiers have the forms that the field uses, right check digits, and never repeat within a seed."""

from __future__ import annotations

import re

from connectors.simulator.identifiers import mod10, names_of, sscc

COI = re.compile(r"CH[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}\d{2}[A-Z0-9]{6}")
DIN = re.compile(r"[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}\d{2}\d{6}")


def test_chain_of_identity_and_donation_numbers_have_their_form():
    for journey in range(200):
        names = names_of(7, journey, bags=2, doses=3)
        assert COI.fullmatch(names.coi)
        assert DIN.fullmatch(names.din)
        assert names.sec.endswith(names.din)
        assert len(names.sec) == 21


def test_the_check_digit_is_the_one_of_known_keys():
    assert mod10("00614141123456789") == "0"  # an SSCC that standards keep for examples
    assert mod10("629104150021") == "3"  # the example of GS1 General Specifications
    assert len(sscc(5)) == 18


def test_no_identifier_repeats_within_a_seed():
    seen: set[str] = set()
    for journey in range(3000):
        n = names_of(3, journey, bags=2, doses=2)
        for value in (
            n.coi,
            n.order,
            n.din,
            n.batch,
            n.second_batch,
            n.shipment("out"),
            n.shipment("home"),
            n.sscc("out"),
            n.sscc("home"),
            n.waybill("out"),
            n.waybill("home"),
            n.sample("PR"),
            n.certificate,
            n.delivery,
            *n.collected_bags,
            *n.doses,
        ):
            assert value not in seen
            seen.add(value)


def test_two_seeds_have_other_identifiers():
    assert names_of(1, 0).coi != names_of(2, 0).coi
