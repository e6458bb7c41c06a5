"""Where a message goes that has failed its agent too often."""

from __future__ import annotations

from collections.abc import Callable

from confluent_kafka import Message

Quarantine = Callable[[Message, str], None]
"""Take charge of a message, and of the reason; whatever it sends joins the open transaction."""

HEADERS = ("engine_reason", "engine_topic", "engine_partition", "engine_offset")


def to_topic(topic: str, produce: Callable[..., None]) -> Quarantine:
    """Return a quarantine that sends a message on as it was, with the reason in its headers."""

    def quarantine(message: Message, reason: str) -> None:
        told = (reason, message.topic(), message.partition(), message.offset())
        headers = [
            *(message.headers() or ()),
            *((name, str(value).encode()) for name, value in zip(HEADERS, told, strict=True)),
        ]
        produce(topic, message.key(), message.value(), headers)

    return quarantine
