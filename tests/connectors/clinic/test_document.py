"""Bundles: entries in any order, each decided by itself, referring to each other."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.connector import Mapped, Refused
from schemas.reasons import Reason
from tests.connectors.clinic.words import (
    COI,
    Json,
    bundle,
    decisions,
    ignored,
    procedure,
    refused,
)

SAMPLES = Path(__file__).parent / "samples"
MESSAGES = [f for f in sorted(SAMPLES.glob("*.json")) if not f.name.endswith(".expected.json")]


def test_the_order_of_a_bundle_does_not_matter() -> None:
    whole = json.loads((SAMPLES / "bundle_collection.json").read_text())
    expected = {repr(d) for d in decisions(whole)}
    shuffler = random.Random(5)
    for _ in range(20):
        shuffler.shuffle(whole["entry"])
        assert {repr(d) for d in decisions(whole)} == expected


def test_each_entry_of_a_bundle_is_decided_by_itself() -> None:
    said = decisions(bundle(procedure("thaw"), procedure("thaw", "finished"), {"resourceType": 7}))
    assert [type(d) for d in said] == [Mapped, Refused, Refused]


def test_an_empty_bundle_says_nothing() -> None:
    assert "without entries" in ignored({"resourceType": "Bundle", "type": "batch"})
    assert refused({"resourceType": "Bundle", "type": "heap"}) is Reason.STANDARD_VIOLATED


def test_of_two_versions_in_one_bundle_the_later_one_is_referred_to() -> None:
    order: Json = {
        "resourceType": "ServiceRequest",
        "id": "9",
        "status": "revoked",
        "intent": "order",
    }
    order |= {"subject": {"reference": "Patient/1"}, "code": {"text": "x"}}
    old = order | {"meta": {"versionId": "9"}, "identifier": [COI | {"value": "COI-OLD"}]}
    new = order | {"meta": {"versionId": "10"}, "identifier": [COI | {"value": "COI-NEW"}]}
    based = procedure("thaw", identifier=[], basedOn=[{"reference": "ServiceRequest/9"}])
    for entries in ((old, new, based), (based, new, old)):
        (mapped,) = [d for d in decisions(bundle(*entries)) if isinstance(d, Mapped)]
        assert mapped.events[0].coi == "COI-NEW"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_any_place_there_is_a_decision(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(MESSAGES))
    whole = json.loads(sample.read_text())
    place, key = data.draw(st.sampled_from(list(_places(whole))))
    place[key] = data.draw(anything)
    assert decisions(whole)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a document, as its holder and its key."""
    if isinstance(value, dict):
        found: list[tuple[Any, Any]] = [(value, key) for key in value]
        return found + [place for inner in value.values() for place in _places(inner)]
    if isinstance(value, list):
        found = [(value, index) for index in range(len(value))]
        return found + [place for inner in value for place in _places(inner)]
    return []
