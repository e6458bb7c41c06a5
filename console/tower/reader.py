"""The tower's one reader of the log: however many tabs are open, the topics are read once.

It belongs to no group, since its places stand in the read model. What it once read is thrown away and
read anew where it cannot be trusted any more: another cluster, a topic made anew, or so long an absence
that the log may have forgotten what was deleted meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import ClusterMetadata

from console import files
from console.reading import reader
from console.tower.folding import FOLDS, MICROS, Heard, micros
from console.tower.read_model import ReadModel
from console.trouble import Trouble
from schemas import topics

AT_ONCE = 2000
"""Most messages in one transaction."""
FORGETFUL_SECONDS = 12 * 3600
"""Half of the time for which a compacted topic keeps the word that a key is gone (delete.retention.ms)."""
LAST_TICKS = 4
"""Of the ticks only the newest matters; the offset before an end may be a transaction marker."""
NEW_PARTNERS_SECONDS = 60.0
"""How often it is looked whether a new partner has got a topic."""
PATIENCE_SECONDS = 15.0

Place = tuple[str, int]
Clock = Callable[[], datetime]


def now_in_utc() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class Reader:
    """Reads every topic that the tower shows into the read model."""

    def __init__(
        self,
        model: ReadModel,
        brokers: str,
        librdkafka: Mapping[str, Any] | None = None,
        clock: Clock = now_in_utc,
    ) -> None:
        self._model = model
        self._clock = clock
        self._consumer: Consumer = reader(brokers, librdkafka)
        self._brokers = brokers
        self.patience = PATIENCE_SECONDS
        self._ahead: set[Place] = set()
        """Partitions whose end has not been reached since the reading began."""
        self._places: set[Place] = set()
        self._looked_at = clock()

    def begin(self) -> None:
        """Go to where the read model stands, or to the beginning where it cannot be trusted."""
        try:
            seen = self._consumer.list_topics(timeout=self.patience)
        except KafkaException as error:
            raise Trouble(
                f"no broker answers at {self._brokers}: {error.args[0].str()}",
                "start one with 'v2v kafka up', or name yours in V2V_BROKERS",
            ) from error
        missing = sorted(set(FOLDS) - set(seen.topics))
        if missing:
            raise Trouble(
                f"topic {missing[0]} does not exist", "make the topics with 'v2v topics apply'"
            )
        cluster, committed_at = self._model.cluster()
        away = (micros(self._clock()) or 0) - committed_at
        if cluster != seen.cluster_id or away > FORGETFUL_SECONDS * MICROS:
            self._model.begin_anew(seen.cluster_id or "", self._clock())
        known = self._model.places()
        ends = self._ends([*FOLDS, *_inbound(seen)], seen)
        if any(known.get(place, 0) > high for place, (_, high) in ends.items()):
            self._model.begin_anew(seen.cluster_id or "", self._clock())
            known = {}
        starts = {
            place: self._start(place, known.get(place), low, high)
            for place, (low, high) in ends.items()
        }
        self._consumer.assign([TopicPartition(*place, at) for place, at in starts.items()])
        self._ahead = set(ends)
        self._places = set(ends)
        self._model.know(topics.partners_of(seen.topics))
        self._looked_at = self._clock()

    def _ends(self, names: Iterable[str], seen: ClusterMetadata) -> dict[Place, tuple[int, int]]:
        """Where each partition of these topics begins and ends now."""
        places = [(name, number) for name in names for number in seen.topics[name].partitions]
        return {
            place: self._consumer.get_watermark_offsets(TopicPartition(*place), self.patience)
            for place in places
        }

    def _look_for_partners(self) -> None:
        """Read the topics of partners too that have been made since."""
        if (self._clock() - self._looked_at).total_seconds() < NEW_PARTNERS_SECONDS:
            return
        self._looked_at = self._clock()
        seen = self._consumer.list_topics(timeout=self.patience)
        read = {name for name, _ in self._places}
        new = self._ends((name for name in _inbound(seen) if name not in read), seen)
        if new:
            begin = [TopicPartition(*place, low) for place, (low, _) in new.items()]
            self._consumer.incremental_assign(begin)
            self._ahead |= set(new)
            self._places |= set(new)
            self._model.know(topics.partners_of(seen.topics))

    @staticmethod
    def _start(place: Place, known: int | None, low: int, high: int) -> int:
        if place[0] == topics.TICKS:
            return max(low, high - LAST_TICKS)
        return low if known is None else max(low, known)

    def step(self, seconds: float = 0.2) -> int:
        """Take in what has come, at most so many seconds after; how many messages that were."""
        self._look_for_partners()
        batch = []
        for message in self._consumer.consume(AT_ONCE, seconds):
            error = message.error()
            if error is None:
                batch.append(_heard(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ahead.discard((message.topic() or "", message.partition() or 0))
            elif not error.retriable():
                raise KafkaException(error)
        if batch:
            self._model.take(batch, self._clock())
        return len(batch)

    @property
    def share_read(self) -> float:
        """Which share of the partitions has been read to the end that it had."""
        return 1 - len(self._ahead) / len(self._places) if self._places else 0.0

    def close(self) -> None:
        """Let the broker go."""
        self._consumer.close()


def _inbound(seen: ClusterMetadata) -> list[str]:
    """The topics to which partners publish."""
    return [name for name in seen.topics if topics.partner_of(name) is not None]


def _heard(message: Message) -> Heard:
    wire = files.wire(message)
    return Heard(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        (wire.key or b"").decode(errors="replace"),
        wire.value,
        wire.headers,
        wire.published_at or 0,
    )


class Reading:
    """A thread that keeps reading; when it fails it says so, and begins again."""

    def __init__(
        self, connect: Callable[[], Reader], changed: Callable[[], None], pause: float = 5.0
    ) -> None:
        self._connect, self._changed, self._pause = connect, changed, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self.trouble: str | None = None
        """Why nothing is read now; none while all is well."""
        self.share_read = 0.0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the batch that is being taken in."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (KafkaException, Trouble) as wrong:
                self.trouble = str(wrong)
                self._changed()
                self._stop.wait(self._pause)

    def _follow(self) -> None:
        following = self._connect()
        try:
            following.begin()
            self.trouble = None
            while not self._stop.is_set():
                taken = following.step()
                share = following.share_read
                if taken or share != self.share_read:
                    self.share_read = share
                    self._changed()
        finally:
            following.close()
