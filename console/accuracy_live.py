"""Simulated journeys through a real Kafka and a real worker, for the same judgement as without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from compose.kafka import kafka_for
from console import files, settings, showing
from console.demo_place import passing_folder, worker_on
from console.demo_worker import DemoWorker, Lag, wait_until_caught_up
from console.reading import bounded
from schemas import topics
from schemas.alert import Alert
from schemas.lines import Arrival
from schemas.wire import decode_contract

EVERY = timedelta(hours=12)
"""How often it is said how late it is: each time everything said before has to be taken in first."""


def run(arrivals: Iterable[Arrival]) -> tuple[int, list[Alert]]:
    """How many events went through, and every alert that was issued on the way."""
    told = list(arrivals)
    partners = partners_of(told)
    with passing_folder("v2v-accuracy-") as place, kafka_for(place / "kafka") as brokers:
        with worker_on(place, brokers, partners) as (worker, lag):
            worker.wait()
            events = _told(told, brokers, worker, lag)
        issued = bounded(brokers, files.alert_topics(), librdkafka=settings.librdkafka())
        return events, [decode_contract(Alert, m.value()) for m in issued if m.value()]


def partners_of(told: Iterable[Arrival]) -> tuple[tuple[str, str], ...]:
    """Everybody who says anything: a fault may bring in a partner that the network does not have."""
    return topics.partners_of(topic for topic, _ in told)


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
