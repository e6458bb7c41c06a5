"""What the worker's tables are given for one more word does not grow with what was said before."""

from __future__ import annotations

from streams import states
from streams.engine.pieces import Kept, Pieces
from streams.identity.loggers import read
from streams.identity.partner import Partner
from streams.identity.thing import Thing
from streams.messages import Reliance
from streams.replay import Replay
from tests.bench.backlog import facts, with_ticks
from tests.streams.identity.test_loggers import LOGGER, message
from tests.streams.stored import stored


def written(pieces: Pieces | None, before: Kept, state: object) -> tuple[Kept, int]:
    """What is kept from now on, and how many bytes were written for it beside the body."""
    assert pieces is not None
    kept, rows = pieces.changes(b"key", state, before)
    return kept, sum(len(row) + len(raw or b"") for row, raw in rows)


def test_a_logger_that_was_read_for_years_writes_a_message_as_a_new_one_does() -> None:
    logger, kept, sizes = Thing(), Kept(), list[int]()
    for number in range(500):
        read(LOGGER, logger, message(number, 6))
        kept, size = written(states.THINGS.pieces, kept, logger)
        sizes.append(size)
    assert max(sizes) <= min(sizes) + 40
    assert len(states.THINGS.write(logger)) < 100


def test_a_partner_for_whom_many_courses_wait_writes_one_of_them() -> None:
    thing = Thing(partner=Partner())
    assert thing.partner is not None
    for number in range(1_000):
        thing.partner.rely(Reliance(f"COURSE-{number}", 1, 10**15, "x.Y", False, 0))
    kept, _ = written(states.THINGS.pieces, Kept(), thing)
    thing.partner.rely(Reliance("COURSE-7", 2, None))
    _, size = written(states.THINGS.pieces, kept, thing)
    assert size < 100
    assert len(states.THINGS.write(thing)) < 100


def test_every_state_of_a_fleet_is_the_same_once_it_was_stored() -> None:
    replay = Replay()
    replay.take_all(line for step in with_ticks(facts(600)[:600]) for line in step)
    for course in replay.courses.values():
        assert stored(states.COURSES, course) == course
        _, rows = written(states.COURSES.pieces, Kept(), course)
        assert len(states.COURSES.write(course)) < rows
    for thing in replay.things.values():
        assert stored(states.THINGS, thing) == thing
