"""A worker of the whole line in a process of its own, to be watched from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from schemas import topics
from streams import app
from streams.settings import WorkerSettings
from tests.bench.place import NoFigure, Place
from tests.bench.told import told
from tests.faults.engine_workers import free_port


class LineWorker:
    """One running worker; ends with the block."""

    def __init__(self, place: Place, run: str, topics: tuple[str, ...]) -> None:
        self._place, self._run, self._topics = place, run, topics
        self._port = free_port()
        self.data = place.folder / run
        self._log = (place.folder / f"{run}.log").open("ab")

    def __enter__(self) -> LineWorker:
        self.process: subprocess.Popen[bytes] = self._place.start(
            "line", "worker", self._run, self._port, self._topics, self._log
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        self._log.close()

    def health(self) -> dict[str, Any]:
        """What the worker says of itself; nothing while it does not answer."""
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/health", timeout=2) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except OSError as refusal:
            body = getattr(refusal, "read", None)
            return {} if body is None else json.loads(body() or b"{}")

    def await_running(self, within: float) -> None:
        """Wait until it has its partitions and has restored them."""
        until = time.monotonic() + within
        while True:
            health = self.health()
            if health.get("state") == "running" and health.get("partitions"):
                return
            if self.process.poll() is not None or time.monotonic() > until:
                raise NoFigure(
                    f"the worker does not run: {Path(self._log.name).read_text()[-300:]}"
                )
            time.sleep(0.05)

    def await_idle(self, within: float) -> None:
        """Wait until it has had nothing left to take for three looks."""
        until, quiet = time.monotonic() + within, 0
        while quiet < 3:
            if self.process.poll() is not None or time.monotonic() > until:
                raise NoFigure("what was to be loaded was not loaded in time")
            quiet = quiet + 1 if self.lag() == 0 else 0
            time.sleep(1.1)  # the worker looks at its lag once a second

    def lag(self) -> float | None:
        """Messages that it has yet to take, as its metrics say."""
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=2) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        lags = [line for line in text.splitlines() if "_lag" in line and not line.startswith("#")]
        return sum(float(line.rpartition(" ")[2]) for line in lags) if lags else None

    def resident(self) -> int:
        """Bytes of memory that the process holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def on_disk(self) -> int:
        """Bytes of its tables on disk."""
        return sum(f.stat().st_size for f in self.data.rglob("*") if f.is_file())


def main() -> None:
    """Run the worker; `--messages` is where its health is shown."""
    said = told()
    app.APP_ID = said.run
    settings = WorkerSettings(
        brokers=said.brokers,
        partners=topics.partners_of(said.topics),
        worker="bench",
        folder=said.folder,
        partitions=said.partitions,
        tick_every_s=0,
        static_membership=False,
        http=f"127.0.0.1:{said.messages}",
        loglevel="warning",
    )
    sys.argv[1:] = []
    app.run(settings)


if __name__ == "__main__":
    main()
