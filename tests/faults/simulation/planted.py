"""Bugs that are put into the engine and the line on purpose, to see that the invariants find them.

Only a test or a run that names one ever plants it. Each is a mistake that somebody could make, or that
another engine has been seen to make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from uuid import uuid4

from confluent_kafka import TopicPartition

from schemas import topics
from streams import alerting
from streams.admission import Admitted
from streams.engine.app import App
from streams.engine.consumer import Consumer
from streams.engine.group_member import GroupMember
from streams.engine.producer import Producer
from streams.engine.restore import Behind
from streams.engine.tables import Tables
from streams.line import Line
from streams.passing_on import PassingOn
from tests.faults.simulation.clients import Message
from tests.faults.simulation.group import NOBODY
from tests.faults.simulation.process import Process, values
from tests.faults.simulation.replaced import replaced

UNAWAITED_FOR = 30
"""How many sends later one is on its way that nobody awaits."""


class Planted(NamedTuple):
    """One bug: in which job and under which faults it shows, what it replaces, which invariants may name it."""

    job: str
    theme: str
    replaces: Callable[[], list[tuple[Any, Mapping[str, Any]]]]
    named_by: frozenset[str]


# ---------------------------------------------------------------------- in the engine


def _offsets_outside() -> list[tuple[Any, Mapping[str, Any]]]:
    def commit(self: Any, work: Any) -> None:
        if not work.committed:
            if work.parts:
                parts = [
                    TopicPartition(tp.topic, tp.partition, offset)
                    for tp, offset in work.offsets.items()
                ]
                self.member._rd.commit(offsets=parts, asynchronous=False)
            self.app.producer.commit(work.written, work.generation)
            self.tables.apply()
            work.committed = True

    return [(Consumer, {"_commit_now": commit})]


def _changelog_outside() -> list[tuple[Any, Mapping[str, Any]]]:
    def put(
        self: Any, topic: Any, key: Any, value: Any, partition: Any, on_delivery: Any = None
    ) -> None:
        cluster = self.rd._cluster
        tp = cluster.publish(topic, key, value, (), partition)
        if on_delivery is not None:
            on_delivery(None, Message(tp, None, cluster.logs[tp].end - 1))

    return [(Producer, {"put_changelog": put})]


def _no_generation() -> list[tuple[Any, Mapping[str, Any]]]:
    commit = Producer.commit
    return [(Producer, {"commit": lambda self, offsets, _: commit(self, offsets, NOBODY)})]


def _store_first() -> list[tuple[Any, Mapping[str, Any]]]:
    commit = Consumer._commit_now

    def early(self: Any, work: Any) -> None:
        if not work.committed:
            for table in self.tables._tables:
                for staged in table.overlay._staged:
                    local = staged.partition.local
                    local.write(staged.items, staged.transactions, local.reached)
        commit(self, work)

    return [(Consumer, {"_commit_now": early})]


def _no_position() -> list[tuple[Any, Mapping[str, Any]]]:
    stage = Tables.stage

    def without(self: Any, produce: Any) -> dict[Any, int]:
        stage(self, produce)
        return {}

    return [(Tables, {"stage": without})]


def _stable_only() -> list[tuple[Any, Mapping[str, Any]]]:
    return [(Behind, {"up_to_date": lambda self: self.stable >= 0})]


def _kept_batch() -> list[tuple[Any, Mapping[str, Any]]]:
    def poll(self: Any, most: int, wait_s: float, linger_s: float) -> Any:
        epoch, kept = self.epoch, self.__dict__.pop("kept", [])
        first = self._rd.poll(0 if kept else wait_s)
        messages = [] if first is None else [first]
        if first is not None and most > 1:
            messages += self._rd.consume(most - 1, linger_s)
        self._raise_if_lost()
        good = self._good(messages)
        if epoch != self.epoch:
            self.kept = [*kept, *good]
            return None
        return [*kept, *good]

    return [(GroupMember, {"_poll": poll})]


def _swallowed() -> list[tuple[Any, Mapping[str, Any]]]:
    async def one(batch: Any) -> Any:
        yield batch

    async def work(self: Any, agent: Any, deliveries: Any) -> None:
        async for batch in values(deliveries):
            try:
                await agent.fun(one(batch))
            except Exception:  # noqa: BLE001 - that is the bug
                continue

    return [(Process, {"_work": work})]


def _quarantine_unawaited() -> list[tuple[Any, Mapping[str, Any]]]:
    produce = App.produce

    def later(self: Any, topic: str, *said: Any, **more: Any) -> None:
        held = self.__dict__.setdefault("held", [])
        if topic.endswith("quarantine"):
            held.append([UNAWAITED_FOR, topic, said, more])
            return
        for late in list(held):
            late[0] -= 1
            if not late[0]:
                held.remove(late)
                produce(self, late[1], *late[2], **late[3])
        produce(self, topic, *said, **more)

    return [(App, {"produce": later})]


# ---------------------------------------------------------------------- in the line


def _random_alert() -> list[tuple[Any, Mapping[str, Any]]]:
    return [(alerting, {"alert_id": lambda *_: uuid4()})]


def _window() -> list[tuple[Any, Mapping[str, Any]]]:
    inbound = Line._inbound

    def heard(self: Any, topic: str, message: Any) -> Any:
        key = (message.key or b"").decode(errors="replace")
        heard_at = self.__dict__.setdefault("heard_at", {})
        if heard_at.setdefault(key, self.clock) < self.clock:
            heard_at[key] = self.clock
            self.admitted[key] = Admitted()
        return inbound(self, topic, message)

    return [(Line, {"_inbound": heard})]


def _waiting_forgotten() -> list[tuple[Any, Mapping[str, Any]]]:
    keep, thing_of = Line._keep_thing, Line._thing

    def stripped(self: Any, identifier: str, thing: Any) -> None:
        self.__dict__.setdefault("whole", {})[identifier] = thing.waiting
        waiting, thing.waiting = thing.waiting, {}
        keep(
            self, identifier, type(thing)(**{f: getattr(thing, f) for f in thing.__struct_fields__})
        )
        thing.waiting = waiting

    def with_waiting(self: Any, message: Any) -> Any:
        key = (message.key or b"").decode()
        thing = self.things.get(key)
        if thing is not None:
            thing.waiting = self.__dict__.setdefault("whole", {}).get(key, {})
        return thing_of(self, message)

    return [(Line, {"_keep_thing": stripped, "_thing": with_waiting})]


def _tick_lost() -> list[tuple[Any, Mapping[str, Any]]]:
    tick = Line._tick

    def deaf(self: Any, topic: str, message: Any) -> Any:
        if not self.__dict__.get("awake"):
            self.awake = True
            return []
        return tick(self, topic, message)

    return [(Line, {"_tick": deaf})]


def _deadlines_forgotten() -> list[tuple[Any, Mapping[str, Any]]]:
    return [(Line, {"remember": lambda self, deadlines: None})]


def _outbox_truncated() -> list[tuple[Any, Mapping[str, Any]]]:
    take = PassingOn.take
    return [(PassingOn, {"take": lambda self, *said: take(self, *said)[:6]})]


def _set_aside_nowhere() -> list[tuple[Any, Mapping[str, Any]]]:
    inbound = Line._inbound

    def silent(self: Any, topic: str, message: Any) -> Any:
        return [o for o in inbound(self, topic, message) if o.topic != topics.QUARANTINE]

    return [(Line, {"_inbound": silent})]


BUGS: Mapping[str, Planted] = {
    "offsets committed outside the transaction": Planted(
        "counting", "deaths", _offsets_outside, frozenset({"I1", "I2", "I3", "I8"})
    ),
    "changelog sent outside the transaction": Planted(
        "counting", "deaths", _changelog_outside, frozenset({"I1", "I2", "I4", "I7"})
    ),
    "group metadata left out": Planted(
        "counting", "sleepers", _no_generation, frozenset({"I1", "I2", "I3", "I4"})
    ),
    "local store written before the commit": Planted(
        "counting", "deaths", _store_first, frozenset({"I2", "I7"})
    ),
    "position record left out": Planted(
        "counting", "rebalances", _no_position, frozenset({"I1", "I4"})
    ),
    "restore to the last stable offset only": Planted(
        "counting", "rebalances", _stable_only, frozenset({"I1", "I4"})
    ),
    "batch kept across a rebalance": Planted(
        "counting", "rebalances", _kept_batch, frozenset({"I1", "I2", "I3", "I6"})
    ),
    "agent exception swallowed": Planted("counting", "mixed", _swallowed, frozenset({"I1", "I8"})),
    "quarantine send not awaited": Planted(
        "counting", "deaths", _quarantine_unawaited, frozenset({"I1"})
    ),
    "non-deterministic alert id": Planted("line", "mixed", _random_alert, frozenset({"I2", "I3"})),
    "dedupe by time window": Planted("line", "mixed", _window, frozenset({"I1", "I2"})),
    "waiting event forgotten on revoke": Planted(
        "line", "rebalances", _waiting_forgotten, frozenset({"I1", "I2"})
    ),
    "tick lost on rebalance": Planted("line", "rebalances", _tick_lost, frozenset({"I2", "I3"})),
    "deadlines forgotten on rebalance": Planted(
        "line", "rebalances", _deadlines_forgotten, frozenset({"I2", "I3"})
    ),
    "outbox truncated": Planted("line", "mixed", _outbox_truncated, frozenset({"I1", "I2", "I3"})),
    "refusals set aside nowhere": Planted("line", "mixed", _set_aside_nowhere, frozenset({"I1"})),
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The bug of that name is there while the block lasts; without a name there is none."""
    with ExitStack() as stack:
        for place, names in BUGS[name].replaces() if name else ():
            stack.enter_context(replaced(place, names))
        yield
