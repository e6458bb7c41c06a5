"""How fast the control tower is: `python -m tests.bench.tower [--courses 500 --alerts 5000 --streams 200]`; JSON lines.

A real Kafka holds what a pipeline says of so many courses, and so many open alerts beside; a tower process
reads it. Then pages are asked for, and streams held open while alerts come: an alert counts as seen when
its bytes have reached the last line of an open stream, from before it is sent to its topic.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from confluent_kafka import Producer

from compose.kafka import kafka_for
from compose.ports import LOOPBACK, free_ports
from connectors.simulator.network import inbound
from console import topics as made
from console.tower.folding import FOLDS
from schemas import topics
from schemas.alert import Alert
from schemas.control import Tick
from schemas.exceptions import EXCEPTIONS
from schemas.topics import TopicPlan
from schemas.wire import encode_contract, to_message
from streams.messages import Out
from tests.console.tower.conftest import PASSWORD, until
from tests.console.tower.live_world import environment, tower_process, verb
from tests.console.tower.world import Telling, alert

AT_ONCE, DAYS = 10, timedelta(days=36)
"""So many courses are played together, and cut off so long after the first has begun: many are amid theirs."""
WARM_UP, ROUNDS = 3, 40
FIRST_PAGE_MS, FILTER_MS, SEEN_S, STREAMS = 500.0, 300.0, 2.0, 200
PAGES = {
    "exceptions": "/",
    "courses": "/courses",
    "partners": "/partners",
    "shipments": "/shipments",
}
FILTERS = {
    "severity": "/?severity=S1",
    "hazard and owner": "/?hazard=identity&owner=",
    "text": "/?q=was+scanned",
    "text that nothing holds": "/?q=no+such+word",
    "everything": "/?state=all",
    "courses in trouble": "/courses?trouble=yes",
    "site": "/courses?site=hospital-1",
}

Figures = dict[str, Any]


def main() -> None:
    """Measure what was asked for, and print each figure as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tower", description=__doc__)
    parser.add_argument("--courses", type=int, default=500)
    parser.add_argument("--alerts", type=int, default=5_000)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument(
        "--news", type=int, default=60, help="alerts that come while streams are open"
    )
    args = parser.parse_args()
    held = True
    for line in measure(args.courses, args.alerts, args.streams, args.news):
        print(json.dumps(line), flush=True)
        held = held and all(line["bars"].values())
    raise SystemExit(0 if held else 1)


def measure(courses: int, alerts: int, streams: int, news: int) -> Iterator[Figures]:
    """Every figure, one after the other."""
    said, stated = story(courses, alerts)
    with tempfile.TemporaryDirectory(prefix="v2v-bench-tower-") as name:
        folder = Path(name)
        with kafka_for(folder / "kafka") as brokers:
            client = made.admin(brokers)
            made.apply(client, made.wanted([("mes", "maker-1")]), TopicPlan(partitions=4))
            log = Log(brokers)
            log.says(said)
            with served(brokers, folder) as (address, cookie, token):
                began = time.monotonic()
                until(lambda: _share(address, token) == 1, 300)
                took = time.monotonic() - began
                yield {
                    "job": "tower reads",
                    "messages": len(said),
                    "seconds": round(took, 1),
                    "bars": {},
                }
                with httpx2.Client(
                    base_url=address, timeout=60, headers={"Cookie": cookie}
                ) as browser:
                    found = browser.get("/api/exceptions?state=open").json()["total"]
                    there = browser.get("/api/courses").json()["total"]
                    assert found >= alerts, found
                    assert there >= courses, there
                    yield from paged(browser, PAGES, "first page", FIRST_PAGE_MS)
                    yield from paged(browser, FILTERS, "filter", FILTER_MS)
                yield asyncio.run(live(address, cookie, token, streams, log, stated[:news]))


# ------------------------------------------------------------------------------------- what is said


