"""Materials that went into the product and turned out to be bad: QU-08."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.envelope import Event
from schemas.manufacture import AlarmChanged, AlarmState, BatchStarted, ProductFilled, StepCompleted
from schemas.quality import MaterialLotRecalled
from schemas.treatment import ProductStored
from tests.words import (
    COURSE,
    OTHER,
    alerts,
    at,
    corrected,
    heard,
    lived,
    open_codes,
    said,
    sent,
    states,
    the_alert,
    withdrawn,
)


def step(course: str = COURSE, *lots: str, hour: float = 10, step: str = "TRANSDUCTION"):
    return said(StepCompleted, *(lots or ("MATERIAL_LOT:V-1",)), coi=course, hour=hour, step=step)


def recall(*lots: str, hour: float = 50, **more: Any):
    return said(MaterialLotRecalled, *(lots or ("MATERIAL_LOT:V-1",)), hour=hour, **more)


def test_every_course_that_used_a_recalled_lot_is_raised_when_it_was_recalled() -> None:
    ours, theirs, found = step(), step(OTHER, hour=20), recall()
    for story in ([ours, theirs, found], [found, theirs, ours], [theirs, found, ours]):
        replay = heard(*story)
        for used, course in ((ours, COURSE), (theirs, OTHER)):
            alert = the_alert(replay, "QU-08", course)
            assert alert.open
            assert (alert.severity, alert.owner) == (Severity.S1, "quality-assurance")
            assert (alert.object, alert.anchor) == ("MATERIAL_LOT:V-1", str(found.event_id))
            assert alert.raised_at == at(50)
            assert alert.evidence == tuple(sorted((used.event_id, found.event_id)))
            assert alert.missing == ("impact assessment",)
            assert alert.detail == (
                f"lot V-1 is recalled; it has been used since {used.occurred_at.isoformat()}"
            )


def test_a_lot_that_is_used_although_it_is_recalled_is_raised_when_it_was_used() -> None:
    for story in ([recall(), step(hour=51)], [step(hour=51), recall()]):
        assert the_alert(heard(*story), "QU-08").raised_at == at(51)


def test_another_lot_is_nobodys_business() -> None:
    assert states(heard(step(), recall("MATERIAL_LOT:V-2")), "QU-08") == []


def test_a_tank_in_alarm_does_not_hide_a_recall() -> None:
    tank = (
        said(ProductStored, "TANK:T-1", coi=COURSE, hour=5),
        said(AlarmChanged, "TANK:T-1", hour=6, alarm="LEVEL-LOW", state=AlarmState.RAISED),
    )
    for story in ((*tank, step(), recall()), (step(), recall(), *tank)):
        assert sorted(open_codes(heard(*story))) == ["QU-08", "TC-09"]


def test_a_recall_of_several_lots_is_raised_once_for_each() -> None:
    both = ("MATERIAL_LOT:V-1", "MATERIAL_LOT:V-2")
    replay = heard(step(COURSE, *both), step(COURSE, both[1], hour=12, step="WASH"), recall(*both))
    assert states(replay, "QU-08") == ["open", "open"]


def test_the_first_use_of_a_lot_is_what_is_told() -> None:
    early, late = step(hour=10), step(hour=12, step="WASH")
    for story in ([early, late, recall()], [late, recall(), early]):
        assert early.event_id in the_alert(heard(*story), "QU-08").evidence


@pytest.mark.parametrize(
    ("kind", "more"), [(BatchStarted, {}), (ProductFilled, {}), (StepCompleted, {"step": "A"})]
)
def test_any_step_that_names_the_lot_has_used_it(kind: type[Event], more: dict[str, Any]) -> None:
    used = said(kind, "MATERIAL_LOT:V-1", coi=COURSE, hour=9, **more)
    assert "QU-08" in open_codes(heard(used, recall()))


def test_a_recall_that_is_lifted_ends_it_for_everybody() -> None:
    story = [step(), step(OTHER), recall(), recall(hour=60, lifted=True)]
    assert states(heard(*story), "QU-08") == ["resolved", "resolved"]
    for course in (COURSE, OTHER):
        assert "QU-08" not in open_codes(heard(*reversed(story)), course)


def test_a_lot_that_is_recalled_again_is_a_matter_of_its_own() -> None:
    again = recall(hour=70)
    replay = heard(step(), recall(), recall(hour=60, lifted=True), again)
    assert sorted(states(replay, "QU-08")) == ["open", "resolved"]
    assert open_codes(replay) == ["QU-08"]


def test_a_lift_before_the_recall_lifts_nothing() -> None:
    assert "QU-08" in open_codes(heard(step(), recall(hour=49, lifted=True), recall()))


def test_a_second_notice_of_the_same_recall_is_the_same_recall() -> None:
    first, second = recall(), recall(hour=55)
    for story in ([step(), first, second], [second, step(), first]):
        replay = heard(*story)
        (open_one,) = [a for a in alerts(replay) if a.open]
        assert first.event_id in open_one.evidence


def test_a_recall_that_was_withdrawn_or_corrected_never_was() -> None:
    wrong = recall()
    for mended in (withdrawn(wrong), corrected(wrong, lifted=True)):
        for story in ([step(), wrong, mended], [mended, wrong, step()], [wrong, mended, step()]):
            assert "QU-08" not in open_codes(heard(*story))
    assert lived(heard(step(), wrong, withdrawn(wrong)), "QU-08") == ["open", "retracted"]


def test_a_recall_with_two_contents_says_nothing_until_one_is_right() -> None:
    other = recall().model_copy(update={"site": "N"})
    for story in ([step(), recall(), sent(other)], [sent(other), recall(), step()]):
        assert "QU-08" not in open_codes(heard(*story))


def test_a_use_that_was_withdrawn_never_was() -> None:
    used = step()
    assert states(heard(used, recall(), withdrawn(used)), "QU-08") == ["retracted"]
    assert "QU-08" not in open_codes(heard(recall(), withdrawn(used), used))


def test_a_recall_of_no_lot_is_set_aside() -> None:
    replay = heard(recall("BATCH:B-1"))
    assert [o.value for (_, o), n in replay.line.outcomes.items() if n] == ["quarantined"]


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
