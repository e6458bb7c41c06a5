"""What a worker does with the partitions that it is given, before it handles their first message.

It reads what the group has committed, restores the tables, and sees that nothing of what there was is
missing; only then it reads on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from faust.types import TP

from streams.engine.group_member import GroupMember
from streams.engine.losses import lost_ends, lost_places, reading_from, refuse_losses
from streams.engine.tables import Tables


def take_over(
    app: Any,
    member: GroupMember,
    tables: Tables,
    servers: str,
    keep_alive: Callable[[], bool],
) -> None:
    """Make ready what is assigned, and start reading it; runs in the engine's thread."""
    if not member.assigned:
        tables.close_others(())
        return
    _refuse_torn_assignment(member.assigned)
    accepted = app.engine.accept_loss
    committed = member.read_committed_offsets(tables.changelogs())
    positions = {tp: offset for tp, offset in committed.items() if tp in member.assigned}
    logs = app.cluster.log_ends(positions)
    refuse_losses(lost_ends(positions, logs), accepted)
    if not tables.restore(committed, servers, app.cluster, keep_alive):
        return
    if all(position < 0 for position in positions.values()) and any(tables.transactions().values()):
        counts = app.cluster.partition_counts(app.patience_s())
        everywhere = [TP(topic, n) for topic in app.source_topics() for n in range(counts[topic])]
        if not member.knows_any_place(everywhere):
            refuse_losses(lost_places(tables.transactions()), accepted)
    tables.refuse_unreadable()
    member.start_reading(reading_from(positions, logs))


def _refuse_torn_assignment(assigned: Iterable[TP]) -> None:
    """A partition number must come with all topics, or two workers would write one table."""
    by_topic: dict[str, set[int]] = {}
    for tp in assigned:
        by_topic.setdefault(tp.topic, set()).add(tp.partition)
    if len({frozenset(numbers) for numbers in by_topic.values()}) > 1:
        raise RuntimeError(
            "partitions of different topics are assigned apart, because another worker of this app "
            f"reads other topics: { ({t: sorted(n) for t, n in by_topic.items()}) }"
        )
