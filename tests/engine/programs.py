"""Small apps that the tests start as processes of their own: `python -m tests.engine.programs NAME`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.engine import App, Batches, Codec, EngineSettings

INT: Any = int
NUMBER = Codec(lambda value: b"%d" % value, int)


def make_app(args: argparse.Namespace, **settings: Any) -> App:
    """An app of the given name, with a quarantine of its own."""
    options: dict[str, Any] = {
        "worker": args.worker,
        "session_timeout_s": 6,
        "http": f"127.0.0.1:{args.http}",
        "quarantine_topic": f"{args.app}.quarantine",
        "broker_patience_s": 5,
        "accept_loss": args.accept_loss,
        "static_membership": not args.dynamic,
        "librdkafka": json.loads(args.librdkafka),
        **settings,
    }
    return App(
        args.app,
        broker=f"rdkafka://{args.brokers}",
        datadir=args.data,
        store=args.store,
        topic_replication_factor=1,
        engine=EngineSettings(**options),
    )


def ready(args: argparse.Namespace) -> App:
    """Counts like `count`, on a changelog that is there already."""
    return count(args, make_changelogs=False)


def padded(args: argparse.Namespace) -> App:
    """Counts, and writes each number with so much beside it that the changelog grows."""
    return count(args, Codec(lambda value: b"%d" % value + b" " * 2_000, int))


def count(args: argparse.Namespace, codec: Codec = NUMBER, *, make_changelogs: bool = True) -> App:
    """Counts messages by key, in batches."""
    app = make_app(args)
    counts = app.Table("counts", codec=codec)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def count_them(batches: Any) -> None:
        async for batch in batches:
            for message in batch:
                key = message.key().decode()
                if message.value() == b"exit":
                    sys.exit(0)
                if message.value() == b"poison":
                    raise ValueError("cannot count this")
                if message.value() == b"forget":
                    del counts[key]
                else:
                    counts[key] = counts.get(key, 0) + 1

    if make_changelogs:
        app.create_changelogs()
    return app


def count_more(args: argparse.Namespace) -> App:
    """The next release of `count`, which has one more table."""
    app = make_app(args)
    counts = app.Table("counts", codec=NUMBER)
    lengths = app.Table("lengths", codec=NUMBER)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def count_them(batches: Any) -> None:
        async for batch in batches:
            for message in batch:
                key = message.key().decode()
                counts[key] = counts.get(key, 0) + 1
                lengths[key] = lengths.get(key, 0) + len(message.value())

    app.create_changelogs()
    return app


def count_anew(args: argparse.Namespace, form: int = 1) -> App:
    """The next release of `count`, which writes its numbers in another form and still reads the first."""
    app = make_app(args)
    numbers = Codec(
        lambda value: json.dumps({"n": value}).encode(),
        lambda raw: int(json.loads(raw)["n"]),
        form=form,
        earlier={0: int} if form else {},
    )
    counts = app.Table("counts", codec=numbers)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def count_them(batches: Any) -> None:
        async for batch in batches:
            for message in batch:
                key = message.key().decode()
                counts[key] = counts.get(key, 0) + 1

    app.create_changelogs()
    return app


def count_unsaid(args: argparse.Namespace) -> App:
    """The same, by somebody who has not said that the form is another."""
    return count_anew(args, form=0)


def two(args: argparse.Namespace) -> App:
    """One agent on two topics with different keys, one table for each, partition by partition."""
    app = make_app(args)
    people = app.Table("people", codec=NUMBER)
    places = app.Table("places", codec=NUMBER)

    @app.agent(app.topic(f"{args.app}.in", f"{args.app}.places", schema=Batches()))
    async def count_them(batches: Any) -> None:
        async for batch in batches:
            assert batch.partition == app.current_partition()
            table = places if batch.topic.endswith(".places") else people
            for message in batch:
                key = message.key().decode()
                table[key] = table.get(key, 0) + 1

    app.create_changelogs()
    return app


def everything(args: argparse.Namespace) -> App:
    """What Faust has besides: single events, sends, sinks, a timer, a task, two topics."""
    app = make_app(args)
    numbers = app.topic(f"{args.app}.in", key_type=str, value_type=INT)
    doubled = app.topic(f"{args.app}.doubled", key_type=str, value_type=INT)
    said = app.topic(f"{args.app}.said", key_serializer="raw", value_serializer="raw")
    totals = app.Table("totals", default=int)
    starts = app.Table("starts", codec=NUMBER)

    @app.agent(numbers)
    async def double(stream: Any) -> None:
        async for key, number in stream.items():
            totals[key] += number
            await doubled.send(key=f"{key}-{app.current_partition()}", value=2 * number)

    @app.agent(doubled, sink=[said])
    async def say(stream: Any) -> Any:
        async for key, number in stream.items():
            starts[key] = number
            yield f"{key}={number}".encode()

    @app.timer(0.2)
    async def tick() -> None:
        await said.send(key=b"timer", value=b"tick")

    @app.task
    async def hello() -> None:
        app.produce(f"{args.app}.said", b"task", b"hello", [("h", b"1")])

    async def restored(partitions: set[int]) -> None:
        held = {p: sorted(totals.partition_items(p)) for p in sorted(partitions)}
        app.produce(f"{args.app}.said", b"restored", json.dumps(held).encode())

    app.on_restored.append(restored)
    app.create_changelogs()
    return app


def careless(args: argparse.Namespace) -> App:
    """Handles a batch without going through it: nobody can say at which message it fails."""
    app = make_app(args)
    seen = app.Table("seen", codec=NUMBER)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def take(batches: Any) -> None:
        async for batch in batches:
            values = [batch[index].value() for index in range(len(batch))]
            if b"poison" in values:
                raise ValueError("one of these is bad")
            for message in batch:
                seen[message.key().decode()] = 1

    app.create_changelogs()
    return app


def decode(args: argparse.Namespace) -> App:
    """Leaves decoding to Faust: what is no number fails before the agent sees it."""
    app = make_app(args)
    seen = app.Table("seen", codec=NUMBER)

    @app.agent(app.topic(f"{args.app}.in", key_type=str, value_type=INT, value_serializer="json"))
    async def take(stream: Any) -> None:
        async for key, value in stream.items():
            seen[key] = value

    app.create_changelogs()
    return app


def slow(args: argparse.Namespace) -> App:
    """Takes so long that a large batch can never be committed in time."""
    app = make_app(args, transaction_timeout_ms=1_000)
    counts = app.Table("counts", codec=NUMBER)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def take(batches: Any) -> None:
        async for batch in batches:
            for message in batch:
                await asyncio.sleep(0.01)
                key = message.key().decode()
                counts[key] = counts.get(key, 0) + 1

    app.create_changelogs()
    return app


def leave(args: argparse.Namespace) -> App:
    """Has an agent that stops listening."""
    app = make_app(args, transaction_timeout_ms=1_000)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def listen_once(batches: Any) -> None:
        async for _ in batches:
            break

    return app


def hang(args: argparse.Namespace) -> App:
    """Never finishes its first message, in the way that its value says."""
    app = make_app(args, stop_within_s=3)
    hanging = str(Path(args.data, "hanging"))

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def never(batches: Any) -> None:
        async for batch in batches:
            os.mkdir(hanging)
            if batch[0].value() == b"await":
                await asyncio.sleep(600)
            while batch[0].value() == b"spin":
                pass
            time.sleep(600)  # noqa: ASYNC251 - hangs on purpose

    return app


def unsafe(args: argparse.Namespace) -> App:
    """Gives its credentials where Faust's own transport wants them."""
    import faust

    app = make_app(args)
    app.conf.broker_credentials = faust.SASLCredentials(username="u", password="p")
    return app


