"""Storage tanks in which cells of the course lie: TC-09."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import MaterialCryopreserved
from schemas.enrolment import PatientEnrolled, PatientsMerged
from schemas.envelope import Event
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchStarted,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)
from schemas.quality import BatchRejected, MaterialLotRecalled
from schemas.transport import PackagePacked
from schemas.treatment import (
    InfusionCompleted,
    InfusionOutcome,
    ProductReceived,
    ProductStored,
    ThawPhase,
    ThawRecorded,
)
from tests.words import (
    COURSE,
    OTHER,
    alerts,
    at,
    heard,
    lived,
    open_codes,
    ordered,
    records,
    said,
    sent,
    states,
    the_alert,
    withdrawn,
)

TANK, BAG, BAG_2 = "TANK:T-1", "CONTAINER:C-1", "CONTAINER:C-2"


def stored(*names: str, course: str = COURSE, hour: float = 10):
    return said(ProductStored, *(names or (TANK, BAG)), coi=course, hour=hour)


def alarm(
    state: AlarmState = AlarmState.RAISED,
    *names: str,
    hour: float = 50,
    alarm: str = "LEVEL-LOW",
    **more: Any,
):
    return said(AlarmChanged, *(names or (TANK,)), hour=hour, alarm=alarm, state=state, **more)


def raised(*story: Event) -> bool:
    """Whether the alarm is open, and that in either order."""
    found = {"TC-09" in open_codes(heard(*s)) for s in (story, story[::-1])}
    assert len(found) == 1
    return found.pop()


def test_every_course_in_a_tank_that_has_an_alarm_is_raised_when_it_began() -> None:
    ours, theirs, rung = stored(), stored(TANK, "CONTAINER:D-1", course=OTHER, hour=20), alarm()
    for story in ([ours, theirs, rung], [rung, theirs, ours], [theirs, rung, ours]):
        replay = heard(*story)
        for put, course in ((ours, COURSE), (theirs, OTHER)):
            alert = the_alert(replay, "TC-09", course)
            assert alert.open
            assert (alert.severity, alert.owner) == (Severity.S1, "facility-quality")
            assert (alert.object, alert.anchor) == (TANK, str(rung.event_id))
            assert alert.raised_at == at(50)
            assert alert.evidence == tuple(sorted((put.event_id, rung.event_id)))
            assert alert.missing == ("transfer record",)
            assert alert.detail == (
                "tank T-1 has the alarm LEVEL-LOW, and cells of the course lie in it"
            )


def test_what_is_put_into_a_tank_that_has_an_alarm_is_raised_when_it_was_put_there() -> None:
    for story in ([alarm(), stored(hour=51)], [stored(hour=51), alarm()]):
        assert the_alert(heard(*story), "TC-09").raised_at == at(51)


def test_the_alarm_of_another_tank_is_nobodys_business() -> None:
    assert not raised(stored(), alarm(AlarmState.RAISED, "TANK:T-2"))


def test_an_alarm_that_is_cleared_ends_it_and_another_one_does_not() -> None:
    put, rung = stored(), alarm()
    assert states(heard(put, rung, alarm(AlarmState.CLEARED, hour=51)), "TC-09") == ["resolved"]
    assert not raised(put, rung, alarm(AlarmState.CLEARED, hour=51))
    assert raised(put, rung, alarm(AlarmState.CLEARED, hour=49))
    assert raised(put, rung, alarm(AlarmState.CLEARED, hour=51, alarm="TOO-WARM"))


def test_two_alarms_of_one_tank_are_two_matters() -> None:
    replay = heard(stored(), alarm(), alarm(hour=52, alarm="TOO-WARM"))
    assert sorted(a.raised_at for a in alerts(replay) if a.code == "TC-09") == [at(50), at(52)]


def test_an_alarm_whose_state_cannot_be_read_is_taken_for_raised() -> None:
    assert raised(stored(), alarm(AlarmState.UNKNOWN_TO_READER))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (MaterialCryopreserved, {}),
        (MaterialReceived, {}),
        (ProductFilled, {}),
        (ProductReceived, {}),
        (ProductStored, {}),
    ],
)
def test_whatever_names_the_tank_puts_the_cells_there(
    kind: type[Event], more: dict[str, Any]
) -> None:
    assert raised(said(kind, TANK, coi=COURSE, hour=10, **more), alarm())
    # and where it names none, they are somewhere else
    assert not raised(stored(), said(kind, coi=COURSE, hour=11, **more), alarm())


OUT: list[tuple[type[Event], dict[str, Any]]] = [
    (BatchStarted, {}),
    (PackagePacked, {}),
    (InfusionCompleted, {"outcome": InfusionOutcome.COMPLETE}),
    (MaterialDecided, {"decision": MaterialDecision.REJECTED}),
    (BatchRejected, {}),
    (ProductStored, {}),
]


@pytest.mark.parametrize(("kind", "more"), OUT)
def test_the_next_step_of_the_containers_takes_them_out(
    kind: type[Event], more: dict[str, Any]
) -> None:
    both = stored(TANK, BAG, BAG_2)
    for hour in (49, 51):
        assert not raised(both, alarm(), said(kind, coi=COURSE, hour=hour, **more))
        one = said(kind, BAG, coi=COURSE, hour=hour, **more)
        other = said(kind, BAG_2, coi=COURSE, hour=hour, **more)
        assert raised(both, alarm(), one)
        assert not raised(both, alarm(), one, other)
        assert not raised(stored(TANK), alarm(), one)
    assert raised(both, alarm(), said(kind, coi=COURSE, hour=9, **more))


def test_a_thaw_takes_out_the_bag_that_it_names() -> None:
    def thaw(*names: str):
        return said(ThawRecorded, *names, coi=COURSE, hour=60, phase=ThawPhase.STARTED)

    both = stored(TANK, BAG, BAG_2)
    assert raised(both, alarm(), thaw(BAG))
    assert not raised(both, alarm(), thaw(BAG), thaw(BAG_2))
    assert not raised(both, alarm(), thaw())
    # bags that nobody named: one of them is thawed, and others may be left
    assert raised(stored(TANK), alarm(), thaw(BAG))
    assert states(heard(both, alarm(), thaw()), "TC-09") == ["resolved"]


def test_material_that_is_accepted_lies_where_it_lay() -> None:
    decided = said(MaterialDecided, coi=COURSE, hour=20, decision=MaterialDecision.ACCEPTED)
    assert raised(stored(), decided, alarm())


def test_what_is_moved_to_another_tank_is_in_that_tank() -> None:
    moved = stored("TANK:T-2", BAG, hour=51)
    assert not raised(stored(), alarm(), moved)
    assert raised(stored(), moved, alarm(AlarmState.RAISED, "TANK:T-2", hour=52))


def test_what_lies_in_two_tanks_is_in_both() -> None:
    both = stored(TANK, "TANK:T-2", BAG)
    assert raised(both, alarm())
    assert raised(both, alarm(AlarmState.RAISED, "TANK:T-2"))


def test_the_first_container_that_was_put_there_is_what_is_told() -> None:
    first, second = stored(), stored(TANK, BAG_2, hour=55)
    alert = the_alert(heard(second, alarm(), first), "TC-09")
    assert first.event_id in alert.evidence
    assert alert.raised_at == at(50)


def test_an_alarm_that_was_withdrawn_or_is_contested_never_was() -> None:
    rung = alarm()
    assert not raised(stored(), rung, withdrawn(rung))
    assert lived(heard(stored(), rung, withdrawn(rung)), "TC-09") == ["open", "retracted"]
    other = sent(rung.model_copy(update={"site": "N"}))
    for story in ([stored(), sent(rung), other], [other, sent(rung), sent(stored())]):
        assert "TC-09" not in open_codes(heard(*story))


def test_an_alarm_of_a_batch_that_names_its_tank_is_told_to_the_batch_and_to_the_tank() -> None:
    assigned = said(MaterialReceived, "SHIPMENT:H-1", coi=COURSE, hour=1)
    rung = alarm(AlarmState.RAISED, TANK, "ORDER:O-1")
    replay = heard(*ordered(), assigned, stored(TANK, "CONTAINER:D-1", course=OTHER), rung)
    assert "TC-09" in open_codes(replay, OTHER)
    assert str(rung.event_id) in {str(m.event_id) for m in records(replay)[COURSE].milestones}


def test_a_tank_in_alarm_and_a_recalled_lot_are_both_told_whichever_came_first() -> None:
    tank = (
        said(ProductStored, "TANK:T-1", coi=COURSE, hour=20),
        said(AlarmChanged, "TANK:T-1", hour=21, alarm="A", state=AlarmState.RAISED),
    )
    lot = (
        said(StepCompleted, "MATERIAL_LOT:V-1", coi=COURSE, hour=20, step="A"),
        said(MaterialLotRecalled, "MATERIAL_LOT:V-1", hour=21),
    )
    for story in ((*tank, *lot), (*lot, *tank)):
        assert sorted(open_codes(heard(*story))) == ["QU-08", "TC-09"]


def test_what_is_wrong_with_a_lot_or_the_patient_does_not_hide_the_alarm_of_the_tank() -> None:
    before = (
        said(PatientEnrolled, coi=COURSE, hour=1, subject="SUBJECT-ONE"),
        said(PatientsMerged, hour=2, subject="SUBJECT-ONE", other_subject="SUBJECT-TWO"),
        said(StepCompleted, "MATERIAL_LOT:V-1", coi=COURSE, hour=3, step="A"),
        said(MaterialLotRecalled, "MATERIAL_LOT:V-1", hour=4),
    )
    after = stored(), alarm()
    for story in ((*before, *after), (*after, *before)):
        assert sorted(open_codes(heard(*story))) == ["ID-11", "QU-08", "TC-09"]
