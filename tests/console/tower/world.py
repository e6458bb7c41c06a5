"""What a real pipeline says of a few simulated journeys, as the tower hears it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from connectors.simulator.network import ends_at, inbound
from console.tower.folding import FOLDS, Heard
from schemas import topics
from schemas.alert import Alert, AlertState, alert_id
from schemas.control import Header, QuarantinedMessage, Tick
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.reasons import REMEDIES, Reason
from schemas.wire import WireMessage, decode, encode_contract, to_message
from streams.messages import Out
from streams.replay import Replay

PARTITIONS = 3


class Telling(Replay):
    """A replay that keeps everything that it says on a topic which the tower reads, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Out] = []

    def _pass_on(self, out: Out, waiting: deque[tuple[str, WireMessage]]) -> None:
        if out.topic == topics.EVENTS:
            self.said.append(out)
        super()._pass_on(out, waiting)

    def _keep(self, out: Out) -> None:
        self.said.append(out)
        super()._keep(out)


def heard(said: list[Out]) -> list[Heard]:
    """The same messages with a partition and an offset each."""
    places: Counter[tuple[str, int]] = Counter()
    found = []
    for out in said:
        if out.topic not in FOLDS:
            continue
        place = (out.topic, sum(out.key.encode()) % PARTITIONS)
        found.append(Heard(*place, places[place], out.key, out.value, out.headers))
        places[place] += 1
    return found


@cache
def journeys(
    count: int = 3, seed: int = 1, day: int | None = None
) -> tuple[tuple[Heard, ...], datetime]:
    """What is said of so many journeys by the end, or by a day of theirs; and what time it is then."""
    telling = Telling()
    sent = list(inbound(count, seed, passing=True))
    end = ends_at([event for _, event in sent], sent[-1][0])
    if day is not None:
        end = sent[0][0] + timedelta(days=day)
    for due, topic, message in _in_time(sent, end):
        del due
        telling.take(topic, message)
    telling.finish()
    said = [*telling.said, Out(topics.TICKS, "0", encode_contract(Tick(now=end)))]
    return tuple(heard(said)), end


def _in_time(sent, end) -> Iterator[tuple[datetime, str, WireMessage]]:
    due = sent[0][0]
    for moment, event in sent:
        if moment > end:
            break
        while due <= moment:
            yield due, topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=due)))
            due += timedelta(days=1)
        yield moment, topics.inbound(event.system, event.partner), to_message(event)
    yield end, topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=end)))


def alert(
    code: str,
    coi: str | None,
    raised_at: datetime,
    *,
    harm_in: float | None = None,
    thing: str = "BATCH:B1",
    revision: int = 1,
    state: AlertState = AlertState.OPEN,
    **more: Any,
) -> Alert:
    """An alert of this code about a course."""
    kind = EXCEPTION_BY_CODE[code]
    return Alert(
        alert_id=alert_id(code, coi, thing, "then"),
        code=code,
        title=kind.title,
        hazard=kind.hazard,
        coi=coi,
        object=thing,
        anchor="then",
        state=state,
        severity=kind.severity,
        raised_at=raised_at,
        acknowledge_by=raised_at + timedelta(minutes=kind.acknowledge_within),
        decide_by=raised_at + timedelta(minutes=kind.decide_within),
        harm_at=None if harm_in is None else raised_at + timedelta(hours=harm_in),
        owner=kind.owner,
        detail="<script>alert(1)</script> was scanned",
        rule=f"{code}/1",
        profile="axi-cel@1.0.0",
        revision=revision,
        **more,
    )


def said_of(stated: Alert, offset: int = 50_000) -> Heard:
    """An alert as the tower hears it."""
    topic = topics.alerts(stated.hazard)
    return Heard(topic, 0, offset, str(stated.alert_id), encode_contract(stated))


def set_aside(number: int, reason: Reason, *courses: str) -> QuarantinedMessage:
    """A message that was set aside."""
    return QuarantinedMessage(
        quarantine_id=UUID(int=number),
        reason=reason.value,
        detail="lims said what qms owns",
        remedy=REMEDIES[reason],
        stage="admission",
        topic="v2v.in.lims.lab-1",
        key=b"key",
        value=b"\xc3\x01<b>bytes</b>",
        headers=(Header(name="ce_type", value=b"org.v2v.quality.BatchCertified"),),
        system="lims",
        partner="lab-1",
        event_id=UUID(int=number + 1000),
        courses=courses,
    )


def of_site(site: str) -> list[str]:
    """The courses of the journeys that events of this site tell of."""
    found = set()
    for said in journeys()[0]:
        if said.topic == topics.EVENTS:
            event = decode(said.value, said.headers).event
            if event.site == site:
                found.add(said.key)
    return sorted(found)


@cache
def trouble(now: datetime) -> tuple[Heard, ...]:
    """Two exceptions and three messages set aside beside what the journeys tell."""
    first, *_, last = of_site("hospital-1")
    stated = (
        alert("ID-01", first, now, harm_in=3),
        alert("TC-01", last, now, harm_in=1),
        alert("ID-04", None, now, thing="SAMPLE:S-1"),
    )
    aside = (
        set_aside(1, Reason.WRONG_OWNER, first),
        set_aside(2, Reason.UNKNOWN_TYPE),
        set_aside(3, Reason.TWO_COURSES, first, "ANOTHER-COURSE"),
    )
    return (
        *(said_of(one, 50_000 + place) for place, one in enumerate(stated)),
        *(
            Heard(
                topics.QUARANTINE, 0, 50_000 + place, str(one.quarantine_id), encode_contract(one)
            )
            for place, one in enumerate(aside)
        ),
    )
