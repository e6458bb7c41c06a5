"""What a laboratory's HL7 v2 says, and what it does not say."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.lims.translate import translate
from schemas.envelope import Environment, Event, Identifier, Scheme, System
from schemas.laboratory import (
    CertificateOfAnalysisIssued,
    ResultAmended,
    ResultReported,
    SampleRegistered,
    Verdict,
)
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

LAB = Partner("qc", System.LIMS, identifier_systems={"MFG": Scheme.BATCH})
HEADER = r"MSH|^~\&|LAB|NORTH|||20260301120000+0100||ORU^R01|M-1|P|2.5.1"
ORDER = "ORC|RE|B-1^MFG\rOBR|1||F-1|REL^Release^L"
PATIENT = "PID|1||77^^^HOSP^MR||MUSTER^MARIA"


def obx(value: str = "85", kind: str = "NM", **fields: str) -> str:
    """An OBX; fields are given as f7="80-100"."""
    parts = {1: "1", 2: kind, 3: "VIAB^Viability^L", 5: value, 11: "F"}
    parts |= {int(name[1:]): text for name, text in fields.items()}
    return "|".join(["OBX", *(parts.get(n, "") for n in range(1, max(parts) + 1))])


def decide(*segments: str, partner: Partner = LAB, header: str = HEADER) -> tuple[Decision, ...]:
    body = "\r".join((header, *segments))
    return translate(Raw("a.hl7", body.encode()), partner, OpenTokens(), ())


def events(*segments: str, **more: Any) -> tuple[Event, ...]:
    (decision,) = decide(*segments, **more)
    assert isinstance(decision, Mapped), decision
    return decision.events


def result(*segments: str, **more: Any) -> ResultReported:
    (event,) = events(ORDER, *segments, **more)
    assert isinstance(event, ResultReported)
    return event


def ignored(*segments: str, **more: Any) -> str:
    (decision,) = decide(*segments, **more)
    assert isinstance(decision, Ignored), decision
    return decision.why


def refused(*segments: str, **more: Any) -> Reason:
    (decision,) = decide(*segments, **more)
    assert isinstance(decision, Refused), decision
    return decision.reason


# ---------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        ("N", Verdict.PASS),
        ("", Verdict.PENDING),
        ("L", Verdict.OUT_OF_SPECIFICATION),
        ("HH", Verdict.OUT_OF_SPECIFICATION),
        ("A^Abnormal^HL70078", Verdict.OUT_OF_SPECIFICATION),
        ("N~H", Verdict.OUT_OF_SPECIFICATION),
        ("N~IND", Verdict.PENDING),
        ("POS", Verdict.PENDING),
        ("whatever", Verdict.PENDING),
    ],
)
def test_the_verdict_is_the_laboratorys_and_nothing_said_is_no_pass(
    flags: str, verdict: Verdict
) -> None:
    assert result(obx(f8=flags)).verdict is verdict


def test_a_value_within_its_limits_is_no_pass_until_the_laboratory_says_so() -> None:
    found = result(obx("85", f7="80-100"))
    assert (found.value, found.low, found.high) == (85.0, 80.0, 100.0)
    assert found.verdict is Verdict.PENDING


def test_a_laboratory_may_agree_on_flags_of_its_own() -> None:
    own = Partner(
        "qc",
        System.LIMS,
        identifier_systems=LAB.identifier_systems,
        mapping={"verdicts": {"NEG": "pass"}},
    )
    assert result(obx(f8="NEG"), partner=own).verdict is Verdict.PASS


# ---------------------------------------------------------------------------------- statuses


@pytest.mark.parametrize("status", ["F", "U", "V", "B"])
def test_a_final_result_is_final(status: str) -> None:
    assert result(obx(f11=status)).final


@pytest.mark.parametrize("status", ["P", "R", "S"])
def test_a_preliminary_result_is_not_final(status: str) -> None:
    assert not result(obx(f11=status)).final


def test_a_result_of_unknown_standing_is_not_final() -> None:
    assert not result(obx(f11="")).final


@pytest.mark.parametrize("status", ["I", "O", "N"])
def test_a_result_that_is_not_there_yet_is_no_fact(status: str) -> None:
    assert "neither a result" in ignored(ORDER, obx(f11=status))


def test_a_corrected_result_is_an_amendment() -> None:
    assert isinstance(result(obx("79", f8="L", f11="C")), ResultAmended)


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_deleted_result_leaves_the_test_without_one(status: str) -> None:
    found = result(obx("85", f8="N", f11=status))
    assert isinstance(found, ResultAmended)
    assert (found.value, found.verdict, found.final) == (None, Verdict.PENDING, False)


def test_a_result_that_cannot_be_obtained_never_passes() -> None:
    found = result(obx("85", f8="N", f11="X"))
    assert (found.value, found.verdict, found.reason_code) == (None, Verdict.PENDING, "X")


def test_an_unknown_status_is_refused() -> None:
    assert refused(ORDER, obx(f11="Z")) is Reason.STANDARD_VIOLATED


# ------------------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("kind", "value", "number", "words"),
    [
        ("NM", "85.5", 85.5, None),
        ("NM", "<5", None, "<5"),
        ("SN", "<^0.5", None, "<0.5"),
        ("SN", "^12", 12.0, None),
        ("SN", "=^12", 12.0, None),
        ("SN", "^1^:^128", None, "1:128"),
        ("ST", "no growth", None, "no growth"),
        ("CWE", "260415000^Not detected^SCT", None, "Not detected"),
        ("CE", "NEG", None, "NEG"),
        ("TX", "first line~second line", None, "first line second line"),
        ("NM", "", None, None),
        ("NM", '""', None, None),
    ],
)
def test_a_value_is_a_number_where_it_is_one(
    kind: str, value: str, number: float | None, words: str | None
) -> None:
    found = result(obx(value, kind))
    assert (found.value, found.value_text) == (number, words)


def test_a_number_that_is_none_is_refused() -> None:
    assert refused(ORDER, obx("eighty")) is Reason.FIELD_INVALID
    assert refused(ORDER, obx("NaN")) is Reason.FIELD_INVALID


def test_a_document_is_no_result() -> None:
    assert "neither a result" in ignored(ORDER, obx("^application^pdf^Base64^AA==", "ED"))


def test_a_result_without_a_test_is_refused() -> None:
    assert refused(ORDER, obx(f3="")) is Reason.FIELD_MISSING


# -------------------------------------------------------------------------------- whose it is


def test_a_result_about_a_patient_without_batch_or_course_is_clinical() -> None:
    assert "about a patient" in ignored(PATIENT, "OBR|1||F-1|CBC", obx())


def test_the_laboratorys_own_sample_needs_no_patient() -> None:
    (event,) = events("OBR|1||F-1|REL", obx(), "SPM|1|^S-1")
    assert event.identifiers == (Identifier(scheme=Scheme.SAMPLE, value="S-1"),)


def test_a_batch_by_agreement_makes_a_patients_message_ours_and_drops_the_patient() -> None:
    (event,) = events(PATIENT, ORDER, obx())
    assert event.named(Scheme.BATCH) == ("B-1",)
    assert event.subject is None
    agreed = Partner(
        "qc",
        System.LIMS,
        identifier_systems=LAB.identifier_systems,
        mapping={"patients": {"HOSP": "https://hospital.example/mrn"}},
    )
    (event,) = events(PATIENT, ORDER, obx(), partner=agreed)
    assert event.subject == "subject:https://hospital.example/mrn:77"


def test_an_observation_may_name_the_course_the_batch_and_more() -> None:
    named = (obx("COI-1", "ST", f3="COI^^V2V-ID"), obx("B-9", "ST", f3="BATCH^^V2V-ID"))
    (event,) = events(PATIENT, "OBR|1||F-1|REL", obx(), *named)
    assert event.coi == "COI-1"
    assert event.named(Scheme.BATCH) == ("B-9",)
    assert refused("OBR|1||F-1|REL", obx("x", f3="PATIENT^^V2V-ID")) is Reason.IDENTIFIER_MALFORMED


def test_each_order_of_a_message_is_about_its_own_batch() -> None:
    other = "ORC|RE|B-2^MFG\rOBR|2||F-2|REL"
    first, second = events(ORDER, obx(), other, obx())
    assert first.named(Scheme.BATCH) == ("B-1",)
    assert second.named(Scheme.BATCH) == ("B-2",)
    assert first.event_id != second.event_id


def test_what_is_observed_of_a_specimen_is_no_result_of_the_order() -> None:
    (event,) = events(ORDER, obx(), "SPM|1|^S-1", obx("2", f3="VOL^Volume^L"))
    assert isinstance(event, ResultReported)
    assert event.test == "VIAB"


# ---------------------------------------------------------------------- samples, certificates


def test_a_specimen_received_before_any_result_is_a_registered_sample() -> None:
    order = "OBR|1||F-1|REL" + "|" * 21 + "I"
    (event,) = events(order, "SPM|1|^S-1||DP^Drug product" + "|" * 14 + "20260301080000+0100")
    assert isinstance(event, SampleRegistered)
    assert (event.sample_type, event.occurred_at.hour) == ("DP", 7)


@pytest.mark.parametrize(
    ("status", "issued"), [("F", True), ("C", True), ("P", False), ("", False)]
)
def test_a_certificate_counts_once_it_is_final(status: str, issued: bool) -> None:
    order = "ORC|RE|B-1^MFG\rOBR|1||C-1|COA^^V2V-STEP" + "|" * 21 + status
    (decision,) = decide(order, obx("3", "ST", f3="COA-VERSION^^V2V-STEP"))
    assert isinstance(decision, Mapped if issued else Ignored)
    if isinstance(decision, Mapped):
        (event,) = decision.events
        assert isinstance(event, CertificateOfAnalysisIssued)
        assert event.version == "3"
        assert event.identifiers == (Identifier(scheme=Scheme.BATCH, value="B-1", issuer="MFG"),)


# ------------------------------------------------------------------------------------ headers


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (9, "", Reason.FIELD_MISSING),
        (10, "", Reason.FIELD_MISSING),
        (12, "", Reason.FIELD_MISSING),
        (12, "3.0", Reason.UNSUPPORTED_VERSION),
        (13, "first", Reason.FIELD_INVALID),
    ],
)
def test_a_header_that_cannot_be_told_apart_is_refused(
    field: int, value: str, reason: Reason
) -> None:
    parts = [*HEADER.split("|"), ""]
    parts[field - 1] = value
    assert refused(ORDER, obx(), header="|".join(parts)) is reason


def test_another_kind_of_message_is_ignored_by_name() -> None:
    assert "ADT^A40" in ignored(PATIENT, header=HEADER.replace("ORU^R01", "ADT^A40"))


def test_the_processing_id_says_whether_it_is_real() -> None:
    assert result(obx(), header=HEADER.replace("|P|", "|T|")).environment is Environment.TEST
    assert result(obx()).environment is Environment.PRODUCTION


def test_the_same_control_id_of_another_sender_is_another_message() -> None:
    other = result(obx(), header=HEADER.replace("NORTH", "SOUTH"))
    assert other.event_id != result(obx()).event_id


def test_one_broken_message_of_a_file_stops_no_other() -> None:
    said = decide(ORDER, obx("eighty"), HEADER.replace("M-1", "M-2"), ORDER, obx())
    assert [type(d) for d in said] == [Refused, Mapped]
