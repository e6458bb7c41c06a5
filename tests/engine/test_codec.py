"""Values say in which form they were written, and earlier forms are still read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.codec import Codec, UnknownForm, form_of
from streams.engine.exits import Refused
from streams.engine.local_store import MemoryStore
from streams.engine.overlay import Overlay, Partition

NUMBER = Codec(lambda value: b"%d" % value, int)
RAW = Codec(bytes, bytes)
JSON = Codec(
    lambda value: json.dumps({"n": value}).encode(),
    lambda raw: json.loads(raw)["n"],
    form=1,
    earlier={0: int},
)


def test_the_first_form_is_written_bare():
    assert NUMBER.write(7) == b"7"
    assert form_of(b"7") == 0


def test_a_later_form_says_so_and_reads_the_one_before():
    assert JSON.write(7) == b'\x00\x01{"n": 7}'
    assert form_of(JSON.write(7)) == 1
    assert JSON.read(JSON.write(7)) == JSON.read(NUMBER.write(7)) == 7


@given(st.binary(max_size=4), st.integers(0, 255))
def test_any_bytes_come_back_as_they_were_written(value, form):
    codec = Codec(bytes, bytes, form=form)
    assert codec.read(codec.write(value)) == value
    assert form_of(codec.write(value)) == form


def test_a_release_refuses_what_a_later_one_wrote():
    with pytest.raises(UnknownForm, match="form 1, written by a later release; this one reads 0"):
        NUMBER.read(JSON.write(7))


def test_a_form_whose_decoder_was_taken_away_is_refused_with_the_way_to_give_it_back():
    codec = Codec(bytes, bytes, form=3, earlier={2: bytes})
    with pytest.raises(UnknownForm) as told:
        codec.read(b"7")
    assert "form 0, written by an earlier release; this one reads 2, 3" in str(told.value)
    assert "earlier={0: decode}" in str(told.value)


@pytest.mark.parametrize(
    ("form", "earlier"), [(256, {}), (-1, {}), (1, {1: int}), (1, {2: int}), (0, {0: int})]
)
def test_forms_are_numbers_that_grow(form, earlier):
    with pytest.raises(ValueError, match="form"):
        Codec(bytes, bytes, form=form, earlier=earlier)


def held(codec: Codec, *values: bytes) -> Overlay:
    """A table whose only partition holds these bytes."""
    overlay = Overlay("t-changelog", str.encode, bytes.decode, codec.write, codec.read, 10, 1_000)
    overlay.partitions[0] = Partition(MemoryStore())
    overlay.partitions[0].local.write([(b"k%d" % n, v) for n, v in enumerate(values)], 1, 1)
    return overlay


def test_a_table_says_where_the_value_is_that_it_cannot_read():
    table = held(NUMBER, b"1", JSON.write(2))
    assert table.get(0, "k0") == 1
    for read in (
        lambda: table.get(0, "k1"),
        lambda: table.committed("k1"),
        lambda: dict(table.items(0)),
    ):
        with pytest.raises(UnknownForm, match="t-changelog holds, at key 'k1', a value of form 1"):
            read()


def test_a_table_of_which_nothing_can_be_read_is_refused_before_a_message_is_set_aside_for_it():
    with pytest.raises(Refused) as told:
        held(NUMBER, b"{}", b"[]").refuse_unreadable(0)
    assert "t-changelog[0] holds values that this app's table cannot read (ValueError" in str(
        told.value
    )
    assert "Codec(encode, decode, form=1, earlier={0: decode_as_before})" in str(told.value)


def test_one_value_that_cannot_be_read_does_not_keep_the_others():
    held(NUMBER, b"{}", b"2").refuse_unreadable(0)
    held(NUMBER).refuse_unreadable(0)


def test_a_later_form_is_refused_as_soon_as_one_is_seen():
    with pytest.raises(UnknownForm):
        held(NUMBER, JSON.write(1), b"2").refuse_unreadable(0)
