"""Weak cells, unwritten alarms, batches given up: QU-04, QU-05, QU-06."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, CollectionScheduled
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
)
from schemas.ordering import BatchNumberAssigned, OrderChange, OrderChanged
from schemas.profiles import platform_limits, shipped
from schemas.quality import DeviationClass, DeviationOpened
from tests.words import (
    COURSE,
    INSTANT,
    alerts,
    at,
    corrected,
    heard,
    lived,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
    withdrawn,
)

COUNTED = [profile for profile in shipped() if profile.nucleated_cells is not None]
WAIT = timedelta(hours=platform_limits().deviation_after_alarm.hours)


def terminated(batch: str | None = "B-1", hour: float = 100) -> BatchTerminated:
    names = () if batch is None else (f"BATCH:{batch}",)
    return said(BatchTerminated, *names, coi=COURSE, hour=hour)


def assigned(batch: str, hour: float, *, remanufacture: bool = True) -> BatchNumberAssigned:
    name = f"BATCH:{batch}"
    return said(BatchNumberAssigned, name, coi=COURSE, hour=hour, remanufacture=remanufacture)


def alarm(hour: Any = 40, *names: str, **more: Any) -> AlarmChanged:
    fields: dict[str, Any] = {"alarm": "FREEZER", "state": AlarmState.RAISED, "critical": True}
    return said(AlarmChanged, *(names or ("BATCH:B-1",)), coi=COURSE, hour=hour, **fields | more)


def deviation(hour: Any = 50, *names: str) -> DeviationOpened:
    return said(
        DeviationOpened,
        *(names or ("DEVIATION:D-1", "BATCH:B-1")),
        coi=COURSE,
        hour=hour,
        classification=DeviationClass.MINOR,
    )


def collected(cells: float | None, hour: float = 5, din: str = "D-1") -> CollectionCompleted:
    return said(
        CollectionCompleted,
        f"DIN:{din}",
        coi=COURSE,
        hour=hour,
        ended_at=at(hour),
        nucleated_cells=cells,
    )


def decided(decision: MaterialDecision, hour: float = 30) -> MaterialDecided:
    return said(MaterialDecided, "DIN:D-1", coi=COURSE, hour=hour, decision=decision)


# QU-04


def test_a_batch_that_is_given_up_without_a_plan_is_of_the_gravest() -> None:
    end = terminated()
    alert = the_alert(told(end), "QU-04")
    assert (alert.severity, alert.owner) == (Severity.S1, "planner-clinic")
    assert (alert.object, alert.anchor) == ("BATCH:B-1", str(end.event_id))
    assert alert.raised_at == at(100)
    assert alert.evidence == (end.event_id,)
    assert alert.missing == ("plan for another batch or another apheresis",)


def test_a_batch_without_a_number_that_is_given_up_is_raised_too() -> None:
    assert the_alert(told(terminated(None)), "QU-04").object == "batch"


def test_another_batch_in_its_place_ends_it_also_when_it_was_planned_before() -> None:
    end = terminated()
    assert lived(told(end, assigned("B-2", 120)), "QU-04") == ["open", "resolved"]
    assert states(told(assigned("B-2", 90), end), "QU-04") == []


def test_a_second_number_is_a_plan_only_when_it_replaces_the_first() -> None:
    second = assigned("B-2", 120, remanufacture=False)
    assert states(told(terminated(), second), "QU-04") == ["open"]


def test_a_second_batch_that_is_given_up_too_is_no_plan_any_more() -> None:
    story = terminated(), assigned("B-2", 120), terminated("B-2", 300)
    assert sorted(states(told(*story), "QU-04")) == ["open", "open"]
    assert states(told(assigned("B-2", 20), terminated("B-2")), "QU-04") == ["open"]


def test_a_batch_that_is_planned_anew_does_not_hide_a_later_one_that_is_not() -> None:
    again = said(CollectionScheduled, "ORDER:O-1", coi=COURSE, hour=120, planned_at=at(200))
    replay = told(terminated(), again, terminated("B-2", 300))
    assert [a.object for a in alerts(replay) if a.code == "QU-04" and a.open] == ["BATCH:B-2"]


@pytest.mark.parametrize(("hour", "found"), [(99.9, ["open"]), (100, []), (100.1, ["resolved"])])
def test_an_apheresis_planned_since_ends_it_and_the_first_one_does_not(hour, found) -> None:
    again = said(CollectionScheduled, "ORDER:O-1", coi=COURSE, hour=hour, planned_at=at(400))
    heard = [s for s in states(told(terminated(), again), "QU-04") if s != "retracted"]
    assert heard == found


def test_an_order_that_is_cancelled_needs_no_plan_and_one_that_is_changed_does() -> None:
    for change, found in ((OrderChange.CANCELLED, ["resolved"]), (OrderChange.CHANGED, ["open"])):
        word = said(OrderChanged, "ORDER:O-1", coi=COURSE, hour=130, change=change)
        assert states(told(terminated(), word), "QU-04") == found


def test_a_termination_that_is_withdrawn_was_never_true() -> None:
    end = terminated()
    assert lived(told(end, withdrawn(end)), "QU-04") == ["open", "retracted"]


# QU-05


@pytest.mark.parametrize(
    ("now", "found"), [(WAIT - INSTANT, []), (WAIT, ["open"]), (WAIT + INSTANT, ["open"])]
)
def test_a_critical_alarm_waits_a_day_for_its_deviation(now, found) -> None:
    assert states(told(alarm(), now=timedelta(hours=40) + now), "QU-05") == found


def test_an_alarm_that_nobody_has_written_up_is_raised_when_the_time_is_over() -> None:
    raised = alarm()
    alert = the_alert(told(raised), "QU-05")
    assert (alert.severity, alert.owner) == (Severity.S2, "quality-assurance")
    assert (alert.object, alert.anchor) == ("BATCH:B-1", str(raised.event_id))
    assert alert.raised_at == at(40) + WAIT
    assert alert.evidence == (raised.event_id,)
    assert alert.missing == ("deviation or rationale",)
    assert "FREEZER" in alert.detail


@pytest.mark.parametrize(
    "more",
    [{"critical": False}, {"state": AlarmState.CLEARED}, {"state": AlarmState.UNKNOWN_TO_READER}],
    ids=str,
)
def test_an_alarm_that_is_not_critical_or_only_ends_needs_no_deviation(more) -> None:
    assert states(told(alarm(**more)), "QU-05") == []
    assert states(told(alarm(**more), alarm(41)), "QU-05") == ["open"]


def test_the_end_of_an_alarm_does_not_write_it_up() -> None:
    over = alarm(41, state=AlarmState.CLEARED)
    assert states(told(alarm(), over), "QU-05") == ["open"]


def test_a_deviation_since_the_alarm_settles_it_and_one_from_before_does_not() -> None:
    moment = timedelta(hours=40)
    for when, found in (
        (moment - INSTANT, ["open"]),
        (moment, []),
        (moment + INSTANT, []),
        (moment + WAIT, []),
    ):
        assert states(told(alarm(), deviation(when)), "QU-05") == found, when


def test_a_deviation_that_is_opened_late_resolves_it() -> None:
    replay = heard(*ordered(), alarm(), tick(70), deviation(80), tick(900))
    assert lived(replay, "QU-05") == ["open", "resolved"]


def test_the_deviation_of_another_batch_settles_nothing() -> None:
    assert states(told(alarm(), deviation(50, "DEVIATION:D-1", "BATCH:B-2")), "QU-05") == ["open"]
    assert states(told(alarm(), deviation(50, "DEVIATION:D-1")), "QU-05") == []
    assert states(told(alarm(40, "ORDER:O-1"), deviation()), "QU-05") == []


def test_an_alarm_that_comes_again_is_one_matter_and_another_alarm_another() -> None:
    again = told(alarm(40), alarm(41), alarm(43))
    assert states(again, "QU-05") == ["open"]
    assert the_alert(again, "QU-05").raised_at == at(40) + WAIT
    assert states(told(alarm(40), alarm(41, alarm="PUMP")), "QU-05") == ["open", "open"]


def test_an_alarm_after_the_deviation_of_an_earlier_one_needs_its_own() -> None:
    replay = told(alarm(40), deviation(50), alarm(60))
    assert the_alert(replay, "QU-05").raised_at == at(60) + WAIT


def test_an_alarm_that_is_withdrawn_was_never_true() -> None:
    raised = alarm()
    replay = heard(*ordered(), raised, tick(70), withdrawn(raised), tick(900))
    assert lived(replay, "QU-05") == ["open", "retracted"]


# QU-06


@pytest.mark.parametrize("profile", COUNTED, ids=lambda p: p.name)
@pytest.mark.parametrize(("step", "found"), [(-1.0, ["open"]), (0, []), (1.0, [])])
def test_fewer_cells_than_the_product_needs_are_raised(profile, step, found) -> None:
    assert profile.nucleated_cells is not None
    few = collected(profile.nucleated_cells.cells + step)
    assert states(told(few, product=product_of(profile)), "QU-06") == found


def weak(*others: Any) -> Any:
    return told(collected(1.5e9), *others, product=product_of(COUNTED[0]))


def test_weak_material_is_described_and_needs_a_decision() -> None:
    alert = the_alert(weak(), "QU-06")
    assert (alert.severity, alert.owner) == (Severity.S2, "manufacturer-clinic")
    assert (alert.object, alert.anchor) == ("starting material", str(collected(1.5e9).event_id))
    assert alert.raised_at == at(5)
    assert alert.detail == "1.5e+09 nucleated cells collected, at least 2e+09 are needed"
    assert alert.evidence == (collected(1.5e9).event_id,)
    assert alert.missing == ("acceptance at risk, or a second collection",)


def test_a_product_that_states_no_number_of_cells_is_not_judged() -> None:
    assert states(told(collected(1.0), product="AXICEL"), "QU-06") == []


def test_cells_that_nobody_has_counted_are_not_weak() -> None:
    assert states(told(collected(None), product=product_of(COUNTED[0])), "QU-06") == []
    assert "open" not in states(weak(collected(None, 60, "D-2")), "QU-06")


def test_a_second_collection_is_counted_together_with_the_first() -> None:
    assert lived(weak(collected(0.5e9, 60, "D-2")), "QU-06") == ["open", "resolved"]
    replay = weak(collected(0.4e9, 60, "D-2"))
    assert the_alert(replay, "QU-06").open
    assert len(the_alert(replay, "QU-06").evidence) == 2


@pytest.mark.parametrize(
    ("decision", "found"),
    [
        (MaterialDecision.ACCEPTED, ["open"]),
        (MaterialDecision.ACCEPTED_AT_RISK, ["resolved"]),
        (MaterialDecision.REJECTED, ["resolved"]),
        (MaterialDecision.UNKNOWN_TO_READER, ["open"]),
    ],
)
def test_only_a_decision_that_knows_of_the_weakness_ends_it(decision, found) -> None:
    assert states(weak(decided(decision)), "QU-06") == found


@pytest.mark.parametrize(("hour", "found"), [(4.9, ["open"]), (5.0, []), (5.1, ["resolved"])])
def test_a_decision_from_before_the_collection_was_about_other_cells(hour, found) -> None:
    kept = states(weak(decided(MaterialDecision.ACCEPTED_AT_RISK, hour)), "QU-06")
    assert [s for s in kept if s != "retracted"] == found


def test_a_count_that_was_a_typing_error_is_retracted() -> None:
    few = collected(1.5e8)
    replay = told(few, corrected(few, nucleated_cells=1.5e10), product=product_of(COUNTED[0]))
    assert lived(replay, "QU-06") == ["open", "retracted"]
