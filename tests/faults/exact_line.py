"""Whether the whole line is exact: live workers under kills say what a replay of the same messages says.

    python -m tests.faults.exact_line [--events 20000 --seed S --short --json --keep DIR]

Partner events with disorder, repeats and spoiled messages, ticks, people's actions and a release are
published while `v2v worker` processes run on a real Kafka (the one V2V_BROKERS names, or one of its
own) and are killed, wiped, joined and left. After each phase, everything taken, what a read_committed
reader sees is compared with a replay in memory: *lost* are lines that only the replay has, *doubled*
lines that only the topics have, and alerts issued twice under one revision. At the end the exports
are compared byte for byte with the replay of the exported inbound file, and with the replay of that
file shuffled and doubled; and received = admitted + duplicate + quarantined + waiting is told from
the files alone (see line_account). Exits 1 on any difference, and leaves the files to look at.
`--plant` puts a bug into the workers: then the run must fail, and a test sees to it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from compose.kafka import kafka_for
from console import topics
from schemas.reasons import Reason
from schemas.topics import TopicPlan
from streams.app import sources
from streams.replay import Replay
from streams.settings import WorkerSettings
from tests.faults.engine_workers import Workers
from tests.faults.line_account import FATES, Account, account_of, as_table
from tests.faults.line_compared import compare, write_live, write_replays
from tests.faults.line_observed import Observed
from tests.faults.line_publisher import Publisher
from tests.faults.line_traffic import actions, parted, partners_of, published, released, traffic
from tests.faults.line_worker import PLANTS
from tests.words import Arrival

PARTITIONS = 4
SETTLE_WITHIN_S = 180.0
SHARES = (0.16, 0.30, 0.12, 0.30, 0.12)
PUBLISHED_BY = 0.5
"""The part of a phase in which its messages are published; so the workers have their hands full."""
ENVIRONMENT = {
    "V2V_PARTITIONS": str(PARTITIONS),
    "V2V_TICK_SECONDS": "0",
    "V2V_SESSION_SECONDS": "6",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How many kills come in which phase, and how many seconds each has for itself."""

    kills: int
    wipes: int
    seconds_a_kill: float


FULL = Plan(kills=5, wipes=5, seconds_a_kill=2.5)
SHORT = Plan(kills=2, wipes=1, seconds_a_kill=2.5)


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
        self.random = random.Random(seed)
        client, wanted = topics.admin(brokers), topics.wanted(partners)
        if {topic.name for topic in wanted} & set(client.list_topics(timeout=10).topics):
            sys.exit(f"{brokers} holds topics of ours already; name a cluster without any")
        topics.apply(client, wanted, TopicPlan(partitions=PARTITIONS, replication=1))
        os.environ["V2V_PARTNERS"] = ",".join(f"{system}:{name}" for system, name in partners)
        command = [sys.executable, "-m", "tests.faults.line_worker"]
        self.workers = Workers([*command, "--plant", plant] if plant else command, folder)
        settings = WorkerSettings(brokers=brokers, partners=partners)
        self.observed = Observed(brokers, sources(settings), PARTITIONS)
        self.publisher = Publisher(brokers)
        self.replay = Replay()
        self.phases: list[Phase] = []
        self.wrong = (0, 0)
        self.trouble: list[str] = []

    def close(self) -> None:
        """End everything."""
        for name in self.workers.names:
            self.workers.leave(name)
        self.workers.__exit__()
        self.observed.close()

    def phase(
        self, name: str, lines: list[Arrival], seconds: float, act: Callable[[float], list[int]]
    ) -> None:
        """Publish, put the faults of the phase upon the workers meanwhile, wait, compare."""
        began = time.monotonic()
        lines = published(lines, datetime.now(UTC))
        publishing = threading.Thread(
            target=self.publisher.publish, args=(lines, seconds * PUBLISHED_BY)
        )
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
        if (code := self.workers.leave("w3")) != 0:
            self.trouble.append(f"w3 exited {code} when asked to stop")
        return []

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


