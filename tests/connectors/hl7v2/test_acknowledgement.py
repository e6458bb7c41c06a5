"""What is answered to an HL7 v2 message, by the mode that it asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.connector import Refused
from connectors.hl7v2.acknowledgement import Fate, Outcome, answers, header_of
from connectors.hl7v2.message import Message, read, split
from schemas.reasons import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = Refused(Reason.FIELD_MISSING, "PID-3: 'MUSTER' names no patient")
UNDERSTOOD = Outcome(Fate.UNDERSTOOD)
SET_ASIDE = Outcome(Fate.SET_ASIDE, WHY)
UNSAFE = Outcome(Fate.UNSAFE, Refused(Reason.HANDLER_FAILED, "the disk is full"))
REJECTED = Outcome(Fate.REJECTED, Refused(Reason.TOO_LARGE, "too large"))


def message(accept: str = "", application: str = "", kind: str = "ADT^A40^ADT_A39") -> bytes:
    header = rf"MSH|^~\&|KIS|NORTH|HUB|V2V|20260301||{kind}|C-7|T|2.5.1|||{accept}|{application}"
    return f"{header}\rPID|1\r".encode()


def answered(body: bytes, outcome: Outcome) -> list[Message]:
    return [read(split(answer)[0]) for answer in answers(body, outcome, NOW)]


def codes(body: bytes, outcome: Outcome) -> list[str]:
    found = [answer.first("MSA") for answer in answered(body, outcome)]
    return [msa.text(1) for msa in found if msa is not None]


@pytest.mark.parametrize(
    ("outcome", "code"), [(UNDERSTOOD, "AA"), (SET_ASIDE, "AE"), (UNSAFE, "AR"), (REJECTED, "AR")]
)
def test_the_original_mode_has_one_answer(outcome: Outcome, code: str) -> None:
    assert codes(message(), outcome) == [code]


@pytest.mark.parametrize(
    ("accept", "application", "understood", "set_aside", "unsafe", "rejected"),
    [
        ("AL", "NE", ["CA"], ["CA"], ["CE"], ["CR"]),
        ("AL", "AL", ["CA", "AA"], ["CA", "AE"], ["CE"], ["CR"]),
        ("NE", "AL", ["AA"], ["AE"], ["AR"], ["AR"]),
        ("ER", "ER", [], ["AE"], ["CE"], ["CR"]),
        ("SU", "SU", ["CA", "AA"], ["CA"], [], []),
        ("NE", "NE", [], [], [], []),
        ("AL", "", ["CA"], ["CA"], ["CE"], ["CR"]),
        ("", "AL", ["AA"], ["AE"], ["AR"], ["AR"]),
    ],
)
def test_the_enhanced_mode_answers_what_was_asked_for(
    accept: str,
    application: str,
    understood: list[str],
    set_aside: list[str],
    unsafe: list[str],
    rejected: list[str],
) -> None:
    body = message(accept, application)
    assert codes(body, UNDERSTOOD) == understood
    assert codes(body, SET_ASIDE) == set_aside
    assert codes(body, UNSAFE) == unsafe
    assert codes(body, REJECTED) == rejected


def test_an_answer_names_the_message_and_turns_sender_and_receiver_round() -> None:
    (answer,) = answered(message(), UNDERSTOOD)
    header, msa = answer.header, answer.first("MSA")
    assert [header.text(n) for n in (3, 4, 5, 6)] == ["HUB", "V2V", "KIS", "NORTH"]
    assert [header.text(9, n) for n in (1, 2, 3)] == ["ACK", "A40", "ACK"]
    assert (header.text(7), header.text(11), header.text(12)) == (
        "20260301120000+0000",
        "T",
        "2.5.1",
    )
    assert msa is not None
    assert (msa.text(1), msa.text(2)) == ("AA", "C-7")
    assert answer.first("ERR") is None
    assert 1 <= len(header.text(10)) <= 20


def test_an_error_says_where_and_why_and_repeats_no_content() -> None:
    (answer,) = answered(message(), SET_ASIDE)
    err, msa = answer.first("ERR"), answer.first("MSA")
    assert err is not None
    assert msa is not None
    assert [part[0] for part in err.parts(2)] == ["PID", "1", "3"]
    assert (err.text(3), err.text(4), err.text(5)) == ("101", "E", "field_missing")
    assert err.text(8) == "PID-3: '...' names no patient"
    assert b"MUSTER" not in answers(message(), SET_ASIDE, NOW)[0]


def test_an_answer_speaks_the_delimiters_and_characters_of_its_message() -> None:
    header = "MSH#*!?%#Küche#N#####ADT*A01#1#P#2.5######8859/1".encode("latin-1")
    (answer,) = answers(header, Outcome(Fate.SET_ASIDE, Refused(WHY.reason, "a#b*c")), NOW)
    assert answer.startswith(b"MSH#*!?%###")
    assert "Küche".encode("latin-1") in answer
    assert b"MSA#AE#1#a?F?b?S?c" in answer


def test_a_character_set_that_nobody_knows_is_answered_all_the_same() -> None:
    body = message() + b""
    header = body.partition(b"\r")[0] + b"||KLINGON\rPID|1"
    assert codes(body.partition(b"\r")[0], UNDERSTOOD) == ["AA"]
    (answer,) = answers(header, SET_ASIDE, NOW)
    assert b"MSA|AE|C-7" in answer


def test_what_is_no_hl7_has_a_header_of_ours() -> None:
    for body in (b"", b"hello", b"{}", b"MSH", b"MSHabcdefgh"):
        assert header_of(body) is None
        (answer,) = answers(body, REJECTED, NOW)
        assert answer.startswith(b"MSH|^~\\&|||||20260301120000+0000||ACK|")
        assert b"\rMSA|AR||too large\r" in answer


def test_an_answer_repeats_nothing_that_is_too_long_for_a_header() -> None:
    (answer,) = answers(rb"MSH|^~\&|" + b"x" * 5000 + b"|N|||||ADT|1|P|2.5", REJECTED, NOW)
    assert b"xx" not in answer
    assert b"MSA|AR|1|too large" in answer


def test_an_acknowledgement_is_never_acknowledged() -> None:
    for kind in ("ACK", "ACK^A01^ACK", "MCF"):
        assert answers(message(kind=kind), UNDERSTOOD, NOW) == ()


def test_the_first_message_of_a_batch_is_answered() -> None:
    batch = b"FHS|^~\\&|KIS\rBHS|^~\\&|KIS\r" + message() + message().replace(b"C-7", b"C-8")
    (answer,) = answers(batch, UNDERSTOOD, NOW)
    assert b"MSA|AA|C-7" in answer


def test_the_same_message_has_the_same_answer_but_for_the_time() -> None:
    (one,) = answers(message(), UNDERSTOOD, NOW)
    (other,) = answers(message(), UNDERSTOOD, datetime(2026, 3, 2, tzinfo=UTC))
    assert one.replace(b"20260301120000", b"20260302000000") == other
