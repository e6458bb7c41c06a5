"""One run: its workers, feeder and reader, and the faults put upon them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from streams.engine.exits import EXIT_FAILED
from tests.faults.disks import WRITING, SmallDisk, failing
from tests.faults.engine_cluster import Cluster
from tests.faults.engine_events import Difference
from tests.faults.engine_observed import Feeder, Observed, make_topics
from tests.faults.engine_plan import OWN_BROKER, Plan, Tally
from tests.faults.engine_workers import Workers, job_command

PARTITIONS = 6
SESSION_S = 6
PROGRESS_WITHIN_S = 60.0
BEHIND_PROXY = "w1"
"""The worker whose network can be made bad."""
SMALL_DISK = "w0"
"""The worker whose disk can be full."""
NO_ROOM = "No space left on device"
SETTLE_WITHIN_S = 60.0


class Run:
    """One run: its broker, workers, feeder and reader, and the faults put upon them."""

    def __init__(self, plan: Plan, cluster: Cluster, folder: Path) -> None:
        self.random = random.Random(plan.seed)
        self.app = f"exact-{os.getpid()}-{int(time.time())}"
        self.own, self.proxy, self.brokers_disk = cluster.own, cluster.proxy, cluster.disk
        self.planted = plan.plant is not None
        self.say = plan.say
        brokers, own, proxy = cluster.servers, cluster.own, cluster.proxy
        copies = len(own.status().brokers) if own is not None else 1
        make_topics(brokers, self.app, PARTITIONS, copies)
        (folder / "moods").mkdir()
        command = job_command(self.app, brokers, PARTITIONS, folder / "moods", drag=0.01)
        command += ["--plant", plan.plant] if plan.plant else []
        command += ["--dynamic"] if plan.dynamic else []
        self.workers = Workers(command, folder)
        self.disk = SmallDisk(self.workers.data(SMALL_DISK))
        if proxy is not None:
            self.workers.otherwise[BEHIND_PROXY] = ["--brokers", f"127.0.0.1:{proxy.port}"]
        self.feeder = Feeder(brokers, self.app, plan.seed)
        self.observed = Observed(brokers, self.app, PARTITIONS)
        self.tallies: dict[str, Tally] = {}
        self.wrong = Difference(0, 0)
        self.fences_held = True
        self._killed = -1

    # ------------------------------------------------------------------ the faults

    def backlog(self) -> None:
        """Two workers start, for the first time, on events that are already there."""
        self.workers.start("w0")
        self.workers.start("w1")

    def kill(self, *, wipe: bool = False) -> None:
        """A worker ends as by a crash, in the midst of its work."""
        self._in_the_midst()
        self.workers.kill(self.random.choice(self.workers.names), wipe=wipe)

    def pause(self) -> None:
        """A worker sleeps past its session, and wakes to find its place taken."""
        name = self.random.choice(self.workers.names)
        self.workers.await_assigned(name, 40)
        before = len(self.workers.exits(name))
        self._in_the_midst()
        began = time.monotonic()
        self.workers.pause(name)
        self._progress(self.observed.offsets())
        while time.monotonic() - began < SESSION_S + 3:
            self._trickle()
            time.sleep(0.2)
        self.workers.resume(name)
        code = self.workers.await_exit(name, before, 30)
        self.say(f"    the sleeper exited {code}")
        if code != EXIT_FAILED:
            self.fences_held = False

    def join(self) -> None:
        """A third worker joins."""
        self._in_the_midst()
        self.workers.start("w2")
        self.workers.await_assigned("w2", 40)

    def leave(self) -> None:
        """A worker is asked to stop, and does."""
        self._in_the_midst()
        name = "w2" if "w2" in self.workers.names else self.workers.names[-1]
        if (code := self.workers.leave(name)) != 0:
            self.workers.unexpected.append(f"{name} exited {code} when asked to stop")

    def exception(self) -> None:
        """An agent raises, once."""
        exits = self.workers.all_exits()
        self.feeder.send(1, "explode once")
        self.feeder.flush()
        self.workers.await_exits(exits + 1, 30)

    def poison(self) -> None:
        """An agent raises on one event again and again: it must end in quarantine, once."""
        exits = self.workers.all_exits()
        self.feeder.send(1, "poison")
        self.feeder.flush()
        self.workers.await_exits(exits + 3, 60)

    def broker_kill(self) -> None:
        """The broker ends as by a crash, and comes back."""
        assert self.own is not None
        self._in_the_midst()
        self.own.kill(0)
        time.sleep(3)
        self.own.start(0)

    def leader_kill(self) -> None:
        """One broker of three ends as by a crash: the others lead its partitions, and work goes on."""
        assert self.own is not None
        index = self._killed = (self._killed + 1) % len(self.own.status().brokers)
        self._in_the_midst()
        self.own.kill(index)
        self._progress(self.observed.offsets())
        self.own.start(index)

    def disk_torn(self) -> None:
        """A worker's disk is spoilt while it is down."""
        self._in_the_midst()
        torn = self.workers.tear(self.random.choice(self.workers.names), self.random)
        self.say(f"    {torn} files were spoilt")

    def cut_off(self) -> None:
        """A worker and the brokers do not hear each other for longer than a session; then they do."""
        assert self.proxy is not None
        self.workers.await_assigned(BEHIND_PROXY, 40)
        self._in_the_midst()
        self.proxy.cut()
        began = time.monotonic()
        self._progress(self.observed.offsets())
        while time.monotonic() - began < SESSION_S + 3:
            self._trickle()
            time.sleep(0.2)
        self.proxy.heal()

    def latency(self) -> None:
        """A worker's network is slow: a fifth of a second for every piece, now and then more."""
        assert self.proxy is not None
        self.proxy.delay(0.2)
        self._in_the_midst()
        began = time.monotonic()
        while time.monotonic() - began < 4:
            self._trickle()
            time.sleep(0.2)
        self.proxy.heal()

    def resets(self) -> None:
        """A worker's connections are reset again and again, in the midst of whatever they say."""
        assert self.proxy is not None
        for _ in range(8):
            self.feeder.send(30)
            time.sleep(self.random.uniform(0.05, 0.3))
            self.proxy.reset()

    def disk_full(self) -> None:
        """A worker's disk is full for a while: it ends, saying so, and goes on once there is room."""
        self._in_the_midst()
        self.disk.fill()
        self._ended_saying(SMALL_DISK, NO_ROOM)
        began = time.monotonic()
        while time.monotonic() - began < SESSION_S:
            self._trickle()
            time.sleep(0.2)
        self.disk.free()

    def disk_fails(self) -> None:
        """Nothing that a worker writes to its tables gets to the disk: it ends, saying so."""
        name = self.random.choice(self.workers.names)
        self.workers.await_assigned(name, 40)
        files = [file for file in self.workers.data(name).rglob("*") if "tables" in file.parts]
        with failing(self.workers.pid(name), files, WRITING) as injected:
            self._ended_saying(name, "Input/output error")
        self.say(f"    {injected.count} calls failed")

    def broker_disk_full(self) -> None:
        """The broker's disk is full: it ends, saying so, and is started again once there is room."""
        assert self.own is not None
        assert self.brokers_disk is not None
        self._in_the_midst()
        self.brokers_disk.fill()
        until = time.monotonic() + 30
        while (broker := self.own.status().brokers[0]).pid is not None:
            if time.monotonic() > until:
                self.workers.unexpected.append("the broker did not end on a full disk")
                break
            self._trickle()
            time.sleep(0.2)
        if NO_ROOM not in broker.log.read_text(errors="replace"):
            self.workers.unexpected.append(f"the broker did not say {NO_ROOM!r}")
        self.brokers_disk.free()
        self.own.kill(0)
        self.own.start(0)

    # ------------------------------------------------------------------ around them

    def _ended_saying(self, name: str, words: str) -> None:
        """Feed until a worker ends by itself, and look whether its last line names the reason."""
        before, already = len(self.workers.exits(name)), self.workers.said(name).count(words)
        until = time.monotonic() + 30
        while len(self.workers.exits(name)) == before:
            if time.monotonic() > until:
                self.workers.unexpected.append(f"{name} went on in spite of {words!r}")
                return
            self._trickle()
            time.sleep(0.2)
        if self.workers.said(name).count(words) == already:
            self.workers.unexpected.append(f"{name} ended without saying {words!r}")

    def trial(self, fault: str, act: Callable[[], None], events: int) -> None:
        """Feed, act, wait for progress on every partition, settle, compare."""
        tally = self.tallies.setdefault(fault, Tally(fault))
        self.feeder.send(events)
        if fault == "backlog":
            self.feeder.flush()
        offsets = self.observed.offsets()
        began = time.monotonic()
        act()
        if fault in ("pause", "cut off", "leader kill"):
            took: float | None = self._progress_took
        else:
            acted = time.monotonic() - began if fault in (*OWN_BROKER, "join") else 0.0
            took = self._progress(offsets if fault == "backlog" else self.observed.offsets())
            took = None if took is None else took + acted
        self.feeder.flush()
        found = self.observed.settle(self.feeder.expected, SETTLE_WITHIN_S)
        new = Difference(
            max(0, found.lost - self.wrong.lost), max(0, found.doubled - self.wrong.doubled)
        )
        self.wrong = found
        tally.trials += 1
        tally.lost += new.lost
        tally.doubled += new.doubled
        tally.seconds_to_progress.append(PROGRESS_WITHIN_S if took is None else round(took, 1))
        self.say(
            f"  {fault}: lost {new.lost}, doubled {new.doubled}, progress after "
            f"{'more than a minute' if took is None else f'{took:.1f} s'}"
        )

    def _progress(self, before: list[int]) -> float | None:
        self._progress_took = self.observed.await_progress(before, PROGRESS_WITHIN_S, self._trickle)
        return self._progress_took

    def _trickle(self) -> None:
        self.feeder.send(20)

    def _in_the_midst(self) -> None:
        """Wait until the worker has its hands full, and then at a moment that chance picks."""
        time.sleep(0.05 + self.random.random() * 0.4)
        self.feeder.send(100)

    def close(self) -> None:
        """End everything."""
        for name in self.workers.names:
            self.workers.leave(name)
        self.workers.__exit__()
        self.disk.close()
        self.observed.close()
