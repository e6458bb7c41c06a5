"""Received = admitted + duplicate + quarantined + waiting, told from exported files alone.

Each line of an inbound file that a partner sent has exactly one fate:

    quarantined   its topic, key and bytes stand in quarantine.jsonl (as often as it came)
    duplicate     the same topic, key and bytes came on an earlier line
    waiting       its event id stands in waiting.jsonl
    admitted      its event id is a milestone of a record, or withheld there with the reason; a reading
                  of a logger, which enters no record one by one, is counted by the record's leg instead:
                  each leg must name exactly as many readings as came for that logger between its first
                  and its last one; an event of the platform itself goes no further than the door, and one
                  about nothing but a thing that many courses use no further than to that thing, which
                  tells its users: what came of that stands in the alerts

A line with none of these fates was lost. A milestone that one record names twice, or a leg with
readings that never came, was doubled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import orjson

from console.files import read_file
from schemas import topics
from schemas.contract import Contract
from schemas.control import QuarantinedMessage, WaitingEvent
from schemas.envelope import Event, Scheme
from schemas.json_form import from_json
from schemas.reasons import Reason
from schemas.record import PatientBatchRecord
from schemas.transport import ConditionRead
from schemas.wire import WireError, WireMessage, decode
from streams.routing import way_of
from tests.words import Arrival

C = TypeVar("C", bound=Contract)

FATES = ("admitted", "duplicate", "quarantined", "waiting")


@dataclass
class Account:
    """What became of every line, by the topic it came on."""

    received: Counter[str] = field(default_factory=Counter)
    fates: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost or doubled, and each source's sum is right."""
        sums = all(self.fates[topic].total() == count for topic, count in self.received.items())
        return sums and not self.lost and not self.doubled

    def total(self, fate: str) -> int:
        """How many lines of all sources had this fate."""
        return sum(counted[fate] for counted in self.fates.values())


def account_of(inbound: Path, outputs: Path) -> Account:
    """The account of an inbound file and a folder with records, quarantine and waiting."""
    return account(
        read_file(inbound),
        records=list(_read(outputs / "records.jsonl", PatientBatchRecord)),
        quarantine=list(_read(outputs / "quarantine.jsonl", QuarantinedMessage)),
        waiting=list(_read(outputs / "waiting.jsonl", WaitingEvent)),
    )


def _read(path: Path, contract: type[C]) -> Iterator[C]:
    with path.open("rb") as file:
        for line in file:
            yield from_json(contract, orjson.loads(line))


def account(
    lines: Iterable[Arrival],
    *,
    records: list[PatientBatchRecord],
    quarantine: list[QuarantinedMessage],
    waiting: list[WaitingEvent],
) -> Account:
    """Give every line its fate."""
    found = Account()
    aside = {(e.topic, e.key, e.value) for e in quarantine if e.reason != Reason.TWO_COURSES}
    contested = {e.event_id for e in quarantine if e.reason == Reason.SAME_ID_OTHER_CONTENT}
    held = {e.event_id for e in waiting}
    known = {m.event_id for r in records for m in r.milestones}
    known |= {w.event_id for r in records for w in r.withheld}
    seen: set[tuple[str, bytes | None, bytes | None]] = set()
    readings: list[ConditionRead] = []
    corrected = set()
    for topic, message in lines:
        if not topic.startswith("v2v.in."):
            continue
        found.received[topic] += 1
        place = (topic, message.key, message.value)
        if place in aside:
            found.fates[topic]["quarantined"] += 1
            continue
        if place in seen:
            found.fates[topic]["duplicate"] += 1
            continue
        seen.add(place)
        event = _event(message)
        if event is None:
            found.lost.append(f"{topic} {message.key!r}: set aside nowhere")
            continue
        corrected.add(event.corrects)
        if event.event_id in held:
            found.fates[topic]["waiting"] += 1
            continue
        read = isinstance(event, ConditionRead) and event.named(Scheme.LOGGER)
        if read:
            assert isinstance(event, ConditionRead)
            readings.append(event)
        if read or event.event_id in known or _enters_no_record(event):
            found.fates[topic]["admitted"] += 1
        else:
            found.lost.append(f"{topic} {event.event_id}: {event.type_name()} is in no record")
    counted = [r for r in readings if r.event_id not in contested and r.event_id not in corrected]
    _count_readings(found, records, counted)
    _find_repeats(found, records)
    return found


def _event(message: WireMessage) -> Event | None:
    try:
        return decode(message.value, message.headers).event
    except WireError:
        return None


def _enters_no_record(event: Event) -> bool:
    way = way_of(event)
    return event.type_name().startswith("platform.") or bool(
        way.told and not way.courses and not way.route
    )


def _count_readings(
    found: Account, records: list[PatientBatchRecord], readings: list[ConditionRead]
) -> None:
    came: dict[str, set[datetime]] = defaultdict(set)
    for event in readings:
        logger = event.named(Scheme.LOGGER)[0]
        came[logger] |= {r.at for r in event.readings if r.temperature is not None}
    for record in records:
        for leg in record.conditions:
            here = sum(leg.first_at <= at <= leg.last_at for at in came[leg.logger])
            if here != leg.readings:
                wrong = found.lost if leg.readings < here else found.doubled
                wrong.append(
                    f"{record.coi}: logger {leg.logger} names {leg.readings} readings, {here} came"
                )


def _find_repeats(found: Account, records: list[PatientBatchRecord]) -> None:
    for record in records:
        named = Counter(m.event_id for m in record.milestones)
        found.doubled += [f"{record.coi}: names {e} {n} times" for e, n in named.items() if n > 1]


def as_table(found: Account, say: Callable[[str], None]) -> None:
    """Print the account of each source."""
    say(f"\n{'source':<28}{'received':>9}" + "".join(f"{fate:>13}" for fate in FATES))
    for topic in sorted(found.received):
        counted = found.fates[topic]
        name = topic.removeprefix(topics.inbound("", "")[:-1])
        say(f"{name:<28}{found.received[topic]:>9}" + "".join(f"{counted[f]:>13}" for f in FATES))
    totals = "".join(f"{found.total(fate):>13}" for fate in FATES)
    say(f"{'all':<28}{found.received.total():>9}{totals}")
    for line in [*found.lost, *found.doubled][:10]:
        say(f"  wrong: {line}")
