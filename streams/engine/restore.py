"""Bring local stores up to their changelogs, in bulk, before the first message is handled.

The reader starts after the last record that a local store holds and goes on until nothing that was
committed can be missing. The last stable offset alone does not say so: when an owner dies while it
commits, the group's offsets may show the commit before the changelog does. So a partition is up to
date when the reader has come to the last stable offset and either

- it holds as many transactions as the group has committed for it (every transaction that writes a
  partition ends with their number there, and commits the same number in the group, as the offset of
  the changelog itself), or
- the last stable offset has passed the end of the log as it stood after the committed offsets were
  read: every transaction that was open then has been decided. This serves tables that are new to a
  running app, and changelogs that were made anew.

Memory is bounded by the reader's fetch queue and one stretch of records.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from faust.types import TP

from streams.engine.cluster import Cluster
from streams.engine.complaints import Complaints
from streams.engine.local_store import CONTROL, TRANSACTIONS, Item
from streams.engine.losses import lost_records, lost_transactions, refuse_losses
from streams.engine.overlay import Overlay, Partition
from streams.engine.received import Received

log = logging.getLogger("streams.engine")

STRETCH = 5_000
_KEEP_ALIVE_EVERY_S = 0.2


@dataclass
class Progress:
    """How far a restore has come; read by the health address while it runs."""

    records: int = 0
    done: int = 0
    total: int | None = None
    """None until it is known how much there is to read."""

    @property
    def ratio(self) -> float:
        if self.total is None:
            return 0.0
        return min(1.0, self.done / self.total) if self.total else 1.0


@dataclass
class Behind:
    """One changelog partition on its way up."""

    overlay: Overlay
    partition: Partition
    committed: int
    """How many transactions have written it, as the group has committed."""
    start: int
    end: int
    """End of the log, open transactions included, as it stood after `committed` was read."""
    stable: int = -1
    """The last stable offset that the reader has come to."""

    def up_to_date(self) -> bool:
        if self.stable < 0:
            return False
        covered = self.partition.local.transactions >= self.committed
        return covered or self.stable >= self.end

    def lost(self, tp: TP) -> Iterator[str]:
        """Tell what the changelog lacks, once it has been read."""
        held = self.partition.local.transactions
        return lost_transactions(tp, held, self.committed, self.stable >= self.end)


def restore(
    config: Mapping[str, Any],
    wanted: Mapping[TP, tuple[Overlay, int]],
    committed: Mapping[TP, int],
    cluster: Cluster,
    reopen: Callable[[Overlay, int], Partition],
    keep_alive: Callable[[], bool],
    progress: Progress,
    patience_s: float,
    accept_loss: bool,
) -> bool:
    """Restore every wanted changelog partition; False when the group moved on meanwhile.

    `wanted` says which table's partition a changelog partition fills; `reopen` throws a partition's
    local copy away and opens an empty one; `keep_alive` is called all along and says whether the
    assignment still stands. What a changelog has lost is refused, unless that is accepted.
    """
    ends = cluster.log_ends(wanted)
    locals_ = {tp: overlay.partitions[n].local for tp, (overlay, n) in wanted.items()}
    refuse_losses(
        (
            loss
            for tp, local in locals_.items()
            for loss in lost_records(tp, local.transactions, local.reached, ends[tp][1])
        ),
        accept_loss,
    )
    behind = {
        tp: _measure(overlay, number, committed, *ends[tp], reopen)
        for tp, (overlay, number) in wanted.items()
    }
    reader = Consumer({**config, "error_cb": Complaints("restore reader")})
    try:
        progress.records = progress.done = 0
        progress.total = sum(max(0, b.end - b.start) for b in behind.values())
        reader.assign([TopicPartition(tp.topic, tp.partition, b.start) for tp, b in behind.items()])
        if not _read(reader, behind, keep_alive, progress, patience_s):
            return False
        refuse_losses((loss for tp, b in behind.items() for loss in b.lost(tp)), accept_loss)
        return True
    finally:
        reader.close()
        for b in behind.values():
            # the greater of both: brokers forget an offset that is not committed for a week
            b.partition.transactions = max(b.partition.local.transactions, b.committed)


def _measure(
    overlay: Overlay,
    number: int,
    committed: Mapping[TP, int],
    low: int,
    end: int,
    reopen: Callable[[Overlay, int], Partition],
) -> Behind:
    partition = overlay.partitions[number]
    start = partition.local.reached + 1
    if start > end or 0 < start < low:
        # the local copy is of a log that has lost its end, which was accepted, or its beginning
        partition = reopen(overlay, number)
        start = 0
    transactions = committed.get(TP(overlay.changelog, number), 0)
    return Behind(overlay, partition, transactions, max(start, low), end)


def _read(
    reader: Consumer,
    behind: Mapping[TP, Behind],
    keep_alive: Callable[[], bool],
    progress: Progress,
    patience_s: float,
) -> bool:
    began = alive_at = time.monotonic()
    while not all(b.up_to_date() for b in behind.values()):
        stretch: dict[TP, list[Received]] = {}
        for message in cast(list[Any], reader.consume(STRETCH, 0.05)):
            error = message.error()
            tp = TP(message.topic(), message.partition())
            if error is None:
                stretch.setdefault(tp, []).append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                behind[tp].stable = message.offset()
            elif not error.retriable():
                raise KafkaException(error)
        for tp, messages in stretch.items():
            _take(behind[tp], messages)
            progress.records += len(messages)
        progress.done = sum(
            max(b.partition.local.reached + 1, b.stable) - b.start for b in behind.values()
        )
        now = time.monotonic()
        if now - alive_at > _KEEP_ALIVE_EVERY_S:
            alive_at = now
            if not keep_alive():
                return False
        if now - began > patience_s:
            late = sorted(
                f"{tp.topic}[{tp.partition}]" for tp, b in behind.items() if not b.up_to_date()
            )
            raise TimeoutError(
                f"restore has not caught up within {patience_s:.0f} s: {', '.join(late)}"
            )
    return True


def _take(behind: Behind, messages: list[Received]) -> None:
    items: list[Item] = []
    transactions = behind.partition.local.transactions
    for message in messages:
        key, value = message.key(), message.value()
        if key is None:
            continue  # not ours: every record of a changelog has a key
        if key == TRANSACTIONS and value is not None:
            transactions = int(value)
        elif not key.startswith(CONTROL):
            items.append((key, value))
    behind.partition.local.write(items, transactions, messages[-1].offset())
    behind.overlay.forget(behind.partition, (key for key, _ in items))
