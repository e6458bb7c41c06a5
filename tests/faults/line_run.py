"""One run of the whole line: its workers, what is published meanwhile, and the faults put upon them."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from console import topics
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.topics import RECORDS, TopicPlan
from streams.app import sources
from streams.replay import Replay
from streams.settings import WorkerSettings
from tests.faults.engine_workers import Workers
from tests.faults.line_beside import replay_from_kafka, still_tower
from tests.faults.line_flood import Flood, Latency, Seen
from tests.faults.line_observed import Observed
from tests.faults.line_publisher import Publisher
from tests.faults.line_release import hear, next_release, written_by_it
from tests.faults.line_traffic import actions, published, released
from tests.words import Arrival

PARTITIONS = 4
SETTLE_WITHIN_S = 180.0
PUBLISHED_BY = 0.5
"""The part of a phase in which its messages are published; so the workers have their hands full."""
LATEST_MS = 15_000.0
"""No alert may come later than this, whatever else happens."""

Say = Callable[[str], None]


@dataclass
class Phase:
    """What came of one phase."""

    phase: str
    kills: int
    messages: int
    lost: int
    doubled: int
    seconds: float
    """From its first message until all was taken."""
    behind: list[int]
    """How many partner messages lay before the workers at each kill."""


class Run:
    """One run: its workers, what is published, and what must come of it."""

    def __init__(
        self,
        brokers: str,
        partners: tuple[tuple[str, str], ...],
        folder: Path,
        seed: int,
        plant: str | None,
        say: Say,
    ) -> None:
        self.brokers, self.partners, self.folder, self.say = brokers, partners, folder, say
        self.seed, self.random = seed, random.Random(seed)
        client, wanted = topics.admin(brokers), topics.wanted(partners)
        if {topic.name for topic in wanted} & set(client.list_topics(timeout=10).topics):
            sys.exit(f"{brokers} holds topics of ours already; name a cluster without any")
        topics.apply(client, wanted, TopicPlan(partitions=PARTITIONS, replication=1))
        os.environ["V2V_PARTNERS"] = ",".join(f"{system}:{name}" for system, name in partners)
        self.next_told = next_release(folder / "next")
        hear(self.next_told)
        command = [sys.executable, "-m", "tests.faults.line_worker", "--told", str(self.next_told)]
        self.workers = Workers([*command, "--plant", plant] if plant else command, folder)
        settings = WorkerSettings(brokers=brokers, partners=partners)
        self.observed = Observed(brokers, sources(settings), PARTITIONS)
        self.publisher = Publisher(brokers)
        self.replay = Replay()
        self.phases: list[Phase] = []
        self.wrong = (0, 0)
        self.trouble: list[str] = []
        self.latency: Latency | None = None

    def close(self) -> None:
        """End everything."""
        for name in self.workers.names:
            self.workers.leave(name)
        self.workers.__exit__()
        self.observed.close()

    def phase(
        self,
        name: str,
        lines: list[Arrival],
        seconds: float,
        act: Callable[[float], list[int]],
        publish: Callable[[list[Arrival]], None] | None = None,
    ) -> None:
        """Publish, put the faults of the phase upon the workers meanwhile, wait, compare."""
        began = time.monotonic()
        lines = published(lines, datetime.now(UTC))

        def steadily(lines: list[Arrival]) -> None:
            self.publisher.publish(lines, seconds * PUBLISHED_BY)

        publishing = threading.Thread(target=publish or steadily, args=(lines,))
        publishing.start()
        if not seconds:
            publishing.join()
        behind = act(seconds)
        publishing.join()
        if not self.observed.await_all_taken(SETTLE_WITHIN_S):
            self.trouble.append(f"{name}: not all was taken; behind by {self.observed.left()}")
        took = time.monotonic() - began
        self.observed.read()
        self.replay.take_all(lines)
        lost, doubled = self.observed.difference(self.replay)
        new = max(0, lost - self.wrong[0]), max(0, doubled - self.wrong[1])
        self.wrong = lost, doubled
        self.phases.append(Phase(name, len(behind), len(lines), *new, round(took, 1), behind))
        self.say(
            f"  {name}: {len(lines)} messages, {len(behind)} kills, lost {new[0]}, doubled {new[1]}, {took:.1f} s"
        )

    # ------------------------------------------------------------------ the faults

    def start(self, _: float) -> list[int]:
        """Two workers start on what is there."""
        self.workers.start("w1")
        self.workers.start("w2")
        return []

    def kill(self, count: int, *, wipe: bool) -> Callable[[float], list[int]]:
        """Kill workers at instants that chance picks, one after the other; some with their folder."""

        def act(seconds: float) -> list[int]:
            began, behind = time.monotonic(), []
            for at in sorted(
                self.random.uniform(0.3, seconds * PUBLISHED_BY) for _ in range(count)
            ):
                time.sleep(max(0.0, began + at - time.monotonic()))
                behind.append(self.observed.behind())
                self.workers.kill(self.random.choice(self.workers.names), wipe=wipe)
            return behind

        return act

    def join(self, seconds: float) -> list[int]:
        """A third worker joins in the midst."""
        time.sleep(self.random.uniform(0.2, seconds / 2))
        self.workers.start("w3")
        self.workers.await_assigned("w3", 60)
        return []

    def leave(self, seconds: float) -> list[int]:
        """The third worker is asked to stop in the midst, and does."""
        time.sleep(self.random.uniform(0.2, seconds / 2))
        # one that was killed may be starting still, and Python itself ends at once when it is asked then
        self.workers.await_assigned("w3", 60)
        self._leaves("w3")
        return []

    def next_release_and_back(self, lines: list[Arrival]) -> None:
        """Publish while one worker becomes the next release, for a while the only one, and this one again."""
        size = len(lines) // 4 + 1
        slices = [lines[start : start + size] for start in range(0, len(lines), size)]
        self._leaves("w2")
        self.workers.where["w2"] = self.next_told.parent
        self._starts("w2")
        self.publisher.publish(slices[0], 2)
        self._leaves("w1")
        self.publisher.publish(slices[1], 2)
        if not self.observed.await_all_taken(SETTLE_WITHIN_S):
            self.trouble.append("the next release alone does not take everything")
        if not written_by_it(self.next_told, self.brokers, PARTITIONS):
            self.trouble.append("the next release wrote nothing of its own")
        self._starts("w1")
        self.publisher.publish(slices[2], 2)
        self._leaves("w2")
        del self.workers.where["w2"]
        self._starts("w2")
        self.publisher.publish(slices[3], 2)

    def _leaves(self, name: str) -> None:
        if (code := self.workers.leave(name)) != 0:
            self.trouble.append(f"{name} exited {code} when asked to stop")

    def _starts(self, name: str) -> None:
        self.workers.start(name)
        self.workers.await_assigned(name, 60)

    # ------------------------------------------------------------------ what goes on beside it

    def replay_meanwhile(self, _: float) -> list[int]:
        """Somebody replays everything from the topics while it is at work."""
        self._unless_well(replay_from_kafka(self.folder / "replayed meanwhile"))
        return []

    def with_a_still_tower(self, name: str, lines: list[Arrival], seconds: float) -> None:
        """A tower stands still for the phase; then it must show what there is."""
        with still_tower(self.brokers, self.folder / "tower") as tower:
            self.phase(name, lines, seconds, self.nothing)
            tower.goes_on()
            self._unless_well(
                tower.await_shown(lambda: {str(a.alert_id) for a in self.observed.alerts()})
            )

    def flood(self, name: str, facts: list[Event], seconds: float) -> None:
        """One partner says fifty times as much as usual; the alerts of another one are timed."""
        courses = sorted(self.observed.latest[RECORDS])
        flood = Flood(facts, courses, seconds, self.seed + 1)
        with Seen(self.brokers, PARTITIONS) as seen:
            publish = partial(flood.publish, self.publisher)
            self.phase(name, flood.lines, 2 * seconds, self.nothing, publish)
        self.latency = flood.latency(seen.at, self.replay)
        if self.latency.alerts < len(courses):
            self.trouble.append(f"{self.latency.alerts} alerts say little about the flood")
        if self.latency.flood_p99_ms > LATEST_MS:
            self.trouble.append(f"alerts came late in the flood: {self.latency}")

    def nothing(self, _: float) -> list[int]:
        """Leave the workers alone."""
        return []

    def _unless_well(self, trouble: str | None) -> None:
        self.trouble += [trouble] if trouble else []

    # ------------------------------------------------------------------ people

    def people(self) -> list[Arrival]:
        """Some act on alerts that they see, one of them about a thing; one releases what was contested."""
        alerts = self.observed.alerts()
        about_things = [a for a in alerts if a.coi is None][:1]
        lines = actions([*about_things, *[a for a in alerts if a.coi is not None][:9]])
        contested = [
            e for e in self.observed.quarantine() if e.reason == Reason.SAME_ID_OTHER_CONTENT
        ]
        if not contested or not lines:
            self.trouble.append(f"{len(lines)} actions and {len(contested)} releases: none to put")
        until = max((alert.raised_at for alert in alerts), default=None)
        return lines + [released(entry, until) for entry in contested[:1] if until is not None]
