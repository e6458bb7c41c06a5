"""Laws: what a record holds and what an open alert says is a function of the set of what came in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.alert import Alert
from schemas.collection import CheckContext, CollectionCompleted, Comparison, IdentityVerified
from schemas.control import (
    ActionKind,
    AlertAction,
    QuarantinedMessage,
)
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.manufacture import BatchStarted, MaterialReceived, ProductFilled
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    AvailabilityConfirmed,
    BatchNumberAssigned,
    CoiAssigned,
    OrderCreated,
)
from schemas.quality import BatchCertified
from schemas.transport import (
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentKind,
)
from schemas.treatment import InfusionCompleted, LymphodepletionStarted, ThawRecorded
from schemas.wire import WireMessage, decode_contract, encode_contract
from streams.replay import Replay
from tests.words import COURSE, OTHER, Arrival, at, named, said, sent, tick

hours = st.integers(0, 400)
courses = st.sampled_from([COURSE, OTHER])
orders = st.sampled_from(["ORDER:O-1", "ORDER:O-2"])
batches = st.sampled_from(["BATCH:B-1", "BATCH:B-2"])
samples = st.sampled_from(["SAMPLE:S-1", "SAMPLE:S-2"])
shipments = st.sampled_from(["SHIPMENT:H-1", "SHIPMENT:H-2"])
loggers = st.sampled_from(["LOGGER:L-1", "LOGGER:L-2"])
aliases = st.one_of(orders, batches, samples, shipments)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event of a small world of two courses, whose identifiers collide on purpose."""
    hour = draw(hours)
    kind = draw(st.integers(0, 19))
    match kind:
        case 0:
            product = draw(st.sampled_from(["AXICEL", "TISACEL", "NOBODY"]))
            return said(OrderCreated, draw(orders), hour=hour, product=product)
        case 1 | 2:
            return said(CoiAssigned, draw(orders), coi=draw(courses), hour=hour, issuer="maker")
        case 3:
            named_by = {"coi": draw(courses)} if draw(st.booleans()) else {}
            also = () if named_by else (draw(orders),)
            return said(BatchNumberAssigned, draw(batches), *also, hour=hour, **named_by)
        case 4 | 5:
            way = AliasLinked if kind == 4 else AliasRevoked
            alias, target = draw(aliases), f"COI:{draw(courses)}"
            return said(way, hour=hour, alias=named(alias), target=named(target))
        case 6:
            return said(SampleRegistered, draw(samples), draw(batches), hour=hour)
        case 7 | 8:
            value = draw(st.sampled_from([50.0, 95.0]))
            result = ResultReported if kind == 7 else ResultAmended
            verdict = Verdict.PASS if value > 80 else Verdict.OUT_OF_SPECIFICATION
            return said(
                result, draw(samples), hour=hour, test="VIABILITY", value=value, low=80.0, verdict=verdict
            )
        case 9:
            return said(
                CollectionCompleted, "DIN:D-1", draw(orders), hour=hour, ended_at=at(hour)
            )
        case 10:
            return said(
                ShipmentBooked, draw(shipments), draw(batches), hour=hour, kind=ShipmentKind.FINAL_PRODUCT
            )
        case 11:
            return said(
                PackagePacked, draw(shipments), draw(loggers), hour=hour, kind=ShipmentKind.FINAL_PRODUCT
            )
        case 12 | 13:
            readings = tuple(
                Reading(at=at(hour + i), temperature=draw(st.sampled_from([-196.0, -140.0, -100.0])))
                for i in range(3)
            )
            return said(ConditionRead, draw(loggers), hour=hour, readings=readings)
        case 14:
            return said(
                CustodyHandedOver, draw(shipments), hour=hour, from_party="A", to_party="B"
            )
        case 15:
            return said(CustodyAccepted, draw(shipments), hour=hour, to_party="B")
        case 16:
            found = draw(courses)
            compared = (Comparison(scheme=Scheme.COI, expected=COURSE, found=found),)
            return said(
                IdentityVerified,
                coi=COURSE,
                hour=hour,
                context=CheckContext.BEDSIDE,
                comparisons=compared,
            )
        case 17:
            step = draw(st.sampled_from([BatchStarted, ProductFilled, BatchCertified]))
            return said(step, draw(batches), hour=hour)
        case 18:
            step = draw(st.sampled_from([LymphodepletionStarted, InfusionCompleted, ThawRecorded]))
            more = {InfusionCompleted: {"outcome": "complete"}, ThawRecorded: {"phase": "completed"}}
            return said(step, coi=draw(courses), hour=hour, **more.get(step, {}))
        case _:
            step = draw(st.sampled_from([MaterialReceived, AvailabilityConfirmed]))
            return said(step, draw(orders), hour=hour)


@st.composite
def histories(draw: st.DrawFn) -> list[Arrival]:
    """A set of inbound lines: events, corrections, contested ids, ticks and what people did."""
    stated = draw(st.lists(events(), min_size=1, max_size=14))
    lines = [sent(event) for event in stated]
    for event in draw(st.lists(st.sampled_from(stated), max_size=2)):
        new = event.model_copy(
            update={
                "event_id": uuid5(event.event_id, "correction"),
                "corrects": event.event_id,
                "reason_code": "typing-error",
                "occurred_at": event.occurred_at + timedelta(hours=draw(st.integers(-9, 9))),
            }
        )
        lines.append(sent(new))
    for event in draw(st.lists(st.sampled_from(stated), max_size=2)):
        lines.append(sent(event.model_copy(update={"site": draw(st.sampled_from(["N", "S"]))})))
    lines += [tick(hour) for hour in draw(st.lists(hours, max_size=3))]
    lines.append(tick(900))
    if draw(st.booleans()):
        lines.append(_acknowledgement())
    return lines


def _acknowledgement() -> Arrival:
    action = AlertAction(
        action_id=UUID(int=7),
        alert_id=UUID(int=8),
        key=COURSE,
        kind=ActionKind.ACKNOWLEDGE,
        acted_at=at(500),
        actor="STAFF-1",
    )
    return topics.ACTIONS, WireMessage(COURSE.encode(), encode_contract(action))


def state_of(lines: list[Arrival]) -> dict[str, object]:
    """Everything that must not depend on the path."""
    replay = Replay()
    replay.take_all(lines)
    open_alerts = {}
    for topic, kept in replay.latest.items():
        if topic.startswith("v2v.alerts."):
            for key, value in kept.items():
                alert = decode_contract(Alert, value)
                if alert.open:
                    open_alerts[key] = alert.model_copy(update={"revision": 1})
    withheld = {
        entry.event_id
        for value in replay.latest.get(topics.QUARANTINE, {}).values()
        if not (entry := decode_contract(QuarantinedMessage, value)).cleared
    }
    return {
        "records": replay.latest.get(topics.RECORDS, {}),
        "alerts": open_alerts,
        "waiting": set(replay.latest.get(topics.WAITING, {})),
        "quarantine": withheld,
    }


@settings(max_examples=400, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(lines: list[Arrival], random) -> None:
    shuffled = lines * 2
    random.shuffle(shuffled)
    expected, found = state_of(lines), state_of(shuffled)
    assert found["waiting"] == expected["waiting"]
    assert found["quarantine"] == expected["quarantine"]
    assert found["alerts"] == expected["alerts"]
    assert found["records"] == expected["records"]


