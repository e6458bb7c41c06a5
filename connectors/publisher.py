"""Puts lines on their topics, and says of each whether the broker has it.

librdkafka's idempotent producer with acks=all: within one process nothing is lost, doubled or put
out of order. A line sent again after a crash is doubled on purpose; it has the same event id, and
admission tells it from news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connectors.lines import Line

HELD_BY_THE_PUBLISHER = frozenset(
    {"bootstrap.servers", "acks", "enable.idempotence", "partitioner", "transactional.id"}
)
"""The promise rests on these; nobody may set them from outside."""

POLL_SECONDS = 0.1


class Outcome(Enum):
    """What became of a line."""

    CONFIRMED = "confirmed"
    """The broker has it."""
    LATER = "later"
    """It may be tried again."""
    TOO_LARGE = "too large"
    """The broker did not take it, or the batch that it was part of, for its size."""


def producer_config(servers: str, kafka: Mapping[str, str]) -> dict[str, Any]:
    """What librdkafka is told; TLS, SASL and the like pass through."""
    return {
        "linger.ms": 5,
        "compression.type": "lz4",
        "message.max.bytes": 8 * 1024 * 1024,
        "message.timeout.ms": 0,  # an outage of hours is waited for; the outbox holds the rest
        "reconnect.backoff.max.ms": 1_000,
        "topic.metadata.propagation.max.ms": 3_000,
        "allow.auto.create.topics": False,
        "log_level": 3,
        **kafka,
        "bootstrap.servers": servers,
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
    }


class Publisher:
    """The one producer of a running connector."""

    def __init__(self, servers: str, kafka: Mapping[str, str]) -> None:
        self._config = producer_config(servers, kafka)
        self._producer: Producer | None = None
        self.trouble: str | None = None
        """What the broker or the way to it last complained about; None when all is well."""

    def missing_topics(self, names: Sequence[str], patience: float = 2.0) -> tuple[str, ...] | None:
        """Which of these topics the broker does not have; None when nobody answers."""
        try:
            known = self._ready().list_topics(timeout=patience).topics
        except KafkaException as error:
            self._complain(error.args[0])
            return None
        return tuple(name for name in names if name not in known or known[name].error is not None)

    def publish(self, lines: Sequence[Line], stopped: Callable[[], bool]) -> list[Outcome]:
        """Send these lines in order and wait for the broker's word on each, or to be stopped."""
        outcomes: list[Outcome | None] = [None] * len(lines)
        producer = self._ready()
        for place, line in enumerate(lines):
            while not self._sent(producer, line, self._noting(outcomes, place), outcomes, place):
                producer.poll(POLL_SECONDS)
                if stopped():
                    return self._given_up(producer, outcomes)
        while any(outcome is None for outcome in outcomes):
            producer.poll(POLL_SECONDS)
            if stopped() or self._producer is None:
                return self._given_up(producer, outcomes)
        if all(outcome is Outcome.CONFIRMED for outcome in outcomes):
            self.trouble = None
        return [outcome or Outcome.LATER for outcome in outcomes]

    def close(self) -> None:
        """Let the connections go; what was not confirmed stays in the outbox."""
        if self._producer is not None:
            self._producer.purge()
            self._producer.flush(0)
            self._producer = None

    def _ready(self) -> Producer:
        if self._producer is None:
            self._producer = Producer({**self._config, "error_cb": self._complain})
        return self._producer

    def _sent(
        self,
        producer: Producer,
        line: Line,
        note: Callable[[KafkaError | None, Message], None],
        outcomes: list[Outcome | None],
        place: int,
    ) -> bool:
        """Hand one line to the producer; False when its queue is full just now."""
        try:
            producer.produce(
                line.topic, line.value, line.key, headers=list(line.headers), on_delivery=note
            )
        except BufferError:
            return False
        except KafkaException as error:
            outcomes[place] = self._judged(error.args[0])
        return True

    def _noting(
        self, outcomes: list[Outcome | None], place: int
    ) -> Callable[[KafkaError | None, Message], None]:
        def note(error: KafkaError | None, _: Message) -> None:
            outcomes[place] = Outcome.CONFIRMED if error is None else self._judged(error)

        return note

    def _judged(self, error: KafkaError) -> Outcome:
        self._complain(error)
        too_large = error.code() in (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE)
        return Outcome.TOO_LARGE if too_large else Outcome.LATER

    def _given_up(self, producer: Producer, outcomes: list[Outcome | None]) -> list[Outcome]:
        """Forget what is under way; whatever the broker got in the meantime is sent again later."""
        producer.purge()
        producer.flush(1)
        self._producer = None
        return [outcome or Outcome.LATER for outcome in outcomes]

    def _complain(self, error: KafkaError) -> None:
        self.trouble = f"{error.name()}: {error.str()}"
        if error.fatal():
            self._producer = None  # a new one starts where the outbox says
