"""What the brokers have lost of what this app had: found out before a message is handled.

Topics can be deleted and made anew, a cluster can come back from an older backup or with the tail of a
log missing, and the group's offsets expire when an app is down for longer than the brokers keep them.
A worker that simply went on would start from nothing, without a word. It refuses instead, and says
what there was: whoever runs it puts the data back, or accepts the loss knowingly, once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING
from faust.types import TP

from streams.engine.exits import Refused

log = logging.getLogger("streams.engine")

_SAID_AT_ONCE = 3


def refuse_losses(losses: Iterable[str], accepted: bool) -> None:
    """Refuse to go on when something is lost, unless that was accepted: then say so and go on."""
    told = list(losses)
    if accepted:
        for loss in told:
            log.warning("accepted loss: %s", loss)
    elif told:
        more = len(told) - _SAID_AT_ONCE
        listed = "; ".join(told[:_SAID_AT_ONCE]) + (f"; and {more} more" if more > 0 else "")
        raise Refused(
            f"the brokers have lost data: {listed}. Put it back, or start every worker once with "
            "accept_loss: tables then hold what their changelogs still have, and topics whose place "
            "is lost are read from their beginning"
        )


def lost_ends(positions: Mapping[TP, int], logs: Mapping[TP, tuple[int, int]]) -> Iterator[str]:
    """Tell of source partitions that end before the place up to which they were read."""
    for tp, position in sorted(positions.items()):
        end = logs[tp][1]
        if position > end:
            yield (
                f"{tp.topic}[{tp.partition}] was read up to {position} and ends at {end} now: its end "
                "is gone, or it was made anew"
            )


def reading_from(positions: Mapping[TP, int], logs: Mapping[TP, tuple[int, int]]) -> dict[TP, int]:
    """Return where to read on: at the committed places, or at the beginning of what there is.

    Messages that a topic's retention took before they were read are told of, and gone.
    """
    places = {}
    for tp, position in sorted(positions.items()):
        low, end = logs[tp]
        if 0 <= position < low:
            log.warning(
                "%s[%d]: %d messages were removed by retention before they were read",
                *(tp.topic, tp.partition, low - position),
            )
        places[tp] = position if low <= position <= end else OFFSET_BEGINNING
    return places


def lost_places(held: Mapping[TP, int]) -> Iterator[str]:
    """Tell that a group which knows no place in any source has written tables all the same.

    Every transaction that writes a table commits a place with it, so it must have known some.
    """
    written = [tp for tp, transactions in held.items() if transactions > 0]
    if written:
        yield (
            "the group has no place in any source topic, though its transactions have written "
            f"{len(written)} partitions of its tables: its offsets were deleted, or expired while no "
            "worker ran (offsets.retention.minutes of the brokers)"
        )


def lost_records(tp: TP, held: int, reached: int, end: int) -> Iterator[str]:
    """Tell of a changelog that ends before what this worker has kept of it."""
    if reached >= end:
        yield (
            f"{tp.topic}[{tp.partition}] ends at {end}, and this worker's local copy holds what was "
            f"committed up to {reached} ({held} transactions): the changelog has lost its end"
        )


def lost_transactions(tp: TP, held: int, committed: int, all_decided: bool) -> Iterator[str]:
    """Tell of a changelog that holds another number of transactions than the group has committed.

    The group may know none: a number that is not committed for a week expires.
    """
    if 0 <= committed < held:
        yield (
            f"{tp.topic}[{tp.partition}] holds {held} transactions, of which the group has committed "
            f"{committed}: the group's offsets are older than the changelog"
        )
    elif committed > held and all_decided:
        yield (
            f"{tp.topic}[{tp.partition}] holds {held} transactions, and the group has committed "
            f"{committed}: the changelog has lost records"
        )
