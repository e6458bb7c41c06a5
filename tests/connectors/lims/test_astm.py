"""What an instrument's ASTM E1394 message says, framed or not, and what it does not say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.lims.astm import is_astm, messages
from connectors.lims.translate import translate
from schemas.envelope import Environment, Precision, Scheme, System
from schemas.laboratory import ResultAmended, ResultReported, Verdict
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

LAB = Partner("qc", System.LIMS, zone="Europe/Berlin", mapping={"astm": {"O-4": "BATCH"}})
PLAIN = Partner("qc", System.LIMS, zone="Europe/Berlin")
HEADER = r"H|\^&|M-1||COUNTER^1|||||||P|E 1394-97|20260318101500"
ORDER = "O|1|S-1|B-1|^^^VIAB|R"
RESULT = "R|1|^^^VIAB|85.5|%|80 to 100|N||F||A-1^A-2|20260318091000|20260318101500|CC-2"


def frame(number: int, text: bytes, end: bytes = b"\x03") -> bytes:
    body = str(number % 8).encode() + text + end
    return b"\x02" + body + b"%02X\r\n" % (sum(body) % 256)


def framed(records: list[str], size: int = 240) -> bytes:
    """The records as an instrument sends them, in frames of at most this size."""
    sent, number = b"\x05", 1
    for record in records:
        data = record.encode("latin-1") + b"\r"
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        for part in parts:
            sent += frame(number, part, b"\x03" if part is parts[-1] else b"\x17")
            number += 1
    return sent + b"\x04"


def decide(*records: str, partner: Partner = LAB, header: str = HEADER) -> Decision:
    body = "\r".join((header, "P|1", *records, "L|1|N")).encode()
    (decision,) = translate(Raw("a.astm", body), partner, OpenTokens(), ())
    return decision


def results(*records: str, **more: Any) -> list[ResultReported]:
    decision = decide(*records, **more)
    assert isinstance(decision, Mapped), decision
    return [event for event in decision.events if isinstance(event, ResultReported)]


def result(record: str, **more: Any) -> ResultReported:
    (found,) = results(ORDER, record, **more)
    return found


def refused(*records: str, **more: Any) -> Reason:
    decision = decide(*records, **more)
    assert isinstance(decision, Refused), decision
    return decision.reason


def refusal(body: bytes) -> Reason:
    with pytest.raises(CannotUnderstand) as wrong:
        messages(body)
    return wrong.value.reason


# ------------------------------------------------------------------------------------------ frames


@given(st.integers(4, 300))
def test_records_are_the_same_however_they_are_framed(size: int) -> None:
    records = [HEADER, "P|1", ORDER, RESULT, "L|1|N"]
    plain = messages("\r".join(records).encode())
    assert messages(framed(records, size)) == plain


def test_a_wrong_checksum_refuses_the_whole_message() -> None:
    sent = framed([HEADER, "P|1", ORDER, RESULT, "L|1|N"])
    assert refusal(sent.replace(b"85.5", b"86.5")) is Reason.NOT_WELL_FORMED


def test_a_missing_frame_refuses_the_whole_message() -> None:
    records = [HEADER, ORDER, RESULT, "L|1|N"]
    sent = framed(records)
    second = sent.index(b"\x022")
    third = sent.index(b"\x023")
    assert refusal(sent[:second] + sent[third:]) is Reason.NOT_WELL_FORMED


def test_a_frame_that_is_sent_again_is_read_once() -> None:
    first, rest = frame(1, HEADER.encode() + b"\r"), frame(2, b"L|1|N\r")
    (records,) = messages(b"\x05" + first + first + rest + b"\x04")
    assert [record.kind for record in records] == ["H", "L"]


def test_a_frame_without_its_end_is_refused() -> None:
    assert refusal(framed([HEADER, "L|1"])[:30]) is Reason.NOT_WELL_FORMED


def test_frames_count_to_seven_and_go_on_with_zero() -> None:
    records = [HEADER, ORDER, *[f"C|{n}|I|note" for n in range(12)], "L|1|N"]
    (found,) = messages(framed(records))
    assert len(found) == 15


def test_each_session_counts_from_one() -> None:
    session = framed([HEADER, "L|1|N"])
    assert len(messages(session + session)) == 2


@pytest.mark.parametrize(
    ("body", "is_it"),
    [
        (HEADER.encode(), True),
        (b"\x05\x021H|", True),
        (b"H@\\*!@x", True),
        (b"Hello, world", False),
        (rb"MSH|^~\&|", False),
        (b"", False),
        (b"{}", False),
    ],
)
def test_the_first_characters_tell_an_instrument(body: bytes, is_it: bool) -> None:
    assert is_astm(body) is is_it


def test_another_protocol_with_the_same_file_ending_is_refused() -> None:
    for body in (b"\x02\x81\x03", b"\x02D1U19\x03", b"H|\\^&\rhello", b"\x05\x02"):
        decisions = translate(Raw("a.astm", body), LAB, OpenTokens(), ())
        assert all(isinstance(d, Refused) for d in decisions), body


# ----------------------------------------------------------------------------------------- results


def test_a_result_has_its_value_its_limits_and_the_instruments_verdict() -> None:
    found = result(RESULT)
    assert (found.test, found.value, found.unit) == ("VIAB", 85.5, "%")
    assert (found.low, found.high, found.verdict) == (80.0, 100.0, Verdict.PASS)
    assert (found.final, found.device, found.actor, found.second_actor) == (
        True,
        "CC-2",
        "A-1",
        "A-2",
    )
    assert [(i.scheme, i.value) for i in found.identifiers] == [
        (Scheme.SAMPLE, "S-1"),
        (Scheme.BATCH, "B-1"),
    ]
    assert found.occurred_at.isoformat() == "2026-03-18T09:15:00+00:00"


def test_other_fields_name_only_what_is_agreed() -> None:
    assert [i.scheme for i in result(RESULT, partner=PLAIN).identifiers] == [Scheme.SAMPLE]


@pytest.mark.parametrize(
    ("status", "final", "amended"),
    [
        ("F", True, False),
        ("V", True, False),
        ("R", True, False),
        ("P", False, False),
        ("", False, False),
        ("W", False, False),
        ("C", True, True),
    ],
)
def test_the_status_says_how_a_result_stands(status: str, final: bool, amended: bool) -> None:
    found = result(f"R|1|^^^VIAB|85.5|%||||{status}")
    assert (found.final, isinstance(found, ResultAmended)) == (final, amended)


@pytest.mark.parametrize("status", ["I", "N"])
def test_a_result_that_is_still_to_come_is_none(status: str) -> None:
    decision = decide(ORDER, f"R|1|^^^VIAB|||||| {status}".replace(" ", ""))
    assert decision == Ignored("an instrument's message without results")


def test_a_result_that_cannot_be_obtained_has_no_value_and_passes_nothing() -> None:
    found = result("R|1|^^^VIAB|85.5|%||N||X")
    assert (found.value, found.verdict, found.reason_code) == (None, Verdict.PENDING, "X")


@pytest.mark.parametrize(
    ("flag", "verdict"),
    [
        ("N", Verdict.PASS),
        ("", Verdict.PENDING),
        ("H", Verdict.OUT_OF_SPECIFICATION),
        ("N\\A", Verdict.OUT_OF_SPECIFICATION),
        ("U", Verdict.PENDING),
    ],
)
def test_a_flag_is_the_verdict_and_an_unknown_one_never_passes(flag: str, verdict: Verdict) -> None:
    assert result(f"R|1|^^^VIAB|85.5|%||{flag}||F").verdict is verdict


@pytest.mark.parametrize(
    ("value", "number", "words"),
    [
        ("85.5", 85.5, None),
        ("<0.5", None, "<0.5"),
        ("1,4", None, "1,4"),
        ("not detected", None, "not detected"),
        ("^^12", 12.0, None),
    ],
)
def test_a_value_is_a_number_only_where_it_is_one(
    value: str, number: float | None, words: str | None
) -> None:
    found = result(f"R|1|^^^T|{value}|%||||F")
    assert (found.value, found.value_text) == (number, words)


def test_comments_stay_where_they_are_because_people_write_names_there() -> None:
    (found,) = results(ORDER, RESULT, "C|1|I|for Maria Muster|G")
    assert found.reason_text is None


def test_results_that_share_a_code_are_called_by_all_that_tells_them_apart() -> None:
    found = results(
        ORDER,
        "R|1|^PANEL^^MYCO^^^16S^|NOT DETECTED^||||||||||20260318",
        "R|2|^PANEL^^MYCO^^^16S^Ct|^0.0",
        "R|3|^^^CD3|97.1|%||||F",
    )
    assert [(r.test, r.value, r.value_text) for r in found] == [
        ("MYCO^16S", None, "NOT DETECTED"),
        ("MYCO^16S^Ct", 0.0, None),
        ("CD3", 97.1, None),
    ]


def test_a_value_of_two_parts_keeps_both() -> None:
    found = result("R|1|^^^MYCO|DETECTED^24.7|||||F")
    assert (found.value, found.value_text) == (24.7, "DETECTED")


def test_the_sample_may_stand_in_another_component() -> None:
    lab = Partner("qc", System.LIMS, mapping={"astm": {"O-3.2": "SAMPLE", "O-4.1": "BATCH"}})
    (found,) = results("O|1|11625^CL-24-0370   ^1^^004|B-1^9", RESULT, partner=lab)
    assert [(i.scheme, i.value) for i in found.identifiers] == [
        (Scheme.SAMPLE, "CL-24-0370"),
        (Scheme.BATCH, "B-1"),
    ]


@pytest.mark.parametrize("mapping", [{"O-3": "TUBE"}, {"X-3": "SAMPLE"}])
def test_a_mapping_that_names_nothing_is_said_and_not_passed_over(mapping: dict[str, str]) -> None:
    lab = Partner("qc", System.LIMS, mapping={"astm": mapping})
    assert refused(ORDER, RESULT, partner=lab) is Reason.IDENTIFIER_MALFORMED


def test_an_order_may_say_when_its_results_were_reported() -> None:
    order = ORDER + "|" * 17 + "20260320132011"
    header = r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1"
    (found,) = results(order, "R|1|^^^685/|22.4|U/l||A||F", header=header)
    assert found.occurred_at.isoformat() == "2026-03-20T12:20:11+00:00"
    assert found.test == "685/"


def test_flags_may_be_components_and_none_of_them_is_passed_over() -> None:
    for flags, verdict in (("EXP^<", Verdict.OUT_OF_SPECIFICATION), ("N^EXP", Verdict.PENDING)):
        assert result(f"R|1|^^^T|< 1.20|mIU/mL|0.35 TO 4.94|{flags}||F").verdict is verdict


def test_all_records_may_come_in_one_frame() -> None:
    text = "\r".join((HEADER, "P|1", ORDER, RESULT, "L|1|N")).encode()
    assert messages(b"\x05" + frame(1, text + b"\r") + b"\x04") == messages(text)


def test_a_time_is_that_of_the_result_and_as_exact_as_it_was_sent() -> None:
    day = result("R|1|^^^T|1|%||||F|||20260319")
    assert day.occurred_precision is Precision.DAY
    assert result("R|1|^^^T|1|%||||F").occurred_at.hour == 9  # of the header, in Berlin


def test_a_control_of_the_instrument_is_no_sample() -> None:
    control = "O|1|QC-LOW||^^^VIAB|R||||||Q"
    assert decide(control, RESULT) == Ignored("results of a control, not of a sample")


def test_a_patients_result_is_clinical_unless_something_is_agreed() -> None:
    patient = "P|1|77|||MUSTER^MARIA||19010203"
    assert isinstance(decide(patient, "O|1|4711||^^^K", RESULT), Ignored)
    (found,) = results(patient, ORDER, "R|1|^^^T|Maria Muster is well|||||F")
    assert found.value_text == "[patient] [patient] is well"
    assert found.subject is None
    (own,) = results(patient, "O|1|4711", RESULT, "P|2", "O|2|S-2", RESULT)
    assert own.named(Scheme.SAMPLE) == ("S-2",)


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ((RESULT,), Reason.STANDARD_VIOLATED),
        ((ORDER, "R|1||1"), Reason.FIELD_MISSING),
        ((ORDER, "R|1|^^^T|1|%||||?"), Reason.STANDARD_VIOLATED),
        ((ORDER, "R|1|^^^T|1|%||||F|||tomorrow"), Reason.FIELD_INVALID),
        ((ORDER, "hello"), Reason.NOT_WELL_FORMED),
        (("O|1|" + "S" * 81, RESULT), Reason.FIELD_INVALID),
    ],
)
def test_what_cannot_be_read_is_refused(records: tuple[str, ...], reason: Reason) -> None:
    assert refused(*records) is reason


def test_a_result_without_any_time_is_refused() -> None:
    header = r"H|\^&|M-1||COUNTER"
    assert refused(ORDER, "R|1|^^^T|1|%||||F", header=header) is Reason.FIELD_MISSING


def test_a_message_that_broke_off_is_refused() -> None:
    body = "\r".join((HEADER, ORDER, RESULT)).encode()
    (decision,) = translate(Raw("a", body), LAB, OpenTokens(), ())
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.NOT_WELL_FORMED


def test_delimiters_are_those_that_the_header_declares() -> None:
    body = b"H@\\*!@M-1@@X\rO@1@S-1\rR@1@***T@1!R!2@mmol/L@@@@F@@@20260318\rL@1"
    (decision,) = translate(Raw("a", body), LAB, OpenTokens(), ())
    assert isinstance(decision, Mapped)
    (found,) = decision.events
    assert isinstance(found, ResultReported)
    assert (found.test, found.value_text) == ("T", "1\\2")


def test_a_header_without_delimiters_is_refused() -> None:
    assert refusal(b"H||||\rL|1") is Reason.NOT_WELL_FORMED


def test_training_messages_are_tests() -> None:
    header = HEADER.replace("|P|", "|T|")
    assert result(RESULT, header=header).environment is Environment.TEST


def test_the_same_message_sent_again_says_the_same_and_another_says_its_own() -> None:
    assert result(RESULT) == result(RESULT)
    assert result(RESULT, header=HEADER.replace("M-1", "M-2")).event_id != result(RESULT).event_id
    bare = HEADER.replace("M-1", "")
    assert result(RESULT, header=bare) == result(RESULT, header=bare)
