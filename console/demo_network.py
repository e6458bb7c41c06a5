"""The demo's partners and their connectors: six ways in, fed with what a simulated network sends."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compose.ports import LOOPBACK, free_ports
from connectors.pseudonyms import create_key
from connectors.runner import serve
from connectors.settings import ConnectorSettings
from connectors.simulator.schedule import Sending
from console.trouble import Trouble
from schemas.envelope import Environment, System
from schemas.wire import SchemaIds

BY_FOLDER = frozenset({"qms"})
"""Systems that send by the drop folder; the others by HTTP."""
PATIENCE = 120.0


class DemoConnectors:
    """Six running connectors in a thread of their own, each with its door and its outbox."""

    def __init__(
        self,
        folder: Path,
        brokers: str,
        partners: Iterable[tuple[str, str]],
        kafka: Mapping[str, str] | None = None,
        ids: SchemaIds | None = None,
    ) -> None:
        self._ids = ids
        self._folder = folder
        key = folder / "pseudonym.key"
        create_key(key)
        pairs = list(partners)
        ports = free_ports(len(pairs))
        self.settings = {
            system: ConnectorSettings(
                system=System(system),
                partner=partner,
                environment=Environment.SYNTHETIC,
                pseudonym_key=key,
                drop_folder=folder / "drop" / system if system in BY_FOLDER else None,
                quiet_seconds=0,
                poll_seconds=0.05,
                http_port=port,
                outbox=folder / f"{system}.outbox",
                heartbeat_seconds=0,
                brokers=brokers,
                kafka=kafka or {},
            )
            for (system, partner), port in zip(pairs, ports, strict=True)
        }
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._trouble: BaseException | None = None
        self._ready = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name="connectors", daemon=True)
        self._doors: dict[str, http.client.HTTPConnection] = {}
        self._senders = ThreadPoolExecutor(len(pairs))
        self.sent: dict[str, int] = dict.fromkeys(self.settings, 0)

    def start(self) -> None:
        """Open all doors."""
        self._thread.start()
        for _ in self.settings:
            if not self._ready.acquire(timeout=PATIENCE):
                raise Trouble("a connector did not open its door", "see the lines above")
        if self._trouble is not None:
            raise Trouble(f"a connector could not start: {self._trouble}")

    def stop(self) -> None:
        """Close all doors and end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=15)
        self._senders.shutdown(wait=False)

    def _run(self) -> None:
        async def everything() -> None:
            runs = [
                serve(settings, self._stop, lambda _: self._ready.release(), self._ids)
                for settings in self.settings.values()
            ]
            await asyncio.gather(*runs)

        try:
            self._loop.run_until_complete(everything())
        except BaseException as trouble:  # noqa: BLE001 - told to the thread that waits
            self._trouble = trouble
            for _ in self.settings:
                self._ready.release()

    def send(self, sendings: Iterable[Sending]) -> None:
        """Send messages as their partners do, each system one after the other, all systems at once."""
        by_system: dict[str, list[Sending]] = {}
        for sending in sendings:
            by_system.setdefault(sending.system.value, []).append(sending)
        work = [self._senders.submit(self._send_all, *item) for item in by_system.items()]
        for done in work:
            done.result()

    def _send_all(self, system: str, sendings: list[Sending]) -> None:
        for sending in sendings:
            self.sent[system] += 1
            if system in BY_FOLDER:
                self._drop(system, sending)
            else:
                self._post(system, sending.message.body)

    def _drop(self, system: str, sending: Sending) -> None:
        folder = self._folder / "drop" / system
        name = f"{self.sent[system]:06d}-{sending.message.name}"
        part = folder / f".{name}.part"
        part.write_bytes(sending.message.body)
        part.rename(folder / name)

    def _post(self, system: str, body: bytes) -> None:
        door = self._doors.get(system)
        if door is None:
            door = http.client.HTTPConnection(
                LOOPBACK, self.settings[system].http_port, timeout=PATIENCE
            )
            self._doors[system] = door
        while True:
            door.request("POST", f"/{system}", body)
            answer = door.getresponse()
            said = answer.read()
            if answer.status == 202:
                return
            if answer.status != 429:
                raise Trouble(
                    f"the {system} connector answered {answer.status}: {said.decode()[:300]}"
                )
            time.sleep(0.05)

    def caught_up(self) -> bool:
        """Whether everything that was sent is on its topic."""
        return all(self._quiet(system) for system in self.settings)

    def _quiet(self, system: str) -> bool:
        if system in BY_FOLDER:
            folder = self._folder / "drop" / system
            if any(entry.is_file() for entry in folder.iterdir()):
                return False
        health = self.health(system)
        return health["backlog"] == 0 and health["files_waiting"] == 0

    def health(self, system: str) -> dict[str, object]:
        """What a connector says of itself."""
        door = http.client.HTTPConnection(LOOPBACK, self.settings[system].http_port, timeout=10)
        try:
            door.request("GET", "/health")
            found: dict[str, object] = json.loads(door.getresponse().read())
            return found
        finally:
            door.close()

    def wait(self) -> None:
        """Wait until everything that was sent is on its topic."""
        end = time.monotonic() + PATIENCE
        while not self.caught_up():
            if self._trouble is not None:
                raise Trouble(f"a connector ended: {self._trouble}")
            if time.monotonic() > end:
                raise Trouble("the connectors did not catch up", "is the broker still there?")
            time.sleep(0.01)
