"""Identifiers have the forms that the field uses, right check digits, and never repeat within a seed."""

from __future__ import annotations

from connectors.simulator.identifiers import names_of, sscc
from schemas.identifiers import isbt128, sec
from schemas.identifiers.gs1 import SSCC, parse_key


def test_chain_of_identity_and_donation_numbers_have_their_form():
    for journey in range(200):
        names = names_of(7, journey, bags=2, doses=3)
        assert str(isbt128.parse_coi(names.coi)) == names.coi
        assert str(isbt128.parse_din(names.din)) == names.din
        assert sec.parse_sec(names.sec).donation == names.din
        assert sec.parse_sec(names.sec).sequence == names.sec


def test_logistic_units_have_their_form_and_check_digit():
    for serial in range(200):
        assert parse_key(SSCC, sscc(serial)).value == sscc(serial)


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
