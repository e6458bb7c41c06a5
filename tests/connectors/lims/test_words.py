"""A laboratory's own words are looked at before the first message comes."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import load
from connectors.connector import Partner
from connectors.settings import Misconfigured, usable
from schemas.envelope import System


def lab(**mapping: Any) -> Partner:
    return Partner("qc", System.LIMS, mapping=mapping)


def test_words_that_can_be_used_are_used() -> None:
    told = lab(
        astm={"O-3.2": "SAMPLE", "O-4": "BATCH"},
        verdicts={"OK": "pass"},
        measures={"lactate": "LAC"},
        patients={"HOSP": "https://hospital.example/mrn"},
        certificates=["COA-1"],
    )
    usable(load("lims"), told)
    usable(load("lims"), lab())


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"astm": {"R-4": "BATCH"}}, "'R-4' is no field of an order"),
        ({"astm": {"O-4": "TUBE"}}, "'TUBE' is no scheme"),
        ({"astm": ["O-4"]}, "astm: names and values are expected"),
        ({"verdicts": {"OK": "fine"}}, "'fine' is no verdict; there are out_of_specification"),
        ({"measures": {"lactate": ""}}, "lactate: up to 100 characters"),
        ({"certificates": "COA"}, "a list of codes"),
    ],
)
def test_words_that_cannot_be_used_are_told_in_one_sentence(mapping: Any, told: str) -> None:
    with pytest.raises(Misconfigured, match=f"lims connector: mapping: .*{told}"):
        usable(load("lims"), lab(**mapping))
