"""Tokens repeat for the same person, differ for everybody else, and cannot be undone."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pseudonyms import KeyUnusable, Pseudonyms, Withheld, create_key, read_key

KEY = bytes(range(32))
HOSPITAL = Pseudonyms("trial-1", KEY)


def test_the_same_person_has_the_same_token() -> None:
    assert HOSPITAL.subject("urn:h", "123") == HOSPITAL.subject(" urn:h ", "123 ")
    assert HOSPITAL.subject("urn:h", "123") == Pseudonyms("trial-1", KEY).subject("urn:h", "123")


def test_a_token_stays_what_it_was() -> None:
    # released once, for ever: records written today are found by tokens made in ten years
    assert HOSPITAL.subject("urn:h", "123") == "SUB-QAA7LZTRKGZCOH6SL3ZWO44QUF"
    assert HOSPITAL.staff("urn:h", "123") == "STAFF-S7RBT3T67AAXBABQ6YM47GASWW"


def test_tokens_have_their_form() -> None:
    assert re.fullmatch(r"SUB-[A-Z2-7]{26}", HOSPITAL.subject("urn:h", "123"))
    assert re.fullmatch(r"STAFF-[A-Z2-7]{26}", HOSPITAL.staff("urn:h", "123"))


def test_whatever_differs_gives_another_token() -> None:
    domains = (HOSPITAL, Pseudonyms("trial-2", KEY), Pseudonyms("trial-1", bytes(32)))
    people = (("urn:h", "123"), ("urn:h1", "23"), ("", "urn:h123"), ("urn:g", "123"))
    tokens = [d.subject(*p) for d, p in product(domains, people)]
    tokens += [d.staff(*p) for d, p in product(domains, people)]
    bare = {token.partition("-")[2] for token in tokens}
    assert len(bare) == len(tokens)


@given(st.text(), st.text())
def test_a_token_holds_nothing_of_the_identifier(issuer: str, value: str) -> None:
    token = HOSPITAL.subject(issuer, value)
    assert re.fullmatch(r"SUB-[A-Z2-7]{26}", token)


def test_the_key_is_not_shown() -> None:
    assert "key" not in repr(HOSPITAL)


def test_without_a_key_everybody_is_hidden() -> None:
    assert Withheld().subject("a", "1") == Withheld().subject("b", "2") == "SUB-" + "0" * 26
    assert Withheld().staff("a", "1") == "STAFF-" + "0" * 26


def test_a_key_is_made_only_on_request_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "demo.key"
    with pytest.raises(KeyUnusable, match="there is no pseudonym key"):
        read_key(path)
    made = create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made) == 32
    assert read_key(path) == create_key(path) == made
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        read_key(path)


@pytest.mark.parametrize("content", ["", "abc", "g" * 64, "a" * 63, "é" * 64])
def test_a_key_that_is_none_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable) as refused:
        read_key(path)
    assert not content or content not in str(refused.value)
