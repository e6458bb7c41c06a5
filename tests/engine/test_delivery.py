"""A batch knows which of its messages is in hand, and the engine hears when it is done."""

from __future__ import annotations

from typing import Any, cast

import pytest
from confluent_kafka import Message

from streams.engine import Batch
from streams.engine.culprit import Culprit, told
from streams.engine.delivery import batch_delivery
from streams.engine.received import Received


class Read:
    """What a read message answers."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def topic(self) -> str:
        return "in"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return (1, 1_700_000_000_000)


def make(*offsets: int) -> Batch:
    return Batch("in", 3, cast(list[Message], [Read(offset) for offset in offsets]))


def blamed(batch: Batch) -> Culprit:
    return Culprit.of_delivery(batch_delivery(batch, 0))


def test_a_batch_is_a_sequence_of_messages():
    batch = make(5, 6, 9)
    assert [message.offset() for message in batch] == [5, 6, 9]
    assert (len(batch), batch[1].offset(), [m.offset() for m in batch[1:]]) == (3, 6, [6, 9])
    assert (batch.topic, batch.partition) == ("in", 3)


def test_the_message_in_hand_is_blamed():
    batch = make(5, 6, 9)
    for message in batch:
        if message.offset() == 6:
            break
    culprit = blamed(batch)
    assert culprit.last_offset == 6
    assert culprit.message is cast(Received, batch[1])


def test_after_the_last_message_only_the_batch_is_blamed():
    batch = make(5, 6, 9)
    list(batch)
    culprit = blamed(batch)
    assert (culprit.last_offset, culprit.message) == (9, None)


def test_a_message_alone_in_its_batch_is_blamed_in_any_case():
    batch = make(5)
    list(batch)
    assert blamed(batch).message is cast(Received, batch[0])


def test_the_engine_hears_of_the_last_acknowledgement_only():
    heard: list[str] = []
    delivery = batch_delivery(make(5), 0)
    delivery.on_acked = lambda: heard.append("acked")
    delivery.incref(2)
    consumer: Any = None
    delivery.ack(consumer)
    assert heard == []
    delivery.ack(consumer)
    assert heard == ["acked"]


def test_a_failure_is_told_in_one_line_with_its_place():
    with pytest.raises(ValueError) as caught:
        int("seven")
    line = told(caught.value)
    assert line.startswith("ValueError: invalid literal for int() with base 10: 'seven' (")
    assert f" ({__name__}:" in line
    assert "/" not in line
    assert "\n" not in line
