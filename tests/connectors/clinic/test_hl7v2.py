"""What a clinic's HL7 v2 says, and what it does not say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.clinic.translate import translate
from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from schemas.collection import (
    CheckContext,
    CollectionCompleted,
    CollectionFailed,
    CollectionScheduled,
    IdentityVerified,
)
from schemas.enrolment import (
    PatientEnrolled,
    PatientsMerged,
    PatientState,
    PatientStateChanged,
    RecordChange,
)
from schemas.envelope import Environment, Event, Precision, Scheme, System
from schemas.reasons import Reason
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionStarted,
    OutcomeRecorded,
    ThawRecorded,
)
from tests.connectors.clinic.envelopes import OpenTokens
from tests.connectors.clinic.words import events as fhir
from tests.connectors.clinic.words import procedure
from tests.connectors.specimens import SHARED

CLINIC = Partner(
    "north",
    System.CLINIC,
    zone="Europe/Berlin",
    identifier_systems={"ORDERS": Scheme.ORDER},
    mapping={"steps": {"KIS|APH": "collection"}, "patients": {"MRN": "https://north.example/mrn"}},
)
COI = "CHX999926A1B2C3^^^X&https://vein-to-vein.org/id/coi&URI"
PID = "PID|1||77^^^MRN^MR"
PV1 = f"PV1|1|I|||||||||||||||||{COI}"
HERE = (PID, PV1)


def segment(name: str, **fields: str) -> str:
    """A segment; fields are given as f3="value"."""
    parts = {int(number[1:]): text for number, text in fields.items()}
    return "|".join([name, *(parts.get(n, "") for n in range(1, max(parts) + 1))])


def decide(kind: str, *segments: str, partner: Partner = CLINIC, **header: str) -> Decision:
    fields = {
        "f2": "^~\\&",
        "f3": "KIS",
        "f4": "NORTH",
        "f7": "20260301120000+0100",
        "f9": kind,
        "f10": "M-1",
        "f11": "P",
        "f12": "2.5.1",
    } | header
    msh = segment("MSH", **{f"f{int(n[1:]) - 1}": text for n, text in fields.items()})
    body = "\r".join((msh, *segments)).encode()
    (decision,) = translate(Raw("a.hl7", body), partner, OpenTokens(), ())
    return decision


def events(kind: str, *segments: str, **more: Any) -> tuple[Event, ...]:
    decision = decide(kind, *segments, **more)
    assert isinstance(decision, Mapped), decision
    return decision.events


def event(kind: str, *segments: str, **more: Any) -> Any:
    (found,) = events(kind, *segments, **more)
    return found


def ignored(kind: str, *segments: str, **more: Any) -> str:
    decision = decide(kind, *segments, **more)
    assert isinstance(decision, Ignored), decision
    return decision.why


def refused(kind: str, *segments: str, **more: Any) -> Reason:
    decision = decide(kind, *segments, **more)
    assert isinstance(decision, Refused), decision
    return decision.reason


# ------------------------------------------------------------------------------------ which format


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n ", b"\x0b"])
def test_the_first_characters_tell_hl7_from_fhir(before: bytes) -> None:
    body = rb"MSH|^~\&|KIS|N|||20260301||ADT^A01|1|P|2.5"
    (decision,) = translate(Raw("a", before + body), CLINIC, OpenTokens(), ())
    assert decision == Ignored("an ADT message that names no course")
    (decision,) = translate(
        Raw("a", before.strip(b"\x0b") + b'{"resourceType": "Device"}'), CLINIC, OpenTokens(), ()
    )
    assert isinstance(decision, Ignored)


# ---------------------------------------------------------------------------------------- patients


@pytest.mark.parametrize("trigger", ["A18", "A30", "A34", "A36", "A39", "A40", "A43"])
def test_a_merger_is_said_and_nothing_else(trigger: str) -> None:
    merger = event(f"ADT^{trigger}", "EVN||20260302100000+0100", PID, "MRG|88^^^MRN^MR")
    assert isinstance(merger, PatientsMerged)
    assert merger.subject == "subject:https://north.example/mrn:77"
    assert merger.other_subject == "subject:https://north.example/mrn:88"
    assert merger.change is RecordChange.MERGED
    assert (merger.coi, merger.identifiers) == (None, ())
    assert merger.occurred_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize("trigger", ["A46", "A47"])
def test_a_new_number_is_a_new_number(trigger: str) -> None:
    found = event(f"ADT^{trigger}", PID, "MRG|88^^^MRN^MR")
    assert found.change is RecordChange.RENUMBERED


def test_every_number_that_goes_is_told_with_the_one_of_its_authority() -> None:
    pid = "PID|1||77^^^MRN^MR~T-1^^^TRIAL&1.2.3&ISO^PI"
    found = events("ADT^A40", pid, "MRG|T-2^^^TRIAL&1.2.3&ISO^PI~88^^^MRN^MR~X-9^^^OTHER^PI")
    mrn, trial = "subject:https://north.example/mrn:", "subject:urn:oid:1.2.3:"
    assert {(e.subject, e.other_subject) for e in found} == {  # type: ignore[attr-defined]
        (f"{mrn}77", f"{mrn}88"),
        (f"{trial}T-1", f"{trial}T-2"),
        (f"{mrn}77", "subject:OTHER:X-9"),
    }
    assert len({e.event_id for e in found}) == 3


def test_a_merger_of_several_patients_in_one_message_keeps_them_apart() -> None:
    found = events("ADT^A40", PID, "MRG|88^^^MRN", "PID|2||78^^^MRN", "MRG|89^^^MRN")
    assert [e.subject and e.subject[-2:] for e in found] == ["77", "78"]


@pytest.mark.parametrize(
    "segments",
    [(PID,), (PID, "MRG|"), ("PID|1", "MRG|88^^^MRN"), ("MRG|88^^^MRN",)],
)
def test_a_merger_that_does_not_say_which_records_is_refused(segments: tuple[str, ...]) -> None:
    assert refused("ADT^A40", *segments) is Reason.FIELD_MISSING


def test_an_older_sender_names_the_trigger_in_evn() -> None:
    found = event("ADT", "EVN|A40|20260302100000+0100", PID, "MRG|88^^^MRN^MR")
    assert isinstance(found, PatientsMerged)


def test_a_record_is_never_merged_with_itself() -> None:
    assert refused("ADT^A40", PID, "MRG|77^^^MRN^PI") is Reason.FIELD_INVALID


def test_two_linked_records_and_a_link_undone_name_both() -> None:
    for trigger, change in (("A24", RecordChange.LINKED), ("A37", RecordChange.SEPARATED)):
        found = event(f"ADT^{trigger}", PID, "PV1|1|I", "PID|2||88^^^MRN")
        assert (found.change, found.other_subject[-2:]) == (change, "88")
        assert refused(f"ADT^{trigger}", PID) is Reason.FIELD_MISSING


def test_a_merger_that_names_a_course_carries_it() -> None:
    assert event("ADT^A40", *HERE, "MRG|88^^^MRN").coi == "CHX999926A1B2C3"


def test_a_course_number_in_the_patients_list_is_no_patient() -> None:
    found = event("ADT^A40", f"PID|1||{COI}~77^^^MRN", f"MRG|{COI}~88^^^MRN")
    assert (found.coi, found.subject[-2:], found.other_subject[-2:]) == (
        "CHX999926A1B2C3",
        "77",
        "88",
    )


def test_a_death_counts_from_its_own_day() -> None:
    pid = segment("PID", f3="77^^^MRN", f29="20260302", f30="Y")
    found = event("ADT^A08", pid, PV1)
    assert isinstance(found, PatientStateChanged)
    assert found.state is PatientState.DECEASED
    assert found.occurred_precision is Precision.DAY
    assert found.occurred_at.isoformat() == "2026-03-01T23:00:00+00:00"


def test_a_time_of_which_only_the_day_is_known_is_a_day() -> None:
    pid = segment("PID", f3="77^^^MRN", f29="20260302000000^D", f30="Y")
    found = event("ADT^A08", pid, PV1)
    assert found.occurred_precision is Precision.DAY
    assert found.occurred_at.isoformat() == "2026-03-01T23:00:00+00:00"


def test_a_death_without_a_day_counts_from_its_message() -> None:
    found = event("ADT^A03", segment("PID", f3="77^^^MRN", f30="Y"), PV1)
    assert found.occurred_at.isoformat() == "2026-03-01T11:00:00+00:00"


def test_a_patient_who_is_said_to_live_and_to_have_died_is_refused() -> None:
    pid = segment("PID", f3="77^^^MRN", f29="20260302", f30="N")
    assert refused("ADT^A08", pid, PV1) is Reason.FIELD_INVALID


def test_a_death_of_nobodys_course_is_no_business_of_ours() -> None:
    pid = segment("PID", f3="77^^^MRN", f30="Y")
    assert ignored("ADT^A08", pid) == "an ADT message that names no course"


@pytest.mark.parametrize(
    ("trigger", "enrols"), [("A01", True), ("A05", True), ("A08", False), ("A03", False)]
)
def test_only_a_registration_for_the_therapy_enrols(trigger: str, enrols: bool) -> None:
    pv2 = "PV2|||therapy-order^^V2V-STEP"
    decision = decide(f"ADT^{trigger}", *HERE, pv2)
    assert isinstance(decision, Mapped if enrols else Ignored)
    if enrols:
        assert isinstance(decision, Mapped)
        assert isinstance(decision.events[0], PatientEnrolled)


# ------------------------------------------------------------------------------------ appointments

SCH = segment("SCH", f1="A-1^KIS", f25="Booked")
AIS = "AIS|1|A|{}|20260309083000"
COLLECTION, INFUSION = "127788007^Apheresis^SCT", "infusion^^V2V-STEP"


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14"])
def test_an_appointment_for_apheresis_plans_the_collection(trigger: str) -> None:
    found = event(f"SIU^{trigger}", SCH, *HERE, AIS.format(COLLECTION))
    assert isinstance(found, CollectionScheduled)
    assert found.planned_at.isoformat() == "2026-03-09T07:30:00+00:00"


@pytest.mark.parametrize("trigger", ["S15", "S16", "S17", "S26"])
def test_a_cancelled_infusion_is_told_and_a_cancelled_collection_is_overdue(trigger: str) -> None:
    found = event(f"SIU^{trigger}", SCH, *HERE, AIS.format(INFUSION))
    assert isinstance(found, InfusionChanged)
    assert found.change is InfusionChange.CANCELLED
    why = ignored(f"SIU^{trigger}", SCH, *HERE, AIS.format(COLLECTION))
    assert why == "an appointment for collection that is cancelled or missed"


def test_a_moved_infusion_has_its_new_time() -> None:
    found = event("SIU^S13", SCH, *HERE, AIS.format(INFUSION))
    assert (found.change, found.planned_at.hour) == (InfusionChange.RESCHEDULED, 7)
    assert ignored("SIU^S12", SCH, *HERE, AIS.format(INFUSION)).endswith("no change of plan")


@pytest.mark.parametrize("status", ["Pending", "WAITLIST", "Overbook"])
def test_what_is_not_booked_plans_nothing(status: str) -> None:
    sch = segment("SCH", f1="A-1", f25=status)
    assert "not booked" in ignored("SIU^S12", sch, *HERE, AIS.format(COLLECTION))


def test_the_status_of_an_appointment_ends_it_whatever_the_trigger() -> None:
    sch = segment("SCH", f1="A-1", f25="Cancelled")
    assert event("SIU^S14", sch, *HERE, AIS.format(INFUSION)).change is InfusionChange.CANCELLED


@pytest.mark.parametrize(
    "segments",
    [
        (SCH, "AIS|1|A|KIS-1"),
        (SCH, "AIS|1|A|biopsy^^SCT"),
        (SCH, "AIS|1|A|127788007^Apheresis^LOCAL"),
    ],
)
def test_other_appointments_of_the_patient_are_none_of_ours(segments: tuple[str, ...]) -> None:
    assert ignored("SIU^S12", *segments, *HERE) == "an appointment for no step of the therapy"


def test_a_public_code_counts_only_where_a_course_is_named() -> None:
    assert "no step" in ignored("SIU^S12", SCH, PID, AIS.format(COLLECTION))


@pytest.mark.parametrize(
    "when",
    [
        ("AIS|1|A|APH^^KIS|20260309083000",),
        ("AIS|1|A|APH^^KIS", segment("TQ1", f7="20260309083000")),
    ],
)
def test_the_beginning_is_read_where_senders_write_it(when: tuple[str, ...]) -> None:
    found = event("SIU^S12", SCH, *HERE, *when)
    assert found.planned_at.isoformat() == "2026-03-09T07:30:00+00:00"


def test_the_older_timing_of_an_appointment_is_read_too() -> None:
    sch = segment("SCH", f1="A-1", f7="APH^^KIS", f11="1^^60^20260309083000^20260309093000")
    assert event("SIU^S12", sch, *HERE).planned_at.hour == 7


def test_a_local_time_that_no_clock_shows_is_refused_and_one_that_shows_twice_is_the_first() -> (
    None
):
    gap, fold = "AIS|1|A|APH^^KIS|20260329023000", "AIS|1|A|APH^^KIS|20261025023000"
    assert refused("SIU^S12", SCH, *HERE, gap) is Reason.FIELD_INVALID
    found = event("SIU^S12", SCH, *HERE, fold)
    assert found.planned_at.isoformat() == "2026-10-25T00:30:00+00:00"


def test_an_appointment_without_a_beginning_or_without_its_segment_is_refused() -> None:
    assert refused("SIU^S12", SCH, *HERE, "AIS|1|A|APH^^KIS") is Reason.FIELD_MISSING
    assert refused("SIU^S12", *HERE) is Reason.STANDARD_VIOLATED


def test_notices_about_resources_alone_change_no_plan() -> None:
    why = ignored("SIU^S18", SCH, *HERE, AIS.format(COLLECTION))
    assert why == "a message of the kind SIU^S18: no change of a plan"


# ------------------------------------------------------------------------------------------ orders

OBR = "OBR|1|O-1^ORDERS||{}"


@pytest.mark.parametrize("kind", ["OML^O21", "OMG^O19", "ORM^O01"])
@pytest.mark.parametrize("code", ["therapy-order^^V2V-STEP", "1156961008^^SCT"])
def test_an_order_of_the_therapy_enrols(kind: str, code: str) -> None:
    orc = segment("ORC", f1="NW", f2="O-1^ORDERS", f9="20260302100000+0100", f10="N-1")
    obx = segment("OBX", f2="CWE", f3="product^^V2V-STEP", f5="AXI", f11="F")
    found = event(kind, PID, orc, OBR.format(code), obx)
    assert isinstance(found, PatientEnrolled)
    assert found.named(Scheme.ORDER) == ("O-1",)
    assert (found.product, found.actor, found.occurred_at.hour) == ("AXI", "N-1", 9)


@pytest.mark.parametrize(
    "orc", ["ORC|CA|O-1^ORDERS", "ORC|DC|O-1^ORDERS", "ORC|NW|O-1^ORDERS|||CA", "NTE|1"]
)
def test_an_order_that_is_not_placed_enrols_nobody(orc: str) -> None:
    why = ignored("OML^O21", PID, orc, OBR.format("therapy-order^^V2V-STEP"))
    assert why.startswith("an order that is not placed")


def test_an_order_of_the_infusion_or_of_a_test_is_no_order_of_the_therapy() -> None:
    for code in ("infusion^^V2V-STEP", "57698-3^Lipids^LN"):
        why = ignored("OML^O21", PID, "ORC|NW", OBR.format(code))
        assert why == "an order that orders no therapy of ours"


# ----------------------------------------------------------------------------------------- reports


def obr(code: str, status: str = "F", **fields: str) -> str:
    more = {"f1": "1", "f4": f"{code}^^V2V-STEP", "f25": status} | fields
    return segment("OBR", **more)


def obx(code: str, value: str, system: str = "V2V-STEP", status: str = "F", **fields: str) -> str:
    more = {"f2": "ST", "f3": f"{code}^^{system}", "f5": value, "f11": status} | fields
    return segment("OBX", **more)


def test_a_check_says_what_was_expected_and_what_was_found() -> None:
    found = event(
        "ORU^R01",
        *HERE,
        obr("identity-check-thaw"),
        obx("COI", "C-1", "V2V-CHECK", f7="C-2", f14="20260302100000+0100", f16="N-1"),
        obx("LABEL", "L-1", "V2V-CHECK", f7="L-1"),
    )
    assert isinstance(found, IdentityVerified)
    assert found.context is CheckContext.THAW
    assert [(c.scheme, c.expected, c.found) for c in found.comparisons] == [
        (Scheme.COI, "C-2", "C-1"),
        (Scheme.LABEL, "L-1", "L-1"),
    ]
    assert (found.actor, found.occurred_at.hour, found.coi) == ("N-1", 9, "CHX999926A1B2C3")


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (obx("WRISTBAND", "1", "V2V-CHECK", f7="1"), Reason.FIELD_INVALID),
        (obx("COI", "1", "V2V-CHECK"), Reason.FIELD_MISSING),
        (obx("COI", "", "V2V-CHECK", f7="1"), Reason.FIELD_MISSING),
    ],
)
def test_a_comparison_that_cannot_be_read_is_never_passed_over(
    observation: str, reason: Reason
) -> None:
    assert refused("ORU^R01", *HERE, obr("identity-check-thaw"), observation) is reason


def test_a_collection_is_done_with_what_was_collected() -> None:
    found = event(
        "ORU^R01",
        *HERE,
        obr("collection", f7="20260309083500", f8="20260309121000"),
        obx("collected-volume", "0.21", f6="L"),
        obx("collected-bags", "2"),
        obx("collected-cells", "11.5", f6="10*9"),
    )
    assert isinstance(found, CollectionCompleted)
    assert (found.volume, found.bags, found.nucleated_cells) == (210.0, 2, 11.5e9)
    assert found.started_at is not None
    assert (found.started_at.hour, found.ended_at.hour, found.occurred_at.hour) == (7, 11, 11)


def test_a_collection_that_cannot_be_obtained_has_failed_and_one_under_way_says_nothing() -> None:
    at = {"f7": "20260309083500"}
    assert isinstance(event("ORU^R01", *HERE, obr("collection", "X", **at)), CollectionFailed)
    assert "not final" in ignored("ORU^R01", *HERE, obr("collection", "P", **at))


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (obx("collected-volume", "210"), Reason.UNIT_UNKNOWN),
        (obx("collected-volume", "much", f6="mL"), Reason.FIELD_INVALID),
        (obx("collected-bags", "1.5"), Reason.FIELD_INVALID),
        (obx("collected-cells", ">^5", f2="SN", f6="10*9"), Reason.FIELD_INVALID),
    ],
)
def test_an_amount_without_unit_or_number_is_refused(observation: str, reason: Reason) -> None:
    at = {"f7": "20260309083500"}
    assert refused("ORU^R01", *HERE, obr("collection", **at), observation) is reason


def test_steps_of_the_treatment_begin_and_end() -> None:
    at = {"f7": "20260410100000+0200", "f8": "20260410101500+0200"}
    thaw = events("ORU^R01", *HERE, obr("thaw", **at))
    assert [e.phase.value for e in thaw if isinstance(e, ThawRecorded)] == ["started", "completed"]
    begun, ended = events(
        "ORU^R01", *HERE, obr("infusion", **at), obx("infusion-outcome", "stopped")
    )
    assert isinstance(begun, InfusionStarted)
    assert isinstance(ended, InfusionCompleted)
    assert ended.outcome is InfusionOutcome.STOPPED
    under_way = event("ORU^R01", *HERE, obr("lymphodepletion", "I", **at))
    assert isinstance(under_way, LymphodepletionStarted)


def test_an_infusion_that_ended_in_an_unknown_way_is_refused() -> None:
    at = {"f7": "20260410100000+0200"}
    segments = (obr("infusion", **at), obx("infusion-outcome", "fine"))
    assert refused("ORU^R01", *HERE, *segments) is Reason.FIELD_INVALID


def test_a_step_without_any_time_is_refused() -> None:
    assert refused("ORU^R01", *HERE, obr("infusion")) is Reason.FIELD_MISSING


def test_states_and_outcomes_are_told_observation_by_observation() -> None:
    unfit, outcome = events(
        "ORU^R01",
        *HERE,
        obr("patient-state"),
        obx("patient-state", "unfit", f14="20260302"),
        obx("outcome", "CRS", f8="adverse-event^^V2V-STEP"),
    )
    assert isinstance(unfit, PatientStateChanged)
    assert unfit.occurred_precision is Precision.DAY
    assert isinstance(outcome, OutcomeRecorded)
    assert outcome.adverse_event


def test_free_text_of_an_outcome_never_names_the_patient() -> None:
    pid = "PID|1||77^^^MRN||MUSTER^MARIA"
    found = event("ORU^R01", pid, PV1, obr("x"), obx("outcome", "Maria Muster is well"))
    assert found.outcome == "[patient] [patient] is well"


@pytest.mark.parametrize(
    ("status", "reason"), [("D", Reason.FIELD_MISSING), ("?", Reason.STANDARD_VIOLATED)]
)
def test_what_is_taken_back_or_of_no_known_standing_is_refused(status: str, reason: Reason) -> None:
    state = obx("patient-state", "unfit", status=status)
    assert refused("ORU^R01", *HERE, obr("x"), state) is reason


def test_our_own_words_never_name_the_patient_and_words_beside_a_code_stay_away() -> None:
    pid = "PID|1||77^^^MRN||MUSTER^MARIA||19010203"
    zvv = segment("ZVV", f5="wrong wristband, Muster, born 1901-02-03")
    found = event("ORU^R01", pid, PV1, obr("x"), obx("patient-state", "unfit"), zvv)
    assert found.reason_text == "wrong wristband, [patient], born [patient]"
    sch = segment("SCH", f1="A-1", f6="PAT^asked by her sister^L")
    moved = event("SIU^S13", sch, *HERE, AIS.format(INFUSION))
    assert (moved.reason_code, moved.reason_text) == ("PAT", None)


def test_what_is_taken_back_by_name_is_withdrawn() -> None:
    zvv = segment("ZVV", f7="M-1^enrolment.PatientStateChanged", f13="Y")
    wrong = event("ORU^R01", *HERE, obr("x"), obx("patient-state", "unfit"))
    gone = event(
        "ORU^R01", *HERE, obr("x"), obx("patient-state", "unfit", status="D"), zvv, f10="2"
    )
    assert gone.withdraws
    assert gone.corrects == wrong.event_id


def test_a_report_that_names_no_course_is_a_clinical_one() -> None:
    assert "names no course" in ignored("ORU^R01", PID, obr("collection", f7="20260309083500"))


# --------------------------------------------------------------------------------- administrations


def rxa(**fields: str) -> str:
    more = {"f1": "0", "f3": "20260410101500+0200", "f5": "1156961008^^SCT", "f15": "B-1"} | fields
    return segment("RXA", **more)


def test_an_administration_of_the_product_names_its_batch() -> None:
    begun, ended = events("RAS^O17", PID, rxa(f4="20260410103000+0200", f20="PA"))
    assert isinstance(begun, InfusionStarted)
    assert isinstance(ended, InfusionCompleted)
    assert ended.outcome is InfusionOutcome.PARTIAL
    assert ended.named(Scheme.BATCH) == ("B-1",)


def test_an_administration_under_way_has_no_end() -> None:
    assert isinstance(event("RAS^O17", PID, rxa()), InfusionStarted)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"f20": "??"}, Reason.FIELD_INVALID), ({"f21": "D"}, Reason.FIELD_MISSING)],
)
def test_an_administration_of_unclear_standing_is_refused(
    fields: dict[str, str], reason: Reason
) -> None:
    assert refused("RAS^O17", PID, rxa(**fields)) is reason


def test_what_was_refused_or_is_another_drug_is_no_infusion() -> None:
    assert "refused or not given" in ignored("RAS^O17", PID, rxa(f20="RE"))
    assert "no step" in ignored("RAS^O17", PID, rxa(f5="N02BE01^^ATC"))


# ----------------------------------------------------------------------------------- transfusions


def btx(status: str = "TX", final: str = "F", **fields: str) -> str:
    more = {
        "f2": "W000026123456",
        "f3": "1156961008^^SCT",
        "f7": "B-1",
        "f11": status,
        "f12": final,
        "f16": "20260410101500+0200",
        "f17": "20260410103000+0200",
    }
    return segment("BTX", **(more | fields))


def test_a_transfusion_of_the_product_is_its_infusion() -> None:
    begun, ended = events("BTS^O31", PID, "ORC|RE", btx(f14="N-1", f15="N-2"))
    assert isinstance(begun, InfusionStarted)
    assert isinstance(ended, InfusionCompleted)
    assert ended.outcome is InfusionOutcome.COMPLETE
    assert (ended.named(Scheme.DIN), ended.named(Scheme.BATCH)) == (("W000026123456",), ("B-1",))
    assert (ended.actor, ended.second_actor) == ("N-1", "N-2")


def test_a_reaction_and_an_interruption_are_told() -> None:
    _, ended, reaction = events("BTS^O31", PID, btx("TR", f18="FEB^Fever^L", f19="R^Reaction^L"))
    assert isinstance(ended, InfusionCompleted)
    assert ended.outcome is InfusionOutcome.STOPPED
    assert isinstance(reaction, OutcomeRecorded)
    assert (reaction.adverse_event, reaction.outcome) == (True, "FEB")


def test_a_transfusion_under_way_has_no_end() -> None:
    assert isinstance(event("BTS^O31", PID, btx(final="P")), InfusionStarted)


def test_a_wasted_product_cancels_its_infusion_and_a_returned_one_says_nothing() -> None:
    wasted = event("BTS^O31", PID, btx("WA", f13="20260410110000+0200"))
    assert (wasted.change, wasted.reason_code) == (InfusionChange.CANCELLED, "WA")
    assert "came back" in ignored("BTS^O31", PID, btx("RA"))


def test_a_transfusion_of_blood_is_none_of_ours() -> None:
    why = ignored("BTS^O31", PID, btx(f3="E0226^Red cells^ISBT"))
    assert why == "a transfusion that is no step of the therapy"
    ordered = segment("BPO", f2="infusion^^V2V-STEP")
    assert events("BTS^O31", PID, "ORC|RE", ordered, btx(f3="S1127^^ISBT"))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"f2": "W0000"}, Reason.IDENTIFIER_MALFORMED),
        ({"f2": "", "f7": ""}, Reason.NO_IDENTIFIER),
        ({"status": "??"}, Reason.STANDARD_VIOLATED),
        ({"final": "?"}, Reason.STANDARD_VIOLATED),
        ({"final": "W"}, Reason.FIELD_MISSING),
    ],
)
def test_a_transfusion_that_cannot_be_read_is_refused(
    fields: dict[str, str], reason: Reason
) -> None:
    assert refused("BTS^O31", PID, btx(**fields)) is reason


# ---------------------------------------------------------------------------------------- envelope


def test_the_same_patient_has_the_same_token_by_fhir_and_by_hl7() -> None:
    number = {"system": "https://north.example/mrn", "value": "77"}
    told = procedure("infusion", subject={"identifier": number})
    assert (
        fhir(told)[0].subject
        == event("ADT^A08", segment("PID", f3="77^^^MRN", f30="Y"), PV1).subject
    )


@pytest.mark.parametrize(
    ("number", "token"),
    [
        ("77^^^MRN^MR", "subject:https://north.example/mrn:77"),
        ("77^^^X&1.2.3&ISO^MR", "subject:urn:oid:1.2.3:77"),
        ("77^^^X&https://x.example/mrn&URI^MR", "subject:https://x.example/mrn:77"),
        ("77^^^X^MR", "subject:X:77"),
        ("77", "subject:north:77"),
        ("INS^^^I^NI~77^^^X^MR", "subject:X:77"),
    ],
)
def test_a_patient_is_a_token_by_number_and_authority(number: str, token: str) -> None:
    found = event("ADT^A08", segment("PID", f3=number, f30="Y"), PV1)
    assert found.subject == token


def test_training_messages_are_tests() -> None:
    pid = segment("PID", f3="77^^^MRN", f30="Y")
    assert event("ADT^A08", pid, PV1, f11="T").environment is Environment.TEST


def test_the_same_message_sent_again_says_the_same() -> None:
    pid = segment("PID", f3="77^^^MRN", f30="Y")
    assert event("ADT^A08", pid, PV1) == event("ADT^A08", pid, PV1)


@pytest.mark.parametrize("kind", ["MDM^T02", "RDE^O11", "VXU^V04", "QBP^Q11"])
def test_other_messages_are_ignored_by_their_name(kind: str) -> None:
    assert ignored(kind, PID) == f"a message of the kind {kind}, which we do not follow"


# ---------------------------------------------------------------------------------- a public merger


@pytest.mark.samples
def test_the_public_merger_is_told_field_by_field() -> None:
    if not SHARED.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    body = (SHARED / "clinic/hl7v2/ADT-A40-02.hl7").read_bytes()
    (decision,) = translate(Raw("ADT-A40-02.hl7", body), CLINIC, OpenTokens(), ())
    assert isinstance(decision, Mapped)
    said = [e.model_dump(exclude_defaults=True, exclude={"event_id"}) for e in decision.events]
    common = {
        "occurred_at": datetime(2019, 4, 23, 12, 46, 37, tzinfo=UTC),  # EVN-2, 2 h 15 min ahead
        "occurred_offset_minutes": 135,
        "recorded_at": datetime(2019, 4, 23, 12, 46, 37, tzinfo=UTC),
        "system": System.CLINIC,
        "partner": "north",
        "actor": "13",
        "reason_code": "01",
        "source_message": "Ntierprise Clinic:8919-40",
    }
    assert said == [
        common | {"subject": "subject:BCBS:12345", "other_subject": "subject:BCBS:56789"},
        common | {"subject": "subject:BCBS:145", "other_subject": "subject:BCBS:569"},
    ]


def test_our_own_segment_belongs_to_its_order_and_to_no_other() -> None:
    at = {"f7": "20260410100000+0200"}
    first = (obr("thaw", **at), segment("ZVV", f12="N-1"))
    second = (obr("infusion", **at), obx("infusion-outcome", "stopped"), segment("ZVV", f12="N-2"))
    found = events("ORU^R01", *HERE, *first, *second, obr("thaw", **at))
    assert [e.actor for e in found] == ["N-1", "N-2", None]
