"""Every event of a course tells of a milestone, and every milestone has an owner who can tell of it."""

from __future__ import annotations

from schemas.authority import AUTHORITY, Authority
from schemas.catalogue import EVENTS
from schemas.milestones import MILESTONES
from schemas.quality import PartyQualified


def test_every_event_of_a_course_stands_in_a_milestone() -> None:
    told = {kind for milestone in MILESTONES for kind in milestone.told_by}
    of_courses = {kind for kind in EVENTS if not kind.type_name().startswith("platform.")}
    assert told == of_courses - {PartyQualified}, "who may hold cells is no step of a course"


def test_milestones_are_numbered_without_a_gap() -> None:
    assert [m.code for m in MILESTONES] == [f"M{n:02d}" for n in range(1, 25)]


def test_somebody_is_the_system_of_record_of_each() -> None:
    owned = {name for (name, _), right in AUTHORITY.items() if right is Authority.OWNER}
    for milestone in MILESTONES:
        assert {kind.type_name() for kind in milestone.told_by} <= owned
