"""One run: a connector that is killed again and again while three ways in bring messages, and a broker that comes and goes."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from compose.kafka import LocalKafka
from connectors.connector import Mapped, Partner, Raw
from connectors.logistics.translate import translate
from connectors.pseudonyms import Withheld
from schemas.envelope import System
from tests.connectors.messages import departure, drop
from tests.connectors.running import ConnectorProcess, Published, make_topics, published
from tests.faults.connector_account import Account, account
from tests.faults.disks import SYNCING, SmallDisk, failing, may_mount, may_trace

PARTNER = "courier"
THEIRS = "courier-own"
HTTP, FOLDER, TOPIC, HURT = 0, 1_000_000, 2_000_000, 3_000_000
"""Where the numbers of each way in begin, and those of what is sent while the disk is hurt."""
REFUSALS = 20
"""So often it must say no while its disk is hurt."""

PLANTS = {
    "answer-early": """
from connectors.doors import intake
from connectors.kept import Receipt
from connectors.lines import digest_of
async def keep(self, raw):
    import asyncio
    asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(self._receive([raw])))
    return Receipt(digest_of(raw.body), False)
intake.Intake.keep = keep
""",
    "forget-early": """
from connectors import delivery
def deliver(outbox, publisher, partner, stopped):
    waiting = outbox.unpublished(2000)
    outbox.published([place for place, _ in waiting])
    publisher.publish([line for _, line in waiting], stopped)
    return bool(waiting)
import connectors.running
connectors.running.deliver = deliver
""",
    "place-first": """
from connectors import outbox
receive = outbox.Outbox.receive
def late(self, raws, now, places=outbox.NOWHERE):
    if places:
        receive(self, (), now, places)
        import time
        time.sleep(0.05)
    return receive(self, raws, now)
