"""What a transaction sees of a table, and what becomes of its changes."""

from __future__ import annotations

import json

import pytest

from streams.engine.local_store import TRANSACTIONS, MemoryStore
from streams.engine.overlay import Overlay, Partition


class Changelog:
    """Takes changelog records as the producer would, and delivers them."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes | None, int]] = []

    def __call__(self, topic, key, value, partition, on_delivery=None):
        self.records.append((key, value, partition))
        if on_delivery is not None:
            on_delivery(None, Delivered(len(self.records) - 1))

    @property
    def changes(self) -> list[tuple[bytes, bytes | None, int]]:
        """The records but those in which transactions count themselves."""
        return [record for record in self.records if record[0] != TRANSACTIONS]


class Delivered:
    def __init__(self, offset: int) -> None:
        self._offset = offset

    def offset(self) -> int:
        return self._offset


def make(entries: int = 1000, partitions: int = 1, weight: int = 1_000_000) -> Overlay:
    overlay = Overlay(
        "t-changelog",
        str.encode,
        bytes.decode,
        lambda value: json.dumps(value).encode(),
        json.loads,
        entries,
        weight,
    )
    for number in range(partitions):
        overlay.partitions[number] = Partition(MemoryStore())
    return overlay


def commit(overlay: Overlay) -> Changelog:
    changelog = Changelog()
    overlay.stage(changelog)
    overlay.apply()
    return changelog


def test_a_transaction_sees_its_own_changes_before_they_are_committed():
    overlay = make()
    overlay.set(0, "a", 1)
    assert overlay.get(0, "a") == 1
    assert overlay.committed("a") is None


def test_what_is_committed_is_in_the_local_store():
    overlay = make()
    overlay.set(0, "a", [1])
    commit(overlay)
    assert overlay.committed("a") == [1]
    assert list(overlay.items(0)) == [("a", [1])]


def test_a_key_changed_often_is_one_changelog_record():
    overlay = make()
    for value in range(100):
        overlay.set(0, "a", value)
    assert commit(overlay).changes == [(b"a", b"99", 0)]


def test_a_key_read_but_not_changed_is_no_changelog_record():
    overlay = make()
    overlay.get(0, "a")
    assert commit(overlay).records == []


def test_a_change_is_sent_once():
    overlay = make()
    overlay.set(0, "a", 1)
    commit(overlay)
    assert commit(overlay).records == []


def test_each_transaction_counts_itself_in_every_partition_that_it_writes():
    overlay = make(partitions=2)
    overlay.set(0, "a", 1)
    commit(overlay)
    overlay.set(1, "b", 1)
    overlay.set(0, "a", 2)
    changelog = Changelog()
    assert overlay.stage(changelog) == {0: 2, 1: 1}
    overlay.apply()
    assert changelog.records == [
        (b"a", b"2", 0),
        (TRANSACTIONS, b"2", 0),
        (b"b", b"1", 1),
        (TRANSACTIONS, b"1", 1),
    ]
    assert overlay.partitions[0].local.transactions == 2


def test_the_local_store_reaches_as_far_as_the_last_record():
    overlay = make()
    overlay.set(0, "a", 1)
    overlay.set(0, "b", 2)
    commit(overlay)
    assert overlay.partitions[0].local.reached == 2


def test_a_removed_key_is_gone_and_leaves_a_tombstone():
    overlay = make()
    overlay.set(0, "a", 1)
    commit(overlay)
    overlay.set(0, "a", None)
    assert overlay.get(0, "a") is None
    assert overlay.committed("a") == 1
    assert commit(overlay).changes == [(b"a", None, 0)]
    assert list(overlay.items(0)) == []


def test_the_same_object_is_handed_out_until_it_is_evicted():
    overlay = make()
    overlay.set(0, "a", {"n": 1})
    commit(overlay)
    overlay.partitions[0].values.clear()
    assert overlay.get(0, "a") is overlay.get(0, "a")


def test_no_more_values_are_kept_decoded_than_allowed():
    overlay = make(entries=10)
    for number in range(100):
        overlay.set(0, f"k{number}", number)
    commit(overlay)
    overlay.shrink()
    assert len(overlay.partitions[0].values) <= 10
    assert overlay.get(0, "k3") == 3


def test_few_large_values_are_kept_decoded_where_many_small_ones_are():
    overlay = make(weight=10_000)
    for number in range(100):
        overlay.set(0, f"k{number}", "x" * (1_000 if number < 50 else 10))
    commit(overlay)
    overlay.shrink()
    kept = overlay.partitions[0]
    assert kept.weight <= 10_000
    assert {f"k{number}" for number in range(50, 100)} < kept.values.keys()
    assert 55 <= len(kept.values) <= 60
    assert kept.weight == sum(kept.sizes.values())
    assert overlay.get(0, "k3") == "x" * 1_000


def test_what_is_only_read_weighs_too():
    overlay = make(weight=1_000)
    for number in range(20):
        overlay.set(0, f"k{number}", "x" * 100)
    commit(overlay)
    overlay.shrink()
    for number in range(20):
        overlay.get(0, f"k{number}")
    overlay.shrink()
    assert len(overlay.partitions[0].values) < 10


def test_what_was_dropped_weighs_nothing_and_what_is_read_again_weighs_once():
    overlay = make(weight=10)
    overlay.set(0, "a", "y" * 100)
    commit(overlay)
    overlay.shrink()
    kept = overlay.partitions[0]
    assert (kept.weight, kept.values) == (0, {})
    overlay.get(0, "a")
    overlay.set(0, "a", "z")
    commit(overlay)
    assert kept.weight == len('"z"')
    overlay.set(0, "a", None)
    commit(overlay)
    assert kept.weight == 0


def test_what_a_restore_overtakes_is_decoded_anew():
    overlay = make()
    partition = overlay.partitions[0]
    overlay.set(0, "a", "mine")
    commit(overlay)
    partition.local.write([(b"a", b'"theirs"')], 1, 8)
    overlay.forget(partition, [b"a"])
    assert overlay.get(0, "a") == "theirs"


def test_an_undelivered_changelog_is_never_applied():
    overlay = make()
    overlay.set(0, "a", 1)

    def lose(topic, key, value, partition, on_delivery=None) -> None: ...

    overlay.stage(lose)
    with pytest.raises(RuntimeError, match="without a delivery report"):
        overlay.apply()
    assert overlay.committed("a") is None


def test_a_key_cannot_pretend_to_be_the_engines_own():
    overlay = make()
    overlay.set(0, "\0in", 1)
    with pytest.raises(ValueError, match="starts with a NUL"):
        commit(overlay)


def test_partitions_are_apart():
    overlay = make(partitions=2)
    overlay.set(0, "a", "zero")
    overlay.set(1, "a", "one")
    commit(overlay)
    overlay.close(0)
    assert overlay.committed("a") == "one"


def test_what_the_batch_in_hand_has_changed_is_kept_whatever_the_bound():
    overlay = make(entries=10)
    for number in range(100):
        overlay.set(0, f"k{number}", number)
    overlay.shrink()
    assert [overlay.get(0, f"k{number}") for number in range(100)] == list(range(100))
