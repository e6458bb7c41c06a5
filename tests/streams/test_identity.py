"""Whose cells is this about? Events find their course along links, in whatever order both come."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas import topics
from schemas.envelope import Event, System
from schemas.laboratory import ResultReported, SampleRegistered
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    BatchNumberAssigned,
    CoiAssigned,
    OrderCreated,
)
from schemas.record import Withheld
from schemas.transport import (
    ConditionRead,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from streams.replay import Replay
from tests.words import COURSE, OTHER, at, corrected, heard, named, records, said, sent, withdrawn

ORDER = said(OrderCreated, "ORDER:O-1", product="AXICEL")
ASSIGNED = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", hour=1)
NUMBERED = said(BatchNumberAssigned, "BATCH:B-1", "ORDER:O-1", hour=2)
SAMPLED = said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", hour=3)
RESULT = said(ResultReported, "SAMPLE:S-1", hour=4, test="VIABILITY")
STARTED = said(BatchStarted, "BATCH:B-1", hour=3)


def link(alias: str, course: str, hour: float = 1) -> AliasLinked:
    return said(AliasLinked, hour=hour, alias=named(alias), target=named(f"COI:{course}"))


def revoked(alias: str, course: str, hour: float = 9) -> AliasRevoked:
    return said(AliasRevoked, hour=hour, alias=named(alias), target=named(f"COI:{course}"))


def held(replay: Replay, course: str = COURSE) -> set[str]:
    """The events that a course believes."""
    found = records(replay)
    return {str(m.event_id) for m in found[course].milestones} if course in found else set()


def withheld(replay: Replay, course: str = COURSE) -> dict[str, Withheld]:
    """The events that a course knows and does not believe, and why."""
    found = records(replay)
    return {str(w.event_id): w.why for w in found[course].withheld} if course in found else {}


def waiting(replay: Replay) -> set[str]:
    return set(replay.latest.get(topics.WAITING, {}))


def ids(*said: Event) -> set[str]:
    return {str(event.event_id) for event in said}


@pytest.mark.parametrize("story", list(permutations([ASSIGNED, NUMBERED, SAMPLED, RESULT])))
def test_a_result_finds_its_course_hop_by_hop_in_whatever_order_the_links_come(story) -> None:
    replay = heard(*story)
    assert held(replay) == ids(*story)
    assert waiting(replay) == set()


@pytest.mark.parametrize("missing", [ASSIGNED, NUMBERED, SAMPLED])
def test_while_one_hop_is_missing_the_event_waits_and_is_not_dropped(missing) -> None:
    chain = [ASSIGNED, NUMBERED, SAMPLED, RESULT]
    replay = heard(*(event for event in chain if event is not missing))
    assert ids(RESULT) <= waiting(replay)
    replay.take_all([sent(missing)])
    assert waiting(replay) == set()
    assert held(replay) == ids(*chain)


def test_an_event_that_names_two_things_is_let_go_by_the_link_of_either() -> None:
    received = said(MaterialReceived, "ORDER:O-1", "SHIPMENT:H-1", hour=5)
    for release in (ASSIGNED, link("SHIPMENT:H-1", COURSE)):
        for story in ((received, release), (release, received)):
            assert ids(received) <= held(heard(*story))
            assert waiting(heard(*story)) == set()


def test_only_the_system_of_record_links() -> None:
    reported = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", system=System.CLINIC)
    replay = heard(reported, ORDER)
    assert waiting(replay) == ids(ORDER)
    assert withheld(replay) == {str(reported.event_id): Withheld.REPORTED_ONLY}
    replay.take_all([sent(ASSIGNED)])
    assert ids(ORDER) <= held(replay)


BOTH = [link("BATCH:B-1", COURSE), link("BATCH:B-1", OTHER, 2), STARTED]


@pytest.mark.parametrize("story", list(permutations(BOTH)))
def test_an_event_that_leads_to_two_courses_is_withheld_in_both_and_set_aside(story) -> None:
    replay = heard(*story)
    for course in (COURSE, OTHER):
        assert withheld(replay, course)[str(STARTED.event_id)] is Withheld.TWO_COURSES
        assert not ids(STARTED) & held(replay, course)
    assert len(replay.latest[topics.QUARANTINE]) == 2


def test_a_link_revoked_after_it_was_said_gives_the_event_to_the_other_course() -> None:
    story = [
        link("BATCH:B-1", COURSE),
        link("BATCH:B-1", OTHER),
        STARTED,
        revoked("BATCH:B-1", OTHER),
    ]
    for order in permutations(story):
        replay = heard(*order)
        assert ids(STARTED) <= held(replay)
        assert not ids(STARTED) & (held(replay, OTHER) | set(withheld(replay, OTHER)))


def test_a_revocation_dated_before_the_link_takes_nothing_back() -> None:
    replay = heard(link("BATCH:B-1", COURSE, hour=5), revoked("BATCH:B-1", COURSE, hour=4), STARTED)
    assert ids(STARTED) <= held(replay)


def test_an_event_whose_only_link_is_revoked_waits_again() -> None:
    replay = heard(link("BATCH:B-1", COURSE), STARTED, revoked("BATCH:B-1", COURSE))
    assert waiting(replay) == ids(STARTED)
    assert not ids(STARTED) & held(replay)
    replay.take_all([sent(link("BATCH:B-1", OTHER, hour=10))])
    assert ids(STARTED) <= held(replay, OTHER)
    assert waiting(replay) == set()


def test_a_link_that_moves_takes_everything_along_that_hangs_on_it() -> None:
    story = [link("BATCH:B-1", COURSE), SAMPLED, RESULT]
    moved = [revoked("BATCH:B-1", COURSE), link("BATCH:B-1", OTHER, hour=10)]
    for order in permutations([*story, *moved]):
        assert held(heard(*order), OTHER) >= ids(SAMPLED, RESULT)
        assert not ids(SAMPLED, RESULT) & held(heard(*order))


def test_a_link_of_a_contested_statement_does_not_count() -> None:
    replay = heard(ASSIGNED, ASSIGNED.model_copy(update={"site": "N"}), ORDER)
    assert waiting(replay) == ids(ORDER)
    assert withheld(replay) == {str(ASSIGNED.event_id): Withheld.CONTESTED}


OTHER_NUMBER = corrected(NUMBERED, identifiers=(named("BATCH:B-9"), named("ORDER:O-1")))


@pytest.mark.parametrize("change", [withdrawn(NUMBERED), OTHER_NUMBER])
def test_a_link_that_is_withdrawn_or_corrected_counts_no_more_before_and_after(change) -> None:
    for order in permutations([ASSIGNED, NUMBERED, STARTED, change]):
        assert waiting(heard(*order)) == ids(STARTED)


def test_a_corrected_event_is_withheld_although_the_correction_came_first() -> None:
    better = corrected(STARTED, hour=5)
    for order in permutations([ASSIGNED, NUMBERED, STARTED, better]):
        replay = heard(*order)
        assert ids(better) <= held(replay)
        assert withheld(replay) == {str(STARTED.event_id): Withheld.CORRECTED}


def test_a_correction_may_lead_to_another_course() -> None:
    wrong = said(BatchStarted, coi=OTHER, hour=3)
    right = corrected(wrong, coi=COURSE)
    for order in permutations([wrong, right]):
        replay = heard(*order)
        assert held(replay) == ids(right)
        assert withheld(replay, OTHER) == {str(wrong.event_id): Withheld.CORRECTED}


# ------------------------------------------------------------------------------------ loggers


def packed(course: str, shipment: str, hour: float) -> PackagePacked:
    kind = ShipmentKind.FINAL_PRODUCT
    return said(
        PackagePacked, f"SHIPMENT:{shipment}", "LOGGER:L-1", coi=course, hour=hour, kind=kind
    )


def delivered(course: str, shipment: str, hour: float) -> ShipmentDelivered:
    return said(ShipmentDelivered, f"SHIPMENT:{shipment}", coi=course, hour=hour)


def read(hour: float, *values: float) -> ConditionRead:
    readings = tuple(Reading(at=at(hour + i), temperature=v) for i, v in enumerate(values))
    return said(ConditionRead, "LOGGER:L-1", hour=hour, readings=readings)


def readings_of(replay: Replay, course: str) -> list[tuple[int, float]]:
    found = records(replay)
    return (
        [(leg.readings, leg.warmest) for leg in found[course].conditions] if course in found else []
    )


def test_a_logger_used_by_two_courses_tells_each_its_own_readings_whatever_comes_first() -> None:
    story = [
        packed(COURSE, "H-1", 10),
        delivered(COURSE, "H-1", 20),
        packed(OTHER, "H-2", 30),
        read(12, -190, -180),
        read(31, -120),
    ]
    for order in permutations(story):
        replay = heard(*order)
        assert readings_of(replay, COURSE) == [(2, -180.0)]
        assert readings_of(replay, OTHER) == [(1, -120.0)]


def test_the_next_packing_ends_a_use_whose_arrival_nobody_told() -> None:
    replay = heard(
        packed(COURSE, "H-1", 10), read(12, -190), read(31, -120), packed(OTHER, "H-2", 30)
    )
    assert readings_of(replay, COURSE) == [(1, -190.0)]
    assert readings_of(replay, OTHER) == [(1, -120.0)]


def test_readings_between_two_uses_belong_to_nobody() -> None:
    replay = heard(packed(COURSE, "H-1", 10), delivered(COURSE, "H-1", 20), read(25, 20.0))
    assert readings_of(replay, COURSE) == []


def test_a_packing_that_was_withdrawn_gives_its_readings_back() -> None:
    wrong = packed(OTHER, "H-2", 11)
    replay = heard(packed(COURSE, "H-1", 10), wrong, read(12, -190), withdrawn(wrong))
    assert readings_of(replay, COURSE) == [(1, -190.0)]
    assert readings_of(replay, OTHER) == []


def test_of_two_readings_of_one_moment_the_warmer_counts_once() -> None:
    replay = heard(packed(COURSE, "H-1", 10), read(12, -190), read(12, -170, -171))
    assert readings_of(replay, COURSE) == [(2, -170.0)]


def test_a_logger_is_no_alias_of_the_course_that_used_it() -> None:
    booked = said(
        ShipmentBooked, "SHIPMENT:H-1", "LOGGER:L-1", hour=5, kind=ShipmentKind.FINAL_PRODUCT
    )
    assert waiting(heard(packed(COURSE, "H-9", 1), booked)) == ids(booked)
