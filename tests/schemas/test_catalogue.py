"""The catalogue of events: an explicit list in which nothing is missing and nothing stands twice."""

from __future__ import annotations

from schemas.catalogue import EVENT_BY_NAME, EVENTS
from schemas.envelope import OCCUPIED_SCHEMES, Event
from streams.messages import RANK


def _all(kind: type[Event]) -> set[type[Event]]:
    found = {kind} if kind.__module__.startswith("schemas.") and kind is not Event else set()
    return found.union(*(_all(sub) for sub in kind.__subclasses__()))


def test_every_event_class_is_in_the_catalogue_once() -> None:
    assert len(set(EVENTS)) == len(EVENTS) == len(EVENT_BY_NAME)
    assert set(EVENTS) == _all(Event)


def test_every_event_says_in_a_sentence_what_it_tells() -> None:
    for event in EVENTS:
        assert (event.__doc__ or "").strip().partition("\n")[0].endswith("."), event
        assert event.number > 0


def test_links_lead_towards_the_course_and_never_from_a_thing_that_is_used_again() -> None:
    for event in EVENTS:
        for source, targets in event.links:
            assert source not in OCCUPIED_SCHEMES
            assert all(RANK[target] < RANK[source] for target in targets), event
