"""Running a tower: one process that reads the log, keeps its copy and serves the pages."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from console import files
from console.tower.counting import counted
from console.tower.people_file import PeopleFile
from console.tower.read_model import ReadModel
from console.tower.reader import Reader, Reading, now_in_utc
from console.tower.settings import TowerSettings
from console.tower.site import site
from console.tower.tower import Tower
from console.trouble import Trouble
from schemas.wire import SchemaIds

GRACE_SECONDS = 3
ENDING = (signal.SIGINT, signal.SIGTERM)
Progress = Callable[[int, int], None]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder for the length of the block; one clear error where another tower has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tower.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble(
                f"a tower runs in {folder}", "end it first, or name another V2V_TOWER_FOLDER"
            ) from None
        yield


class Running:
    """A tower that can be started and ended, in this process."""

    def __init__(
        self,
        settings: TowerSettings,
        brokers: str,
        librdkafka: Mapping[str, Any],
        ids: SchemaIds | None = None,
    ) -> None:
        self.settings = settings
        self._model = ReadModel(settings.read_model, now_in_utc(), ids)
        self._people = PeopleFile(settings.people)
        publish = functools.partial(_publish, brokers, librdkafka)
        self.tower = Tower(settings, self._people, publish, now_in_utc, self._heard)
        self._reading = Reading(
            lambda: Reader(self._model, brokers, librdkafka), self.tower.bell.ring
        )
        host, _, port = settings.listen.rpartition(":")
        configured = uvicorn.Config(
            site(self.tower),
            host=host,
            port=int(port),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Server(configured, self.tower.bell.close)

    def _heard(self) -> tuple[str | None, float]:
        return self._reading.trouble, self._reading.share_read

    def serve(self, said: Callable[[str], None]) -> None:
        """Serve until the process is told to end."""
        with alone(self.settings.folder), self._reads():
            said(f"the tower is at {self.settings.origin}")
            self._server.run()

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Serve in a thread for the length of the block."""
        with alone(self.settings.folder), self._reads():
            thread = threading.Thread(target=self._server.run, name="tower", daemon=True)
            thread.start()
            while not self._server.started and thread.is_alive():
                thread.join(0.02)
            if not thread.is_alive():
                raise Trouble("the tower did not start", "see the lines above")
            try:
                yield
            finally:
                self._server.should_exit = True
                self.tower.bell.close()
                thread.join(timeout=GRACE_SECONDS * 3)

    @contextmanager
    def _reads(self) -> Iterator[None]:
        _demand_free("V2V_TOWER_LISTEN", self.settings.listen)
        if self.settings.metrics is not None:
            _demand_free("V2V_TOWER_METRICS", self.settings.metrics)
        self._reading.start()
        try:
            with counted(self.tower, self.settings.metrics):
                yield
        finally:
            self._reading.stop()
            self._model.close()
            self._people.close()


class _Server(uvicorn.Server):
    """A server that is told to end by a signal, lets open streams go, and leaves the rest to be tidied up."""

    def __init__(self, config: uvicorn.Config, ends: Callable[[], None]) -> None:
        super().__init__(config)
        self._ends = ends

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear the signals, and do not raise them again: the caller has a reader and files to close."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in ENDING}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to end."""
        self._ends()
        super().handle_exit(sig, frame)


def _demand_free(setting: str, listen: str) -> None:
    host, _, port = listen.rpartition(":")
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as wrong:
            raise Trouble(
                f"{setting}: {listen} cannot be used: {wrong.strerror}",
                "end what listens there, or name another port",
            ) from wrong


def _publish(brokers: str, librdkafka: Mapping[str, Any], messages: list[Any]) -> None:
    files.publish(brokers, messages, librdkafka)


def rebuild(
    settings: TowerSettings,
    brokers: str,
    librdkafka: Mapping[str, Any],
    ids: SchemaIds | None,
    progress: Progress,
) -> int:
    """Read everything anew beside the old file, then put it in its place; how many messages that were."""
    with alone(settings.folder):
        made = settings.read_model.with_suffix(".new.sqlite")
        _remove(made)
        model = ReadModel(made, now_in_utc(), ids)
        reader = Reader(model, brokers, librdkafka)
        taken = 0
        try:
            reader.begin()
            while reader.share_read < 1:
                taken += reader.step()
                progress(int(reader.share_read * 100), 100)
            taken += reader.step(0)
        finally:
            reader.close()
            model.close()
        _remove(settings.read_model)
        made.rename(settings.read_model)
        return taken


def _remove(path: Path) -> None:
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
