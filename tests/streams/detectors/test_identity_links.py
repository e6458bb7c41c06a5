"""Orders and batches that belong to two courses: ID-03, ID-10."""

from __future__ import annotations

from typing import Any

from schemas.alert import Severity
from schemas.collection import CollectionCompleted
from schemas.ordering import AliasLinked, AliasRevoked, BatchNumberAssigned, CoiAssigned
from tests.words import (
    COURSE,
    OTHER,
    at,
    heard,
    lived,
    named,
    open_codes,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

# ------------------------------------------------------------------------------------------ ID-03


def named_twice(*courses: str, order: str = "ORDER:O-1"):
    """One order, given the identifier of each of these courses an hour after the other."""
    return [
        said(CoiAssigned, order, coi=course, issuer="maker", hour=2 + i)
        for i, course in enumerate(courses)
    ]


def test_an_order_of_two_courses_is_raised_on_both_when_the_second_was_named() -> None:
    first, second = named_twice(COURSE, OTHER)
    replay = heard(second, first)
    for course in (COURSE, OTHER):
        alert = the_alert(replay, "ID-03", course)
        assert alert.open
        assert (alert.severity, alert.owner) == (Severity.S1, "identity-registry")
        assert (alert.object, alert.anchor) == ("ORDER:O-1", "courses")
        assert alert.raised_at == at(3)
        assert alert.evidence == tuple(sorted((first.event_id, second.event_id)))
        assert alert.missing == ("signed decision which identifier stands",)
        assert alert.detail == f"ORDER:O-1 was linked to {COURSE} and to {OTHER}"
    assert states(replay, "ID-05") == []


def test_an_order_whose_second_course_was_revoked_is_left_for_a_person_to_close() -> None:
    revoked = said(AliasRevoked, hour=9, alias=named("ORDER:O-1"), target=named(f"COI:{OTHER}"))
    for order in ([*named_twice(COURSE, OTHER), revoked], [revoked, *named_twice(OTHER, COURSE)]):
        assert "ID-03" in open_codes(heard(*order))


def test_an_order_that_is_named_twice_for_one_course_is_quiet() -> None:
    assert states(heard(*named_twice(COURSE, COURSE)), "ID-03") == []


def test_a_course_named_by_mistake_and_withdrawn_never_was() -> None:
    first, second = named_twice(COURSE, OTHER)
    replay = heard(first, second, withdrawn(second))
    assert "ID-03" not in open_codes(replay)


def test_two_orders_of_one_course_are_for_nobody_to_settle() -> None:
    both = (*named_twice(COURSE), *named_twice(COURSE, order="ORDER:O-2"))
    assert states(heard(*both), "ID-03") == []


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


def test_of_two_new_numbers_the_first_is_named() -> None:
    two = said(BatchNumberAssigned, "BATCH:B-3", "BATCH:B-2", coi=COURSE, hour=9)
    assert the_alert(told(*numbers(COURSE), two), "ID-10").object == "BATCH:B-2"


def test_another_thing_of_two_courses_is_neither_an_order_nor_a_batch() -> None:
    links = [
        said(AliasLinked, hour=3, alias=named("DIN:D-1"), target=named(f"COI:{course}"))
        for course in (COURSE, OTHER)
    ]
    taken = said(CollectionCompleted, "DIN:D-1", coi=COURSE, hour=2, ended_at=at(2))
    replay = heard(*links, taken)
    assert "ID-05" in open_codes(replay)
    assert states(replay, "ID-03") == []
    assert states(replay, "ID-10") == []


def test_a_batch_of_one_course_does_not_hide_an_order_of_two() -> None:
    replay = heard(*numbers(COURSE), *named_twice(COURSE, OTHER))
    assert "ID-03" in open_codes(replay)