def perform(run: Run, lines: list[Arrival], plan: Plan) -> None:
    """All phases, one after the other; people act once the first kills are over."""
    parts = parted(lines, SHARES, PARTITIONS)
    spread = plan.seconds_a_kill
    run.phase("first start, on a backlog", parts[0], 0, run.start)
    run.phase("kill -9", parts[1], spread * plan.kills, run.kill(plan.kills, wipe=False))
    run.phase("a third joins", run.people() + parts[2], spread, run.join)
    run.phase(
        "kill -9, folder wiped", parts[3], spread * plan.wipes, run.kill(plan.wipes, wipe=True)
    )
    run.phase("the third leaves", parts[4], spread, run.leave)


@dataclass(frozen=True)
class Verdict:
    """Whether the line was exact, and what was not."""

    differences: tuple[str, ...]
    account: Account
    trouble: tuple[str, ...]

    @property
    def exact(self) -> bool:
        return not self.differences and self.account.balanced and not self.trouble


def judge(run: Run, folder: Path, seed: int) -> Verdict:
    """Export, replay, compare, and balance the account."""
    write_live(run.brokers, run.partners, folder)
    write_replays(folder, random.Random(seed))
    found = account_of(folder / "inbound.jsonl", folder / "live")
    trouble = [*run.trouble, *run.workers.unexpected]
    trouble += [
        f"{p.phase}: {p.lost} lost, {p.doubled} doubled" for p in run.phases if p.lost or p.doubled
    ]
    return Verdict(tuple(compare(folder)), found, tuple(trouble))


def report(run: Run, verdict: Verdict, seconds: float, as_json: bool) -> None:
    """Print what came of it."""
    if as_json:
        found = verdict.account
        fates = {fate: found.total(fate) for fate in FATES}
        said = {
            "exact": verdict.exact,
            "seconds": round(seconds, 1),
            "received": found.received.total(),
            **fates,
            "phases": [asdict(phase) for phase in run.phases],
            "differences": verdict.differences,
            "trouble": verdict.trouble,
        }
        print(json.dumps(said))
        return
    print(
        f"\n{'phase':<28}{'messages':>9}{'kills':>7}{'lost':>7}{'doubled':>9}{'seconds':>9}   behind at the kills"
    )
    for p in run.phases:
        print(
            f"{p.phase:<28}{p.messages:>9}{p.kills:>7}{p.lost:>7}{p.doubled:>9}{p.seconds:>9.1f}   {', '.join(map(str, p.behind))}"
        )
    as_table(verdict.account, print)
    for line in (*verdict.differences, *verdict.trouble):
        print(f"not as it must be: {line}")
    print(f"\n{seconds:.0f} s: {'exact' if verdict.exact else 'NOT exact'}")


def main() -> int:
    """Run, report, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, help="how many partner events (20000; short: 2500)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="three kills, one of them wiped")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder that keeps what was compared")
    parser.add_argument(
        "--plant", choices=tuple(PLANTS), help="put a bug into the workers on purpose"
    )
    args = parser.parse_args()
    events = args.events or (2_500 if args.short else 20_000)
    with (
        tempfile.TemporaryDirectory(prefix="exact-line-") as name,
        kafka_for(Path(name) / "kafka") as brokers,
    ):
        os.environ.update(ENVIRONMENT, V2V_BROKERS=brokers, V2V_HOME=name)
        return _run(args, events, brokers, Path(name))


def _run(args: argparse.Namespace, events: int, brokers: str, folder: Path) -> int:
    began = time.monotonic()
    say: Say = (lambda line: None) if args.json else (lambda line: print(line, flush=True))
    lines = traffic(events, args.seed, PARTITIONS)
    run = Run(brokers, partners_of(lines), folder, args.seed, args.plant, say)
    try:
        perform(run, lines, SHORT if args.short else FULL)
    finally:
        run.close()
    verdict = judge(run, folder / "compared", args.seed)
    report(run, verdict, time.monotonic() - began, args.json)
    if args.keep is not None or not verdict.exact:
        kept = args.keep or Path(tempfile.mkdtemp(prefix="exact-line-kept-"))
        keep(folder, kept)
        print(f"what was compared, and the workers' logs: {kept}", file=sys.stderr)
    return 0 if verdict.exact else 1


def keep(folder: Path, kept: Path) -> None:
    """Leave the compared files and the workers' logs for people to look at."""
    shutil.copytree(folder / "compared", kept, dirs_exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, kept)


if __name__ == "__main__":
    sys.exit(main())
