"""The demo: Kafka, a worker, six connectors and a network of partners, on this machine, for real."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import Producer

from compose.kafka import kafka_for
from connectors.simulator.network import Play, play
from connectors.simulator.schedule import Sending
from connectors.simulator.writing import write as write_play
from console import files, settings, showing, topics
from console.demo_network import DemoConnectors
from console.demo_view import View
from console.demo_worker import DemoWorker, Lag, wait_until_caught_up
from console.reading import bounded
from console.summary import Summary, compare
from console.trouble import Trouble
from schemas import topics as names
from schemas.alert import Alert
from schemas.control import QuarantinedMessage, Tick
from schemas.topics import TopicPlan
from schemas.wire import decode_contract, encode_contract
from streams.app import APP_ID, sources
from streams.settings import WorkerSettings

STEP = timedelta(hours=12)
PARTITIONS = 4


def demo(
    journeys: Annotated[int, typer.Option(min=1, help="How many therapies to play.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed plays the same network.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="End with the summary.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Leave partner messages, labels and topics here as files.")
    ] = None,
) -> None:
    """Play a network of partners through a real Kafka, and see alerts while time is compressed.

    Without --once everything stays up until you interrupt it, and v2v record and v2v alerts can ask it.

    Example: v2v demo --journeys 40 --once
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Trouble(f"{keep} is not empty", "name a new folder to keep the demo in")
    view = View(quiet=as_json)
    view.say("playing the partners")
    played = play(journeys, seed)
    with _folder() as folder, kafka_for(folder / "kafka") as brokers:
        view.say(f"Kafka answers at {brokers}")
        summary = _run(folder, brokers, played, view, keep, once)
    if as_json:
        showing.json_line(summary.as_json())
    else:
        view.end(summary)
    if summary.alerts.missed or summary.alerts.false:
        raise SystemExit(1)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="v2v-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    folder: Path, brokers: str, played: Play, view: View, keep: Path | None, once: bool
) -> Summary:
    partners = settings.DEFAULT_PARTNERS
    plan = TopicPlan(partitions=PARTITIONS)
    client = topics.admin(brokers)
    topics.apply(client, topics.wanted(partners), plan)
    topics.demand(client, topics.wanted(partners), plan)
    worker = DemoWorker(folder, brokers, PARTITIONS)
    connectors = DemoConnectors(folder, brokers, partners)
    stated = WorkerSettings(brokers=brokers, partners=partners, partitions=PARTITIONS)
    lag = Lag(brokers, APP_ID, sources(stated))
    worker.start()
    try:
        connectors.start()
        view.say("six connectors and one worker are running")
        started = time.monotonic()
        with view.following(brokers):
            _play(brokers, played, connectors, worker, view)
            wait_until_caught_up(lag, worker)
        seconds = time.monotonic() - started
        summary = _summary(brokers, played, connectors.sent, seconds)
        if keep is not None:
            _keep(brokers, played, keep, view)
        if not once:
            view.end(summary)
            view.say(f"still up: V2V_BROKERS={brokers} V2V_PARTITIONS={PARTITIONS} v2v alerts ls")
            view.say("press Ctrl-C to end")
            _until_interrupted(worker)
        return summary
    finally:
        lag.close()
        connectors.stop()
        worker.stop()


def _play(
    brokers: str, played: Play, connectors: DemoConnectors, worker: DemoWorker, view: View
) -> None:
    """Send what is due in each step of time, wait until it is on its topic, then say how late it is."""
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
        worker.watch()
        clock.tell(tick.now)
        view.time(tick.now, done, len(ticks), sum(connectors.sent.values()))


class Clock:
    """Tells every partition how late it is in the demo."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer({"bootstrap.servers": brokers, "acks": "all", "linger.ms": 0})

    def tell(self, now: datetime) -> None:
        """Send the time, and wait until it is on its topic."""
        for partition in range(PARTITIONS):
            tick = encode_contract(Tick(now=now, partition=partition))
            self._producer.produce(names.TICKS, tick, str(partition).encode(), partition=partition)
        if self._producer.flush(30):
            raise Trouble("the broker did not take the time", "is it still there?")


def _until_interrupted(worker: DemoWorker) -> None:
    try:
        while True:
            worker.watch()
            time.sleep(0.5)
    except KeyboardInterrupt:
        return


def _summary(brokers: str, played: Play, sent: dict[str, int], seconds: float) -> Summary:
    issued = [m for m in bounded(brokers, files.alert_topics()) if m.value()]
    history = [decode_contract(Alert, m.value()) for m in issued]
    latest = files.read_latest(brokers, [names.RECORDS, names.QUARANTINE, names.WAITING])
    entries = (decode_contract(QuarantinedMessage, v) for v in latest[names.QUARANTINE].values())
    set_aside = {(e.reason, e.event_id or e.quarantine_id) for e in entries if not e.cleared}
    arrived: dict[str, int] = {}
    for message in bounded(brokers, files.inbound_topics(settings.DEFAULT_PARTNERS)[:-1]):
        arrived.setdefault((message.key() or b"").decode(), message.timestamp()[1])
    return Summary(
        journeys=played.journeys,
        seconds=seconds,
        messages=sent,
        events=len(arrived),
        records=len(latest[names.RECORDS]),
        waiting=len(latest[names.WAITING]),
        quarantined=Counter(reason for reason, _ in set_aside),
        alerts=compare(played.labels, history),
        latencies_ms=_latencies(list(zip(history, issued, strict=True)), arrived),
    )


def _latencies(issued: list[tuple[Alert, object]], arrived: dict[str, int]) -> list[float]:
    """Milliseconds from the last event an alert rests on to the alert, for alerts that a fact raised."""
    found: list[float] = []
    for alert, message in issued:
        times = [arrived[str(e)] for e in alert.evidence if str(e) in arrived]
        if alert.revision == 1 and times:
            apart = message.timestamp()[1] - max(times)  # type: ignore[attr-defined]
            if 0 <= apart < 2_000:  # later ones were raised by a deadline, not by the event
                found.append(float(apart))
    return found


def _keep(brokers: str, played: Play, keep: Path, view: View) -> None:
    view.say(f"keeping everything in {keep}")
    write_play(played, keep / "partners")
    for kind in files.KINDS:
        lines = files.export_lines(kind, brokers, settings.DEFAULT_PARTNERS)
        files.write(keep / f"{kind}.jsonl", lines)
    history = files.export_lines("alerts", brokers, settings.DEFAULT_PARTNERS, history=True)
    files.write(keep / "alerts-history.jsonl", history)
    (keep / "labels.jsonl").write_bytes((keep / "partners" / "labels.jsonl").read_bytes())
