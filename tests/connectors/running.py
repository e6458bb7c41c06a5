"""A whole connector in a process of its own, and what it has published as any reader sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from confluent_kafka import Consumer, KafkaException, Message
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.pseudonyms import create_key
from schemas import topics

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
exec(os.environ.get("V2V_TEST_PLANT", ""))  # a mistake that a fault run must find
from connectors.runner import MISCONFIGURED, run
from connectors.settings import Misconfigured, read_settings
try:
    settings = read_settings(os.environ["SYSTEM"], os.environ)
except Misconfigured as error:
    sys.exit(f"{error}")
sys.exit(run(settings, lambda said: print(said, flush=True)))
"""


def make_topics(servers: str, partner: str, partitions: int = 3) -> str:
    """The topics that a logistics connector of this partner needs; the inbound one is returned."""
    inbound = topics.inbound("logistics", partner)
    admin = AdminClient({"bootstrap.servers": servers})
    for name in (inbound, topics.QUARANTINE):
        for made in admin.create_topics([NewTopic(name, partitions, 1)]).values():
            try:
                made.result(30)
            except KafkaException as error:
                if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                    raise
    return inbound


@dataclass
class ConnectorProcess:
    """A logistics connector that may be ended and started again, always on the same outbox."""

    folder: Path
    servers: str
    partner: str
    more: dict[str, str] = field(default_factory=dict)
    address: str = ""
    _process: subprocess.Popen[str] | None = None

    @property
    def drop_folder(self) -> Path:
        return self.folder / "in"

    @property
    def pid(self) -> int:
        """The number of its present process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it says besides where it takes messages."""
        return self.folder / "log"

    def start(self) -> ConnectorProcess:
        """Start it and wait until it takes messages."""
        self._process = self._started()
        assert self._process.stdout is not None
        with self._process.stdout as announced:
            said = announced.readline()
        assert "takes messages at" in said, said + self.log.read_text()
        self.address = said.split()[5]
        return self

    def exit(self) -> tuple[int, str]:
        """Start it and wait until it ends by itself; the exit code and what it said."""
        process = self._started()
        said, _ = process.communicate(timeout=60)
        return process.returncode, said + self.log.read_text()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> tuple[int, float]:
        """End it by SIGTERM; the exit code, and the seconds that it took."""
        assert self._process is not None
        began = monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(30)
        return code, monotonic() - began

    def send(self, body: bytes) -> int:
        """Send a message by HTTP; the status of the answer, 0 when there is none."""
        request = urllib.request.Request(self.address, body)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def ask(self, path: str) -> str:
        """What an address beside the door says."""
        with urllib.request.urlopen(self.address.rpartition("/")[0] + path, timeout=20) as reply:
            return str(reply.read().decode())

    def _started(self) -> subprocess.Popen[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self.folder / "key"
        create_key(key)
        settings = {
            "SYSTEM": "logistics",
            "PYTHONPATH": str(ROOT),
            "V2V_BROKERS": self.servers,
            "V2V_CONNECTOR_PARTNER": self.partner,
            "V2V_CONNECTOR_PSEUDONYM_KEY": str(key),
            "V2V_CONNECTOR_OUTBOX": str(self.folder / "outbox"),
            "V2V_CONNECTOR_DROP_FOLDER": str(self.drop_folder),
            "V2V_CONNECTOR_QUIET_SECONDS": "0",
            "V2V_CONNECTOR_POLL_SECONDS": "0.05",
            "V2V_CONNECTOR_HEARTBEAT_SECONDS": "0",
        }
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | settings | self.more,
            )


@dataclass(frozen=True)
class Published:
    """One message on a topic."""

    partition: int
    key: str
    value: bytes
    headers: dict[str, bytes]


def _headers(message: Message) -> list[tuple[str, bytes]]:
    told = message.headers() or []
    pairs = told.items() if isinstance(told, dict) else told
    return [(name, content) for name, content in pairs if isinstance(content, bytes)]


def published(
    servers: str, topic: str, until: Callable[[list[Published]], bool], seconds: float = 60
) -> list[Published]:
    """Everything on the topic, in order within each partition, once it is as the test waits for."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": f"reader-{os.getpid()}-{topic}-{monotonic()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 0,
        }
    )
    consumer.subscribe([topic])
    found: list[Published] = []
    deadline = monotonic() + seconds
    try:
        while not until(found):
            assert monotonic() < deadline, f"only {len(found)} messages came on {topic}"
            for message in consumer.consume(500, 0.2):
                if message.error() is None:
                    headers = dict(_headers(message))
                    key, value = message.key() or b"", message.value() or b""
                    found.append(Published(message.partition() or 0, key.decode(), value, headers))
    finally:
        consumer.close()
    return found
