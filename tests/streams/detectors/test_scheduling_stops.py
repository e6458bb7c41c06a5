"""Therapies that go on although the patient or the order has stopped them: SC-05, SC-06."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Event, System
from schemas.manufacture import BatchStarted, BatchTerminated, ProductFilled, StepCompleted
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import platform_limits
from schemas.quality import BatchRejected, HoldPlaced
from schemas.transport import CheckpointPassed, PackagePacked, ShipmentKind
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionStarted,
    LymphodepletionStarted,
    ThawRecorded,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    MINUTE,
    When,
    at,
    heard,
    lived,
    ordered,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

NEWS = 50 * HOUR
SPREAD = platform_limits().stop_spread.minutes * MINUTE
AROUND: tuple[tuple[timedelta, list[str]], ...] = (
    (-INSTANT, []),
    (timedelta(0), []),
    (INSTANT, ["open"]),
)
BATCH = "BATCH:B-1"


def patient(state: PatientState, hour: When = NEWS) -> PatientStateChanged:
    return said(PatientStateChanged, coi=COURSE, hour=hour, state=state)


def consent(state: ConsentState, hour: When = NEWS) -> ConsentChanged:
    return said(ConsentChanged, coi=COURSE, hour=hour, state=state)


def order(change: OrderChange = OrderChange.CANCELLED, hour: When = NEWS) -> OrderChanged:
    return said(OrderChanged, "ORDER:O-1", hour=hour, change=change)


def step(hour: When = 60, name: str = "EXPANSION") -> StepCompleted:
    return said(StepCompleted, BATCH, coi=COURSE, hour=hour, step=name)


def packed(kind: ShipmentKind, system: System, hour: When = 60) -> PackagePacked:
    return said(PackagePacked, "SHIPMENT:H-1", coi=COURSE, hour=hour, kind=kind, system=system)


MORE: dict[type[Event], dict[str, Any]] = {ThawRecorded: {"phase": "started"}}
STEPS = [BatchStarted, ProductFilled, LymphodepletionStarted, ThawRecorded, InfusionStarted]
DEAD, GONE, UNFIT, FIT = (
    PatientState.DECEASED,
    PatientState.WITHDRAWN,
    PatientState.UNFIT,
    PatientState.FIT,
)
STOPS: dict[str, list[Event]] = {
    "SC-05": [patient(DEAD), patient(GONE), patient(UNFIT), consent(ConsentState.WITHDRAWN)],
    "SC-06": [order()],
}
EVERY_STOP = pytest.mark.parametrize(
    ("code", "stop"), [(code, stop) for code, stops in STOPS.items() for stop in stops]
)


@EVERY_STOP
def test_a_step_after_the_news_had_its_time_is_raised(code: str, stop: Event) -> None:
    for more, found in AROUND:
        assert states(told(stop, step(NEWS + SPREAD + more)), code) == found


@EVERY_STOP
@pytest.mark.parametrize("kind", STEPS)
def test_every_step_onwards_counts(code: str, stop: Event, kind: type[Event]) -> None:
    later = said(kind, coi=COURSE, hour=60, **MORE.get(kind, {}))
    assert states(told(stop, later), code) == ["open"]


@EVERY_STOP
def test_a_package_counts_where_its_sender_packed_it_for_its_way(code: str, stop: Event) -> None:
    out, home = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT
    for kind, system, found in (
        (out, System.CLINIC, ["open"]),
        (home, System.MES, ["open"]),
        (home, System.CLINIC, []),
        (out, System.MES, []),
        (home, System.LOGISTICS, []),
        (ShipmentKind.UNKNOWN_TO_READER, System.MES, []),
    ):
        assert states(told(stop, packed(kind, system)), code) == found


@EVERY_STOP
def test_what_only_travels_or_happened_before_is_no_step_onwards(code: str, stop: Event) -> None:
    passing = said(CheckpointPassed, "SHIPMENT:H-1", coi=COURSE, hour=60, checkpoint="HUB")
    assert states(told(stop, passing, step(40)), code) == []
    assert states(told(stop), code) == []


def test_news_of_the_patient_names_the_first_step_that_ignored_it() -> None:
    news, first = patient(DEAD), step(60)
    later = said(ProductFilled, BATCH, coi=COURSE, hour=70)
    alert = the_alert(told(news, later, first), "SC-05")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "patient-operations")
    assert (alert.object, alert.anchor) == ("patient", str(news.event_id))
    assert alert.raised_at == at(60)
    assert alert.evidence == tuple(sorted((news.event_id, first.event_id)))
    assert alert.missing == ("decision to stop or to hold",)
    assert alert.detail == (
        f"patient deceased since {at(NEWS).isoformat()}; "
        f"manufacture.StepCompleted at {at(60).isoformat()}"
    )
    left = the_alert(told(consent(ConsentState.WITHDRAWN), first), "SC-05")
    assert left.detail.startswith("consent withdrawn since ")


def test_a_patient_who_is_fit_or_agrees_again_goes_on() -> None:
    for bad, good in (
        (patient(UNFIT), patient(FIT, 55)),
        (consent(ConsentState.WITHDRAWN), consent(ConsentState.GIVEN, 55)),
    ):
        assert states(told(bad, good, step()), "SC-05") == []
        assert states(told(good, step()), "SC-05") == []
    before = (patient(FIT, 40), consent(ConsentState.GIVEN, 40))
    assert states(told(*before, patient(UNFIT), step()), "SC-05") == ["open"]
    replay = heard(*ordered(), patient(UNFIT), step(), patient(FIT, 65))
    assert lived(replay, "SC-05") == ["open", "resolved"]


def test_a_state_that_nobody_can_read_stops_nothing() -> None:
    for news in (
        patient(PatientState.UNKNOWN_TO_READER),
        consent(ConsentState.UNKNOWN_TO_READER),
    ):
        assert states(told(news, step()), "SC-05") == []


def test_agreeing_again_heals_no_other_news_and_the_first_news_counts() -> None:
    mixed = (patient(GONE), consent(ConsentState.GIVEN, 55))
    assert states(told(*mixed, step()), "SC-05") == ["open"]
    first = patient(UNFIT, 30)
    alert = the_alert(told(first, patient(DEAD), step()), "SC-05")
    assert alert.anchor == str(first.event_id)
    healed = (patient(UNFIT, 30), patient(FIT, 35), patient(DEAD))
    assert the_alert(told(*healed, step()), "SC-05").anchor == str(patient(DEAD).event_id)


DECISIONS = {
    "cancelled": lambda hour: order(hour=hour),
    "held": lambda hour: said(HoldPlaced, BATCH, coi=COURSE, hour=hour),
    "terminated": lambda hour: said(BatchTerminated, BATCH, coi=COURSE, hour=hour),
    "rejected": lambda hour: said(BatchRejected, BATCH, coi=COURSE, hour=hour),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_ends_it_whenever_it_comes_after_the_news(decision: str) -> None:
    decide = DECISIONS[decision]
    for hour, found in ((NEWS - INSTANT, ["open"]), (NEWS, []), (NEWS + INSTANT, [])):
        assert states(told(patient(DEAD), decide(hour), step()), "SC-05") == found
    replay = heard(*ordered(), patient(DEAD), step(), decide(70))
    assert lived(replay, "SC-05") == ["open", "resolved"]


def test_an_order_that_is_only_changed_decides_nothing() -> None:
    assert states(told(patient(DEAD), order(OrderChange.CHANGED, 55), step()), "SC-05") == ["open"]
    assert states(told(order(OrderChange.CHANGED), step()), "SC-06") == []


def test_another_day_is_a_decision_for_the_unfit_alone() -> None:
    moved = said(
        InfusionChanged,
        coi=COURSE,
        hour=55,
        change=InfusionChange.RESCHEDULED,
        planned_at=at(400),
    )
    assert states(told(patient(UNFIT), moved, step()), "SC-05") == []
    assert states(told(patient(DEAD), moved, step()), "SC-05") == ["open"]
    assert states(told(consent(ConsentState.WITHDRAWN), moved, step()), "SC-05") == ["open"]


# ------------------------------------------------------------------------------------------ SC-06


def test_a_cancelled_order_names_the_first_step_that_ignored_it() -> None:
    stop, first = order(), step(60)
    later = said(ProductFilled, BATCH, coi=COURSE, hour=70)
    alert = the_alert(told(stop, order(hour=58), later, first), "SC-06")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "erp-manufacturing")
    assert (alert.object, alert.anchor) == ("order", str(stop.event_id))
    assert alert.raised_at == at(60)
    assert alert.evidence == tuple(sorted((stop.event_id, first.event_id)))
    assert alert.missing == ("closed orders",)
    assert alert.detail == (
        f"order cancelled since {at(NEWS).isoformat()}; "
        f"manufacture.StepCompleted at {at(60).isoformat()}"
    )


@pytest.mark.parametrize("kind", [BatchTerminated, BatchRejected])
def test_the_end_of_the_batch_after_its_last_step_ends_it(kind: type[Event]) -> None:
    for more, found in ((-INSTANT, ["open"]), (timedelta(0), []), (INSTANT, [])):
        end = said(kind, BATCH, coi=COURSE, hour=70 * HOUR + more)
        assert states(told(end, order(), step(60), step(70)), "SC-06") == found
    end = said(kind, BATCH, coi=COURSE, hour=70)
    assert lived(heard(*ordered(), order(), step(60), end), "SC-06") == ["open", "resolved"]


def test_a_cancellation_that_is_withdrawn_stops_nothing() -> None:
    stop = order()
    assert states(told(stop, withdrawn(stop), step()), "SC-06") == []
