"""Sends what waits in the outbox, in order, and forgets each line when the broker has it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.connector import Partner
from connectors.lines import Line, Origin, quarantine_line
from connectors.outbox import Outbox
from connectors.publisher import Outcome, Publisher
from schemas import topics
from schemas.reasons import Reason

LINES_AT_ONCE = 2_000


def deliver(
    outbox: Outbox, publisher: Publisher, partner: Partner, stopped: Callable[[], bool]
) -> bool:
    """Publish the oldest lines; whether some got through, so that there may be more.

    An event that the broker finds too large is told to quarantine in its place, so that the lines
    behind it move on.
    """
    waiting = outbox.unpublished(LINES_AT_ONCE)
    outcomes = publisher.publish([line for _, line in waiting], stopped)
    done = []
    replaced = False
    for (place, line), outcome in zip(waiting, outcomes, strict=True):
        if outcome is Outcome.TOO_LARGE:
            # a broker refuses whole batches: only a line that is refused alone is too large itself
            (outcome,) = publisher.publish([line], stopped)
        if outcome is Outcome.CONFIRMED:
            done.append(place)
        elif outcome is Outcome.TOO_LARGE and line.topic != topics.QUARANTINE:
            outbox.replace(place, _too_large(line, partner))
            replaced = True
    if done:
        outbox.published(done)
    return bool(done) or replaced


def _too_large(line: Line, partner: Partner) -> Line:
    size = len(line.value or b"")
    detail = f"the topic {line.topic} does not take an event of {size:,} bytes"
    return quarantine_line(
        Reason.TOO_LARGE, detail, Origin(partner, line.key.decode("utf-8", "replace"), size)
    )
