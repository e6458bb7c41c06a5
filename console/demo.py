"""The demo: Kafka, a worker, six connectors and a network of partners, on this machine, for real."""

from __future__ import annotations

import signal
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import Producer

from compose.kafka import kafka_for
from connectors.simulator.network import Play, play
from connectors.simulator.schedule import Sending
from connectors.simulator.writing import write as write_play
from console import files, settings, showing
from console.demo_network import DemoConnectors
from console.demo_place import PARTITIONS, passing_folder, worker_on
from console.demo_tower import tower_beside
from console.demo_view import View
from console.demo_worker import DemoWorker, Lag, wait_until_caught_up
from console.reading import bounded
from console.summary import Summary, compare, latencies
from console.trouble import Trouble
from schemas import topics as names
from schemas.alert import Alert
from schemas.control import QuarantinedMessage, Tick
from schemas.wire import decode_contract, encode_contract

STEP = timedelta(hours=12)


def demo(
    journeys: Annotated[int, typer.Option(min=1, help="How many therapies to play.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed plays the same network.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="End with the summary.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Leave partner messages, labels and topics here as files.")
    ] = None,
    tower: Annotated[
        bool, typer.Option("--tower", help="Show it in the control tower, live, and stay up.")
    ] = False,
    listen: Annotated[str, typer.Option(help="Where that tower listens.")] = "127.0.0.1:8060",
) -> None:
    """Play a network of partners through a real Kafka, and see alerts while time is compressed.

    Without --once everything stays up until you interrupt it, and v2v record and v2v alerts can ask it;
    with --tower the control tower shows it while it happens.

    Example: v2v demo --journeys 40 --once
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Trouble(f"{keep} is not empty", "name a new folder to keep the demo in")
    signal.signal(signal.SIGTERM, _interrupt)  # so that nothing it has started stays behind
    view = View(quiet=as_json)
    view.say("playing the partners")
    played = play(journeys, seed)
    with passing_folder("v2v-demo-") as folder, kafka_for(folder / "kafka") as brokers:
        view.say(f"Kafka answers at {brokers}")
        beside = tower_beside(folder, brokers, listen, view) if tower else nullcontext()
        summary = _run(folder, brokers, played, view, keep, once and not tower, beside)
    if as_json:
        showing.json_line(summary.as_json())
    else:
        view.end(summary)
        if not tower:
            view.say(f"see it in the control tower: v2v demo --tower, then http://{listen}")
    if summary.alerts.missed or summary.alerts.false:
        raise typer.Exit(1)


def _run(
    folder: Path,
    brokers: str,
    played: Play,
    view: View,
    keep: Path | None,
    once: bool,
    beside: AbstractContextManager[None],
) -> Summary:
    partners, kafka = settings.DEFAULT_PARTNERS, settings.librdkafka()
    connectors = DemoConnectors(
        folder, brokers, partners, settings.as_text(kafka), settings.schema_ids()
    )
    with worker_on(folder, brokers, partners) as (worker, lag):
        try:
            connectors.start()
            worker.wait()
            view.say("six connectors and one worker are running")
            started = time.monotonic()
            with beside:
                with view.following(brokers):
                    clock, now = _play(brokers, played, connectors, worker, lag, view)
                    wait_until_caught_up(lag, worker)
                seconds = time.monotonic() - started
                summary = _summary(brokers, played, connectors.sent, seconds)
                if keep is not None:
                    _keep(brokers, played, keep, view)
                if not once:
                    view.end(summary)
                    named = f"V2V_BROKERS={brokers} V2V_PARTITIONS={PARTITIONS}"
                    view.say(f"still up: {named} v2v alerts ls")
                    view.say("press Ctrl-C to end")
                    _until_interrupted(worker, clock, now)
                return summary
        finally:
            connectors.stop()


def _play(
    brokers: str,
    played: Play,
    connectors: DemoConnectors,
    worker: DemoWorker,
    lag: Lag,
    view: View,
) -> tuple[Clock, datetime]:
    """Send what is due in each step of time, wait until it is taken in, then say how late it is.

    Half a day passes here in parts of a second: a time that overtook a message by one of them would
    call it hours late.
    """
    clock = Clock(brokers)
    sendings = iter(played.schedule)
    waiting: Sending | None = next(sendings, None)
    ticks = list(played.schedule.ticks(STEP))
    for done, tick in enumerate(ticks, start=1):
        due: list[Sending] = []
        while waiting is not None and waiting.at <= tick.now:
            due.append(waiting)
            waiting = next(sendings, None)
        connectors.send(due)
        if due:
            connectors.wait()
            wait_until_caught_up(lag, worker)
        worker.watch()
        clock.tell(tick.now)
        view.time(tick.now, done, len(ticks), sum(connectors.sent.values()))
    return clock, ticks[-1].now


class Clock:
    """Tells every partition how late it is in the demo."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer(
            {
                **settings.librdkafka(),
                "bootstrap.servers": brokers,
                "acks": "all",
                "linger.ms": 0,
                "log_level": 0,
            }
        )

    def tell(self, now: datetime) -> None:
        """Send the time, and wait until it is on its topic."""
        for partition in range(PARTITIONS):
            tick = encode_contract(Tick(now=now, partition=partition))
            self._producer.produce(names.TICKS, tick, str(partition).encode(), partition=partition)
        if self._producer.flush(30):
            raise Trouble("the broker did not take the time", "is it still there?")


