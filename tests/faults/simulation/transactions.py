"""The transaction coordinator as Kafka has it since KIP-98 and KIP-890: fences, two phases, time-outs.

A commit is decided first; the markers that make it visible land later, on each partition by itself and
on the group's offsets by itself. What the producer's next transaction writes waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from confluent_kafka import KafkaError, KafkaException
from faust.types import TP

from tests.faults.simulation.log import Log


class Stage(StrEnum):
    """How far one transactional id has come."""

    EMPTY = "empty"
    OPEN = "open"
    COMMITTING = "committing"
    ABORTING = "aborting"


def refused(code: int, why: str, *, fatal: bool = False, retriable: bool = False) -> KafkaException:
    """What a client raises when the broker says no."""
    return KafkaException(KafkaError(code, why, fatal=fatal, retriable=retriable))


@dataclass
class Producer:
    """What the coordinator knows of one transactional id."""

    epoch: int = 0
    stage: Stage = Stage.EMPTY
    number: int = 0
    """The transaction in hand."""
    began: float = 0.0
    timeout_s: float = 10.0
    touched: set[TP] = field(default_factory=set)
    offsets: dict[TP, int] = field(default_factory=dict)
    """Group offsets that wait for the decision."""
    landing: list[TP | None] = field(default_factory=list)
    """Markers that have yet to land; None is the one of the group's offsets."""
    last: tuple[int, bool] = (0, True)
    """The last transaction that was decided, and how: a client may ask for the same again."""


class Transactions:
    """All transactional ids of one cluster."""

    def __init__(self, logs: dict[TP, Log], group_offsets: dict[TP, int]) -> None:
        self._logs, self._group_offsets = logs, group_offsets
        self._producers: dict[str, Producer] = {}
        self._count = 0
        self.aborts = 0

    # ------------------------------------------------------------------ as producers call it

    def initialise(self, name: str, timeout_s: float) -> int | None:
        """Take an id over: whatever an earlier life left open is aborted; None: ask again later."""
        known = self._producers.setdefault(name, Producer())
        if known.landing:
            return None
        known.epoch += 1
        known.timeout_s = timeout_s
        if known.stage is Stage.OPEN:
            self._decide(known, commit=False)
            return known.epoch
        return known.epoch

    def ready(self, name: str, epoch: int) -> bool:
        """Whether a new transaction may write yet: not while the one before is landing."""
        return not self._known(name, epoch).landing

    def enrol(self, name: str, epoch: int, now: float) -> Producer:
        """Have the id's transaction in hand, beginning one where there is none."""
        known = self._known(name, epoch)
        if known.stage is Stage.EMPTY:
            self._count += 1
            known.stage, known.number, known.began = Stage.OPEN, self._count, now
        return known

    def write(
        self,
        name: str,
        epoch: int,
        now: float,
        tp: TP,
        record: tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]],
    ) -> int:
        """Append one record of an open transaction; return its offset."""
        known = self.enrol(name, epoch, now)
        known.touched.add(tp)
        return self._logs[tp].append(*record, int(now * 1000), (name, epoch), known.number)

    def take_offsets(self, name: str, epoch: int, now: float, offsets: dict[TP, int]) -> None:
        """Hold group offsets until the transaction is decided."""
        self.enrol(name, epoch, now).offsets.update(offsets)

    def end(self, name: str, epoch: int, *, commit: bool) -> None:
        """Decide the transaction in hand; asked again after the answer was lost, say the same."""
        known = self._known(name, epoch)
        if known.stage is Stage.OPEN:
            self._decide(known, commit=commit)
        elif known.number and known.last == (known.number, commit):
            return

    def _known(self, name: str, epoch: int) -> Producer:
        known = self._producers.setdefault(name, Producer())
        if epoch != known.epoch:
            raise refused(KafkaError._FENCED, f"{name} is at epoch {known.epoch}", fatal=True)
        return known

    def _decide(self, known: Producer, *, commit: bool) -> None:
        known.stage = Stage.COMMITTING if commit else Stage.ABORTING
        known.last = (known.number, commit)
        known.landing = [*sorted(known.touched), *([None] if known.offsets else [])]
        if not commit:
            self.aborts += 1
        if not known.landing:
            self._finish(known)

    def _finish(self, known: Producer) -> None:
        known.stage = Stage.EMPTY
        known.touched, known.offsets = set(), {}

    # ------------------------------------------------------------------ as the brokers go on

    def landing(self) -> list[tuple[str, int]]:
        """The markers that may land now: each by its id and place in the list."""
        return [
            (name, place)
            for name, known in sorted(self._producers.items())
            for place in range(len(known.landing))
        ]

    def where(self, name: str, place: int) -> TP | None:
        """On which partition a marker will land; None: on the group's offsets."""
        return self._producers[name].landing[place]

    def land(self, name: str, place: int) -> None:
        """Let one marker land."""
        known = self._producers[name]
        commit = known.stage is Stage.COMMITTING
        tp = known.landing.pop(place)
        if tp is not None:
            self._logs[tp].decide(known.number, commit=commit)
        elif commit:
            self._group_offsets.update(known.offsets)
        if not known.landing:
            self._finish(known)

    def expire(self, now: float) -> None:
        """Abort what has been open for too long, and fence whoever left it."""
        for known in self._producers.values():
            if known.stage is Stage.OPEN and now - known.began > known.timeout_s:
                known.epoch += 1
                self._decide(known, commit=False)

    def pending(self) -> set[TP]:
        """The partitions whose group offsets are still being decided."""
        return {
            tp
            for known in self._producers.values()
            if known.stage in (Stage.OPEN, Stage.COMMITTING)
            and (known.stage is Stage.OPEN or None in known.landing)
            for tp in known.offsets
        }
