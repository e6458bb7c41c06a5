"""A network of partners through a real Kafka and a real worker, with a tower beside it that somebody has acted in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from compose.kafka import kafka_for
from compose.ports import LOOPBACK, free_ports
from connectors.simulator.network import alive, inbound
from console import files
from console.demo_place import worker_on
from console.demo_worker import wait_until_caught_up
from schemas import topics
from schemas.control import Tick
from schemas.envelope import Event, Identifier, Scheme, System
from schemas.laboratory import SampleRegistered
from schemas.lines import Arrival
from schemas.platform import PartnerHeartbeat
from schemas.wire import WireMessage, decode_contract, encode_contract, to_message
from tests.console.tower.conftest import PASSWORD, until

ROOT = Path(__file__).parents[3]
TOWER = (sys.executable, "-m", "console.v2v", "tower")
JOURNEYS, SEED, DAYS = 10, 5, 39
STEP = timedelta(days=3)
NUMBERED = (1, 2, 3, 6, 8, 9)
"""The numbers that one partner gives: two stretches are missing."""

Row = dict[str, Any]


def arrivals() -> Iterator[Arrival]:
    """A network cut off amid its journeys, with heartbeats, numbers, what waits and what is refused."""
    told = list(inbound(JOURNEYS, SEED, passing=True))
    begins = told[0][0]
    ends = begins + timedelta(days=DAYS)
    told = [(at, event) for at, event in told if at <= ends]
    made = [event.event_id for _, event in told if event.type_name().startswith("manufacture.")]
    numbers = dict(zip(dict.fromkeys(made), NUMBERED, strict=False))
    sent: list[tuple[datetime, Event]] = [
        (at, event.model_copy(update={"sequence": numbers.get(event.event_id, event.sequence)}))
        for at, event in told
    ]
    sent += [(ends - timedelta(days=1), lost(ends)), *alive(begins, ends)]
    sent.sort(key=lambda one: (one[0], str(one[1].event_id)))
    due = begins + STEP
    for at, event in sent:
        while due <= at:
            yield topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=due)))
            due += STEP
        yield topics.inbound(event.system, event.partner), to_message(event)
    yield from refused(ends)
    yield topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=ends)))


def lost(ends: datetime) -> SampleRegistered:
    """An event whose identifiers lead nowhere, so that it waits."""
    return SampleRegistered(
        event_id=UUID(int=77),
        occurred_at=ends - timedelta(days=1),
        system=System.LIMS,
        partner="lab-1",
        identifiers=(Identifier(scheme=Scheme.SAMPLE, value="OF-NOBODY"),),
    )


def refused(at: datetime) -> Iterator[Arrival]:
    """Three messages that the door sets aside, for two reasons."""
    place = topics.inbound("lims", "lab-1")
    for number in (1, 2):
        key = str(UUID(int=number)).encode()
        yield place, WireMessage(key, b"\xc3\x01 nothing at all %d" % number)
    beat = PartnerHeartbeat(
        event_id=UUID(int=9), occurred_at=at, system=System.QMS, partner="maker-1",
        interface=System.QMS,
    )  # fmt: skip
    yield place, to_message(beat)  # in the laboratory's place


@dataclass(frozen=True)
class LiveTower:
    """A tower that runs as it would for people, and somebody who is signed in to it."""

    brokers: str
    folder: Path
    browser: httpx2.Client
    metrics: str

    def page(self, path: str) -> str:
        """A page, as it is sent."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        return str(answer.text)

    def api(self, path: str) -> Any:
        """What the API says."""
        answer = self.browser.get(f"/api{path}")
        assert answer.status_code == 200, (path, answer.text[:300])
        return answer.json()

    def now(self) -> datetime:
        """How late it is in the stream, by the tower."""
        return datetime.fromisoformat(self.api("/freshness")["now"])

    def every(self, path: str, limit: int = 7) -> list[Row]:
        """All rows of a list of the API, page by page; its total is that of the rows."""
        more = "&" if "?" in path else "?"
        told = self.api(f"{path}{more}limit={limit}")
        rows = list(told["rows"])
        while told["next"]:
            told = self.api(f"{path}{more}limit={limit}&cursor={told['next']}")
            rows += told["rows"]
        assert told["total"] == len(rows), path
        return rows

    def every_event(self, coi: str) -> list[Row]:
        """Every event of a course."""
        return list(self.api(f"/courses/{coi}/events")["rows"])

    def acts(self, alert: Row, **said: str) -> Row:
        """Somebody says something about an exception, and sees what the stream made of it."""
        path = f"/api/exceptions/{alert['alert_id']}"
        token = self.page("/").partition('name="csrf" value="')[2].partition('"')[0]
        headers = {"X-CSRF-Token": token}
        wish: Row = {"revision": alert["revision"], **said}
        answer = self.browser.post(f"{path}/actions", json=wish, headers=headers)
        assert answer.status_code == 202, answer.text

        def newer() -> Row | None:
            now: Row = self.browser.get(path).json()
            return now if now["revision"] > alert["revision"] else None

        return dict(until(newer, 60))


