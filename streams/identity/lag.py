"""Whether the pipeline itself keeps up: how long messages have waited for the worker of one partition (IF-02).

Ticks say since when something waits. A stretch of days in a row on which it waited for too long is one
matter, so that a lag that comes and goes is told once. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

import msgspec

from schemas.alert import Finding
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.profiles import platform_limits
from streams.identity.partner import DAY, MOST_DAYS, First, beginning
from streams.messages import PARTITION_PREFIX, Lagging
from streams.moments import Micros, moment, span

CODE = "IF-02"


class Lag(msgspec.Struct, array_like=True):
    """What is known of one partition."""

    behind: dict[int, First] = {}
    """The first moment of each day at which something had waited for too long, with since when it waited."""
    behind_at: Micros = 0
    """The last such moment."""
    well_at: Micros = 0
    """The last moment at which nothing did."""

    def hear(self, word: Lagging) -> None:
        """Take in how far behind the worker was at a moment."""
        self.well_at = max(self.well_at, word.well_at)
        if not behind(word.at, word.since):
            self.well_at = max(self.well_at, word.at)
            return
        self.behind_at = max(self.behind_at, word.at)
        day, first = word.at // DAY, First(word.since + limit(), "", word.since)
        self.behind[day] = min(first, self.behind.get(day, first))
        while len(self.behind) > MOST_DAYS:
            del self.behind[min(self.behind)]


def limit() -> Micros:
    """How long a message may wait, in microseconds."""
    return span(platform_limits().processing_lag)


def behind(at: Micros, since: Micros) -> bool:
    """Whether something that waits since then has waited for too long; 0 when nothing waits."""
    return since > 0 and at - since >= limit()


def processing_lags(key: str, lag: Lag) -> Finding | None:
    """Messages wait for the pipeline for so long that its alerts come late.

    Why: what has not been taken in warns nobody, and time is held back meanwhile.
    Act: look at the worker of this partition: is it alive, is it too slow, is the broker?
    """
    if lag.behind_at <= lag.well_at:
        return None
    first = beginning(lag.behind, lag.behind_at // DAY)
    since = moment(first.amount).isoformat()
    number = key.removeprefix(PARTITION_PREFIX)
    which = "every partition" if number == "-1" else f"partition {number}"
    return Finding(
        object=key,
        anchor=moment(first.at // DAY * DAY).date().isoformat(),
        raised_at=moment(first.at),
        detail=f"the worker of {which} does not keep up: what was published at {since} still waited after "
        f"{platform_limits().processing_lag.minutes:g} min",
        severity=EXCEPTION_BY_CODE[CODE].severity,
        missing=("lag back to normal",),
    )
