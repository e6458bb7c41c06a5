"""Of a value that is kept piece by piece only what changed is written, and it is whole whenever it is read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.codec import Codec
from streams.engine.local_store import MemoryStore, RocksMemory, open_rocks
from streams.engine.overlay import Overlay, Partition
from streams.engine.pieces import PIECE, Pieces, owner_of, piece_of, row_of, rows_under
from tests.engine.test_overlay import Changelog, commit

Value = dict[str, Any]


def body(value: Value) -> bytes:
    return json.dumps({**value, "facts": {}, "notes": {}}).encode()


def dump(entry: Any) -> bytes:
    return json.dumps(entry).encode()


PIECES = Pieces(
    lambda value: {"facts": value["facts"], "notes": value["notes"]},
    {"facts": dump, "notes": dump},
    {"facts": json.loads, "notes": json.loads},
)
CODEC = Codec(body, json.loads, form=1, earlier={0: json.loads}, pieces=PIECES)


def overlay_of(local: Any) -> Overlay:
    overlay = Overlay(
        "t-changelog", str.encode, bytes.decode, CODEC.write, CODEC.read, 100, 10_000, PIECES
    )
    overlay.partitions[0] = Partition(local)
    return overlay


@pytest.fixture(params=["memory", "rocks"])
def overlay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Overlay]:
    memory = request.param == "memory"
    local = MemoryStore() if memory else open_rocks(tmp_path / "t-0", "log", RocksMemory())
    yield overlay_of(local)
    local.close()


def read_anew(overlay: Overlay, key: str) -> Any:
    overlay.partitions[0].drop(key)
    return overlay.get(0, key)


def value(**facts: Any) -> Value:
    return {"name": "n", "facts": dict(facts), "notes": {}}


def test_only_the_body_and_what_changed_are_written(overlay: Overlay) -> None:
    course = value(a=1, b=[2])
    overlay.set(0, "c", course)
    assert len(commit(overlay).changes) == 3
    course["facts"]["b"] = [3]
    course["notes"]["x"] = "new"
    overlay.set(0, "c", course)
    assert [key for key, _, _ in commit(overlay).changes] == [
        b"c",
        row_of(b"c", "facts", "b"),
        row_of(b"c", "notes", "x"),
    ]
    del course["facts"]["a"]
    overlay.set(0, "c", course)
    assert (row_of(b"c", "facts", "a"), None, 0) in commit(overlay).changes
    assert read_anew(overlay, "c") == course == {**value(b=[3]), "notes": {"x": "new"}}


def test_a_mapping_is_read_in_the_order_in_which_it_was_written(overlay: Overlay) -> None:
    course = value(b=1, a=2, d=3)
    overlay.set(0, "c", course)
    commit(overlay)
    course["facts"]["a"] = 4  # stays where it is
    course["facts"]["b"] = course["facts"].pop("b")  # goes to the end
    course["facts"]["c"] = 5
    overlay.set(0, "c", course)
    assert len(commit(overlay).changes) == 4
    assert list(read_anew(overlay, "c")["facts"].items()) == [
        ("a", 4),
        ("d", 3),
        ("b", 1),
        ("c", 5),
    ]


def test_a_value_that_is_removed_leaves_no_piece_behind(overlay: Overlay) -> None:
    for key in ("c", "cc"):
        overlay.set(0, key, value(a=1))
    commit(overlay)
    overlay.partitions[0].drop("c")
    overlay.set(0, "c", None)  # without having been read
    assert len(commit(overlay).changes) == 2
    overlay.set(0, "c", value(z=0))
    commit(overlay)
    assert read_anew(overlay, "c") == value(z=0)
    assert read_anew(overlay, "cc") == value(a=1)


def test_walking_and_looking_see_whole_values(overlay: Overlay) -> None:
    overlay.set(0, "c", value(a=1))
    overlay.set(0, "d", value(b=2))
    commit(overlay)
    assert dict(overlay.items(0)) == {"c": value(a=1), "d": value(b=2)}
    assert overlay.committed("d") == value(b=2)
    overlay.refuse_unreadable(0)


def test_a_value_that_was_written_whole_is_read_and_taken_apart_when_it_next_changes(
    overlay: Overlay,
) -> None:
    overlay.partitions[0].local.write([(b"c", dump(value(a=1)))], 1, 0)
    course = overlay.get(0, "c")
    assert course == value(a=1)
    overlay.set(0, "c", course)
    assert len(commit(overlay).changes) == 2
    assert read_anew(overlay, "c") == value(a=1)


def test_a_piece_that_a_restore_overtakes_has_its_value_read_anew(overlay: Overlay) -> None:
    overlay.set(0, "c", value(a=1))
    commit(overlay)
    row = row_of(b"c", "facts", "a")
    overlay.partitions[0].local.write([(row, bytes(8) + dump("theirs"))], 2, 9)
    overlay.forget(overlay.partitions[0], [row])
    assert overlay.get(0, "c") == value(a="theirs")


def test_pieces_weigh_as_much_as_they_are_written_with(overlay: Overlay) -> None:
    overlay.set(0, "c", value(a="x" * 500))
    written = sum(len(raw or b"") for _, raw, _ in commit(overlay).changes)
    assert overlay.partitions[0].weight == written
    read_anew(overlay, "c")
    assert overlay.partitions[0].weight == written


@pytest.mark.parametrize("key", ["\x00in", "\x01in"])
def test_a_key_cannot_pretend_to_be_the_engines_own(overlay: Overlay, key: str) -> None:
    overlay.set(0, key, value())
    with pytest.raises(ValueError, match="the engine's own"):
        overlay.stage(Changelog())


names, keys = st.text(max_size=3), st.binary(max_size=6)


@given(keys, st.sampled_from(["facts", "notes"]), names)
def test_a_row_tells_whose_it_is(key: bytes, name: str, piece: str) -> None:
    row = row_of(key, name, piece)
    assert row.startswith(PIECE)
    assert row.startswith(rows_under(key))
    assert (owner_of(row), piece_of(row)) == (key, (name, piece))


@given(keys, keys, names)
def test_no_row_lies_under_another_key(one: bytes, other: bytes, piece: str) -> None:
    assert row_of(one, "facts", piece).startswith(rows_under(other)) == (one == other)


changes = st.lists(
    st.tuples(
        st.sampled_from(["c", "cc", ""]),
        st.sampled_from(["put", "take", "remove", "commit", "evict", "restart"]),
        st.sampled_from(["a", "b", "a\x00", "é"]),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(changes)
def test_it_reads_as_a_table_that_is_written_whole(
    steps: list[tuple[str, str, str, int]],
) -> None:
    overlay, model = overlay_of(MemoryStore()), dict[str, Value]()
    for key, step, piece, number in steps:
        if step in ("put", "take"):
            held = overlay.get(0, key) or value()
            model[key] = copy.deepcopy(held)
            for one in (held, model[key]):
                if step == "put":
                    one["facts"][piece] = [number]
                else:
                    one["facts"].pop(piece, None)
            overlay.set(0, key, held)
        elif step == "remove":
            overlay.set(0, key, None)
            model.pop(key, None)
        else:
            log = commit(overlay)
            assert len(log.changes) == len({row for row, _, _ in log.changes})
            if step == "evict":
                overlay.partitions[0].drop(key)
            elif step == "restart":
                overlay = overlay_of(overlay.partitions[0].local)
    assert {key: overlay.get(0, key) for key in ("c", "cc", "")} == {
        key: model.get(key) for key in ("c", "cc", "")
    }
    commit(overlay)
    assert dict(overlay.items(0)) == model
    order = {key: list(read_anew(overlay, key)["facts"]) for key in model}
    assert order == {key: list(kept["facts"]) for key, kept in model.items()}
