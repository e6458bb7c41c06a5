"""HL7 v2 as real senders write it."""

from __future__ import annotations

import pytest

from connectors.connector import CannotUnderstand
from connectors.hl7v2.message import part, read, split
from schemas.reasons import Reason

HEADER = r"MSH|^~\&|LAB|NORTH|||20260301||ORU^R01|1|P|2.5.1"


def refusal(body: bytes) -> Reason:
    with pytest.raises(CannotUnderstand) as refused:
        tuple(map(read, split(body)))
    return refused.value.reason


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\n", "\r\r\n"])
def test_any_line_ends_are_taken(end: str) -> None:
    (body,) = split(end.join([HEADER, "PID|1", "OBR|1"]).encode())
    assert [s.name for s in read(body).segments] == ["MSH", "PID", "OBR"]


def test_one_file_may_hold_many_messages_framed_or_in_a_batch() -> None:
    framed = b"".join(b"\x0b" + HEADER.encode() + b"\rPID|1\r\x1c\r" for _ in range(3))
    assert len(split(framed)) == 3
    batch = "\r".join([r"FHS|^~\&", r"BHS|^~\&", HEADER, "PID|1", HEADER, "BTS|2", "FTS|1"])
    assert [len(read(m).segments) for m in split(batch.encode())] == [2, 1]


def test_the_header_counts_its_own_separator_as_a_field() -> None:
    header = read(HEADER.encode()).header
    assert (header.text(3), header.text(9, 2), header.text(10), header.text(12)) == (
        "LAB",
        "R01",
        "1",
        "2.5.1",
    )


def test_delimiters_are_those_that_the_message_declares() -> None:
    message = read(b"MSH#*!?%#LAB#####x##ORU*R01#7#P#2.5\rOBX#1#ST#A*B!C#x?S?y?F?z%w")
    obx = message.segments[1]
    assert [part(r, 1) for r in obx.repetitions(3)] == ["A", "C"]
    assert obx.text(3, 2) == "B"
    assert obx.parts(4)[0] == ("x*y#z", "w")


@pytest.mark.parametrize(
    ("escaped", "meant"),
    [
        (r"a\F\b\S\c\R\d\T\e\E\f", "a|b^c~d&e\\f"),
        (r"Gr\XC3B6\ab", "Gröab"),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\loud\N\ ", "loud"),
        (r"\Q\stays", r"\Q\stays"),
        (r"lonely\ mark", "lonely\\ mark"),
    ],
)
def test_escape_sequences_are_undone_and_unknown_ones_kept(escaped: str, meant: str) -> None:
    message = read(f"{HEADER}\rNTE|1|L|{escaped}".encode())
    assert message.segments[1].text(3) == meant


def test_a_null_field_is_empty() -> None:
    assert read(f'{HEADER}\rNTE|1|""|x'.encode()).segments[1].text(2) == ""


@pytest.mark.parametrize(
    ("named", "encoding"),
    [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8"), ("8859/15", "iso8859-15")],
)
def test_the_character_set_is_the_one_that_the_message_names(named: str, encoding: str) -> None:
    message = f"{HEADER}||||||{named}\rNTE|1|L|Größe"
    assert read(message.encode(encoding)).segments[1].text(3) == "Größe"


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    (body,) = split(b"\xef\xbb\xbf" + HEADER.encode())
    assert read(body).header.text(3) == "LAB"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY_VALUE),
        (b"PID|1\r" + HEADER.encode(), Reason.UNKNOWN_FORMAT),
        (b"MSH", Reason.NOT_WELL_FORMED),
        (b"MSH|", Reason.NOT_WELL_FORMED),
        (b"MSH||||", Reason.NOT_WELL_FORMED),
        (b"MSH|^^\\&|LAB", Reason.NOT_WELL_FORMED),
        (b"MSHabcde|LAB", Reason.NOT_WELL_FORMED),
        (HEADER.encode() + b"\ra line of text", Reason.NOT_WELL_FORMED),
        (HEADER.encode() + b"||||||KLINGON", Reason.ENCODING_UNKNOWN),
        (HEADER.encode() + b"\rNTE|1|L|Gr\xf6\xdfe", Reason.ENCODING_UNKNOWN),
    ],
)
def test_what_is_no_message_is_refused_by_its_reason(body: bytes, reason: Reason) -> None:
    assert refusal(body) is reason


def test_a_japanese_message_switches_its_letters_and_keeps_its_fields() -> None:
    # in JIS X 0208 the second byte of many letters is that of a delimiter: here of | and of ^
    name = "万五"
    encoded = name.encode("iso2022_jp")
    assert b"|" in encoded
    assert b"^" in encoded
    header = HEADER + "||||||~ISO IR87||ISO 2022-1994"
    message = read(header.encode() + b"\rPID|1||77||" + encoded + b"^" + encoded + b"|M")
    pid = message.segments[1]
    assert (pid.text(5, 1), pid.text(5, 2), pid.text(6)) == (name, name, "M")
