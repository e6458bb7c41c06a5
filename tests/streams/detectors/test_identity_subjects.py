"""Courses of which more than one patient is named, and patients of more than one course: ID-02, ID-03, ID-11."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.enrolment import (
    ConsentChanged,
    ConsentState,
    PatientEnrolled,
    PatientsMerged,
    RecordChange,
)
from schemas.envelope import System
from schemas.laboratory import ResultReported
from schemas.manufacture import StepCompleted
from schemas.ordering import CoiAssigned, OrderChange, OrderChanged, OrderCreated
from schemas.quality import MaterialLotRecalled
from schemas.treatment import InfusionCompleted, InfusionOutcome
from tests.words import (
    COURSE,
    OTHER,
    at,
    corrected,
    heard,
    open_codes,
    said,
    states,
    the_alert,
    withdrawn,
)

ONE, TWO, THREE = "SUBJECT-ONE", "SUBJECT-TWO", "SUBJECT-THREE"
CLINIC, REFERRING = "hospital-1", "hospital-2"


def enrolled(subject: str | None, *names: str, hour: float = 1, partner: str = CLINIC, **more: Any):
    return said(
        PatientEnrolled, *names, coi=COURSE, hour=hour, subject=subject, partner=partner, **more
    )


# ------------------------------------------------------------------------------------------ ID-02


def test_a_course_for_which_a_clinic_enrols_two_patients_is_raised_when_the_second_was_named() -> (
    None
):
    first, second = enrolled(ONE), enrolled(TWO, hour=5)
    for story in ([first, second], [second, first]):
        alert = the_alert(heard(*story), "ID-02")
        assert alert.open
        assert (alert.severity, alert.owner) == (Severity.S1, "identity-registry-quality")
        assert (alert.object, alert.anchor) == (f"COI:{COURSE}", "subjects")
        assert alert.raised_at == at(5)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.missing == ("which of them the course belongs to",)
        assert alert.detail == f"2 subjects are named, by clinic of {CLINIC}"


def test_any_later_word_of_the_clinic_about_another_patient_is_as_grave() -> None:
    given = said(
        InfusionCompleted,
        coi=COURSE,
        hour=300,
        subject=TWO,
        partner=CLINIC,
        outcome=InfusionOutcome.COMPLETE,
    )
    alert = the_alert(heard(enrolled(ONE), enrolled(ONE, hour=2), given), "ID-02")
    assert alert.raised_at == at(300)
    assert alert.evidence == tuple(sorted((enrolled(ONE).event_id, given.event_id)))


def test_one_patient_however_often_named_is_one() -> None:
    agreed = said(
        ConsentChanged, coi=COURSE, hour=3, subject=ONE, partner=CLINIC, state=ConsentState.GIVEN
    )
    assert open_codes(heard(enrolled(ONE), agreed, enrolled(None, hour=9))) == []


def test_a_second_patient_who_was_withdrawn_or_corrected_never_was() -> None:
    wrong = enrolled(TWO, hour=5)
    for mended in (withdrawn(wrong, hour=6), corrected(wrong, hour=6, subject=ONE)):
        for story in ([enrolled(ONE), wrong, mended], [mended, wrong, enrolled(ONE)]):
            assert "ID-02" not in open_codes(heard(*story))
    assert states(heard(enrolled(ONE), wrong, withdrawn(wrong)), "ID-02") == ["retracted"]


def test_two_clinics_that_enrol_for_two_orders_have_two_patients_under_one_course() -> None:
    replay = heard(
        enrolled(ONE, "ORDER:O-1"), enrolled(TWO, "ORDER:O-2", hour=4, partner=REFERRING)
    )
    alert = the_alert(replay, "ID-02")
    assert alert.raised_at == at(4)
    assert alert.detail == f"2 subjects are named, by clinic of {CLINIC}, clinic of {REFERRING}"
    assert states(replay, "ID-11") == []


def test_two_clinics_that_enrol_one_patient_for_two_orders_have_one() -> None:
    replay = heard(enrolled(ONE, "ORDER:O-1"), enrolled(ONE, "ORDER:O-2", partner=REFERRING))
    assert states(replay, "ID-02") == states(replay, "ID-11") == []


def test_what_a_laboratory_calls_the_patient_parts_neither_orders_nor_clinics() -> None:
    measured = said(
        ResultReported, coi=COURSE, hour=9, subject=TWO, test="VIABILITY", value=95.0, final=True
    )
    both = enrolled(ONE, "ORDER:O-1"), enrolled(ONE, "ORDER:O-2", partner=REFERRING)
    replay = heard(*both, measured)
    assert states(replay, "ID-02") == states(replay, "ID-11") == []


def test_a_word_of_a_clinic_that_names_nobody_is_no_second_patient_beside_another_clinics() -> None:
    nameless = enrolled(None, hour=2)
    replay = heard(enrolled(ONE), nameless, enrolled(TWO, hour=3, partner=REFERRING))
    assert (states(replay, "ID-02"), states(replay, "ID-11")) == ([], ["open"])


def test_an_enrolment_without_a_patient_is_no_second_patient() -> None:
    replay = heard(
        enrolled(ONE, "ORDER:O-1"),
        enrolled(None, "ORDER:O-2", partner=REFERRING),
        enrolled(TWO, "ORDER:O-1", hour=3, partner="hospital-3"),
    )
    assert states(replay, "ID-02") == []
    assert states(replay, "ID-11") == ["open"]


# ------------------------------------------------------------------------------------------ ID-11


def test_a_patient_whom_two_clinics_call_otherwise_is_raised_when_the_second_said_so() -> None:
    first = enrolled(ONE, "ORDER:O-1")
    second = enrolled(TWO, "ORDER:O-1", hour=7, partner=REFERRING)
    for story in ([first, second], [second, first]):
        replay = heard(*story)
        alert = the_alert(replay, "ID-11")
        assert alert.open
        assert (alert.severity, alert.owner) == (Severity.S1, "identity-authority")
        assert (alert.object, alert.anchor) == (f"COI:{COURSE}", "tokens")
        assert alert.raised_at == at(7)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.missing == ("signed disposition which token stands",)
        assert states(replay, "ID-02") == []


def test_an_order_that_only_one_of_two_clinics_names_parts_no_patients() -> None:
    for first, second in ((("ORDER:O-1",), ()), ((), ("ORDER:O-1",)), ((), ())):
        replay = heard(enrolled(ONE, *first), enrolled(TWO, *second, hour=7, partner=REFERRING))
        assert (states(replay, "ID-02"), states(replay, "ID-11")) == ([], ["open"])


def test_a_laboratory_has_tokens_of_its_own() -> None:
    measured = said(
        ResultReported,
        coi=COURSE,
        hour=9,
        subject=TWO,
        system=System.LIMS,
        test="VIABILITY",
        value=95.0,
        final=True,
    )
    assert open_codes(heard(enrolled(ONE), measured)) == []


def test_two_clinics_that_agree_about_one_token_are_in_no_conflict() -> None:
    replay = heard(enrolled(ONE), enrolled(ONE, hour=3, partner=REFERRING))
    assert states(replay, "ID-11") == []


def test_a_token_that_was_corrected_was_never_in_conflict() -> None:
    wrong = enrolled(TWO, hour=5, partner=REFERRING)
    right = corrected(wrong, hour=6, subject=ONE)
    assert states(heard(enrolled(ONE), wrong, right), "ID-11") == ["resolved"]
    assert states(heard(right, enrolled(ONE), wrong), "ID-11") == []


def test_two_patients_of_one_clinic_are_no_matter_of_tokens() -> None:
    replay = heard(enrolled(ONE), enrolled(TWO, hour=3), enrolled(THREE, hour=4, partner=REFERRING))
    assert (states(replay, "ID-02"), states(replay, "ID-11")) == (["open"], [])


# ----------------------------------------------------------------------------------- ID-11, mergers


def merged(stays: str = ONE, goes: str = TWO, hour: float = 50, **more: Any) -> PatientsMerged:
    return said(PatientsMerged, hour=hour, subject=stays, other_subject=goes, **more)


def test_a_merger_of_two_records_is_raised_on_the_courses_of_both() -> None:
    ours, theirs, merger = treated(COURSE), treated(OTHER, 9, TWO), merged()
    for story in ([ours, theirs, merger], [merger, theirs, ours], [theirs, merger, ours]):
        replay = heard(*story)
        for named, course in ((ours, COURSE), (theirs, OTHER)):
            alert = the_alert(replay, "ID-11", course)
            assert alert.open
            assert (alert.severity, alert.owner) == (Severity.S1, "identity-authority")
            assert (alert.object, alert.anchor) == (f"COI:{course}", f"{ONE} {TWO}")
            assert alert.raised_at == at(50)
            assert alert.evidence == tuple(sorted((named.event_id, merger.event_id)))
            assert alert.missing == ("signed disposition which token stands",)


def test_a_merger_brings_no_two_courses_together() -> None:
    replay = heard(treated(COURSE), treated(OTHER, 9, TWO), merged())
    assert states(replay, "ID-03") == states(replay, "ID-02") == []


def test_a_merger_of_other_patients_is_nobodys_business() -> None:
    assert states(heard(treated(COURSE), merged(TWO, THREE)), "ID-11") == []


def test_a_merger_that_names_the_course_is_raised_whatever_the_patient_is_called_there() -> None:
    merger = merged(TWO, THREE, coi=COURSE)
    for story in ([treated(COURSE), merger], [merger, treated(COURSE)]):
        assert the_alert(heard(*story), "ID-11").evidence == (merger.event_id,)


def test_a_merger_that_names_the_course_and_its_patient_is_raised_once() -> None:
    assert states(heard(treated(COURSE), merged(coi=COURSE)), "ID-11") == ["open"]


def test_a_merger_before_the_course_counts_only_for_the_number_that_is_used_no_more() -> None:
    for subject, found in ((ONE, []), (TWO, ["open"])):
        before, begun = merged(hour=0), treated(COURSE, 5, subject)
        for story in ([before, begun], [begun, before]):
            replay = heard(*story)
            assert states(replay, "ID-11") == found
            if found:
                assert the_alert(replay, "ID-11").raised_at == at(5)


def test_a_merger_in_the_moment_in_which_the_course_begins_is_no_history() -> None:
    assert states(heard(treated(COURSE, 50), merged(hour=50)), "ID-11") == ["open"]


def test_the_number_that_a_clinic_gives_up_in_a_merger_makes_no_second_patient() -> None:
    both = treated(COURSE, subject=TWO), merged(coi=COURSE)
    assert states(heard(*both), "ID-02") == []
    assert states(heard(*both), "ID-11") == ["open"]


def test_what_is_wrong_with_a_lot_does_not_hide_a_merger() -> None:
    used = said(StepCompleted, "MATERIAL_LOT:V-1", coi=COURSE, hour=3, step="A")
    recalled = said(MaterialLotRecalled, "MATERIAL_LOT:V-1", hour=4)
    replay = heard(used, recalled, treated(COURSE), merged())
    assert sorted(open_codes(replay)) == ["ID-11", "QU-08"]


def test_a_merger_that_is_told_again_is_the_same_merger() -> None:
    first, again = merged(), merged(hour=55)
    for story in ([treated(COURSE), first, again], [again, treated(COURSE), first]):
        alert = the_alert(heard(*story), "ID-11")
        assert first.event_id in alert.evidence


def test_a_merger_that_was_withdrawn_never_was() -> None:
    wrong = merged()
    for story in ([treated(COURSE), wrong, withdrawn(wrong)], [withdrawn(wrong), wrong]):
        assert "ID-11" not in open_codes(heard(*story))


def test_a_link_that_is_undone_is_a_finding_no_more() -> None:
    linked = merged(change=RecordChange.LINKED)
    undone = merged(TWO, ONE, hour=60, change=RecordChange.SEPARATED)
    assert states(heard(treated(COURSE), linked), "ID-11") == ["open"]
    for story in ([treated(COURSE), linked, undone], [undone, linked, treated(COURSE)]):
        assert "ID-11" not in open_codes(heard(*story))
    named = [event.model_copy(update={"coi": COURSE}) for event in (linked, undone)]
    assert "ID-11" not in open_codes(heard(*named, treated(COURSE)))


def test_a_link_before_the_course_counts_for_neither() -> None:
    for subject in (ONE, TWO):
        linked = merged(hour=0, change=RecordChange.LINKED)
        assert states(heard(linked, treated(COURSE, 5, subject)), "ID-11") == []


def test_a_new_number_of_a_patient_is_as_grave_as_a_merger() -> None:
    assert states(heard(treated(COURSE), merged(change=RecordChange.RENUMBERED)), "ID-11") == [
        "open"
    ]


# ------------------------------------------------------------------------------------------ ID-03


def treated(course: str, hour: float = 1, subject: str | None = ONE) -> PatientEnrolled:
    return said(PatientEnrolled, coi=course, hour=hour, subject=subject)


def test_a_patient_of_two_live_courses_is_raised_on_both_when_the_second_was_named() -> None:
    first, second = treated(COURSE), treated(OTHER, 9)
    for story in ([first, second], [second, first]):
        replay = heard(*story)
        for own, course, other in ((first, COURSE, OTHER), (second, OTHER, COURSE)):
            alert = the_alert(replay, "ID-03", course)
            assert alert.open
            assert (alert.object, alert.anchor) == (f"SUBJECT:{ONE}", "courses")
            assert (alert.severity, alert.raised_at) == (Severity.S1, at(9))
            assert alert.evidence == (own.event_id,)
            assert alert.missing == ("signed decision which identifier stands",)
            assert alert.detail == f"the patient also has {other}"


def test_a_third_course_changes_nothing_about_when_the_second_was_named() -> None:
    third = treated("CHA999926000003", 20)
    alert = the_alert(heard(treated(COURSE), treated(OTHER, 9), third), "ID-03")
    assert alert.raised_at == at(9)
    assert alert.detail == f"the patient also has {OTHER} and CHA999926000003"


def test_two_patients_of_two_courses_are_nobodys_business() -> None:
    assert states(heard(treated(COURSE), treated(OTHER, subject=TWO)), "ID-03") == []
    assert states(heard(treated(COURSE, subject=None), treated(OTHER, subject=None)), "ID-03") == []


@pytest.mark.parametrize(
    "kind",
    [
        (OrderCreated, {"product": "NOBODY"}),
        (CoiAssigned, {"issuer": "maker"}),
        (PatientEnrolled, {}),
    ],
)
def test_order_and_registry_name_the_patient_as_well_as_the_clinic(kind: Any) -> None:
    word, more = kind
    named = said(word, coi=OTHER, hour=5, subject=ONE, **more)
    assert "ID-03" in open_codes(heard(treated(COURSE), named))


def test_a_patient_is_treated_again_once_the_first_course_is_over() -> None:
    for ended, raised in ((299, False), (300, False), (301, True)):
        over = said(InfusionCompleted, coi=COURSE, hour=ended, outcome=InfusionOutcome.COMPLETE)
        for story in (
            [treated(COURSE), over, treated(OTHER, 300)],
            [treated(OTHER, 300), over, treated(COURSE)],
        ):
            assert ("ID-03" in open_codes(heard(*story))) is raised


def test_a_course_that_was_over_before_its_patient_was_named_is_no_live_one() -> None:
    cancelled = said(OrderChanged, coi=COURSE, hour=1, change=OrderChange.CANCELLED)
    assert states(heard(treated(COURSE), cancelled, treated(OTHER)), "ID-03") in ([], ["retracted"])
    assert "ID-03" not in open_codes(heard(cancelled, treated(OTHER), treated(COURSE)), OTHER)


def test_a_second_course_that_was_withdrawn_never_was() -> None:
    wrong = treated(OTHER, 9)
    replay = heard(treated(COURSE), wrong, withdrawn(wrong))
    assert states(replay, "ID-03") == ["retracted", "retracted"]
    assert "ID-03" not in open_codes(heard(withdrawn(wrong), treated(COURSE), wrong))
