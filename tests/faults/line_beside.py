"""What goes on beside the line while it works: somebody replays it all, and a tower stands still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from compose.ports import LOOPBACK, free_ports
from tests.console.tower.conftest import PASSWORD, until
from tests.console.tower.live_world import LiveTower, environment, tower_process

KEPT = ("V2V_PARTNERS", "V2V_PARTITIONS")
CATCHES_UP_WITHIN_S = 60


def replay_from_kafka(folder: Path) -> str | None:
    """Replay what is on the topics by now, as `v2v replay --from kafka` does; what went wrong, if anything."""
    command = [sys.executable, "-m", "console.v2v", "replay", "--from", "kafka"]
    done = subprocess.run(
        [*command, "--to", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"the replay exited {done.returncode}: {done.stderr.strip()[-300:]}"
    if not (folder / "records.jsonl").stat().st_size:
        return "the replay found no record"
    return None


class StillTower:
    """A tower that has been stopped where it stood."""

    def __init__(self, tower: LiveTower, process: psutil.Process) -> None:
        self._tower, self._process = tower, process

    def goes_on(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def await_shown(self, wanted: Callable[[], set[str]]) -> str | None:
        """Wait until it shows exactly these open exceptions; what it shows instead, if it never does."""
        shown: set[str] = set()

        def right() -> bool:
            shown.clear()
            shown.update(row["alert_id"] for row in self._tower.every("/exceptions", 200))
            return shown == wanted()

        try:
            until(right, CATCHES_UP_WITHIN_S)
        except AssertionError:
            return f"the tower shows {len(shown)} open exceptions, not {len(wanted())}"
        return None


@contextmanager
def still_tower(brokers: str, folder: Path) -> Iterator[StillTower]:
    """A tower that has read everything, and then stands still."""
    folder.mkdir()
    listen = f"{LOOPBACK}:{free_ports(1)[0]}"
    kept = {name: os.environ[name] for name in KEPT}
    stated = environment(brokers, folder, V2V_TOWER_LISTEN=listen, **kept)
    with (
        tower_process(folder, stated) as address,
        httpx2.Client(base_url=address, timeout=60) as browser,
    ):
        browser.post("/sign-in", data={"name": "anna", "password": PASSWORD})
        tower = LiveTower(brokers, folder, browser, "")
        until(lambda: tower.api("/freshness")["share_read"] == 1, CATCHES_UP_WITHIN_S)
        (process,) = (child for child in psutil.Process().children() if "tower" in child.cmdline())
        process.send_signal(signal.SIGSTOP)
        still = StillTower(tower, process)
        try:
            yield still
        finally:
            still.goes_on()
