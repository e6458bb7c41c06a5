"""Cells that may not be this patient's: ID-01, ID-04, ID-05, ID-10."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CheckContext, CollectionCompleted, Comparison, IdentityVerified
from schemas.envelope import Scheme
from schemas.laboratory import ResultReported, SampleRegistered
from schemas.manufacture import BatchStarted
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    BatchNumberAssigned,
    CoiAssigned,
    OrderCreated,
)
from schemas.transport import ConditionRead, PackagePacked, Reading, ShipmentBooked, ShipmentKind
from tests.words import (
    COURSE,
    INSTANT,
    MINUTE,
    OTHER,
    at,
    corrected,
    heard,
    lived,
    named,
    open_codes,
    ordered,
    said,
    states,
    the_alert,
    tick,
    told,
    withdrawn,
)

GRACE = 120 * MINUTE


def check(*found: tuple[Scheme, str, str], hour: float = 5) -> IdentityVerified:
    """An identity check at the bedside: what was expected beside what was found."""
    compared = tuple(Comparison(scheme=s, expected=e, found=f) for s, e, f in found)
    return said(
        IdentityVerified, coi=COURSE, hour=hour, context=CheckContext.BEDSIDE, comparisons=compared
    )


RIGHT = (Scheme.COI, COURSE, COURSE)
WRONG = (Scheme.COI, COURSE, OTHER)
WRONG_DIN = (Scheme.DIN, "D-1", "D-2")


# ------------------------------------------------------------------------------------------ ID-01


def test_a_check_that_finds_another_course_is_raised_at_its_own_time() -> None:
    seen = check(WRONG)
    alert = the_alert(told(seen), "ID-01")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "receiving-site-quality")
    assert alert.object == f"COI:{COURSE}"
    assert alert.raised_at == at(5)
    assert alert.evidence == (seen.event_id,)
    assert alert.missing == ("deviation", "second check by two persons")
    assert OTHER in alert.detail
    assert alert.acknowledge_by == at(5.25)
    assert alert.decide_by == at(6)


def test_a_check_that_finds_the_course_is_quiet() -> None:
    assert states(told(check(RIGHT)), "ID-01") == []


def test_a_later_right_check_does_not_end_a_wrong_one() -> None:
    assert open_codes(told(check(WRONG), check(RIGHT, hour=6))) == ["ID-01"]


def test_a_wrong_check_is_raised_although_nobody_knows_the_product() -> None:
    assert open_codes(heard(check(WRONG))) == ["ID-01"]


def test_a_wrong_check_that_was_a_typing_error_is_retracted_under_the_same_id() -> None:
    wrong = check(WRONG)
    right = corrected(wrong, comparisons=check(RIGHT).comparisons)
    replay = told(wrong, right)
    assert lived(replay, "ID-01") == ["open", "retracted"]
    assert the_alert(replay, "ID-01").alert_id == the_alert(told(wrong), "ID-01").alert_id
    assert open_codes(told(right, wrong)) == []


def test_two_wrong_checks_are_two_alerts() -> None:
    assert states(told(check(WRONG), check(WRONG, hour=6)), "ID-01") == ["open", "open"]


# ------------------------------------------------------------------------------------------ ID-05


def test_a_second_identifier_that_differs_while_the_course_agrees_is_raised() -> None:
    seen = check(RIGHT, WRONG_DIN)
    replay = told(seen)
    alert = the_alert(replay, "ID-05")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "site-quality")
    assert (alert.object, alert.anchor) == ("DIN:D-1", str(seen.event_id))
    assert alert.raised_at == at(5)
    assert alert.evidence == (seen.event_id,)
    assert alert.missing == ("both identifiers checked again by two persons",)
    assert "D-2" in alert.detail
    assert states(replay, "ID-01") == []


def test_a_second_identifier_without_a_word_on_the_course_is_raised() -> None:
    assert open_codes(told(check(WRONG_DIN))) == ["ID-05"]


def test_where_the_course_differs_too_only_the_course_is_raised() -> None:
    replay = told(check(WRONG, WRONG_DIN))
    assert open_codes(replay) == ["ID-01"]


def test_identifiers_that_agree_are_quiet() -> None:
    assert states(told(check(RIGHT, (Scheme.DIN, "D-1", "D-1"))), "ID-05") == []


def both_courses():
    """Two courses, each with its order, and a sample of each batch."""
    return (
        *ordered(),
        *ordered(course=OTHER, order="O-2"),
        said(BatchNumberAssigned, "BATCH:B-1", "ORDER:O-1", hour=1),
        said(BatchNumberAssigned, "BATCH:B-2", "ORDER:O-2", hour=1),
    )


def test_an_event_that_carries_identifiers_of_two_courses_is_raised_on_both() -> None:
    mixed = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", "ORDER:O-2", hour=2)
    replay = heard(*both_courses(), mixed)
    here, there = the_alert(replay, "ID-05"), the_alert(replay, "ID-05", OTHER)
    assert here.object == "ORDER:O-2"
    assert there.object == "SAMPLE:S-1"
    for alert in (here, there):
        assert alert.open
        assert alert.severity is Severity.S1
        assert alert.raised_at == at(2)
        assert alert.evidence == (mixed.event_id,)
        assert alert.anchor == "other-course"
        assert alert.missing == ("both identifiers checked again by two persons",)


def test_an_identifier_linked_to_two_courses_is_raised_when_the_second_link_was_said() -> None:
    first, second = (
        said(AliasLinked, hour=h, alias=named("DIN:D-1"), target=named(f"COI:{c}"))
        for h, c in ((3, COURSE), (4, OTHER))
    )
    collected = said(CollectionCompleted, "DIN:D-1", hour=2, ended_at=at(2))
    replay = heard(*both_courses(), collected, second, first)
    for course in (COURSE, OTHER):
        alert = the_alert(replay, "ID-05", course)
        assert (alert.object, alert.anchor) == ("DIN:D-1", "links")
        assert alert.severity is Severity.S1
        assert alert.raised_at == at(4)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.missing == ("the link that is right, from its system of record",)
        assert alert.detail == f"DIN:D-1 was linked to {COURSE} and to {OTHER}"


def test_only_the_identifier_where_the_courses_part_is_named() -> None:
    links = [
        said(AliasLinked, hour=3, alias=named("ORDER:O-1"), target=named(f"COI:{c}"))
        for c in (COURSE, OTHER)
    ]
    shipped = said(
        ShipmentBooked, "SHIPMENT:H-1", "ORDER:O-1", hour=5, kind=ShipmentKind.STARTING_MATERIAL
    )
    assert the_alert(heard(*links, shipped), "ID-05").object == "ORDER:O-1"


def test_a_batch_that_leads_elsewhere_is_for_the_batch_detector_only() -> None:
    replay = heard(*both_courses(), said(BatchStarted, "BATCH:B-2", coi=COURSE, hour=3))
    assert states(replay, "ID-05") == []


# ------------------------------------------------------------------------------------------ ID-10


def numbers(*courses: str, hour: float = 2):
    """One batch number, assigned to each of these courses an hour after the other."""
    return [
        said(BatchNumberAssigned, "BATCH:B-1", coi=course, hour=hour + i)
        for i, course in enumerate(courses)
    ]


def test_a_batch_of_two_courses_is_raised_on_both_when_the_second_was_said() -> None:
    first, second = numbers(COURSE, OTHER)
    replay = heard(second, first)
    for course in (COURSE, OTHER):
        alert = the_alert(replay, "ID-10", course)
        assert alert.open
        assert (alert.severity, alert.owner) == (Severity.S1, "erp-owner-quality")
        assert (alert.object, alert.anchor) == ("BATCH:B-1", "courses")
        assert alert.raised_at == at(3)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.missing == ("batch genealogy",)
        assert alert.detail == f"BATCH:B-1 was linked to {COURSE} and to {OTHER}"


def test_a_revoked_link_leaves_the_batch_for_a_person_to_close() -> None:
    revoked = said(AliasRevoked, hour=9, alias=named("BATCH:B-1"), target=named(f"COI:{OTHER}"))
    for order in ([*numbers(COURSE, OTHER), revoked], [revoked, *numbers(OTHER, COURSE)]):
        replay = heard(*order)
        assert "ID-10" in open_codes(replay)


def test_a_batch_said_twice_of_one_course_is_quiet() -> None:
    assert states(heard(*numbers(COURSE, COURSE)), "ID-10") == []


def second_number(**fields: Any) -> BatchNumberAssigned:
    return said(BatchNumberAssigned, "BATCH:B-2", coi=COURSE, hour=9, **fields)


def test_a_second_batch_that_nobody_declared_is_raised() -> None:
    first, second = numbers(COURSE)[0], second_number()
    alert = the_alert(told(second, first), "ID-10")
    assert alert.open
    assert alert.severity is Severity.S1
    assert (alert.object, alert.anchor) == ("BATCH:B-2", "second-batch")
    assert alert.raised_at == at(9)
    assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
    assert alert.missing == ("declaration of a re-manufacture, or withdrawal of one number",)
    assert "B-1" in alert.detail


def test_a_declared_remanufacture_is_quiet() -> None:
    assert states(told(*numbers(COURSE), second_number(remanufacture=True)), "ID-10") == []


def test_a_number_that_was_withdrawn_is_no_second_batch() -> None:
    replay = told(*numbers(COURSE), second_number(), withdrawn(second_number()))
    assert lived(replay, "ID-10") == ["open", "retracted"]


# ------------------------------------------------------------------------------------------ ID-04


@pytest.mark.parametrize(
    ("now", "found"),
    [(GRACE - INSTANT, []), (GRACE, ["open"]), (GRACE + INSTANT, ["open"])],
    ids=["an instant before its grace is over", "when it is over", "an instant later"],
)
def test_an_event_waits_for_its_link_as_long_as_its_grace(now, found) -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    assert states(heard(orphan, tick(2 * 60 * MINUTE + now)), "ID-04") == found


def test_an_orphan_names_the_identifier_and_the_link_that_is_missing() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    alert = the_alert(heard(orphan, tick(50)), "ID-04", None)
    assert (alert.severity, alert.owner) == (Severity.S2, "integration-support")
    assert (alert.object, alert.anchor) == ("SAMPLE:S-9", str(orphan.event_id))
    assert alert.raised_at == at(4)
    assert alert.evidence == (orphan.event_id,)
    assert alert.missing == ("the link of SAMPLE:S-9 from its system of record",)


def test_the_grace_counts_from_when_the_partner_had_recorded_it() -> None:
    late = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY", recorded_at=at(30))
    assert states(heard(late, tick(31.9)), "ID-04") == []
    assert the_alert(heard(late, tick(32)), "ID-04", None).raised_at == at(32)


def test_the_link_ends_the_orphan_and_a_link_dated_before_takes_it_back() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    for hour, end in ((3, "retracted"), (40, "resolved")):
        link = said(SampleRegistered, "SAMPLE:S-9", coi=COURSE, hour=hour)
        assert lived(heard(orphan, tick(50), link), "ID-04") == ["open", end]


def test_readings_of_a_logger_that_nobody_packed_are_orphans_until_it_was_packed() -> None:
    read = said(
        ConditionRead, "LOGGER:L-1", hour=2, readings=(Reading(at=at(2), temperature=-190),)
    )
    replay = heard(read, tick(4))
    assert the_alert(replay, "ID-04", None).object == "LOGGER:L-1"
    packed = said(
        PackagePacked,
        "SHIPMENT:H-1",
        "LOGGER:L-1",
        coi=COURSE,
        hour=1,
        kind=ShipmentKind.FINAL_PRODUCT,
    )
    assert states(heard(read, tick(4), packed), "ID-04") == ["retracted"]


def test_an_event_that_names_its_course_is_no_orphan() -> None:
    assert states(heard(said(BatchStarted, "BATCH:B-7", coi=COURSE), tick(99)), "ID-04") == []


def test_an_order_whose_course_is_assigned_in_time_is_no_orphan() -> None:
    order = said(OrderCreated, "ORDER:O-1", product="AXICEL")
    link = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", hour=0.5)
    assert states(heard(order, link, tick(99)), "ID-04") == []


def test_an_orphan_that_its_source_corrects_or_withdraws_waits_for_nobody() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    mended = corrected(orphan, identifiers=(named("SAMPLE:S-1"),))
    link = said(SampleRegistered, "SAMPLE:S-1", coi=COURSE, hour=1)
    assert lived(heard(orphan, link, tick(50), mended), "ID-04") == ["open", "retracted"]
    assert lived(heard(orphan, tick(50), withdrawn(orphan), tick(99)), "ID-04") == [
        "open",
        "retracted",
    ]
    assert states(heard(withdrawn(orphan), orphan, tick(99)), "ID-04") == []


def test_withdrawn_readings_of_an_unused_logger_wait_for_nobody() -> None:
    read = said(
        ConditionRead, "LOGGER:L-1", hour=2, readings=(Reading(at=at(2), temperature=-190),)
    )
    assert states(heard(read, withdrawn(read), tick(99)), "ID-04") == []
    assert states(heard(read, tick(50), withdrawn(read), tick(99)), "ID-04") == ["retracted"]


def test_what_agrees_does_not_hide_what_does_not() -> None:
    started = said(BatchStarted, "BATCH:B-1", coi=COURSE)
    replay = told(check(RIGHT), check(RIGHT, WRONG_DIN, hour=6), started)
    assert the_alert(replay, "ID-05").raised_at == at(6)
    links = [
        said(AliasLinked, hour=3, alias=named("ORDER:O-1"), target=named(f"COI:{c}"))
        for c in (COURSE, OTHER)
    ]
    collected = said(CollectionCompleted, "DIN:D-1", "ORDER:O-1", hour=2, ended_at=at(2))
    assert the_alert(heard(*links, collected, started), "ID-05").object == "ORDER:O-1"


def test_of_two_new_numbers_the_first_is_named() -> None:
    two = said(BatchNumberAssigned, "BATCH:B-3", "BATCH:B-2", coi=COURSE, hour=9)
    assert the_alert(told(*numbers(COURSE), two), "ID-10").object == "BATCH:B-2"
