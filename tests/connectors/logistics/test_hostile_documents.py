"""Well-formed documents with anything anywhere: refused, ignored or told, and never a failure of ours."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import load
from connectors.connector import Raw, Refused
from connectors.understand import understand
from schemas.reasons import Reason
from tests.connectors.specimens import HERE, TOKENS, messages, own_samples, partner

ANYTHING: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "x",
    "x" * 300,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": 1},
    "2026-01-01T00:00:00Z",
    "urn:epc:id:sscc:1.2",
    "urn:epc:id:giai:x",
    "https://[bad/00/1",
    "https://id.gs1.org/01/²²²²²²²²²²²²²²",
    "https://vein-to-vein.org/id/COI/",
    "https://vein-to-vein.org/id/NOPE/x",
    "https://vein-to-vein.org/id/place/%20",
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to everything inside a document."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [path] if path else []
    for key, one in inner:
        found += places(one, (*path, key))
    return found


@pytest.mark.parametrize("system", ["logistics", "qms"])
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_anything_anywhere_is_no_failure_of_ours(system: str, data: st.DataObject) -> None:
    files = tuple(file for file in own_samples(system) if file.suffix in (".json", ".jsonld"))
    document = orjson.loads(data.draw(st.sampled_from(files)).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(places(document)))
        parent = document
        for key in above:
            parent = parent[key]
        parent[last] = copy.deepcopy(data.draw(st.sampled_from(ANYTHING)))
    raw = Raw("hostile", orjson.dumps(document))
    companions = tuple(messages(files, HERE / system / "samples"))
    for decision in understand(load(system), raw, partner(system), TOKENS, companions):
        assert not (isinstance(decision, Refused) and decision.reason is Reason.HANDLER_FAILED), (
            decision
        )
