"""What is believed of a course: its events that count, in order, however they came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from schemas.collection import CollectionCompleted
from schemas.envelope import Event, Identifier, Scheme, System
from schemas.manufacture import BatchStarted
from schemas.ordering import CoiAssigned, OrderChange, OrderChanged, OrderCreated
from schemas.transport import ShipmentDelivered
from streams.replay import Replay
from streams.view import Standing, View, made_of, rebuild
from tests.streams.test_laws import chances, examples, shuffled
from tests.streams.world import histories
from tests.words import COURSE, at, corrected, heard, ordered, said, sent, withdrawn


@examples(40)
@given(histories(), chances)
def test_adding_an_event_to_a_view_equals_computing_the_view_anew(lines, random) -> None:
    replay = Replay()
    for topic, message in shuffled(lines, random):
        replay.take(topic, message)
        for coi, course in replay.courses.items():
            kept, anew = course.__dict__["view"], rebuild(course, coi)
            assert kept.known == anew.known
            assert {k: v for k, v in kept.believed.items() if v} == anew.believed
            assert (kept.profile, kept.product) == (anew.profile, anew.product)
            assert not any(k.standing is Standing.FOREIGN for k in kept.known.values())


def view(*story) -> View:
    return rebuild(heard(*story).courses[COURSE], COURSE)


def started(hour: float = 5, batch: str = "B-1", **more: Any) -> BatchStarted:
    return said(BatchStarted, f"BATCH:{batch}", coi=COURSE, hour=hour, **more)


def standings(seen: View) -> list[Standing]:
    return [known.standing for known in seen.standing_as(*Standing)]


def test_events_are_in_the_order_in_which_they_happened() -> None:
    seen = view(started(9), started(3), started(5))
    assert [e.occurred_at for e in seen.of(BatchStarted)] == [at(3), at(5), at(9)]
    assert seen.first(BatchStarted) == started(3)
    assert seen.last(BatchStarted) == started(9)
    assert seen.first(CollectionCompleted) is seen.last(CollectionCompleted) is None


def test_events_of_one_moment_are_in_the_order_of_their_ids() -> None:
    same = [started(5, f"B-{n}") for n in range(4)]
    ids = [e.event_id for e in view(*same).of(BatchStarted)]
    assert ids == sorted(ids)


def test_only_events_that_carry_the_identifier_are_had() -> None:
    seen = view(started(3, "B-1"), started(4, "B-2"))
    assert seen.having(BatchStarted, Scheme.BATCH, "B-2") == [started(4, "B-2")]


def test_a_corrected_event_counts_no_more_and_its_correction_does() -> None:
    for story in (
        (started(), corrected(started(), hour=6)),
        (corrected(started(), hour=6), started()),
    ):
        seen = view(*story)
        assert [e.occurred_at for e in seen.of(BatchStarted)] == [at(6)]
        assert sorted(standings(seen), key=str) == [Standing.BELIEVED, Standing.CORRECTED]


def test_a_withdrawal_states_nothing_of_its_own() -> None:
    seen = view(started(), withdrawn(started()))
    assert seen.of(BatchStarted) == []
    assert standings(seen) == [Standing.CORRECTED, Standing.CORRECTED]


def test_of_two_contents_under_one_id_neither_counts() -> None:
    other = started().model_copy(update={"site": "N"})
    seen = view(sent(started()), sent(other))
    assert seen.of(BatchStarted) == []
    assert standings(seen) == [Standing.CONTESTED, Standing.CONTESTED]


def test_the_word_of_somebody_who_may_only_report_is_kept_and_not_believed() -> None:
    delivered = said(ShipmentDelivered, "SHIPMENT:H-1", coi=COURSE, system=System.MES)
    seen = view(delivered)
    assert seen.of(ShipmentDelivered) == []
    assert standings(seen) == [Standing.REPORTED]


@pytest.mark.parametrize("late_first", [True, False])
def test_the_last_word_on_the_product_chooses_the_profile(late_first) -> None:
    order = said(OrderCreated, "ORDER:O-1", product="AXICEL")
    link = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker")
    changed = said(OrderChanged, "ORDER:O-1", hour=9, change=OrderChange.CHANGED, product="TISACEL")
    silent = said(OrderChanged, "ORDER:O-1", hour=10, change=OrderChange.CHANGED)
    story = [order, changed, silent]
    seen = view(link, *(reversed(story) if late_first else story))
    assert (seen.product, seen.label) == ("TISACEL", "tisa-cel@1.0.0")


def test_a_product_that_no_profile_names_is_judged_by_none() -> None:
    seen = view(*ordered("NOBODY"))
    assert (seen.product, seen.profile, seen.label) == ("NOBODY", None, "none")


def test_what_is_made_of_events_is_made_anew_only_when_one_of_those_comes() -> None:
    asked: list[int] = []

    @made_of(BatchStarted)
    def starts(of: View) -> int:
        asked.append(1)
        return len(of.of(BatchStarted))

    replay = heard(*ordered("AXICEL"), started(5))
    seen = replay.courses[COURSE].__dict__["view"]
    assert (starts(seen), starts(seen), len(asked)) == (1, 1, 1)
    replay.take(*sent(said(CollectionCompleted, coi=COURSE, hour=1, ended_at=at(2))))
    assert (starts(seen), len(asked)) == (1, 1)
    replay.take(*sent(started(7, "B-2")))
    assert (starts(seen), len(asked)) == (2, 2)


def test_single_events_are_looked_at_once_each_and_found_in_the_order_in_which_they_happened() -> (
    None
):
    looked: list[Event] = []

    def hour(event: Event) -> int | None:
        looked.append(event)
        return event.occurred_at.hour if isinstance(event, BatchStarted) else None

    replay = heard(*ordered("AXICEL"), started(9))
    seen = replay.courses[COURSE].__dict__["view"]
    assert [event for event, _ in seen.by_itself(hour)] == [started(9)]
    replay.take(*sent(started(3, "B-2")))
    assert [event for event, _ in seen.by_itself(hour)] == [started(3, "B-2"), started(9)]
    assert len(looked) == len(seen.in_order)


def test_an_event_that_names_one_thing_twice_is_found_once() -> None:
    twice = started(5).model_copy(
        update={
            "identifiers": tuple(
                Identifier(scheme=Scheme.BATCH, value="B-1", issuer=issuer)
                for issuer in ("maker", "lab")
            )
        }
    )
    assert len(view(twice).having(BatchStarted, Scheme.BATCH, "B-1")) == 1
