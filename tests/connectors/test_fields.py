"""The fields of a message are named as people name them, and can be given other values."""

from __future__ import annotations

import json

import pytest

from connectors import CONNECTORS, load
from connectors.connector import Raw
from connectors.fields import MOST_FIELDS, document_of
from connectors.understand import understand
from tests.connectors.specimens import TOKENS, own_samples, partner


def paths(body: bytes) -> dict[str, object]:
    document = document_of(body)
    assert document is not None
    return {leaf.path: leaf.value for leaf in document.leaves}


JSON = b'{"a": {"b": ["x", 1.5, null, {"c": true}]}, "d": {}}'
XML = b'<r xmlns="urn:x"><a n="1">t</a><b><c>u</c></b></r>'
HL7 = b"\x0bMSH|^~\\&|LAB|HOSP\rOBX|1|NM|VIAB^x&y||87~88\r\x1c\r"


def test_paths_of_json_leave_out_which_place_of_a_list() -> None:
    assert paths(JSON) == {"a.b[]": 1.5, "a.b[].c": True}
    assert paths(b'["x"]') == {"[]": "x"}


def test_paths_of_xml_are_local_names() -> None:
    assert paths(XML) == {"r/a/@n": "1", "r/a": "t", "r/b/c": "u"}


def test_paths_of_hl7_count_as_the_standard_does() -> None:
    assert paths(HL7) == {
        "MSH-3": "LAB",
        "MSH-4": "HOSP",
        "OBX-1": "1",
        "OBX-2": "NM",
        "OBX-3.1": "VIAB",
        "OBX-3.2.1": "x",
        "OBX-3.2.2": "y",
        "OBX-5": "88",
    }


@pytest.mark.parametrize(("body", "path"), [(JSON, "a.b[]"), (XML, "r/b/c"), (HL7, "OBX-3.2.2")])
def test_another_value_is_written_in_its_place_and_nowhere_else(body: bytes, path: str) -> None:
    document = document_of(body)
    assert document is not None
    leaf = next(leaf for leaf in document.leaves if leaf.path == path)
    again = document_of(document.rewritten({leaf.number: "other"}))
    assert again is not None
    before = [one.value for one in document.leaves]
    before[leaf.number] = "other"
    assert [one.value for one in again.leaves] == before


@pytest.mark.parametrize("system", CONNECTORS)
def test_a_sample_written_again_says_what_it_said(system: str) -> None:
    looked_into = 0
    for file in own_samples(system):
        raw = Raw(file.name, file.read_bytes())
        document = document_of(raw.body)
        if document is None:
            continue
        looked_into += 1
        again = Raw(raw.name, document.rewritten({}))
        said, told = (
            [type(d) for d in understand(load(system), r, partner(system), TOKENS)]
            for r in (raw, again)
        )
        assert said == told, file.name
    assert looked_into


@pytest.mark.parametrize("body", [b"", b"ISA*00*", b"{", b"<a>", b"{}", b"\xff\xfe", b"<a/>"])
def test_what_has_no_fields_is_not_looked_into(body: bytes) -> None:
    assert document_of(body) is None


def test_a_document_with_too_many_fields_is_not_looked_into() -> None:
    assert document_of(json.dumps(list(range(MOST_FIELDS + 1))).encode()) is None
