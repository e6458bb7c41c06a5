"""Whether the whole line is exact: live workers under kills say what a replay of the same messages says.

    python -m tests.faults.exact_line [--events 20000 --seed S --short --alone --json --keep DIR]

Partner events with disorder, repeats and spoiled messages, ticks, people's actions and a release are
published while `v2v worker` processes run on a real Kafka (the one V2V_BROKERS names, or one of its
own) and are killed, wiped, joined and left; then while somebody replays, while a tower stands still, and
while one partner floods the line. After each phase, everything taken, what a read_committed
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
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from compose.kafka import kafka_for
from schemas.collection import IdentityVerified
from tests.faults.line_account import FATES, Account, account_of, as_table
from tests.faults.line_compared import compare, write_live, write_replays
from tests.faults.line_run import PARTITIONS, Run, Say
from tests.faults.line_traffic import facts_of, of_type, parted, partners_of, traffic
from tests.faults.line_worker import PLANTS
from tests.words import Arrival

SHARES = (0.14, 0.22, 0.08, 0.22, 0.08, 0.14, 0.06, 0.06)
SHARES_ALONE = (0.18, 0.32, 0.1, 0.3, 0.1)
"""Where nothing else goes on beside the line."""
ENVIRONMENT = {
    "V2V_PARTITIONS": str(PARTITIONS),
    "V2V_TICK_SECONDS": "0",
    "V2V_SESSION_SECONDS": "6",
}


@dataclass(frozen=True)
class Plan:
    """How many kills come in which phase, how many seconds each has for itself; how long a flood lasts."""

    kills: int
    wipes: int
    seconds_a_kill: float
    flood_s: float
    beside: bool = True
    """Whether the next release, a replay, a still tower and a flood come after them."""


FULL = Plan(kills=5, wipes=5, seconds_a_kill=2.5, flood_s=20)
SHORT = Plan(kills=2, wipes=1, seconds_a_kill=2.5, flood_s=5)


def perform(run: Run, lines: list[Arrival], plan: Plan) -> None:
    """All phases, one after the other; people act once the first kills are over."""
    parts = parted(lines, SHARES if plan.beside else SHARES_ALONE, PARTITIONS)
    spread = plan.seconds_a_kill
    run.phase("first start, on a backlog", parts[0], 0, run.start)
    run.phase("kill -9", parts[1], spread * plan.kills, run.kill(plan.kills, wipe=False))
    run.phase("a third joins", run.people() + parts[2], spread, run.join)
    run.phase(
        "kill -9, folder wiped", parts[3], spread * plan.wipes, run.kill(plan.wipes, wipe=True)
    )
    run.phase("the third leaves", parts[4], spread, run.leave)
    if not plan.beside:
        return
    run.phase(
        "the next release, and back",
        for_the_next_release(parts[5], [line for part in parts[:5] for line in part], run.random),
        0,
        run.nothing,
        run.next_release_and_back,
    )
    run.phase("a replay meanwhile", parts[6], spread, run.replay_meanwhile)
    run.with_a_still_tower("a tower that stands still", parts[7], spread)
    run.flood("a flood", facts_of(lines), plan.flood_s)


def for_the_next_release(
    lines: list[Arrival], before: list[Arrival], chance: random.Random
) -> list[Arrival]:
    """These lines, with every event of the type that it changes: the old ones again anywhere, the new ones
    in the second quarter, when it is alone.
    """
    news = of_type(IdentityVerified, lines)
    mixed = [line for line in lines if line not in news]
    for line in of_type(IdentityVerified, before):
        mixed.insert(chance.randrange(len(mixed) - PARTITIONS), line)
    middle = len(mixed) * 3 // 8
    return mixed[:middle] + news + mixed[middle:]


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
            "latency": run.latency and run.latency._asdict(),
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
    print(f"from a check to its alert: {run.latency}")
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
    parser.add_argument(
        "--alone", action="store_true", help="without what else goes on beside the line"
    )
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
        plan = SHORT if args.short else FULL
        perform(run, lines, replace(plan, beside=not args.alone))
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
