"""At which message an agent failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from confluent_kafka import KafkaException
from faust import current_event

from streams.engine.delivery import Batch
from streams.engine.received import Received


@dataclass(frozen=True)
class Culprit:
    """A message, or a batch of which nobody can say which message it was."""

    topic: str
    partition: int
    last_offset: int
    message: Received | None
    """The message; None when only the batch is known. A single event stands for itself."""

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.last_offset}"

    @classmethod
    def of_delivery(cls, delivery: Any) -> Culprit:
        """Return the message in hand of one delivery."""
        batch = delivery.value
        if not isinstance(batch, Batch):
            return cls(delivery.topic, delivery.partition, delivery.offset, delivery)
        current = cast(Received | None, batch.current)
        last = cast(Received, batch[-1])
        if current is None and len(batch) == 1:
            current = last
        offset = (current or last).offset()
        return cls(batch.topic, batch.partition, offset, current)


def who_failed() -> Culprit | None:
    """Return what the calling agent had in hand, if anything."""
    event = current_event()
    return None if event is None else Culprit.of_delivery(event.message)


def told(exc: BaseException) -> str:
    """Tell an exception in one line: what, and in which line of whose code."""
    if isinstance(exc, KafkaException) and exc.args and hasattr(exc.args[0], "str"):
        what = f"Kafka: {exc.args[0].str()} ({exc.args[0].name()})"
    else:
        what = f"{type(exc).__name__}: {exc}"
    place = exc.__traceback__
    if place is None:
        return what
    while place.tb_next is not None:
        place = place.tb_next
    # the module and never its file: what is told leaves this machine, and its folders concern nobody
    module = place.tb_frame.f_globals.get("__name__", "code without a module")
    return f"{what} ({module}:{place.tb_lineno})"
