"""One run: its workers, feeder and reader, and the faults put upon them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from compose.kafka import LocalKafka
from streams.engine.exits import EXIT_FAILED
from tests.faults.engine_events import Difference
from tests.faults.engine_observed import Feeder, Observed, make_topics
from tests.faults.engine_workers import Workers, job_command
from tests.faults.proxy import Proxy

PARTITIONS = 6
SESSION_S = 6
PROGRESS_WITHIN_S = 60.0
BEHIND_PROXY = "w1"
"""The worker whose network can be made bad."""
SETTLE_WITHIN_S = 60.0

FULL = {
    "backlog": 1,
    "kill": 5,
    "kill, disk wiped": 5,
    "pause": 3,
    "join": 3,
    "leave": 3,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
    "disk torn": 3,
    "cut off": 2,
    "latency": 2,
    "resets": 3,
}
SHORT = {
    "backlog": 1,
    "kill": 1,
    "kill, disk wiped": 1,
    "pause": 1,
    "join": 1,
    "leave": 1,
    "exception": 1,
    "poison": 1,
    "broker kill": 1,
    "disk torn": 1,
    "cut off": 1,
    "latency": 1,
    "resets": 1,
}
THREE_BROKERS = {"backlog": 1, "leader kill": 2, "kill": 1}
"""What is done where three brokers keep three copies, in a row."""
NETWORK = ("cut off", "latency", "resets")


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    seed: int
    plant: str | None
    dynamic: bool
    say: Callable[[str], None]


@dataclass
class Tally:
    """What came of one kind of fault."""

    fault: str
    trials: int = 0
    lost: int = 0
    doubled: int = 0
    seconds_to_progress: list[float] = field(default_factory=list)


class Run:
    """One run: its broker, workers, feeder and reader, and the faults put upon them."""

    def __init__(
        self,
        plan: Plan,
        brokers: str,
        own: LocalKafka | None,
        folder: Path,
        proxy: Proxy | None = None,
    ) -> None:
        self.random = random.Random(plan.seed)
        self.app = f"exact-{os.getpid()}-{int(time.time())}"
        self.own = own
        self.planted = plan.plant is not None
        self.say = plan.say
        self.proxy = proxy
        copies = len(own.status().brokers) if own is not None else 1
        make_topics(brokers, self.app, PARTITIONS, copies)
        (folder / "moods").mkdir()
        command = job_command(self.app, brokers, PARTITIONS, folder / "moods", drag=0.01)
        command += ["--plant", plan.plant] if plan.plant else []
        command += ["--dynamic"] if plan.dynamic else []
        self.workers = Workers(command, folder)
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

    # ------------------------------------------------------------------ around them

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
            acted = time.monotonic() - began if fault in ("broker kill", "join") else 0.0
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
        self.observed.close()


def schedule(counts: dict[str, int], chance: random.Random) -> list[str]:
    """In which order the faults come: start first, joins before leaves, the rest by chance."""
    pairs = ["join+leave"] * min(counts.get("join", 0), counts.get("leave", 0))
    single = [
        f for f, n in counts.items() if f not in ("backlog", "join", "leave") for _ in range(n)
    ]
    mixed = pairs + single
    chance.shuffle(mixed)
    order = [part for fault in mixed for part in fault.split("+")]
    return ["backlog"] * min(1, counts.get("backlog", 0)) + order
