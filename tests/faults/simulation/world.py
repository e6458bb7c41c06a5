"""One simulated run: who gets the turn, what goes wrong when, and what is found at the end.

Everything follows from the plan: the same plan gives the same run, point by point.
"""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path
from random import Random

from faust.types import TP

from streams.engine.exits import EXIT_FAILED
from streams.engine.local_store import CONTROL
from tests.faults.evidence import Evidence, Kept, Said, Told
from tests.faults.simulation.cluster import Cluster
from tests.faults.simulation.disk import Disk
from tests.faults.simulation.jobs import Job, steps_of
from tests.faults.simulation.plan import THIRD, WORKERS, Fault, Kind, Plan
from tests.faults.simulation.process import Process

RECOVER_WITHIN_S = 30.0
GIVE_UP_AFTER_S = 120.0
SESSION_S = 6.5
STOP_WITHIN_S = 10.0
IN_THE_MIDST = 8
"""So many messages come with each fault, so that hands are full when it comes."""


class World:
    """All processes and brokers of one run."""

    def __init__(self, plan: Plan, job: Job, folder: Path) -> None:
        self.plan, self.job, self._folder = plan, job, folder
        self.chance = Random(plan.seed)
        self.cluster = Cluster(Random(plan.seed + 1))
        job.make_topics(self.cluster)
        self._left = deque(job.inputs())
        self._total = len(self._left)
        self.sent: list[Said] = []
        self.processes: dict[str, Process] = {}
        self._disks: dict[str, Disk] = {}
        self._starts: dict[str, float] = dict.fromkeys(WORKERS, 0.0)
        self._leaving: set[str] = set()
        self._restarting: set[str] = set()
        self._faults = deque(plan.faults)
        self._armed: list[tuple[Fault, int]] = []
        self.running: Process | None = None
        self.steps = 0
        self.points: Counter[str] = Counter()
        self.told = Told(plan.seed, faults=len(plan.faults), recover_within_s=RECOVER_WITHIN_S)
        self.said: list[str] = []
        self._healed = False
        self._owners: dict[int, str] = {}

    def turn(self) -> Process:
        """The process that runs now."""
        assert self.running is not None
        return self.running

    # ------------------------------------------------------------------ the run

    def run(self) -> None:
        """Until every fault has come, everything is taken, and every process has stopped."""
        while self._left or self._faults or self._starts:
            self._go_on()
        self._heal()
        began = self.cluster.now
        while not self._taken():
            self._go_on()
            if self.cluster.now - began > GIVE_UP_AFTER_S:
                self.told.unexpected.append("the run was given up: not all was taken")
                break
        self.told.recovery_s = round(self.cluster.now - began, 2)
        self._stop()

    def _go_on(self) -> None:
        cluster = self.cluster
        cluster.go_on()
        self._publish()
        self._start()
        self._go_wrong()
        for process in self.processes.values():
            process.beat()
        ready = [p for p in self.processes.values() if p.runnable(cluster.now)]
        if not ready:
            waits = [max(p.wake_at, p.paused_until) for p in self.processes.values()]
            waits += self._starts.values()
            cluster.now = min([cluster.now + 0.1, *(at for at in waits if at > cluster.now)])
            self.steps += 1
            return
        self.running = self.chance.choice(ready)
        cluster.now += self.chance.uniform(0, 0.004)
        self.running.go_on()
        if self.running.code is not None:
            self._ended(self.running)

    def _publish(self) -> None:
        due = self._total * min(1.0, self.steps / steps_of(self.plan.job))
        while self._left and len(self.sent) < max(due, 1):
            self._burst(self.chance.randint(1, 12))

    def _burst(self, count: int) -> None:
        """Publish some messages at once."""
        for _ in range(min(len(self._left), count)):
            said = self._left.popleft()
            where = said.partition if said.partition >= 0 else None
            tp = self.cluster.publish(said.topic, said.key, said.value, said.headers, where)
            at_ms = int(self.cluster.now * 1000)
            self.sent.append(said._replace(partition=tp.partition, published_ms=at_ms))

    # ------------------------------------------------------------------ processes come and go

    def _start(self) -> None:
        for name, at in list(self._starts.items()):
            if at <= self.cluster.now and name not in self.processes:
                del self._starts[name]
                self.processes[name] = Process(
                    name,
                    self.cluster,
                    Random(self.chance.random()),
                    self._disks.setdefault(name, Disk()),
                    self._folder,
                    self.job.make_app,
                    self._reached,
                )

    def _ended(self, process: Process) -> None:
        del self.processes[process.name]
        self.said += [f"{self.cluster.now:.3f} {process.name}: {line}" for line in process.said]
        wanted = process.name not in self._leaving
        asked = not wanted or process.name in self._restarting
        self._restarting.discard(process.name)
        if process.code not in (0, EXIT_FAILED, -9) or (process.code == 0 and not asked):
            self.told.unexpected.append(
                f"{process.name} exited {process.code}: {process.said[-1:]}"
            )
        if self._healed and any("an agent failed" in line for line in process.said):
            # a member without a fixed name leaves its partitions idle for a session at each try
            self.told.recover_within_s += SESSION_S
        if wanted and process.name not in self._starts:
            self._starts[process.name] = self.cluster.now + self.chance.uniform(0.05, 0.5)

    def _reached(self, process: Process, point: str) -> None:
        self.steps += 1
        self.points[point] += 1
        for place, (fault, left) in enumerate(self._armed):
            if fault.point == point:
                self._armed[place] = (fault, left - 1)
                if left == 1:
                    del self._armed[place]
                    self.told.kills += 1
                    process.dead = True
                    self._starts[process.name] = self.cluster.now + fault.seconds
                    if process.name in self._leaving:
                        del self._starts[process.name]
                    return

    # ------------------------------------------------------------------ what goes wrong

    def _go_wrong(self) -> None:
        while self._faults and self._faults[0].step <= self.steps:
            self._happen(self._faults.popleft())
            self._burst(IN_THE_MIDST)

    def _happen(self, fault: Fault) -> None:
        process, now = self.processes.get(fault.worker), self.cluster.now
        match fault.kind:
            case Kind.KILL_AT:
                self._armed.append((fault, fault.nth))
            case Kind.BROKERS_AWAY:
                self.cluster.go_away(fault.seconds)
            case Kind.COMPACT:
                self.cluster.compact()
                for disk in self._disks.values():
                    disk.remember()
            case Kind.JOIN:
                self._leaving.discard(fault.worker)
                if process is None:
                    self._starts[fault.worker] = now
                else:  # it may be stopping: then it is started again
                    self._restarting.add(fault.worker)
            case Kind.LEAVE:
                self._leaving.add(fault.worker)
                self._starts.pop(fault.worker, None)
                if process is not None:
                    process.ask_to_stop()
            case Kind.PAUSE:
                if process is not None:
                    process.paused_until = now + fault.seconds
            case Kind.CUT:
                if process is not None:
                    process.cut_until = now + fault.seconds
            case Kind.RESTART:
                if process is not None:
                    self._restarting.add(fault.worker)
                    process.ask_to_stop()
            case _ if process is not None:
                self._kill(process, fault)
            case _:
                pass  # it is not up: a kill changes nothing

    def _kill(self, process: Process, fault: Fault) -> None:
        self.running = process
        process.kill()
        self.told.kills += 1
        disk = self._disks[process.name]
        match fault.kind:
            case Kind.WIPE:
                disk.lose()
            case Kind.OLD_DISK:
                disk.go_back()
            case Kind.TEAR:
                disk.tear()
            case _:
                pass
        self._starts[process.name] = self.cluster.now + fault.seconds
        self._ended(process)

    def _heal(self) -> None:
        """Nothing goes wrong any more."""
        self._armed.clear()
        self._healed = True
        self.cluster.come_back()
        for process in self.processes.values():
            process.paused_until = min(process.paused_until, self.cluster.now)
            process.cut_until = min(process.cut_until, self.cluster.now)

    # ------------------------------------------------------------------ the end

    def _taken(self) -> bool:
        cluster = self.cluster
        if cluster.transactions.landing() or cluster.transactions.pending() or self._starts:
            return False
        for source in self.job.sources:
            for number in range(cluster.topics[source].partitions):
                tp = TP(source, number)
                log = cluster.logs[tp]
                if log.open_since or any(log.visible(cluster.group.offsets.get(tp, 0))):
                    return False
        return self._owners_now().keys() == set(
            range(cluster.topics[self.job.sources[0]].partitions)
        )

    def _owners_now(self) -> dict[int, str]:
        """Which running process holds which partition number."""
        return {
            tp.partition: process.name
            for process in self.processes.values()
            if process.app is not None and process.app.phase == "running"
            for tp in process.app.consumer.assignment()
        }

    def _stop(self) -> None:
        began = self.cluster.now
        self._leaving |= {*WORKERS, THIRD}
        self._owners = self._owners_now()
        for process in self.processes.values():
            process.ask_to_stop()
        while self.processes and self.cluster.now - began < STOP_WITHIN_S:
            self._go_on()
        for process in list(self.processes.values()):
            self.told.unexpected.append(f"{process.name} did not stop within {STOP_WITHIN_S:.0f} s")
            self.running = process
            process.kill()
        self.cluster.settle()

    def evidence(self) -> Evidence:
        """What the run left behind."""
        return Evidence(self.sent, self._found(), list(self._tables()), self.told)

    def _found(self) -> list[Said]:
        return [
            Said(tp.topic, tp.partition, e.offset, e.key, e.value, e.headers)
            for tp, log in sorted(self.cluster.logs.items())
            for e in log.visible(0)
        ]

    def _tables(self):
        for table in self.job.tables:
            changelog = f"{self.job.app_id}-{table}-changelog"
            for number in range(self.cluster.topics[changelog].partitions):
                latest: dict[bytes, bytes] = {}
                for entry in self.cluster.logs[TP(changelog, number)].visible(0):
                    key = entry.key or b""
                    if entry.value is None:
                        latest.pop(key, None)
                    elif not key.startswith(CONTROL):
                        latest[key] = entry.value
                for key, value in sorted(latest.items()):
                    yield Kept(table, number, "changelog", key, value)
                disk = self._disks.get(self._owners.get(number, ""))
                for folder, held in (disk.folders if disk else {}).items():
                    if folder.name == f"{table}-{number}":
                        for key, value in sorted(held.pairs.items()):
                            yield Kept(table, number, "disk", key, value)
