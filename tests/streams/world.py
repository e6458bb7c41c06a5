"""A small world of two courses whose identifiers collide on purpose, and everything that must not depend on the path."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid5

from hypothesis import strategies as st

from schemas import topics
from schemas.alert import Alert
from schemas.collection import CheckContext, CollectionCompleted, Comparison, IdentityVerified
from schemas.control import ActionKind, AlertAction, QuarantinedMessage
from schemas.enrolment import PatientEnrolled, PatientsMerged, RecordChange
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchStarted,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    AvailabilityConfirmed,
    BatchNumberAssigned,
    CoiAssigned,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)
from schemas.quality import (
    BatchCertified,
    DeviationClass,
    DeviationOpened,
    DeviationReported,
    IncidentDeclared,
    IncidentKind,
    IncidentReport,
    IncidentReported,
    MaterialLotRecalled,
    OosCaseChanged,
    OosState,
    PartyQualified,
)
from schemas.transport import (
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    Reading,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)
from schemas.treatment import InfusionCompleted, LymphodepletionStarted, ProductStored, ThawRecorded
from schemas.wire import WireMessage, decode_contract, encode_contract
from streams.replay import Replay
from tests.streams.partitioned import Partitioned
from tests.words import COURSE, OTHER, Arrival, at, heard, named, said, sent, tick

hours = st.integers(0, 400)
courses = st.sampled_from([COURSE, OTHER])
orders = st.sampled_from(["ORDER:O-1", "ORDER:O-2"])
batches = st.sampled_from(["BATCH:B-1", "BATCH:B-2"])
samples = st.sampled_from(["SAMPLE:S-1", "SAMPLE:S-2"])
shipments = st.sampled_from(["SHIPMENT:H-1", "SHIPMENT:H-2"])
loggers = st.sampled_from(["LOGGER:L-1", "LOGGER:L-2"])
kinds_of_change = st.sampled_from(
    [RecordChange.MERGED, RecordChange.LINKED, RecordChange.SEPARATED]
)
aliases = st.one_of(orders, batches, samples, shipments)


def kinds(*of: type[Event]) -> st.SearchStrategy[type[Event]]:
    """One of these types."""
    return st.sampled_from(of)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event of the small world."""
    hour = draw(hours)
    kind = draw(st.integers(0, 32))
    match kind:
        case 0:
            product = draw(st.sampled_from(["AXICEL", "TISACEL", "NOBODY"]))
            return said(OrderCreated, draw(orders), hour=hour, product=product)
        case 1 | 2:
            return said(CoiAssigned, draw(orders), coi=draw(courses), hour=hour, issuer="maker")
        case 3:
            named_by: dict[str, Any] = {"coi": draw(courses)} if draw(st.booleans()) else {}
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
                result,
                draw(samples),
                hour=hour,
                test="VIABILITY",
                value=value,
                low=80.0,
                verdict=verdict,
            )
        case 9:
            return said(CollectionCompleted, "DIN:D-1", draw(orders), hour=hour, ended_at=at(hour))
        case 10:
            return said(
                ShipmentBooked,
                draw(shipments),
                draw(batches),
                hour=hour,
                kind=ShipmentKind.FINAL_PRODUCT,
            )
        case 11:
            return said(
                PackagePacked,
                draw(shipments),
                draw(loggers),
                hour=hour,
                kind=ShipmentKind.FINAL_PRODUCT,
            )
        case 12 | 13:
            readings = tuple(
                Reading(
                    at=at(hour + i), temperature=draw(st.sampled_from([-196.0, -140.0, -100.0]))
                )
                for i in range(3)
            )
            return said(ConditionRead, draw(loggers), hour=hour, readings=readings)
        case 14:
            return said(CustodyHandedOver, draw(shipments), hour=hour, from_party="A", to_party="B")
        case 15:
            return said(CustodyAccepted, draw(shipments), hour=hour, to_party="B")
        case 16:
            compared = (Comparison(scheme=Scheme.COI, expected=COURSE, found=draw(courses)),)
            return said(
                IdentityVerified,
                coi=COURSE,
                hour=hour,
                context=CheckContext.BEDSIDE,
                comparisons=compared,
            )
        case 17:
            step = draw(kinds(BatchStarted, ProductFilled, BatchCertified))
            return said(step, draw(batches), hour=hour)
        case 18:
            step = draw(kinds(LymphodepletionStarted, InfusionCompleted, ThawRecorded))
            more: dict[Any, Any] = {
                InfusionCompleted: {"outcome": "complete"},
                ThawRecorded: {"phase": "completed"},
            }
            return said(step, coi=draw(courses), hour=hour, **more.get(step, {}))
        case 19:
            state = draw(st.sampled_from([OosState.CONFIRMED, OosState.CLOSED]))
            return said(OosCaseChanged, "OOS_CASE:Q-1", draw(batches), hour=hour, state=state)
        case 20:
            return said(ShipmentDelivered, draw(shipments), hour=hour)
        case 21 | 22:
            timed = kind == 21 or draw(st.booleans())
            begins: dict[str, Any] = {"starts_at": at(draw(hours))} if timed else {}
            if kind == 21:
                return said(SlotReserved, "SLOT:X-1", coi=draw(courses), hour=hour, **begins)
            change = draw(st.sampled_from([SlotChange.MOVED, SlotChange.RELEASED]))
            return said(
                SlotChanged, "SLOT:X-1", coi=draw(courses), hour=hour, change=change, **begins
            )
        case 23:
            return said(StepCompleted, "MATERIAL_LOT:V-1", draw(batches), hour=hour, step="WASH")
        case 24:
            lifted = draw(st.booleans())
            return said(MaterialLotRecalled, "MATERIAL_LOT:V-1", hour=hour, lifted=lifted)
        case 25:
            return said(ProductStored, "TANK:T-1", draw(batches), hour=hour)
        case 26:
            ringing = draw(st.sampled_from([AlarmState.RAISED, AlarmState.CLEARED]))
            named_too = (draw(batches),) if draw(st.booleans()) else ()
            return said(AlarmChanged, "TANK:T-1", *named_too, hour=hour, alarm="A", state=ringing)
        case 27:
            subject = draw(st.sampled_from(["SUBJECT-ONE", "SUBJECT-TWO"]))
            return said(PatientEnrolled, coi=draw(courses), hour=hour, subject=subject)
        case 28:
            both = draw(st.permutations(["SUBJECT-ONE", "SUBJECT-TWO"]))
            named_by = {"coi": draw(courses)} if draw(st.booleans()) else {}
            return said(
                PatientsMerged,
                hour=hour,
                subject=both[0],
                other_subject=both[1],
                change=draw(kinds_of_change),
                **named_by,
            )
        case 29:
            ends = at(draw(hours)) if draw(st.booleans()) else None
            suspended = draw(st.booleans())
            return said(PartyQualified, "PARTY:B", hour=hour, ends_at=ends, suspended=suspended)
        case 30:
            incident = draw(kinds(IncidentDeclared, IncidentReported))
            about: dict[str, Any] = {"kind": IncidentKind.SECURITY}
            if incident is IncidentReported:
                about["report"] = draw(st.sampled_from(list(IncidentReport)[:-1]))
            return said(incident, "INCIDENT:I-1", hour=hour, **about)
        case 31:
            if draw(st.booleans()):
                return said(DeviationReported, "DEVIATION:V-1", draw(batches), hour=hour)
            return said(
                DeviationOpened,
                "DEVIATION:V-1",
                draw(batches),
                hour=hour,
                classification=DeviationClass.MINOR,
                reportable=draw(st.booleans()),
            )
        case _:
            step = draw(kinds(MaterialReceived, AvailabilityConfirmed))
            also = (draw(shipments),) if draw(st.booleans()) else ()
            return said(step, draw(orders), *also, hour=hour)


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
                "withdraws": draw(st.booleans()),
                "occurred_at": event.occurred_at + timedelta(hours=draw(st.integers(-9, 9))),
            }
        )
        lines.append(sent(new))
    for event in draw(st.lists(st.sampled_from(stated), max_size=2)):
        lines.append(sent(event.model_copy(update={"site": draw(st.sampled_from(["N", "S"]))})))
    lines += [tick(hour) for hour in draw(st.lists(hours, max_size=3))]
    lines.append(tick(900))
    if draw(st.booleans()):
        lines += _actions(draw, lines)
    return lines