def _until_interrupted(worker: DemoWorker, clock: Clock, now: datetime) -> None:
    """Stay up; time goes on as fast as it does, so that nobody takes the stream for silent."""
    begun = time.monotonic()
    try:
        while True:
            worker.watch()
            time.sleep(1)
            clock.tell(now + timedelta(seconds=int(time.monotonic() - begun)))
    except KeyboardInterrupt:
        return


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _summary(brokers: str, played: Play, sent: dict[str, int], seconds: float) -> Summary:
    kafka = settings.librdkafka()
    issued = [
        (decode_contract(Alert, m.value()), m.timestamp()[1])
        for m in bounded(brokers, files.alert_topics(), librdkafka=kafka)
        if m.value()
    ]
    latest = files.read_latest(brokers, [names.RECORDS, names.QUARANTINE, names.WAITING], kafka)
    entries = (decode_contract(QuarantinedMessage, v) for v in latest[names.QUARANTINE].values())
    set_aside = {(e.reason, e.event_id or e.quarantine_id) for e in entries if not e.cleared}
    arrived: dict[str, int] = {}
    inbound = sorted(names.inbound(*pair) for pair in settings.DEFAULT_PARTNERS)
    for message in bounded(brokers, inbound, librdkafka=kafka):
        arrived.setdefault((message.key() or b"").decode(), message.timestamp()[1])
    ticks = sorted(
        (decode_contract(Tick, m.value()).now, m.timestamp()[1])
        for m in bounded(brokers, [names.TICKS], librdkafka=kafka)
    )
    return Summary(
        journeys=played.journeys,
        seconds=seconds,
        messages=sent,
        events=len(arrived),
        records=len(latest[names.RECORDS]),
        waiting=len(latest[names.WAITING]),
        quarantined=Counter(reason for reason, _ in set_aside),
        alerts=compare(played.labels, (alert for alert, _ in issued)),
        latencies_ms=latencies(issued, arrived, ticks),
    )


def _keep(brokers: str, played: Play, keep: Path, view: View) -> None:
    view.say(f"keeping everything in {keep}")
    kafka = settings.librdkafka()
    write_play(played, keep / "partners")
    for kind in files.KINDS:
        lines = files.export_lines(
            kind, brokers, settings.DEFAULT_PARTNERS, librdkafka=kafka, ids=settings.schema_ids()
        )
        files.write(keep / f"{kind}.jsonl", lines)
    history = files.export_lines(
        "alerts", brokers, settings.DEFAULT_PARTNERS, history=True, librdkafka=kafka
    )
    files.write(keep / "alerts-history.jsonl", history)
    (keep / "labels.jsonl").write_bytes((keep / "partners" / "labels.jsonl").read_bytes())
