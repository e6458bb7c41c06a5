"""What must hold of every run, each as a function over the files that it left behind.

I1  every message acknowledged to its sender is counted or in quarantine: in neither is lost, in both doubled
I2  every state is what the pure fold of the accepted messages says
I3  the alerts are those of the oracle, each issued once, none gone that the oracle holds open
I4  what a reader of one key sees never goes back
I6  everything is taken soon after the last fault, and by processes that end only as they may
I7  an empty disk filled from the changelogs holds what the last owner's disk holds
I8  accepted + duplicate + quarantined + waiting = received, for each source

The oracle knows nothing of Kafka, Faust or the engine: a count of the events, or the replay in memory.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from console import outputs
from schemas import topics
from schemas.alert import Alert
from schemas.control import QuarantinedMessage, WaitingEvent
from schemas.record import PatientBatchRecord
from schemas.wire import WireMessage, decode_contract
from streams.replay import Replay
from tests.faults.engine_events import Event, Expected, compare_lists
from tests.faults.evidence import Evidence, Said
from tests.faults.line_account import Account, account
from tests.faults.line_compared import without_chance

ALL = ("I1", "I2", "I3", "I4", "I6", "I7", "I8")


class Breach(NamedTuple):
    """One invariant that does not hold, and where."""

    invariant: str
    detail: str


Judge = Callable[[Evidence], Iterator[Breach]]


def broken(folder: Path, judges: Iterable[Judge]) -> list[Breach]:
    """Every breach that the files of a run show."""
    found = Evidence.read(folder)
    return [breach for judge in judges for breach in judge(found)]


# ---------------------------------------------------------------------- of every job


def recovered(run: Evidence) -> Iterator[Breach]:
    """I6: it recovers in time, goes on meanwhile, and every end of a process has its reason."""
    if run.told.recovery_s > run.told.recover_within_s:
        yield Breach("I6", f"not all was taken {run.told.recovery_s:.0f} s after the last fault")
    if run.told.advanced_during_faults is not None and run.told.advanced_during_faults < 100:
        yield Breach(
            "I6", f"{run.told.advanced_during_faults} messages were taken during the fault"
        )
    for line in run.told.unexpected:
        yield Breach("I6", line)


def restorable(run: Evidence) -> Iterator[Breach]:
    """I7: what the changelog holds is what the disk of its last owner holds."""
    held: dict[tuple[str, int], dict[str, dict[bytes, bytes]]] = defaultdict(
        lambda: {"changelog": {}, "disk": {}}
    )
    for kept in run.tables:
        held[kept.table, kept.partition][kept.where][kept.key] = kept.value
    for (table, partition), both in sorted(held.items()):
        if both["changelog"] != both["disk"]:
            keys = {k for k, _ in both["changelog"].items() ^ both["disk"].items()}
            yield Breach("I7", f"{table}[{partition}]: {len(keys)} keys differ from the disk's")


# ---------------------------------------------------------------------- of the counting job


def counted(run: Evidence) -> Iterator[Breach]:
    """I1, I2, I3, I8 of the job that counts: every event once, whatever happened."""
    expected = Expected()
    for said in run.sent:
        expected.add(Event.decode(said.value or b""))
    aside = [Event.decode(s.value or b"").id for s in run.topics if s.topic.endswith(".quarantine")]
    difference = compare_lists(expected.quarantined, aside)
    if difference.lost or difference.doubled:
        yield Breach(
            "I1", f"in quarantine {difference.lost} are lost, {difference.doubled} doubled"
        )
    sums: dict[str, int] = {}
    for table, want in (("accounts", expected.accounts), ("kinds", expected.kinds)):
        have: Counter[str] = Counter()
        amounts: Counter[str] = Counter()
        for kept in run.tables:
            if kept.table == table and kept.where == "changelog":
                counted = json.loads(kept.value)
                have[kept.key.decode()] = counted["events"]
                amounts[kept.key.decode()] = counted["amount"]
        lost, doubled = (want.events - have).total(), (have - want.events).total()
        if lost:
            yield Breach("I1", f"{lost} events are lost to {table}")
        if doubled:
            yield Breach("I2", f"{doubled} events are counted twice in {table}")
        if not lost and not doubled and amounts != want.amounts:
            yield Breach("I2", f"the sums of {table} are wrong")
        sums[table] = have.total()
    alerts = [(s.key or b"").decode() for s in run.topics if s.topic.endswith(".alerts")]
    difference = compare_lists(expected.alerts, alerts)
    if difference.lost or difference.doubled:
        yield Breach(
            "I3", f"of the alerts {difference.lost} are lost, {difference.doubled} doubled"
        )
    if sums["accounts"] + len(aside) != len(run.sent):
        yield Breach("I8", f"{sums['accounts']} counted + {len(aside)} aside, {len(run.sent)} sent")


def counts_ascend(run: Evidence) -> Iterator[Breach]:
    """I4: the count of one key never goes back on its changelog."""
    seen: dict[tuple[str, bytes], int] = {}
    for said in run.topics:
        if said.topic.endswith("-changelog") and not (said.key or b"").startswith(b"\0"):
            events = json.loads(said.value or b"")["events"]
            place = (said.topic, said.key or b"")
            if events < seen.get(place, 0):
                yield Breach(
                    "I4", f"{said.topic} {place[1].decode()}: {events} after {seen[place]}"
                )
                return
            seen[place] = events


COUNTING: tuple[Judge, ...] = (counted, counts_ascend, recovered, restorable)

# ---------------------------------------------------------------------- of the line


def replayed(run: Evidence) -> Iterator[Breach]:
    """I1, I2, I3 of the line: what a reader finds is what a replay of the same messages says."""
    replay = Replay()
    replay.take_all((said.topic, wire(said)) for said in run.sent)
    found, want = latest_of(run.topics), replay.latest
    yield from _differ("I2", "records", outputs.record_lines(want), outputs.record_lines(found))
    yield from _differ("I3", "alerts", outputs.alert_lines(want), outputs.alert_lines(found))
    yield from _differ("I1", "waiting", outputs.waiting_lines(want), outputs.waiting_lines(found))
    aside = [_settled_by_chance(outputs.quarantine_lines(latest)) for latest in (want, found)]
    yield from _differ("I1", "quarantine", *aside)


def _settled_by_chance(lines: list[str]) -> list[str]:
    return without_chance("\n".join(lines).encode()).decode().splitlines()


def _differ(invariant: str, what: str, want: list[str], have: list[str]) -> Iterator[Breach]:
    missing, beyond = Counter(want) - Counter(have), Counter(have) - Counter(want)
    if missing or beyond:
        shown = next(iter(missing or beyond))[:160]
        yield Breach(
            invariant, f"{what}: {missing.total()} lost, {beyond.total()} beyond, as {shown}"
        )


def alerts_ascend(run: Evidence) -> Iterator[Breach]:
    """I3 and I4: each revision of an alert is issued once, and a reader sees them in their order."""
    last: dict[bytes, int] = {}
    for said in run.topics:
        if said.topic.startswith("v2v.alerts.") and said.value is not None:
            key, revision = said.key or b"", decode_contract(Alert, said.value).revision
            before = last.get(key, 0)
            if revision == before:
                yield Breach("I3", f"alert {key.decode()} was issued twice as revision {revision}")
            elif revision < before:
                yield Breach("I4", f"alert {key.decode()}: revision {revision} after {before}")
            last[key] = revision


def accounted(run: Evidence) -> Iterator[Breach]:
    """I1 and I8: each message of a partner has exactly one fate, told from what is found alone."""
    latest = latest_of(run.topics)
    quarantine = [
        decode_contract(QuarantinedMessage, v) for v in _values(latest, topics.QUARANTINE)
    ]
    found: Account = account(
        ((said.topic, wire(said)) for said in run.sent),
        records=[decode_contract(PatientBatchRecord, v) for v in _values(latest, topics.RECORDS)],
        quarantine=[entry for entry in quarantine if not entry.cleared],
        waiting=[decode_contract(WaitingEvent, v) for v in _values(latest, topics.WAITING)],
    )
    for line in found.lost[:3]:
        yield Breach("I1", f"lost: {line}")
    for line in found.doubled[:3]:
        yield Breach("I1", f"doubled: {line}")
    for topic, received in found.received.items():
        if (told := found.fates[topic].total()) != received:
            yield Breach("I8", f"{topic}: {received} received, {told} accounted for")


def latest_of(said: Iterable[Said]) -> dict[str, dict[str, bytes]]:
    """The last value under each key of each topic."""
    latest: dict[str, dict[str, bytes]] = {}
    for one in said:
        kept, key = latest.setdefault(one.topic, {}), (one.key or b"").decode()
        if one.value is None:
            kept.pop(key, None)
        else:
            kept[key] = one.value
    return latest


def _values(latest: dict[str, dict[str, bytes]], topic: str) -> Iterable[bytes]:
    return latest.get(topic, {}).values()


def wire(said: Said) -> WireMessage:
    """A message as the line takes it."""
    published = None if said.published_ms is None else said.published_ms * 1000
    return WireMessage(said.key, said.value, said.headers, published)


LINE: tuple[Judge, ...] = (replayed, alerts_ascend, accounted, recovered, restorable)
