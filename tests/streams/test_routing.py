"""Which way an event goes, from its own content alone."""

from __future__ import annotations

from schemas.envelope import Scheme, System
from schemas.manufacture import BatchStarted, MaterialReceived
from schemas.ordering import AliasLinked, AliasRevoked, BatchNumberAssigned
from schemas.platform import PartnerHeartbeat
from schemas.transport import ConditionRead, Reading
from streams.messages import RANK
from streams.moments import NEVER, micros
from streams.routing import known_by, way_of
from tests.words import COURSE, OTHER, at, named, said, withdrawn


def test_an_event_goes_to_every_course_that_it_names() -> None:
    way = way_of(said(BatchStarted, f"COI:{OTHER}", "BATCH:B-1", coi=COURSE))
    assert way.courses == (COURSE, OTHER)
    assert way.route == ("BATCH:B-1",)


def test_the_identifier_nearest_to_the_course_is_asked_first() -> None:
    way = way_of(said(MaterialReceived, "SHIPMENT:H-1", "DIN:D-1", "BATCH:B-1", "ORDER:O-1"))
    assert way.route == ("ORDER:O-1", "DIN:D-1", "BATCH:B-1", "SHIPMENT:H-1")


def test_things_that_are_used_again_are_never_asked() -> None:
    way = way_of(said(BatchStarted, "SLOT:X", "TANK:T", "SHIPPER:P", "MATERIAL_LOT:M", "LOGGER:L"))
    assert way.route == ()
    assert way.nowhere


def test_readings_go_to_their_logger_and_not_to_what_else_they_name() -> None:
    reading = Reading(at=at(1), temperature=-150.0)
    way = way_of(said(ConditionRead, "LOGGER:L-1", "SHIPMENT:H-1", coi=COURSE, readings=(reading,)))
    assert (way.logger, way.courses, way.route) == ("LOGGER:L-1", (), ())
    assert way.points == ((micros(at(1)), -150.0),)
    assert not way.nowhere


def test_readings_that_are_withdrawn_bring_no_point() -> None:
    reading = Reading(at=at(1), temperature=-150.0)
    gone = withdrawn(said(ConditionRead, "LOGGER:L-1", readings=(reading,)))
    assert way_of(gone).points == ()
    assert known_by(gone) == NEVER


def test_an_assignment_links_to_the_first_target_that_is_there() -> None:
    by_course = way_of(said(BatchNumberAssigned, "BATCH:B-1", "ORDER:O-1", coi=COURSE))
    assert by_course.links == (("BATCH:B-1", f"COI:{COURSE}"),)
    by_order = way_of(said(BatchNumberAssigned, "BATCH:B-1", "ORDER:O-1"))
    assert by_order.links == (("BATCH:B-1", "ORDER:O-1"),)
    assert way_of(said(BatchNumberAssigned, "BATCH:B-1")).links == ()


def test_a_statement_about_a_link_goes_to_the_target_and_not_along_its_alias() -> None:
    for kind, linking in ((AliasLinked, True), (AliasRevoked, False)):
        way = way_of(said(kind, "SAMPLE:S-1", alias=named("SAMPLE:S-1"), target=named("BATCH:B-1")))
        assert (way.route, way.linking) == (("BATCH:B-1",), linking)
        assert way.links == (("SAMPLE:S-1", "BATCH:B-1"),)


def test_a_link_away_from_the_course_is_refused() -> None:
    for alias, target in (
        ("BATCH:B-1", "SAMPLE:S-1"),
        ("BATCH:B-1", "BATCH:B-2"),
        ("LOGGER:L", "ORDER:O"),
    ):
        way = way_of(said(AliasLinked, alias=named(alias), target=named(target)))
        assert way.links == ()
        assert way.upward is not None


def test_word_of_a_source_itself_is_never_lost_on_the_way() -> None:
    way = way_of(said(PartnerHeartbeat, interface=System.CLINIC))
    assert (way.courses, way.route, way.nowhere) == ((), (), False)


def test_the_grace_counts_from_the_later_of_happening_and_recording() -> None:
    assert known_by(said(BatchStarted, hour=5)) == micros(at(5))
    assert known_by(said(BatchStarted, hour=5, recorded_at=at(9))) == micros(at(9))
    assert known_by(said(BatchStarted, hour=5, recorded_at=at(1))) == micros(at(5))


def test_every_scheme_has_a_rank_and_the_course_is_the_nearest() -> None:
    assert set(RANK) == {scheme.value for scheme in Scheme}
    assert min(RANK, key=RANK.__getitem__) == "COI"
