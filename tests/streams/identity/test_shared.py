"""Slots that several courses use: whoever comes first, each is told the same."""

from __future__ import annotations

from streams import messages
from streams.identity.identify import identify
from streams.identity.shared import MOST
from streams.identity.thing import Thing
from streams.messages import Concern, Neighbour, Notice, Trouble, Use

SLOT, LOT = "SLOT:X-1", "MATERIAL_LOT:V-1"


def told(identifier: str, *said: Use | Notice, thing: Thing | None = None) -> dict[str, Concern]:
    """What each course has been told last, after all this was said."""
    state = thing or Thing()
    latest: dict[str, Concern] = {}
    for message in said:
        state, outs = identify(identifier, state, message, 0)
        for out in outs:
            assert out.value is not None
            concern = messages.decode_to_course(out.value)
            assert isinstance(concern, Concern)
            latest[out.key] = concern
    return latest


def using(course: str, start: int | None = 0, end: int | None = None, *, version: int = 1) -> Use:
    return Use(course, version, start, end, said_at=version * 10)


def test_two_that_use_a_slot_at_the_same_time_are_told_of_each_other() -> None:
    found = told(SLOT, using("A", 0, 9), using("B", 8, 20))
    assert found["A"].neighbours == (Neighbour("B", 10),)
    assert found["B"].neighbours == (Neighbour("A", 10),)
    assert (found["A"].thing, found["A"].said_at) == (SLOT, 10)


def test_one_that_begins_when_the_other_ends_is_no_neighbour() -> None:
    assert told(SLOT, using("A", 0, 9), using("B", 9, 20)) == {}
    assert told(SLOT, using("A", 9, 20), using("B", 0, 9)) == {}


def test_a_use_without_an_end_goes_on() -> None:
    for story in ([using("A", 0), using("B", 99)], [using("B", 99), using("A", 0)]):
        found = told(SLOT, *story)
        assert {c: [n.course for n in f.neighbours] for c, f in found.items()} == {
            "A": ["B"],
            "B": ["A"],
        }
    assert told(SLOT, using("A", 50), using("B", 0, 50)) == {}


def test_both_hear_when_one_uses_it_no_longer_or_at_another_time() -> None:
    for later in (using("B", None, version=2), using("B", 50, 60, version=2)):
        found = told(SLOT, using("A", 0, 9), using("B", 8, 20), later)
        assert found["A"].neighbours == found["B"].neighbours == ()
        assert found["A"].said_at == 20


def test_an_older_word_about_a_use_changes_nothing() -> None:
    found = told(SLOT, using("A", 0, 9), using("B", 50, 60, version=2), using("B", 8, 20))
    assert found == {}


def test_a_lot_may_have_many_users_and_nobody_is_told_of_the_others() -> None:
    assert told(LOT, *(using(f"C-{n}") for n in range(9))) == {}


def test_what_is_told_is_bounded_and_is_told_only_to_whom_it_changes_something() -> None:
    thing = Thing()
    many = [Use(f"C-{n:03d}", 1, 0, None, said_at=n) for n in range(200)]
    for use in many[:-1]:
        thing, _ = identify(SLOT, thing, use, 0)
    thing, outs = identify(SLOT, thing, many[-1], 0)
    assert [out.key for out in outs] == ["C-199"]
    assert outs[0].value is not None
    concern = messages.decode_to_course(outs[0].value)
    assert isinstance(concern, Concern)
    assert [n.course for n in concern.neighbours] == [f"C-{n:03d}" for n in range(MOST)]


def wrong(at: int, event: str = "E-1", *, about: str = "recall", stands: bool = True) -> Notice:
    return Notice(event, event.encode(), at, about, stands)


def test_every_user_is_told_what_is_wrong_whoever_comes_first() -> None:
    stories: tuple[tuple[Use | Notice, ...], ...] = (
        (using("A"), using("B"), wrong(5)),
        (wrong(5), using("A"), using("B")),
    )
    for story in stories:
        found = told(LOT, *story)
        assert {f.troubles for f in found.values()} == {(Trouble("recall", 5, "E-1"),)}
        assert set(found) == {"A", "B"}


def test_a_trouble_that_ends_and_begins_again_begins_at_its_last_beginning() -> None:
    said = [wrong(5), wrong(6, "E-2", stands=False), wrong(7, "E-3"), wrong(8, "E-4")]
    for story in (said, [*reversed(said)]):
        assert told(LOT, using("A"), *story)["A"].troubles == (Trouble("recall", 7, "E-3"),)


def test_whoever_uses_it_no_longer_is_told_that_all_is_well() -> None:
    found = told(LOT, using("A"), wrong(5), using("A", None, version=2))
    assert found["A"].troubles == ()


def test_only_the_oldest_troubles_are_told() -> None:
    found = told(LOT, using("A"), *(wrong(n, f"E-{n}", about=f"T-{n}") for n in range(9)))
    assert [t.about for t in found["A"].troubles] == [f"T-{n}" for n in range(MOST)]