def bare(args: argparse.Namespace) -> App:
    """Says nowhere what becomes of messages that fail again and again."""
    return make_app(args, quarantine_topic=None)


def topics_missing(args: argparse.Namespace) -> App:
    """Reads a topic and keeps a table, and makes neither."""
    app = make_app(args)
    app.Table("counts", partitions=2)

    @app.agent(app.topic(f"{args.app}.in", f"{args.app}.nowhere", schema=Batches()))
    async def take(batches: Any) -> None:
        async for _ in batches:
            pass

    return app


def failing_timer(args: argparse.Namespace) -> App:
    """Has a timer that raises."""
    app = count(args)

    @app.timer(0.2)
    async def fail() -> None:
        raise ValueError("the timer fails")

    return app


def unknown_topic(args: argparse.Namespace) -> App:
    """Sends to a topic that nobody made."""
    app = make_app(args)

    @app.agent(app.topic(f"{args.app}.in", schema=Batches()))
    async def send(batches: Any) -> None:
        async for batch in batches:
            for message in batch:
                app.produce(f"{args.app}.nowhere", message.key(), b"x")

    return app


PROGRAMS: dict[str, Callable[[argparse.Namespace], App]] = {
    program.__name__: program
    for program in (
        count,
        padded,
        ready,
        count_more,
        count_anew,
        count_unsaid,
        two,
        everything,
        careless,
        decode,
        slow,
        leave,
        hang,
        unsafe,
        bare,
        topics_missing,
        failing_timer,
        unknown_topic,
    )
}


def main() -> None:
    """Start one worker of one program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=PROGRAMS)
    for name in ("app", "brokers", "data"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--worker", default="w0")
    parser.add_argument("--http", type=int, default=0)
    parser.add_argument("--store", default="rocks://")
    parser.add_argument("--librdkafka", default="{}")
    parser.add_argument("--accept-loss", action="store_true")
    parser.add_argument("--dynamic", action="store_true", help="leaves the group when it stops")
    args = parser.parse_args()
    app = PROGRAMS[args.program](args)
    logging.getLogger("streams.engine").setLevel(logging.INFO)
    sys.argv[1:] = ["worker", "-l", "info", "--without-web"]
    app.main()


if __name__ == "__main__":
    main()