def environment(brokers: str, folder: Path, **more: str) -> dict[str, str]:
    """This process's environment without its settings, and with a tower's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("V2V_") or k == "V2V_CACHE"}
    stated = {"PYTHONPATH": str(ROOT), "V2V_BROKERS": brokers, "V2V_HOME": str(folder)}
    return {**kept, **stated, "V2V_TOWER_CLOCK": "stream", **more}


def verb(stated: dict[str, str], *words: str, said: str = "") -> str:
    """What one of the tower's verbs answers."""
    done = subprocess.run(
        [*TOWER, *words], env=stated, cwd=ROOT, input=said, text=True, capture_output=True, check=True
    )  # fmt: skip
    return done.stdout.strip()


@contextmanager
def tower_process(folder: Path, stated: dict[str, str]) -> Iterator[str]:
    """A tower process to which anna of the quality unit may sign in; its address, once it answers."""
    who = ("add", "anna", "--staff-code", "STAFF-17", "--role", "quality")
    verb(stated, "user", *who, said=f"{PASSWORD}\n")
    with (folder / "tower.log").open("ab") as log:
        process = subprocess.Popen([*TOWER, "run"], env=stated, cwd=ROOT, stderr=log)
    try:
        address = f"http://{stated['V2V_TOWER_LISTEN']}"
        until(lambda: answers(address), 60)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    """Whether a tower lets people come to its door by now."""
    try:
        return httpx2.get(f"{address}/sign-in").status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def tower_on(brokers: str, folder: Path) -> Iterator[LiveTower]:
    """A tower process with somebody of the quality unit in front of it, once it has read everything."""
    listen, metrics = (f"{LOOPBACK}:{port}" for port in free_ports(2))
    stated = environment(
        brokers, folder, V2V_TOWER_LISTEN=listen, V2V_TOWER_METRICS=metrics,
        V2V_TOWER_SILENT_SECONDS="3600",
    )  # fmt: skip
    with (
        tower_process(folder, stated) as address,
        httpx2.Client(base_url=address, timeout=30) as browser,
    ):
        browser.post("/sign-in", data={"name": "anna", "password": PASSWORD})
        tower = LiveTower(brokers, folder, browser, f"http://{metrics}/metrics")
        until(lambda: tower.api("/freshness")["share_read"] == 1, 60)
        yield tower


@contextmanager
def lived(folder: Path, acting: Callable[[LiveTower], None]) -> Iterator[LiveTower]:
    """The network played to its end with a worker and a tower running, and with what people did then."""
    told = list(arrivals())
    partners = topics.partners_of(topic for topic, _ in told)
    with (
        kafka_for(folder / "kafka") as brokers,
        worker_on(folder, brokers, partners) as (worker, lag),
    ):
        worker.wait()
        with tower_on(brokers, folder) as tower:
            for is_time, said in groupby(told, lambda arrival: arrival[0] == topics.TICKS):
                files.publish(brokers, list(said))
                if not is_time:
                    wait_until_caught_up(lag, worker)
            wait_until_caught_up(lag, worker)
            until(lambda: tower.now() == decode_contract(Tick, told[-1][1].value).now, 60)
            acting(tower)
            wait_until_caught_up(lag, worker)
            yield tower
