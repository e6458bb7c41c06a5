"""The brokers of the simulation keep Kafka's rules; else what holds there would prove nothing."""

from __future__ import annotations

from random import Random

import pytest
from confluent_kafka import KafkaException
from faust.types import TP

from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.group import NOBODY, Group, Metadata
from tests.faults.simulation.log import Log

PLACE = TP("t", 0)
RECORD = (b"k", b"v", ())


def cluster() -> Cluster:
    made = Cluster(Random(1))
    made.make("t", 1)
    return made


def taken_over(made: Cluster) -> int:
    """The epoch of a producer that has just taken its id."""
    epoch = made.transactions.initialise("p", 10)
    assert epoch is not None
    return epoch


def values(log: Log) -> list[bytes | None]:
    return [entry.value for entry in log.visible(0)]


def test_what_is_open_holds_back_everything_behind_it():
    made = cluster()
    epoch = taken_over(made)
    made.transactions.write("p", epoch, 0, PLACE, RECORD)
    made.publish("t", b"k", b"later", (), 0)
    assert values(made.logs[PLACE]) == []
    made.transactions.end("p", epoch, commit=True)
    made.settle()
    assert values(made.logs[PLACE]) == [b"v", b"later"]


def test_a_marker_takes_an_offset_that_no_reader_sees():
    made = cluster()
    epoch = taken_over(made)
    made.transactions.write("p", epoch, 0, PLACE, RECORD)
    made.transactions.end("p", epoch, commit=True)
    made.settle()
    assert (made.logs[PLACE].end, len(values(made.logs[PLACE]))) == (2, 1)


def test_what_an_earlier_life_left_open_is_aborted_and_never_seen():
    made = cluster()
    first = taken_over(made)
    made.transactions.write("p", first, 0, PLACE, RECORD)
    assert taken_over(made) == first + 1
    made.settle()
    assert values(made.logs[PLACE]) == []
    with pytest.raises(KafkaException, match="FENCED"):
        made.transactions.write("p", first, 0, PLACE, RECORD)


def test_a_commit_that_is_asked_for_twice_is_one():
    made = cluster()
    epoch = taken_over(made)
    made.transactions.write("p", epoch, 0, PLACE, RECORD)
    made.transactions.end("p", epoch, commit=True)
    made.transactions.end("p", epoch, commit=True)
    made.settle()
    assert values(made.logs[PLACE]) == [b"v"]


def test_offsets_and_records_of_one_commit_become_visible_one_after_the_other():
    made = cluster()
    epoch = taken_over(made)
    made.transactions.write("p", epoch, 0, PLACE, RECORD)
    made.transactions.take_offsets("p", epoch, 0, {TP("in", 0): 5})
    made.transactions.end("p", epoch, commit=True)
    assert made.transactions.pending() == {TP("in", 0)}
    made.transactions.land("p", 1)
    assert made.group.offsets == {TP("in", 0): 5}
    assert values(made.logs[PLACE]) == []
    assert not made.transactions.ready("p", epoch)
    made.transactions.land("p", 0)
    assert made.transactions.ready("p", epoch)


def test_what_is_open_for_too_long_is_aborted_and_its_writer_fenced():
    made = cluster()
    epoch = taken_over(made)
    made.transactions.write("p", epoch, 0, PLACE, RECORD)
    made.transactions.expire(11)
    made.settle()
    assert values(made.logs[PLACE]) == []
    with pytest.raises(KafkaException):
        made.transactions.end("p", epoch, commit=True)


def test_compaction_keeps_the_last_of_each_key_and_every_offset():
    log = Log(compacted=True)
    for number in range(20):
        log.append(b"%d" % (number % 3), b"%d" % number)
    for seed in range(20):
        log.compact(Random(seed))
    latest = {entry.key: entry.value for entry in log.visible(0)}
    assert latest == {b"0": b"18", b"1": b"19", b"2": b"17"}
    assert [e.offset for e in log.visible(0)] == sorted(e.offset for e in log.visible(0))
    assert log.end == 20


def group() -> Group:
    return Group({"t": 4})


def shown(made: Group, name: str, instance: str | None = None) -> Metadata:
    return Metadata("g", made.generation, name, instance)


def test_partitions_are_shared_in_ranges_once_all_have_joined():
    made = group()
    one = made.join(("t",), None, 6, 0)
    assert made.members[one].assigned == {TP("t", n) for n in range(4)}
    two = made.join(("t",), None, 6, 0)
    assert made.joining
    made.rejoin(one, 0)
    assert made.members[two].assigned == {TP("t", 2), TP("t", 3)}


def test_a_static_member_takes_its_place_again_and_the_old_one_is_fenced():
    made = group()
    old = made.join(("t",), "w1", 6, 0)
    before = shown(made, old, "w1")
    new = made.join(("t",), "w1", 6, 1)
    assert made.generation == before.generation
    assert made.members[new].assigned == {TP("t", n) for n in range(4)}
    with pytest.raises(KafkaException, match="FENCED_INSTANCE_ID"):
        made.check(before)


def test_who_was_silent_for_a_session_commits_nothing_any_more():
    made = group()
    silent = made.join(("t",), None, 6, 0)
    before = shown(made, silent)
    made.expire(7)
    with pytest.raises(KafkaException, match="UNKNOWN_MEMBER_ID"):
        made.check(before)


def test_a_commit_of_a_generation_that_is_over_is_refused():
    made = group()
    one = made.join(("t",), None, 6, 0)
    before = shown(made, one)
    made.join(("t",), None, 6, 0)
    made.check(before)  # while the round goes on the old generation still counts
    made.rejoin(one, 0)
    with pytest.raises(KafkaException, match="ILLEGAL_GENERATION"):
        made.check(before)


def test_who_shows_no_generation_is_not_checked():
    group().check(NOBODY)
