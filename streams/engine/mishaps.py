"""What is done when an agent fails, or is too slow: written down, said in one line, and the end.

The next process reads what was written down: it tries again, then one by one where nobody could say
which message it was, and after enough tries sets the message aside.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NoReturn, cast

from confluent_kafka import Message
from faust.types import TP

from streams.engine.culprit import Culprit, told
from streams.engine.exits import Refused, refuse
from streams.engine.failures import Failures
from streams.engine.pace import FIRST, Pace
from streams.engine.producer import Producer
from streams.engine.received import Received

log = logging.getLogger("streams.engine")

Parts = dict[TP, list[Received]]


class Mishaps:
    """One worker's dealings with failing agents."""

    def __init__(self, app: Any, failures: Failures, slow: Path) -> None:
        self._app = app
        self._failures = failures
        self._slow = slow
        settings = app.engine
        self._allowed: int = settings.tries_before_quarantine
        first = int(slow.read_text()) if slow.exists() else FIRST
        self.pace = Pace(settings.max_batch, settings.transaction_timeout_ms / 1000, first)

    # ------------------------------------------------------------------ before a batch

    def set_aside(self, parts: Parts) -> Parts:
        """Hand messages that have failed too often to quarantine; return the others."""
        if not self._failures or not self._allowed:
            return parts
        kept: Parts = {}
        for tp, part in parts.items():
            for message in part:
                failure = self._failures.of((*tp, message.offset()))
                if failure is None or failure.tries < self._allowed:
                    kept.setdefault(tp, []).append(message)
                    continue
                reason = f"failed {failure.tries} times: {failure.reason}"
                self._app.quarantine(cast(Message, message), reason)
                self._app.metrics.quarantined.labels(tp.topic).inc()
                log.warning("quarantined %s[%d]@%d: %s", *tp, message.offset(), failure.reason)
        return kept

    def split(self, tp: TP, part: list[Received]) -> list[list[Received]]:
        """Split one partition's messages into batches: one by one where something is suspect."""
        until = self._failures.one_by_one_until(tp.topic, tp.partition)
        suspects = [message for message in part if message.offset() <= until]
        rest = part[len(suspects) :]
        return [*([message] for message in suspects), *([rest] if rest else [])]

    # ------------------------------------------------------------------ after a batch

    def refuse_to_commit_late(self, messages: int, seconds: float) -> None:
        """A transaction beyond its timeout is lost: write down to take on less next time."""
        if self.pace.too_slow(seconds):
            self._slow.write_text(str(max(1, messages // 4)))
            raise TimeoutError(
                f"agents took {seconds:.1f} s for {messages} messages, longer than "
                "transaction_timeout_ms allows; the next process takes on less at once"
            )

    def passed(self, offsets: dict[TP, int], messages: int, seconds: float) -> None:
        """Learn from a committed transaction, and forget what lies behind it."""
        self.pace.took(messages, seconds)
        if self.pace.batch >= FIRST and self._slow.exists():
            self._slow.unlink()
        if self._failures:
            self._failures.passed({(tp.topic, tp.partition): o for tp, o in offsets.items()})

    # ------------------------------------------------------------------ the end

    def blame(self, culprit: Culprit | None, exc: BaseException) -> NoReturn:
        """End the process because of what an agent did, and have the next one know."""
        if isinstance(
            exc, Refused
        ):  # no message is to blame, and the next process would not fare better
            producer: Producer = self._app.producer
            refuse(exc, (lambda: producer.rd.abort_transaction(2)) if producer.begun else None)
        if culprit is None or _torn(exc):
            self.fail(exc, "an agent failed between two messages: ")
        if culprit.message is None:
            self._failures.suspect(culprit.topic, culprit.partition, culprit.last_offset)
            self.fail(exc, f"an agent failed on a batch of {culprit}, next time one by one: ")
        place = (culprit.topic, culprit.partition, culprit.last_offset)
        failure = self._failures.add(place, told(exc))
        tries = f"try {failure.tries} of {self._allowed or 'any number'}"
        self.fail(exc, f"an agent failed on {culprit} ({tries}): ")

    def fail(self, exc: BaseException, what: str = "") -> NoReturn:
        """End the process."""
        log.debug("the worker ends", exc_info=exc)
        if _torn(exc):
            self._app.consumer.tables.mark_torn()
        producer: Producer = self._app.producer
        producer.fail(what + told(exc))


def _torn(exc: BaseException) -> bool:
    """Whether a local store cannot be read: nobody's fault, and mended by a restore."""
    return "Corruption" in str(exc)
