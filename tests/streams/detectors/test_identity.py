"""Cells that may not be this patient's: ID-01, ID-05."""

from __future__ import annotations

from schemas.alert import Severity
from schemas.collection import (
    CheckContext,
    CollectionCompleted,
    Comparison,
    IdentityVerified,
    MaterialCryopreserved,
)
from schemas.envelope import Scheme
from schemas.laboratory import SampleRegistered
from schemas.manufacture import BatchStarted
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    BatchNumberAssigned,
    CoiAssigned,
)
from schemas.transport import PackagePacked, ShipmentBooked, ShipmentKind
from tests.words import (
    COURSE,
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
    told,
    withdrawn,
)


def check(*found: tuple[Scheme, str, str], hour: float = 5) -> IdentityVerified:
    """An identity check at the bedside: what was expected beside what was found."""
    compared = tuple(Comparison(scheme=s, expected=e, found=f) for s, e, f in found)
    return said(
        IdentityVerified,
        coi=COURSE,
        hour=hour,
        context=CheckContext.BEDSIDE,
        comparisons=compared,
        actor="STAFF-1",
        second_actor="STAFF-2",
    )


THIRD = "CHA999926000003"
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
    # and a later check, where the course agrees, is another one
    later = check(RIGHT, WRONG_DIN, hour=6)
    assert the_alert(told(check(WRONG, WRONG_DIN), later), "ID-05").anchor == str(later.event_id)


def test_a_second_identifier_that_was_never_scanned_so_is_no_exception_any_more() -> None:
    seen = check(RIGHT, WRONG_DIN)
    replay = told(seen)
    raised = the_alert(replay, "ID-05").alert_id
    replay = told(seen, withdrawn(seen, hour=9))
    assert lived(replay, "ID-05") == ["open", "retracted"]
    assert the_alert(replay, "ID-05").alert_id == raised


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
        said(AliasLinked, hour=3, alias=named("DIN:D-1"), target=named(f"COI:{c}"))
        for c in (COURSE, OTHER)
    ]
    shipped = said(
        ShipmentBooked, "SHIPMENT:H-1", "DIN:D-1", hour=5, kind=ShipmentKind.STARTING_MATERIAL
    )
    assert the_alert(heard(*links, shipped), "ID-05").object == "DIN:D-1"
    frozen = said(MaterialCryopreserved, "CONTAINER:C-1", "DIN:D-1", hour=5)
    alert = the_alert(heard(*links, frozen), "ID-05")
    assert (alert.object, alert.open) == ("DIN:D-1", True)


def test_a_batch_that_leads_elsewhere_is_for_the_batch_detector_only() -> None:
    replay = heard(*both_courses(), said(BatchStarted, "BATCH:B-2", coi=COURSE, hour=3))
    assert states(replay, "ID-05") == []


def test_an_event_beside_the_order_of_another_course_is_for_the_second_identifier() -> None:
    mixed = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", "ORDER:O-2", hour=2)
    assert states(heard(*both_courses(), mixed), "ID-03") == []


def test_a_mixed_event_that_is_corrected_to_one_course_mixed_nothing() -> None:
    mixed = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", "ORDER:O-2", hour=2)
    right = corrected(mixed, identifiers=(named("SAMPLE:S-1"), named("BATCH:B-1")))
    assert states(heard(*both_courses(), mixed, right), "ID-05") == ["retracted", "retracted"]


def test_an_identifier_whose_link_to_another_course_was_revoked_is_not_accused() -> None:
    link = said(AliasLinked, hour=1, alias=named("DIN:D-9"), target=named(f"COI:{OTHER}"))
    undone = said(AliasRevoked, hour=1.5, alias=named("DIN:D-9"), target=named(f"COI:{OTHER}"))
    mixed = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", "ORDER:O-2", "DIN:D-9", hour=2)
    replay = heard(*both_courses(), link, undone, mixed)
    assert the_alert(replay, "ID-05").object == "ORDER:O-2"


def test_what_two_other_courses_share_is_told_here_as_leading_elsewhere() -> None:
    links = [
        said(AliasLinked, hour=3, alias=named("DIN:D-1"), target=named(f"COI:{course}"))
        for course in (OTHER, THIRD)
    ]
    packed = said(PackagePacked, "SHIPMENT:H-1", "DIN:D-1", coi=COURSE, hour=4)
    alert = the_alert(heard(*links, packed), "ID-05")
    assert (alert.anchor, alert.raised_at) == ("other-course", at(4))
    assert alert.detail == f"DIN:D-1 leads to {OTHER} and to {THIRD}"


def test_an_order_of_two_courses_does_not_hide_another_thing() -> None:
    orders = [
        said(CoiAssigned, "ORDER:O-1", coi=course, issuer="maker", hour=2)
        for course in (COURSE, OTHER)
    ]
    links = [
        said(AliasLinked, hour=3, alias=named("SHIPMENT:H-1"), target=named(f"COI:{course}"))
        for course in (COURSE, OTHER)
    ]
    packed = said(PackagePacked, "SHIPMENT:H-1", "ORDER:O-1", coi=COURSE, hour=4)
    assert the_alert(heard(*orders, *links, packed), "ID-05").object == "SHIPMENT:H-1"


def test_what_agrees_does_not_hide_what_does_not() -> None:
    started = said(BatchStarted, "BATCH:B-1", coi=COURSE)
    replay = told(check(RIGHT), check(RIGHT, WRONG_DIN, hour=6), started)
    assert the_alert(replay, "ID-05").raised_at == at(6)
    links = [
        said(AliasLinked, hour=3, alias=named("SHIPMENT:H-1"), target=named(f"COI:{c}"))
        for c in (COURSE, OTHER)
    ]
    packed = said(PackagePacked, "SHIPMENT:H-1", "DIN:D-1", coi=COURSE, hour=2)
    assert the_alert(heard(*links, packed, started), "ID-05").object == "SHIPMENT:H-1"
