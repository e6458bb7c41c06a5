"""What one event costs: its whole step beside the decoding of the same event alone.

The step is all that a worker computes for it: decoding, admission, identity, the fold, the detectors,
the gates and the forecast. Writing the record is told beside it: a worker does that once for all events
of a batch. All are processor time of one thread, taken one after the other, so that they are compared
under the same load. That a step does not grow is shown twice: with five times as many courses, and at
the end of a course that has heard many events.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple

from schemas import topics
from schemas.envelope import Event, System, event_id
from schemas.manufacture import InProcessControlRecorded
from schemas.ordering import CoiAssigned
from schemas.wire import decode, forget_recent, to_message
from streams.forecast import kept_forecast
from streams.gates import answers, outside_paths
from streams.replay import Replay
from streams.supervise import view_of
from tests.bench.backlog import Arrival, backlog

BAR = 5.0
GROWTH = 1.25
"""How much more a step may cost at the end than at the beginning: room for noise, not for growth."""
FEW, MANY = 2_000, 10_000
LONG = 400


def measure() -> dict[str, Any]:
    """Medians in microseconds, how many times its decoding a step costs, and how both growths come out."""
    few, many = [*_costs(backlog(FEW))], [*_costs(backlog(MANY))]
    long = [*_costs(_long_course())][-LONG:]
    ratio = _ratio(few)
    courses = _ratio(many[-len(few) :]) / ratio
    events = _ratio(long[-LONG // 4 :]) / _ratio(long[: LONG // 4])
    return {
        "job": "cost",
        "events": len(few),
        "decode_us": round(1e6 * median(one.decode for one in few), 1),
        "step_us": round(1e6 * median(one.step for one in few), 1),
        "record_us": round(1e6 * median(one.record for one in few), 1),
        "ratio": round(ratio, 2),
        "growth_with_courses": round(courses, 2),
        "growth_with_events": round(events, 2),
        "bars": {
            f"step <= {BAR:g} x decode": ratio <= BAR,
            f"growth <= {GROWTH:g}": max(courses, events) <= GROWTH,
        },
    }


class Cost(NamedTuple):
    """Seconds that one event has cost: decoded alone, the whole step, and the record written after it."""

    decode: float
    step: float
    record: float


def _ratio(costs: Iterable[Cost]) -> float:
    return median(one.step / one.decode for one in costs)


def _costs(arrivals: Iterable[Arrival]) -> Iterator[Cost]:
    """What each event of a partner costs, one after the other."""
    replay = Replay()
    told = [*arrivals]
    gc.collect()
    gc.disable()
    try:
        for topic, message in told:
            began = time.thread_time()
            if topic.startswith("v2v.in."):
                decode(message.value, message.headers)
            alone = time.thread_time() - began
            forget_recent()  # what the measurement has read, the step must read again
            began = time.thread_time()
            replay.take(topic, message)
            for coi in replay.line.touched:
                view = view_of(coi, replay.courses[coi])
                answers(view), outside_paths(view), kept_forecast(view)
            step = time.thread_time() - began
            began = time.thread_time()
            replay.finish()
            record = time.thread_time() - began
            if topic.startswith("v2v.in."):
                yield Cost(alone, step, record)
    finally:
        gc.enable()


def _long_course() -> list[Arrival]:
    """Journeys as they are, and then one course whose batch is measured again and again."""
    told = backlog(FEW)
    said = [decode(m.value, m.headers).event for t, m in told if t.startswith("v2v.in.")]
    course = next(event for event in said if isinstance(event, CoiAssigned) and event.coi)
    maker = next(event for event in said if event.system is System.MES)
    more = (_control(number, course, maker.partner) for number in range(LONG))
    return [*told, *((topics.inbound(e.system, e.partner), to_message(e)) for e in more)]


def _control(number: int, course: Event, partner: str) -> Event:
    kind = InProcessControlRecorded
    return kind(
        event_id=event_id(System.MES, partner, f"bench-{number}", kind.type_name()),
        coi=course.coi,
        occurred_at=course.occurred_at + timedelta(minutes=number),
        system=System.MES,
        partner=partner,
        environment=course.environment,
        test="CELL_COUNT",
        value=1e9,
        unit="cells",
    )
