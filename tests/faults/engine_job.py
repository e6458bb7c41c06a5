"""The app under fault: counts, sums, alerts and hands on, without any guard against repeats.

Two topics with different keys, two tables, two hops in one app: events by account, then the same
events by kind. Half of those whose second hop ends at a partition that the same worker holds take it at
once, within the transaction, the others by topic. `--plant` breaks the guarantee on purpose, to show that the harness sees it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from confluent_kafka import TopicPartition

from streams.engine import App, Batch, Batches, Codec, EngineSettings
from streams.engine.consumer import Consumer
from streams.engine.partitioner import partition_of
from streams.engine.work import Work
from tests.faults.engine_events import LIMIT, Event

PLANTS = ("offsets-outside", "no-fence")
COUNTS = Codec(lambda value: json.dumps(value).encode(), json.loads)


def make_app(args: argparse.Namespace) -> App:
    """Declare the counting app."""
    name, partitions, moods = args.app, args.partitions, Path(args.moods)
    app = App(
        name,
        broker=f"rdkafka://{args.brokers.replace(',', ';')}",
        datadir=args.data,
        engine=EngineSettings(
            look_ahead_from=1,  # as often as can be: it is the harder way to be exact
            worker=args.worker,
            session_timeout_s=6,
            static_membership=not args.dynamic,
            max_batch=500,
            http=f"127.0.0.1:{args.http}",
            quarantine_topic=f"{name}.quarantine",
            transaction_timeout_ms=60_000 if args.plant == "no-fence" else 10_000,
            producer={"queue.buffering.max.ms": 1},
        ),
    )
    events = app.topic(f"{name}.events", schema=Batches())
    by_kind = app.topic(f"{name}.by-kind", schema=Batches())
    accounts = app.Table("accounts", partitions=partitions, codec=COUNTS)
    kinds = app.Table("kinds", partitions=partitions, codec=COUNTS)
    drag = args.drag
    held: set[int] = set()

    async def hold(numbers: set[int]) -> None:
        held.clear()
        held.update(numbers)

    app.on_restored.append(hold)

    @app.agent(events)
    async def count(batches: Any) -> None:
        batch: Batch
        async for batch in batches:
            for message in batch:
                event = Event.decode(message.value() or b"")
                _act_on(event.mood, moods / event.id)
                _count(accounts, event.account, event)
                number = partition_of(event.kind.encode(), partitions)
                if number in held and (message.offset() or 0) % 2:
                    _count(kinds.part(number), event.kind, event)
                else:
                    app.produce(f"{name}.by-kind", event.kind.encode(), message.value())
                if event.amount > LIMIT:
                    app.produce(f"{name}.alerts", event.id.encode(), b"{}")
            if drag:
                await asyncio.sleep(drag)

    @app.agent(by_kind)
    async def tally(batches: Any) -> None:
        batch: Batch
        async for batch in batches:
            for message in batch:
                event = Event.decode(message.value() or b"")
                _count(kinds, event.kind, event)

    return app


def _count(table: Any, key: str, event: Event) -> None:
    seen = table.get(key) or {"events": 0, "amount": 0}
    table[key] = {"events": seen["events"] + 1, "amount": seen["amount"] + event.amount}


def _act_on(mood: str | None, mark: Path) -> None:
    if mood == "poison":
        raise ValueError("this event can never be counted")
    if mood == "explode once" and not mark.exists():
        mark.touch()
        raise RuntimeError("this event fails once")


# ---------------------------------------------------------------------- planted bugs


def plant_offsets_outside(drag: float) -> None:
    """Commit the source offsets by themselves, before the transaction."""

    def commit(self: Any, work: Work) -> None:
        if not work.committed:
            if parts := _parts(work):
                self.member._rd.commit(offsets=parts, asynchronous=False)
            time.sleep(drag)
            self.app.producer.commit({}, None)
            self.tables.apply()
            work.committed = True

    Consumer._commit_now = commit  # type: ignore[method-assign]


def plant_no_fence(drag: float) -> None:
    """Commit whatever the group has decided meanwhile: a sleeper's work counts, too."""

    def commit(self: Any, work: Work) -> None:
        if not work.committed:
            time.sleep(drag)
            self.app.producer.commit({}, None)
            if parts := _parts(work):
                self.member._rd.commit(offsets=parts, asynchronous=True)
            self.tables.apply()
            work.committed = True

    Consumer._commit_now = commit  # type: ignore[method-assign]


def _parts(work: Work) -> list[TopicPartition]:
    return [TopicPartition(tp.topic, tp.partition, offset) for tp, offset in work.offsets.items()]


def main() -> None:
    """Start one worker."""
    parser = argparse.ArgumentParser()
    for name in ("app", "worker", "brokers", "data", "moods"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--http", type=int, default=0)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--drag", type=float, default=0.0)
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--dynamic", action="store_true")
    args = parser.parse_args()
    if args.plant == "offsets-outside":
        plant_offsets_outside(0.2)
    elif args.plant == "no-fence":
        plant_no_fence(0.2)
    app = make_app(args)
    sys.argv[1:] = ["worker", "-l", "info", "--without-web"]
    app.main()


if __name__ == "__main__":
    main()
