"""What agents are handed: batches of one partition's messages, or single events as Faust has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import faust
from confluent_kafka import Message
from faust.types.tuples import Message as FaustMessage

from streams.engine.received import Received


class Batch(Sequence[Message]):
    """Messages of one partition of one topic, oldest first.

    Iterating marks the message in hand, so that a failure is laid at the right door. Whoever picks
    messages by index is blamed for the whole batch, which is then tried again one by one.
    """

    __slots__ = ("_messages", "current", "partition", "topic")

    def __init__(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        self.topic = topic
        self.partition = partition
        self.current: Message | None = None
        self._messages = messages

    def __iter__(self) -> Iterator[Message]:
        for message in self._messages:
            self.current = message
            yield message
        self.current = None

    def __len__(self) -> int:
        return len(self._messages)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        return self._messages[index]

    def __repr__(self) -> str:
        return f"<Batch {self.topic}[{self.partition}] of {len(self._messages)}>"


#: Faust's schemas are generic to the type checker only.
if TYPE_CHECKING:
    _AnySchema = faust.Schema[Any, Any]
else:
    _AnySchema = faust.Schema


class Batches(_AnySchema):
    """Schema of a topic whose agent takes whole batches: the stream's values are `Batch`."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class Delivery(FaustMessage):
    """A Faust message that tells the engine when the last stream has acknowledged it.

    Both of Faust's ways of acknowledging (`Message.ack` and the compiled stream iterator) end in
    the assignment `message.acked = True`; the property below hears it.
    """

    __slots__ = ("_acked", "on_acked")

    on_acked: Callable[[], None]

    @property
    def acked(self) -> bool:
        return self._acked

    @acked.setter
    def acked(self, yes: bool) -> None:
        self._acked: bool = yes
        if yes:
            self.on_acked()


def batch_delivery(batch: Batch, generation: int) -> Delivery:
    """One delivery for a whole batch."""
    last = cast(Received, batch[-1])
    return Delivery(
        batch.topic,
        batch.partition,
        last.offset(),
        last.timestamp()[1] / 1000,
        last.timestamp()[0],
        {},
        None,
        batch,  # type: ignore[arg-type]  # Batches.loads_value hands it on as it is
        None,
        0,
        0,
        generation_id=generation,
    )


def single_delivery(message: Received, generation: int) -> Delivery:
    """One delivery for one message, as Faust's own consumer would make it."""
    kind, at = message.timestamp()
    return Delivery(
        message.topic(),
        message.partition(),
        message.offset(),
        at / 1000,
        kind,
        dict(message.headers() or ()),
        message.key(),
        message.value(),
        None,
        generation_id=generation,
    )


class Topic(faust.Topic):
    """Faust's topic without its per-offset bookkeeping.

    `acks=False` only switches off Faust's gap tracking; streams still acknowledge each message and
    `Delivery` hears them. What the topic's own schema cannot decode is a failure like any other.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "acks": False})

    async def on_decode_error(self, exc: Exception, message: FaustMessage) -> None:
        self.app.consumer.failed_to_decode(exc, message)  # type: ignore[attr-defined]
