"""Everything a worker sends goes through one transactional producer, into the open transaction."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka import Producer as Librdkafka
from faust.transport.producer import Producer as FaustProducer
from faust.types import TP, RecordMetadata

from streams.engine.complaints import Complaints
from streams.engine.exits import fail
from streams.engine.settings import producer_config

log = logging.getLogger("streams.engine")

Headers = Sequence[tuple[str, bytes]] | Mapping[str, bytes]

#: What the sender alone can mend; everything else that a send can meet ends the process.
_LARGEST = 1_000_000
"""librdkafka's own `message.max.bytes`, where nobody sets another."""
_FRAME = 512
"""What the frame of a message and short headers may take, of those bytes."""

_SENDERS_FAULT = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._INVALID_ARG})


class Producer(FaustProducer):
    """What Faust calls its producer."""

    rd: Librdkafka
    mundane_level = "debug"

    def __post_init__(self) -> None:
        self.open = False
        """Whether a batch is in hand: agents may send, and write tables."""
        self.begun = False
        """Whether a transaction is open, and sends go into it at once."""
        self.waiting: list[tuple[Any, ...]] = []
        """Sends while none is open: they go into the next one. Those of timers and tasks between two
        batches, and those of a batch that is handed out while the one before is being committed."""
        self._largest = 0
        self._known: set[str] = set()
        self._undelivered: str | None = None

    async def on_start(self) -> None:
        """Take the transactional id over: what an earlier process left open is aborted."""
        settings = self.app.engine  # type: ignore[attr-defined]
        servers = self.transport.servers  # type: ignore[attr-defined]
        config = producer_config(settings, servers, self.app.conf.id)
        self._largest = int(config.get("message.max.bytes", _LARGEST))
        self.rd = Librdkafka({**config, "error_cb": Complaints("producer")})
        patience_s = self.app.patience_s()  # type: ignore[attr-defined]
        try:
            await asyncio.get_running_loop().run_in_executor(
                None, self._insist, self.rd.init_transactions, patience_s
            )
        except KafkaException as trouble:
            fail(
                f"cannot take over transactional id {settings.transactional_id(self.app.conf.id)}: {trouble}"
            )

    # ------------------------------------------------------------------ sending

    def put(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
        timestamp: float | None = None,
    ) -> None:
        """Send into the open transaction, or into the next one when none is open.

        What is too large is refused here, to the sender's face, whenever it will be sent.
        """
        if len(key or b"") + len(value or b"") + _FRAME > self._largest:
            raise KafkaException(
                KafkaError(
                    KafkaError.MSG_SIZE_TOO_LARGE,
                    f"{len(value or b'')} bytes for {topic} are more than message.max.bytes allows",
                )
            )
        if self.begun:
            self._send(topic, key, value, headers, partition, timestamp)
        else:
            self.waiting.append((topic, key, value, headers, partition, timestamp))

    def _send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None,
        partition: int | None,
        timestamp: float | None,
    ) -> None:
        if topic not in self._known:
            self._get_to_know(topic)
        options: dict[str, Any] = {"on_delivery": self._delivered}
        if partition is not None:
            options["partition"] = partition
        if timestamp:
            options["timestamp"] = int(timestamp * 1000)
        if headers:
            options["headers"] = list(headers.items()) if isinstance(headers, Mapping) else headers
        self._produce(topic, key, value, options)

    def put_changelog(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,
        partition: int,
        on_delivery: Callable[[Any, Any], None] | None = None,
    ) -> None:
        """Send one changelog record into the open transaction."""
        self._produce(
            topic,
            key,
            value,
            {"partition": partition, "on_delivery": on_delivery or self._delivered},
        )

    def _produce(
        self, topic: str, key: bytes | None, value: bytes | None, options: dict[str, Any]
    ) -> None:
        while True:
            try:
                self.rd.produce(topic, value, key, **options)
                return
            except BufferError:
                self.rd.poll(0.05)
            except KafkaException as trouble:
                if trouble.args[0].code() in _SENDERS_FAULT:
                    raise
                self.fail(f"cannot send to {topic}: {trouble.args[0].str()}")

    def _get_to_know(self, topic: str) -> None:
        """A send to a topic that nobody made would otherwise hang until the transaction is lost."""
        known = self.rd.list_topics(topic, 30).topics.get(topic)
        if known is None or known.error is not None:
            self.fail(f"an agent sends to topic {topic}, which does not exist: create it")
        self._known.add(topic)

    def _delivered(self, error: KafkaError | None, message: Any) -> None:
        if error is not None and self._undelivered is None:
            self._undelivered = f"{message.topic()}[{message.partition()}]: {error.str()}"

    # ------------------------------------------------------------------ transactions

    def begin(self) -> None:
        """Open a transaction; what waited goes first."""
        self.rd.begin_transaction()
        self.begun = True
        waiting, self.waiting = self.waiting, []
        for sent in waiting:
            self._send(*sent)

    def commit(self, offsets: Mapping[TP, int], generation: Any) -> None:
        """Commit sends and offsets together, in the name of the generation that read the batch."""
        patience_s = self.app.engine.transaction_timeout_ms / 1000  # type: ignore[attr-defined]
        if offsets:
            parts = [
                TopicPartition(tp.topic, tp.partition, offset) for tp, offset in offsets.items()
            ]
            self._insist(
                lambda within: self.rd.send_offsets_to_transaction(parts, generation, within),
                patience_s,
            )
        self._insist(self.rd.commit_transaction, patience_s)

    def _insist(self, call: Callable[[float], Any], patience_s: float) -> None:
        """Repeat a transactional call for as long as librdkafka says it may be repeated."""
        until = time.monotonic() + patience_s
        while True:
            try:
                call(max(1.0, min(30.0, patience_s)))
                return
            except KafkaException as trouble:
                if self._undelivered is not None:
                    raise RuntimeError(f"not delivered: {self._undelivered}") from trouble
                if not trouble.args[0].retriable() or time.monotonic() > until:
                    raise
                log.info("trying again: %s", trouble.args[0].str())
                time.sleep(0.05)

    def fail(self, why: str) -> NoReturn:
        """End the process, aborting what is open."""
        was_begun, self.open, self.begun = self.begun, False, False
        fail(why, (lambda: self.rd.abort_transaction(2)) if was_begun else None)

    # ------------------------------------------------------------------ as Faust uses it

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,
    ) -> Any:
        """Send; the future is done at once.

        The send is durable when its transaction commits, never before; a send that cannot be
        delivered fails the commit, so nothing is lost silently.
        """
        future: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        future.set_result(self._sent(topic, key, value, partition, timestamp, headers))
        return future

    async def send_and_wait(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,
    ) -> RecordMetadata:
        """Send; see `send` for when it is durable."""
        return self._sent(topic, key, value, partition, timestamp, headers)

    def send_soon(self, fut: Any) -> None:
        """Send what Faust would have queued."""
        m = fut.message
        fut.set_result(
            self._sent(
                m.channel.get_topic_name(), m.key, m.value, m.partition, m.timestamp, m.headers
            )
        )
        if m.callback:
            m.callback(fut)

    def _sent(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
    ) -> RecordMetadata:
        self.put(topic, key, value, headers, partition, timestamp)
        number = -1 if partition is None else partition
        return RecordMetadata(topic, number, TP(topic, number), -1)

    async def flush(self) -> None:
        """Nothing to flush: the commit does."""

    def supports_headers(self) -> bool:
        """Return true: message headers are sent."""
        return True
