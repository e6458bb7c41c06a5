"""Simulated journeys through a real Kafka and a real worker, for the same judgement as without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from compose.kafka import kafka_for
from console import files, settings, showing
from console.demo_place import PARTITIONS, make_topics, passing_folder
from console.demo_worker import DemoWorker, Lag, wait_until_caught_up
from console.reading import bounded
from schemas import topics
from schemas.alert import Alert
from schemas.lines import Arrival
from schemas.wire import decode_contract
from streams.app import APP_ID, sources
from streams.settings import WorkerSettings

EVERY = timedelta(hours=12)
"""How often it is said how late it is: each time everything said before has to be taken in first."""


def run(arrivals: Iterable[Arrival]) -> tuple[int, list[Alert]]:
    """How many events went through, and every alert that was issued on the way."""
    told, kafka = list(arrivals), settings.librdkafka()
    partners = partners_of(told)
    with passing_folder("v2v-accuracy-") as place, kafka_for(place / "kafka") as brokers:
        make_topics(brokers, partners)
        worker = DemoWorker(place, brokers, partners, PARTITIONS)
        stated = WorkerSettings(brokers=brokers, partners=partners, partitions=PARTITIONS)
        lag = Lag(brokers, APP_ID, sources(stated), kafka)
        worker.start()
        try:
            worker.wait()
            events = _told(told, brokers, worker, lag)
        finally:
            lag.close()
            worker.stop()
        issued = bounded(brokers, files.alert_topics(), librdkafka=kafka)
        return events, [decode_contract(Alert, m.value()) for m in issued if m.value()]


def partners_of(told: Iterable[Arrival]) -> tuple[tuple[str, str], ...]:
    """Everybody who says anything: a fault may bring in a partner that the network does not have."""
    said = {topics.partner_of(topic) for topic, _ in told} - {None}
    return tuple(sorted(pair for pair in said if pair is not None))


def _told(told: Sequence[Arrival], brokers: str, worker: DemoWorker, lag: Lag) -> int:
    """Send what is said between two times, wait until it is taken in, then tell the time."""
    total = sum(topic != topics.TICKS for topic, _ in told)
    events = 0
    with showing.progress("playing live") as heard:
        for is_time, said in groupby(told, lambda arrival: arrival[0] == topics.TICKS):
            lines = list(said)
            files.publish(brokers, lines, settings.librdkafka())
            if not is_time:
                events += len(lines)
                wait_until_caught_up(lag, worker)
                heard(events, total)
            worker.watch()
    wait_until_caught_up(lag, worker)
    return events