def story(courses: int, alerts: int) -> tuple[list[Out], list[Alert]]:
    """What a pipeline says of courses amid their journeys, and open alerts beside; the same ones newer."""
    latest: list[Out] = []
    cois: list[str] = []
    ends = None
    for seed in range(1, 1 + -(-courses // AT_ONCE)):
        sent = list(inbound(AT_ONCE, seed))
        ends = sent[0][0] + DAYS
        telling = Telling()
        for at, event in sent:
            if at <= ends:
                telling.take(topics.inbound(event.system, event.partner), to_message(event))
        telling.finish()
        cois += telling.courses
        latest += [out for out in telling.said if out.topic in FOLDS]
    assert ends is not None
    kinds = [kind.code for kind in EXCEPTIONS]
    stated = [
        alert(
            kinds[number % len(kinds)], cois[number % len(cois)], ends,
            harm_in=None if number % 4 == 0 else 1 + number % 200, thing=f"BATCH:{number}",
        )
        for number in range(alerts)
    ]  # fmt: skip
    tick = Out(topics.TICKS, "0", encode_contract(Tick(now=ends)))
    return [*latest, *map(_said, stated), tick], [
        one.model_copy(update={"revision": 2}) for one in stated
    ]


def _said(stated: Alert) -> Out:
    return Out(topics.alerts(stated.hazard), str(stated.alert_id), encode_contract(stated))


class Log:
    """The topics of the cluster, as the pipeline writes them."""

    def __init__(self, brokers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "enable.idempotence": True,
                "linger.ms": 0,
                "log_level": 0,
            }
        )

    def says(self, outs: list[Out]) -> None:
        """Put these on their topics, all acknowledged."""
        for out in outs:
            headers: Any = list(out.headers)
            while True:
                try:
                    self._producer.produce(out.topic, out.value, out.key.encode(), headers=headers)
                    break
                except BufferError:
                    self._producer.poll(0.1)
        assert self._producer.flush(60) == 0


# ------------------------------------------------------------------------------------- the tower


@contextmanager
def served(brokers: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """A tower process with somebody signed in: its address, his cookie, and a dashboard's token."""
    (port,) = free_ports(1)
    stated = environment(brokers, folder, V2V_TOWER_LISTEN=f"{LOOPBACK}:{port}")
    token = verb(stated, "token", "make", "bench").split()[-1]
    with tower_process(folder, stated) as address:
        answer = httpx2.post(f"{address}/sign-in", data={"name": "anna", "password": PASSWORD})
        yield address, answer.headers["set-cookie"].partition(";")[0], token


def _share(address: str, token: str) -> float:
    answer = httpx2.get(
        f"{address}/api/freshness", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    return float(answer.json()["share_read"])


# ------------------------------------------------------------------------------------- what is measured


def paged(browser: httpx2.Client, paths: dict[str, str], job: str, bar: float) -> Iterator[Figures]:
    """How long each of these takes until the last byte of its HTML is here."""
    for name, path in paths.items():
        took, size = [], 0
        for turn in range(WARM_UP + ROUNDS):
            began = time.perf_counter()
            answer = browser.get(path)
            if turn >= WARM_UP:
                took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (path, answer.status_code)
            size = len(answer.content)
        p95 = share(took, 0.95)
        yield {
            "job": job, "of": name, "bytes": size, "median_ms": share(took, 0.5), "p95_ms": p95,
            "max_ms": share(took, 1), "bars": {f"p95 <= {bar:g} ms": p95 <= bar},
        }  # fmt: skip


def share(found: list[float], part: float) -> float:
    """The figure below which this part of them lies."""
    ranked = sorted(found)
    return round(ranked[min(len(ranked) - 1, int(part * len(ranked)))], 1)


async def live(
    address: str, cookie: str, token: str, streams: int, log: Log, news: list[Alert]
) -> Figures:
    """From before an alert is sent to its topic until each open stream has it; pages and dashboards in halves."""
    place = httpx2.get(
        f"{address}/api/freshness", headers={"Authorization": f"Bearer {token}"}, timeout=60
    ).json()["place"]
    seen: dict[str, list[float]] = {str(one.alert_id): [] for one in news}
    ready: set[int] = set()
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        page = (f"/live?state=all&since={place}", {"Cookie": cookie})
        dashboard = (
            "/api/alerts/stream", {"Authorization": f"Bearer {token}", "Last-Event-ID": place},
        )  # fmt: skip
        listening = [
            asyncio.create_task(
                _listens(client, page if number % 2 else dashboard, number, ready, seen)
            )
            for number in range(streams)
        ]
        while len(ready) < streams:
            await asyncio.sleep(0.05)
            assert not any(one.done() for one in listening), "a stream has ended"
        sent: dict[str, float] = {}
        for one in news:
            sent[str(one.alert_id)] = time.monotonic()
            await asyncio.to_thread(log.says, [_said(one)])
            await asyncio.sleep(0.5)
        for _ in range(300):
            if all(len(at) == streams for at in seen.values()):
                break
            await asyncio.sleep(0.1)
        for stream in listening:
            stream.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    took = [at - sent[key] for key, times in seen.items() for at in times]
    missed = streams * len(news) - len(took)
    p95 = share([1000 * one for one in took], 0.95)
    return {
        "job": "seen live", "streams": streams, "alerts": len(news), "never_seen": missed,
        "median_ms": share([1000 * one for one in took], 0.5), "p95_ms": p95,
        "max_ms": share([1000 * one for one in took], 1),
        "bars": {
            f"p95 <= {SEEN_S:g} s": p95 <= SEEN_S * 1000 and not missed,
            f"{STREAMS} streams": streams >= STREAMS,
        },
    }  # fmt: skip


async def _listens(
    client: httpx2.AsyncClient,
    where: tuple[str, dict[str, str]],
    number: int,
    ready: set[int],
    seen: dict[str, list[float]],
) -> None:
    path, headers = where
    waiting = dict.fromkeys(seen)
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            ready.add(number)  # what it says first is how fresh the picture is
            if len(line) < 60:
                continue
            for key in [key for key in waiting if key in line]:
                del waiting[key]
                seen[key].append(time.monotonic())


if __name__ == "__main__":
    main()
