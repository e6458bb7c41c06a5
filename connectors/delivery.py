"""Sends what waits in the outbox, in order, and forgets each line when the broker has it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.connector import Partner
from connectors.lines import Origin, quarantine_line
from connectors.outbox import Outbox
from connectors.publisher import Publisher, Refusal
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
    if not waiting:
        return False
    outcomes = publisher.publish([line for _, line in waiting], stopped)
    told = list(zip(waiting, outcomes, strict=True))
    done = [place for (place, _), outcome in told if outcome is True]
    if done:
        outbox.published(done)
    for (place, line), outcome in told:
        if isinstance(outcome, Refusal) and line.topic != topics.QUARANTINE:
            origin = Origin(partner, line.key.decode(), len(line.value or b""))
            outbox.replace(place, quarantine_line(Reason.TOO_LARGE, outcome.detail, origin))
    return bool(done)
