"""Publishes messages as partners do: by key, acknowledged by the broker, spread over a time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from confluent_kafka import Message, Producer

from schemas import topics
from schemas.control import Tick
from schemas.wire import WireMessage, decode_contract
from tests.words import Arrival

SLICES = 20
ANY = -1
"""Any partition: the key decides."""


class Publisher:
    """One producer for a whole run."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "message.max.bytes": topics.LARGEST_MESSAGE,
                "log_level": 0,
            }
        )
        self._refused: list[str] = []

    def publish(self, lines: Sequence[Arrival], seconds: float = 0) -> None:
        """Put messages onto their topics, in their order, a share of them at a time."""
        began = time.monotonic()
        size = -(-len(lines) // SLICES) or 1
        for number, start in enumerate(range(0, len(lines), size)):
            for topic, message in lines[start : start + size]:
                self._send(topic, message)
            self.flush()
            ahead = began + seconds * (number + 1) / SLICES - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)

    def _send(self, topic: str, message: WireMessage) -> None:
        place = decode_contract(Tick, message.value).partition if topic == topics.TICKS else ANY
        said: list[tuple[str, str | bytes | None]] = list(message.headers)
        at_ms = (message.published_at or 0) // 1000  # 0: the client's own time
        self._producer.produce(
            topic, message.value, message.key, place, self._heard, timestamp=at_ms, headers=said
        )
        self._producer.poll(0)

    def _heard(self, error: object, message: Message) -> None:
        if error is not None:
            self._refused.append(f"{message.topic()}: {error}")

    def flush(self) -> None:
        """Wait until the broker has all."""
        if left := self._producer.flush(120):
            raise TimeoutError(f"{left} messages could not be published")
        if self._refused:
            raise ValueError(f"the broker refused {self._refused[0]}")