def _actions(draw: st.DrawFn, lines: list[Arrival]) -> list[Arrival]:
    """What people did about one of the alerts that these lines bring about, if they bring any."""
    issued = _alerts(heard(*lines))
    if not issued:
        return []
    alert = issued[draw(st.sampled_from(sorted(issued)))]
    kinds = st.lists(st.sampled_from(list(ActionKind)[:-1]), min_size=1, max_size=4)
    done: list[Arrival] = []
    soon = st.integers(0, 30).map(lambda hour: alert.raised_at + timedelta(hours=hour))
    acted = st.one_of(soon, hours.map(at))
    for number, kind in enumerate(draw(kinds)):
        action = AlertAction(
            action_id=uuid5(alert.alert_id, str(number)),
            alert_id=alert.alert_id,
            key=alert.coi or alert.object,
            kind=kind,
            acted_at=draw(acted),
            actor="STAFF-1",
            reason=draw(st.sampled_from([None, "settled"])),
            assignee=draw(st.sampled_from([None, "STAFF-2"])),
            until=draw(acted) if draw(st.booleans()) else None,
        )
        done.append((topics.ACTIONS, WireMessage(action.key.encode(), encode_contract(action))))
    return done


def _alerts(replay: Replay | Partitioned) -> dict[str, Alert]:
    return {
        key: decode_contract(Alert, value)
        for topic, kept in replay.latest.items()
        if topic.startswith("v2v.alerts.")
        for key, value in kept.items()
    }


def state_of(lines: list[Arrival]) -> dict[str, object]:
    """Everything that must not depend on the path."""
    return said_by(heard(*lines))


def said_by(replay: Replay | Partitioned) -> dict[str, object]:
    """Everything that a run has said and that must not depend on its path."""
    withheld = {
        entry.event_id
        for value in replay.latest.get(topics.QUARANTINE, {}).values()
        if not (entry := decode_contract(QuarantinedMessage, value)).cleared
    }
    return {
        "records": replay.latest.get(topics.RECORDS, {}),
        "alerts": {
            key: alert.model_copy(update={"revision": 1})
            for key, alert in _alerts(replay).items()
            if alert.open
        },
        "waiting": set(replay.latest.get(topics.WAITING, {})),
        "quarantine": withheld,
    }


def difference(found: dict[str, object], expected: dict[str, object]) -> str:
    """The first thing in which two runs differ, in words."""
    for part, value in expected.items():
        if found[part] != value:
            return f"{part}: found {found[part]!r}, expected {value!r}"
    return ""