outbox.Outbox.receive = late
""",
}
"""Mistakes that break the promise on purpose: each must be found."""


@dataclass
class Run:
    """The connector under fault, what was sent to it, and the chance that decides when it dies."""

    folder: Path
    servers: str
    broker: LocalKafka | None
    seed: int
    plant: str | None
    say: Callable[[str], None]
    sent: dict[str, list[str]] = field(default_factory=dict)
    kills: int = 0
    troubles: list[str] = field(default_factory=list)
    """What a disk that was full or failed had it do, and must not have."""
    hurt: list[str] = field(default_factory=list)
    """What its disk went through, as far as this machine lets anybody do it."""
    _unanswered: int = HTTP
    broker_kills: int = 0
    _began: float = field(default_factory=time.monotonic)
    _over: Event = field(default_factory=Event)
    _failed: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self.sent = {"http": [], "folder": [], "topic": [], "hurt": []}
        self._outbox = self.folder / "disk" / "outbox"
        self.disk = SmallDisk(self._outbox.parent)
        self.inbound = make_topics(self.servers, PARTNER)
        admin = AdminClient({"bootstrap.servers": self.servers})
        if THEIRS not in admin.list_topics(timeout=10).topics:
            admin.create_topics([NewTopic(THEIRS, 1, 1)])[THEIRS].result(30)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.connector = ConnectorProcess(
            self.folder / "connector",
            self.servers,
            PARTNER,
            {
                "V2V_CONNECTOR_HTTP_PORT": str(port),
                "V2V_CONNECTOR_SOURCE_TOPICS": THEIRS,
                "V2V_CONNECTOR_OUTBOX": str(self._outbox),
                "V2V_TEST_PLANT": PLANTS.get(self.plant or "", ""),
            },
        )
        self.connector.address = f"http://127.0.0.1:{port}/logistics"

    def perform(self, kills: int, most: int) -> None:
        """Kill the connector so often, while every way in brings at most so many messages."""
        ways = [
            Thread(target=self._guarded, args=(way, most), name=way.__name__)
            for way in (self._by_http, self._by_folder, self._by_topic)
        ]
        for way in ways:
            way.start()
        try:
            self._deaths(kills)
            self.say(f"{time.monotonic() - self._began:.0f} s: the disk")
            self._hurts()
            self.say(f"{time.monotonic() - self._began:.0f} s: hurt")
        finally:
            self._over.set()
            for way in ways:
                way.join()
        if self._failed:
            raise self._failed[0]

    def settle(self, seconds: float) -> Account:
        """Let the connector come to rest with the broker there, and compare."""
        if self.broker is not None:
            self.broker.start(0)
        self.connector.start()
        # it may be on disk, only the answer died: a partner sends it again until it hears of it
        while self.connector.send(departure(self._unanswered)) != 202:
            time.sleep(0.1)
        self.sent["http"].append(event_of(self._unanswered))
        wanted = {key for keys in self.sent.values() for key in keys}
        deadline = time.monotonic() + seconds

        def complete(found: list[Published]) -> bool:
            return wanted <= {m.key for m in found} or time.monotonic() > deadline

        found = published(self.servers, self.inbound, complete, seconds + 30)
        self.connector.end()
        return account(self.inbound, self.sent, found)

    # ---------------------------------------------------------------------------------- faults

    def _deaths(self, kills: int) -> None:
        """Kill at points of chance: while it starts, while it takes, while the broker is away."""
        away = False
        while self.kills < kills:
            process = self.connector._started()
            assert process.stdout is not None
            if self._chance.random() < 0.8:
                process.stdout.readline()  # it takes messages now
            time.sleep(self._chance.uniform(0.0, 0.7))
            process.kill()
            process.wait()
            process.stdout.close()
            self.kills += 1
            if self.broker is not None and self._chance.random() < 0.2:
                if away:
                    self.broker.start(0)
                else:
                    self.broker.kill(0)
                    self.broker_kills += 1
                away = not away
            if self.kills % 10 == 0:
                counts = ", ".join(f"{way} {len(keys)}" for way, keys in self.sent.items())
                self.say(f"{self.kills} kills, broker {self.broker_kills}; sent: {counts}")

    def _hurts(self) -> None:
        """Its disk is full for a while, and for another while nothing is written through to it."""
        if self.broker is not None:
            self.broker.start(0)
        self.connector.start()
        if may_mount():
            self.disk.fill()
            self._refuses("full", "database or disk is full")
            self.disk.free()
            self._takes_again("full")
            self.hurt.append("outbox's disk full")
        if not may_trace():
            self.connector.kill()
            return
        files = [self._outbox.with_name(self._outbox.name + end) for end in ("", "-wal")]
        with failing(self.connector.pid, files, SYNCING) as injected:
            self._refuses("failing", "disk I/O error")
        if not injected.count:
            self.troubles.append("no write to disk failed")
        self._takes_again("failing")
        self.hurt.append("syncs of outbox fail")
        self.connector.kill()

    def _refuses(self, disk: str, words: str) -> None:
        """Send until it has refused so often in a row; what was acknowledged before that was sent."""
        refused, until = 0, time.monotonic() + 30
        while refused < REFUSALS and time.monotonic() < until:
            refused = 0 if self._one_more() else refused + 1
        if refused < REFUSALS:
            self.troubles.append(f"on a {disk} disk it went on to acknowledge")
        if words not in self.connector.log.read_text():
            self.troubles.append(f"on a {disk} disk it did not say {words!r}")

    def _takes_again(self, disk: str) -> None:
        until = time.monotonic() + 30
        while not self._one_more():
            if time.monotonic() > until:
                self.troubles.append(f"after a {disk} disk it took nothing for 30 s")
                return
            time.sleep(0.1)

    def _one_more(self) -> bool:
        """Send the next message, or the last one again, and see whether it was acknowledged."""
        number = HURT + len(self.sent["hurt"])
        acknowledged = self.connector.send(departure(number)) == 202
        if acknowledged:
            self.sent["hurt"].append(event_of(number))
        return acknowledged

    # ------------------------------------------------------------------------------------ ways

    def _guarded(self, way: Callable[[int], None], most: int) -> None:
        try:
            way(most)
        except BaseException as failure:  # noqa: BLE001 - the run reports it, no thread dies alone
            self._failed.append(failure)

    def _by_http(self, most: int) -> None:
        """Send the next message only when the one before was acknowledged, as partners do."""
        number = HTTP
        while not self._over.is_set() and number < HTTP + most:
            if self.connector.send(departure(number)) == 202:
                self.sent["http"].append(event_of(number))
                number += 1
            else:
                self._over.wait(0.05)
        self._unanswered = number

    def _by_folder(self, most: int) -> None:
        """Drop files, each whole."""
        for number in range(FOLDER, FOLDER + most):
            if self._over.wait(0.02):
                return
            drop(self.connector.drop_folder, f"{number}.json", departure(number))
            self.sent["folder"].append(event_of(number))

    def _by_topic(self, most: int) -> None:
        """Publish on the partner's own topic; what its broker has confirmed was sent."""
        producer = Producer(
            {
                "bootstrap.servers": self.servers,
                "enable.idempotence": True,
                "message.timeout.ms": 0,
                "log_level": 0,
            }
        )

        def confirmed(error, message) -> None:
            assert error is None, error
            self.sent["topic"].append(event_of(int(message.key())))

        for number in range(TOPIC, TOPIC + most):
            if self._over.wait(0.02):
                break
            producer.produce(THEIRS, departure(number), str(number).encode(), on_delivery=confirmed)
            producer.poll(0)
        if self.broker is not None:
            self.broker.start(0)
        assert producer.flush(120) == 0


def event_of(number: int) -> str:
    """The id of the event that follows from the departure of this number."""
    about = Partner(name=PARTNER, system=System.LOGISTICS)
    (decision,) = translate(Raw("", departure(number)), about, Withheld(), ())
    assert isinstance(decision, Mapped)
    return str(decision.events[0].event_id)
