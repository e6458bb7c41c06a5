"""What the network sends: repeatable, in disorder, twice now and then, and understood as it was meant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.clinic import CONNECTOR as CLINIC
from connectors.connector import Connector, Held, Ignored, Mapped, Raw
from connectors.erp import CONNECTOR as ERP
from connectors.lims import CONNECTOR as LIMS
from connectors.logistics import CONNECTOR as LOGISTICS
from connectors.mes import CONNECTOR as MES
from connectors.pseudonyms import Pseudonyms
from connectors.qms import CONNECTOR as QMS
from connectors.simulator.delays import Sent, send
from connectors.simulator.journey import Journey, tell_journeys
from connectors.simulator.network import PARTNERS, Play, inbound, play
from schemas.authority import AUTHORITY
from schemas.envelope import Event, Scheme
from schemas.profile import ClockEdge
from schemas.profiles import platform_limits
from schemas.transport import ConditionRead
from tests.connectors.simulator import judge
from tests.connectors.simulator.links import links_of

ROOT = Path(__file__).parents[3]

CONNECTORS: dict[str, Connector] = {
    connector.system.value: connector for connector in (CLINIC, ERP, LIMS, LOGISTICS, MES, QMS)
}
TOKENS = Pseudonyms(domain="tests", key=bytes(range(32)))

GIVEN_BY_THE_CONNECTOR = {
    "event_id",  # derived from the partner's own message
    "source_message",
    "corrects",  # the id of another event
    "subject",  # the token of an invented patient that only the message names
    "actor",  # staff numbers become tokens too
    "second_actor",
    "signature",
    "occurred_offset_minutes",  # some formats always state an offset, and some have no place for one
    "raw_classification",  # the partner's own word beside ours
    "raw_state",
}


@cache
def small_play() -> Play:
    return play(14, 5)


def test_a_seed_always_plays_the_same():
    assert play(6, 5) == play(6, 5)


DIGEST = """
import hashlib
from connectors.simulator.network import play
digest = hashlib.sha256()
for sending in play(4, 5).schedule:
    digest.update(repr((sending.at, sending.system, sending.partner, sending.message)).encode())
