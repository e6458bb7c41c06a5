"""What a client complains of on the side: some of it is said nowhere else.

librdkafka hands most errors to whoever polls or commits. Two kinds it only tells its error callback:
that it has died (a fenced member goes on polling nothing, for ever), and that it is not let in.
"""

from __future__ import annotations

import logging
import time

from confluent_kafka import KafkaError, KafkaException

log = logging.getLogger("streams.engine")

_SAY_AGAIN_AFTER_S = 30.0


class Complaints:
    """An error callback that remembers what must not be overheard, and logs the rest now and then."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._said_at: dict[int, float] = {}
        self._fatal: KafkaError | None = None
        self.refusal = ""
        """Why the broker does not let this client in, if so."""

    def __call__(self, error: KafkaError) -> None:
        """Hear one complaint."""
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._fatal = error
        if error.code() == KafkaError._AUTHENTICATION:
            self.refusal = error.str()
        now = time.monotonic()
        if now - self._said_at.get(error.code(), -_SAY_AGAIN_AFTER_S) >= _SAY_AGAIN_AFTER_S:
            self._said_at[error.code()] = now
            log.warning("%s: %s", self._who, error.str())

    def raise_if_fatal(self) -> None:
        """Raise when the client has died."""
        if self._fatal is not None:
            raise KafkaException(self._fatal)
