"""Reads the XML, JSON and text that partners send, and says where it breaks when it does.

Whatever the bytes are, the answer is a document or `CannotUnderstand`: size and depth are bounded
before anyone walks the document, no entity is expanded, and no address is fetched.
Pure: bytes in, values out.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SIZE_LIMIT = 5_000_000
"""Bytes of one message that are still read."""

DEPTH_LIMIT = 200
"""How deep a document may nest; real ones stay below forty."""

BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the UTF-16 mark, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def within(raw: bytes, limit: int = SIZE_LIMIT) -> bytes:
    """The same bytes, unless there are none or too many of them."""
    if not raw.strip():
        raise CannotUnderstand(Reason.EMPTY_VALUE, "the message is empty")
    if len(raw) > limit:
        detail = f"the message has {len(raw):,} bytes; at most {limit:,} are read"
        raise CannotUnderstand(Reason.TOO_LARGE, detail)
    return raw


def text(raw: bytes, encoding: str = "utf-8", limit: int = SIZE_LIMIT) -> str:
    """The text of the bytes; a byte order mark tells more than the encoding handed in."""
    within(raw, limit)
    for mark, marked in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], marked
            break
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        detail = f"byte {raw[error.start]:#04x} at position {error.start} is not {encoding}"
        raise CannotUnderstand(Reason.ENCODING_UNKNOWN, detail) from None
    except LookupError:
        detail = f"there is no encoding named {encoding[:40]!r}"
        raise CannotUnderstand(Reason.ENCODING_UNKNOWN, detail) from None


class _BoundedTree(TreeBuilder):
    """Builds the tree and stops where it nests too deep for anyone to walk."""

    depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            detail = f"the document nests deeper than {DEPTH_LIMIT} elements"
            raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(tag)


def xml(raw: bytes, limit: int = SIZE_LIMIT) -> Element:
    """The root element of an XML document without any document type declaration."""
    within(raw, limit)
    parser = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
    try:
        parser.feed(raw.lstrip(b" \t\r\n"))  # some senders begin with an empty line
        root: Element = parser.close()
    except ParseError as error:
        line, column = error.position
        detail = f"not XML: {_said(error)} at line {line}, column {column}"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail) from None
    except DefusedXmlException:
        detail = "a document type declaration is not taken; send the document without DOCTYPE"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, CannotUnderstand):
            raise
        detail = "the encoding that the XML declares is not known"
        raise CannotUnderstand(Reason.ENCODING_UNKNOWN, detail) from None
    return root


def _said(error: ParseError) -> str:
    """What the parser found, without its own note of the place and without any of the content."""
    return str(error).partition(":")[0]


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """The namespace of an element; empty when it has none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def json_document(raw: bytes, limit: int = SIZE_LIMIT) -> object:
    """The value of a JSON document in UTF-8, UTF-16 or UTF-32."""
    content = text(raw, limit=limit)
    try:
        document: object = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        detail = f"not JSON: {_json_fault(error)} at line {error.lineno}, column {error.colno}"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail) from None
    if _depth_possible(content) and _nests_deeper(document, DEPTH_LIMIT):
        detail = f"the document nests deeper than {DEPTH_LIMIT} levels"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
    return document


def json_object(raw: bytes, limit: int = SIZE_LIMIT) -> dict[str, object]:
    """The JSON object that the bytes hold."""
    document = json_document(raw, limit)
    if not isinstance(document, dict):
        kind = {list: "an array", str: "a string", type(None): "null"}.get(
            type(document), "a value"
        )
        raise CannotUnderstand(Reason.UNKNOWN_FORMAT, f"expected a JSON object, found {kind}")
    return document


def _json_fault(error: orjson.JSONDecodeError) -> str:
    return error.msg.partition(":")[0]


def _depth_possible(content: str) -> bool:
    """Whether there are enough brackets for the depth limit to matter at all."""
    return content.count("[") + content.count("{") > DEPTH_LIMIT


def _nests_deeper(document: object, limit: int) -> bool:
    """Walks level by level, because the document may nest deeper than Python can call."""
    level = [document]
    for _ in range(limit):
        level = [
            child
            for value in level
            for child in (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else ()
            )
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
