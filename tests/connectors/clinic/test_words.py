"""A clinic's own words are looked at before the first message comes."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import load
from connectors.connector import Partner
from connectors.settings import Misconfigured, usable
from schemas.envelope import System


def clinic(**mapping: Any) -> Partner:
    return Partner("north", System.CLINIC, mapping=mapping)


def test_words_that_can_be_used_are_used() -> None:
    usable(load("clinic"), clinic(steps={"KIS|APH": "collection"}, patients={"KIS": "urn:oid:1.2"}))
    usable(load("clinic"), clinic())


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"steps": {"KIS|APH": "apheresis"}}, "'apheresis' is no step; there are therapy-order"),
        ({"steps": {"APH": "collection"}}, "'APH' is written without its coding system"),
        ({"steps": "collection"}, "steps: names and values are expected"),
        ({"patients": {"KIS": ""}}, "'KIS' stands for nothing"),
    ],
)
def test_words_that_cannot_be_used_are_told_in_one_sentence(mapping: Any, told: str) -> None:
    with pytest.raises(Misconfigured, match=f"clinic connector: mapping: .*{told}"):
        usable(load("clinic"), clinic(**mapping))