print(digest.hexdigest())
"""


def test_a_seed_plays_the_same_in_another_process():
    found = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": chance, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for chance in ("1", "2")
    }
    assert len(found) == 1


def test_two_seeds_play_differently():
    bodies = [{s.message.body for s in play(3, seed).schedule} for seed in (5, 6)]
    assert not bodies[0] & bodies[1]


def test_facts_without_a_format_are_those_of_the_messages():
    direct = {
        line.event(journey.course)
        for journey in tell_journeys(14, 5)
        for line in journey.script.lines
        if line.direct
    }
    sent = [(at, event) for at, event in inbound(14, 5) if event not in direct]
    assert {event.event_id for _, event in sent} == {e.event_id for e in small_play().events}
    assert [at for at, _ in sent] == sorted(at for at, _ in sent)
    with_halves = [s for s in small_play().schedule if not s.message.name.endswith("record.json")]
    assert sorted(at for at, _ in sent) == sorted(s.at for s in with_halves)


def test_messages_are_sent_in_order_of_time_and_never_before_the_fact():
    moments = [sending.at for sending in small_play().schedule]
    assert moments == sorted(moments)
    for at, event in inbound(14, 5):
        assert at > event.occurred_at
        assert event.recorded_at is not None
        assert at > event.recorded_at


def test_some_messages_are_sent_twice_as_the_same_bytes():
    seen: dict[str, bytes] = {}
    twice = 0
    for sending in small_play().schedule:
        name = f"{sending.system}/{sending.message.name}"
        if name in seen:
            twice += 1
            assert seen[name] == sending.message.body
        seen[name] = sending.message.body
    assert 0.01 < twice / len(seen) < 0.06


def test_messages_come_out_of_order_within_a_partner_and_between_partners():
    sent = list(inbound(14, 5))
    assert _disorder(event for _, event in sent) > 0.1
    for partner in PARTNERS:
        own = [event for _, event in sent if event.system is partner.system]
        if len(own) > 100:  # a quality unit says too little to overtake itself
            assert _disorder(own) > 0.005, partner.system


def _disorder(events: Iterable[Event]) -> float:
    """How often something that happened later was sent before."""
    listed = [event.occurred_at for event in events]
    later = sum(a > b for a, b in pairwise(listed))
    return later / len(listed)


def test_some_links_come_after_the_facts_that_need_them():
    linked: set[str] = set()
    early = 0
    for _, event in inbound(14, 5):
        needed = [i for i in event.identifiers if i.scheme in (Scheme.BATCH, Scheme.ORDER)]
        own = {str(alias) for alias, _ in links_of(event)}
        early += event.coi is None and any(str(i) not in linked | own for i in needed)
        linked |= own
    assert early > 5


def clean(seed: int) -> Iterator[tuple[Journey, list[tuple[Sent, Event]]]]:
    journeys = list(tell_journeys(40, seed))
    harmed = {label.journey for journey in journeys for label in journey.labels}
    for journey in journeys:
        if journey.course.journey not in harmed:
            yield journey, [(s, s.line.event(journey.course)) for s in send(journey.script)]


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_clean_journey_every_link_comes_before_anybody_asks_for_it(seed):
    grace = timedelta(minutes=platform_limits().orphan_grace.minutes)
    for _, sent in clean(seed):
        known: dict[str, datetime] = {}
        for one, event in sent:
            for alias, _ in links_of(event):
                known[str(alias)] = min(known.get(str(alias), one.at[0]), one.at[0])
        for one, event in sent:
            for identifier in event.identifiers:
                since = known.get(str(identifier))
                if since is not None:
                    asked = max(event.occurred_at, event.recorded_at or event.occurred_at) + grace
                    assert since < max(asked, one.at[0] + timedelta(seconds=1)), event.type_name()


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_clean_journey_nobody_is_warned_before_the_message_arrives(seed):
    """Each limit is kept also when a fact counts only from the moment it is heard of."""
    for journey, sent in clean(seed):
        profile = journey.course.profile
        heard = [e.model_copy(update={"occurred_at": s.at[0]}) for s, e in sent]
        told = [e for _, e in sent]
        assert all(margin > timedelta(0) for margin in judge.release_margins(profile, heard))
        for (one, event), later in zip(sent, heard, strict=True):
            if event.type_name() in ("transport.CustodyHandedOver", "transport.CustodyAccepted"):
                window = timedelta(minutes=profile.handover_window.minutes)
                sides = [
                    known
                    for known in told
                    if known.type_name().startswith("transport.Custody")
                    and known.named(Scheme.SHIPMENT) == event.named(Scheme.SHIPMENT)
                    and getattr(known, "to_party", None) == getattr(event, "to_party", None)
                ]
                assert len(sides) == 2
                assert later.occurred_at < min(s.occurred_at for s in sides) + window
            if event.type_name() == "manufacture.MaterialDecided" and profile.fresh_hold:
                others = [e for e in told if e is not event]
                assert min(judge.hold_margins(profile, [*others, later])) > timedelta(0)
            for lead in profile.milestones:
                if event.type_name() == lead.expect:
                    since = [e.occurred_at for e in told if e.type_name() == lead.after]
                    assert one.at[0] < min(since) + timedelta(hours=lead.hours)


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_clean_journey_no_clock_is_heard_to_run_past_its_warning(seed):
    for journey, sent in clean(seed):
        clock = journey.course.profile.clocks[0]
        phase = "thaw" if clock.start is ClockEdge.THAW_STARTED else "thawed"
        at = {one.line.name: one for one, _ in sent}
        for dose in range(1, len(journey.course.names.doses) + 1):
            start, stop = at[f"{phase}:{dose}"], at[f"infused:{dose}"]
            warned = start.line.at + timedelta(minutes=clock.minutes * clock.warn_at)
            assert stop.at[0] < max(warned, start.at[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_clean_journey_a_warm_room_is_never_heard_of_before_the_delivery(seed):
    warm = 0
    for _, sent in clean(seed):
        at = {one.line.name: one.at[0] for one, _ in sent}
        for one, event in sent:
            way = one.line.name.partition("_")[0]
            delivered = f"{way}_delivered"
            if isinstance(event, ConditionRead) and way == "home":
                room = [r for r in event.readings if (r.temperature or 0) > 0]
                after = [r for r in room if r.at > event.readings[0].at]
                warm += len(room)
                assert not after or one.at[0] > at[delivered] + timedelta(hours=2)
    assert warm > 3


def test_time_passes_until_every_deadline_is_over():
    schedule = small_play().schedule
    ticks = list(schedule.ticks(timedelta(hours=6)))
    assert ticks[0].now < schedule.sendings[0].at
    assert ticks[-1].now >= schedule.ends_at > schedule.sendings[-1].at
    for event in small_play().events:
        assert event.occurred_at + timedelta(hours=2) < ticks[-1].now
    stuck = [e for e in small_play().events if e.type_name() == "manufacture.MaterialDecided"]
    assert max(e.occurred_at for e in stuck) + timedelta(hours=336) < ticks[-1].now


def test_time_that_stands_still_is_refused():
    with pytest.raises(ValueError, match="time passes forwards"):
        list(small_play().schedule.ticks(timedelta(0)))


def test_every_message_is_understood_as_the_fact_it_was_made_of():
    said = {_key(event): event for event in small_play().events}
    understood = list(_understood(small_play()))
    assert len(understood) == len(said)
    for event in understood:
        assert _content(event) == _content(said[_key(event)])


def _understood(played: Play) -> Iterator[Event]:
    partners = {partner.system: partner for partner in PARTNERS}
    halves: dict[str, Raw] = {}
    seen: set[str] = set()
    for sending in played.schedule:
        raw = Raw(sending.message.name, sending.message.body)
        if raw.name in seen:
            continue
        seen.add(raw.name)
        connector, partner = CONNECTORS[sending.system.value], partners[sending.system]
        for decision in connector.translate(raw, partner, TOKENS, ()):
            if isinstance(decision, Held) and decision.key in halves:
                (decision,) = connector.translate(raw, partner, TOKENS, (halves[decision.key],))
            match decision:
                case Held(key):
                    halves[key] = raw
                case Mapped(events):
                    yield from events
                case Ignored():
                    pass  # what stands around a fact: a patient, a provenance
                case _:
                    pytest.fail(f"{raw.name}: {decision}")


def _key(event: Event) -> tuple[object, ...]:
    names = frozenset(str(identifier) for identifier in event.identifiers)
    content = getattr(event, "test", None), getattr(event, "readings", None)
    return event.system, event.type_name(), event.occurred_at, event.coi, names, content


def _content(event: Event) -> dict[str, object]:
    said = event.model_dump(exclude=GIVEN_BY_THE_CONNECTOR)
    said["identifiers"] = {str(identifier) for identifier in event.identifiers}
    return said


def test_the_partners_may_say_what_they_say():
    for event in small_play().events:
        assert (event.type_name(), event.system) in AUTHORITY


def test_progress_is_told_journey_by_journey():
    heard: list[tuple[int, int]] = []
    play(3, 1, progress=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 3), (2, 3), (3, 3)]
