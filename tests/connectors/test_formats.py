"""Whatever the bytes are, they are a document or they are refused with the place."""

from __future__ import annotations

import codecs
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import CannotUnderstand
from connectors.formats import DEPTH_LIMIT, json_document, json_object, local, namespace, text, xml
from schemas.reasons import Reason


def refusal(read: object, raw: bytes, **settings: int) -> CannotUnderstand:
    with pytest.raises(CannotUnderstand) as refused:
        read(raw, **settings)  # type: ignore[operator]
    return refused.value


@pytest.mark.parametrize(
    "raw",
    [
        b"<a><b>\xc3\xa9</b></a>",
        b"\xef\xbb\xbf<a><b>\xc3\xa9</b></a>",
        b"\n  <?xml version='1.0'?><a><b>\xc3\xa9</b></a>",
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a><b>\xe9</b></a>",
        b"<?xml version='1.0' encoding='windows-1252'?><a><b>\xe9</b></a>",
        codecs.BOM_UTF16_LE + "<a><b>é</b></a>".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "<a><b>é</b></a>".encode("utf-16-be"),
    ],
)
def test_xml_in_the_encodings_that_partners_use(raw: bytes) -> None:
    assert xml(raw).findtext("b") == "é"


def test_names_without_and_with_their_namespace() -> None:
    root = xml(b"<p:a xmlns:p='urn:x'/>")
    assert (local(root.tag), namespace(root.tag)) == ("a", "urn:x")
    assert (local("a"), namespace("a")) == ("a", "")


def test_a_broken_document_is_refused_with_the_place() -> None:
    said = refusal(xml, b"<a>\n<b></a>")
    assert said.reason is Reason.NOT_WELL_FORMED
    assert said.detail == "not XML: mismatched tag at line 2, column 5"
    said = refusal(json_document, b'{"a": 1,\n"b": }')
    assert said.reason is Reason.NOT_WELL_FORMED
    assert said.detail.startswith("not JSON: ")
    assert said.detail.endswith("at line 2, column 6")


def test_no_entity_is_expanded_and_no_address_is_fetched() -> None:
    bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    fetch = b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>"
    for raw in (bomb, fetch, b"<!DOCTYPE a><a/>"):
        assert "DOCTYPE" in refusal(xml, raw).detail


def test_size_is_asked_before_anything_is_read() -> None:
    for read in (xml, json_document, text):
        assert refusal(read, b"<a/>" + b" " * 100, limit=100).reason is Reason.TOO_LARGE
        assert refusal(read, b" \r\n").reason is Reason.EMPTY_VALUE


def test_documents_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    n = DEPTH_LIMIT
    assert xml(b"<a>" * n + b"</a>" * n) is not None
    assert json_document(b"[" * n + b"]" * n) is not None
    assert "deeper" in refusal(xml, b"<a>" * (n + 1) + b"</a>" * (n + 1)).detail
    assert "deeper" in refusal(json_document, b"[" * (n + 1) + b"]" * (n + 1)).detail
    assert "deeper" in refusal(json_document, b'{"a":[' * n + b"]}" * n).detail
    wide = b"[" + b"[]," * 1000 + b"[]]"
    assert len(json_document(wide)) == 1001  # type: ignore[arg-type]


def test_an_encoding_that_is_none_is_refused() -> None:
    for raw in (
        b"<?xml version='1.0' encoding='klingon'?><a/>",
        b"<?xml version='1.0' encoding='big5'?><a/>",
    ):
        assert refusal(xml, raw).reason is Reason.ENCODING_UNKNOWN
    said = refusal(json_document, b'{"a":"\xe9"}')
    assert said.reason is Reason.ENCODING_UNKNOWN
    assert said.detail == "byte 0xe9 at position 6 is not utf-8"
    with pytest.raises(CannotUnderstand, match="klingon"):
        text(b"a", "klingon")


def test_text_in_the_encoding_named_or_marked() -> None:
    assert text(b"\xe9", "latin-1") == "é"
    assert text(b"\xef\xbb\xbf\xc3\xa9", "latin-1") == "é"


def test_only_an_object_is_an_object() -> None:
    assert json_object(b'{"a": 1}') == {"a": 1}
    for raw, found in (
        (b"[]", "an array"),
        (b'"a"', "a string"),
        (b"null", "null"),
        (b"1", "a value"),
    ):
        said = refusal(json_object, raw)
        assert (said.reason, said.detail) == (
            Reason.UNKNOWN_FORMAT,
            f"expected a JSON object, found {found}",
        )


@pytest.mark.parametrize(
    "raw", [b"NaN", b'{"a":Infinity}', b'"\\ud800"', b"{'a':1}", b"01", b"1 2"]
)
def test_what_only_looks_like_json_is_refused(raw: bytes) -> None:
    assert refusal(json_document, raw).reason is Reason.NOT_WELL_FORMED


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(raw: bytes) -> None:
    for read in (xml, json_document, text):
        with suppress(CannotUnderstand):
            read(raw)
