"""Steps after the end of a course or a batch: SQ-07."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted
from schemas.envelope import Event
from schemas.manufacture import (
    BatchStarted,
    BatchTerminated,
    MaterialDecided,
    MaterialDecision,
    ProductFilled,
)
from schemas.ordering import OrderChange, OrderChanged
from schemas.quality import BatchCertified, BatchRejected, OosCaseChanged, OosState
from schemas.treatment import (
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionStarted,
    ThawPhase,
    ThawRecorded,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    at,
    heard,
    lived,
    said,
    states,
    the_alert,
    withdrawn,
)

STARTED, COMPLETED = ThawPhase.STARTED, ThawPhase.COMPLETED
BAG, BATCH = "CONTAINER:B-1-01", "BATCH:B-1"


def collected(when: When) -> CollectionCompleted:
    return said(CollectionCompleted, coi=COURSE, hour=when, ended_at=at(when))


def decided(when: When, decision: MaterialDecision = MaterialDecision.ACCEPTED) -> MaterialDecided:
    return said(MaterialDecided, coi=COURSE, hour=when, decision=decision)


def thawed(when: When, *names: str, phase: ThawPhase = STARTED) -> ThawRecorded:
    return said(ThawRecorded, *(names or (BAG,)), coi=COURSE, hour=when, phase=phase)


def infused(when: When, *names: str) -> InfusionStarted:
    return said(InfusionStarted, *(names or (BAG,)), coi=COURSE, hour=when)


def step(kind: type[Event], when: When, *names: str, **more: Any) -> Event:
    return said(kind, *names, coi=COURSE, hour=when, **more)


def certified(when: When, number: str = "RFI-1", *names: str, **more: Any) -> BatchCertified:
    return said(
        BatchCertified,
        f"CERTIFICATE:{number}",
        *(names or (BATCH,)),
        coi=COURSE,
        hour=when,
        **more,
    )


def cancelled(when: When, change: OrderChange = OrderChange.CANCELLED) -> OrderChanged:
    return said(OrderChanged, "ORDER:O-1", coi=COURSE, hour=when, change=change)


def given(when: When) -> InfusionCompleted:
    return said(InfusionCompleted, BAG, coi=COURSE, hour=when, outcome=InfusionOutcome.COMPLETE)


AFTER = {
    "collected": collected,
    "started": lambda hour: step(BatchStarted, hour, BATCH),
    "filled": lambda hour: step(ProductFilled, hour, BATCH),
    "certified": lambda hour: certified(hour),
    "prepared": lambda hour: step(LymphodepletionStarted, hour),
    "thawed": lambda hour: thawed(hour, BAG, BATCH),
    "infused": lambda hour: infused(hour, BAG, BATCH),
}
ENDS = {
    "cancelled": (cancelled, set(AFTER)),
    "rejected": (
        lambda hour: step(BatchRejected, hour, BATCH),
        {"started", "filled", "certified", "thawed", "infused"},
    ),
    "terminated": (
        lambda hour: step(BatchTerminated, hour, BATCH),
        {"started", "filled", "certified", "thawed", "infused"},
    ),
    "given": (given, {"collected", "started", "filled", "prepared"}),
}


@pytest.mark.parametrize("later", AFTER)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("more", [-INSTANT, 0 * HOUR, INSTANT])
def test_after_an_end_only_some_steps_may_still_happen(end, later, more) -> None:
    ended, forbidden = ENDS[end]
    wrong = later in forbidden and more > 0 * HOUR
    story = ended(50), AFTER[later](50 * HOUR + more)
    for order in (story, story[::-1]):
        assert states(heard(*order), "SQ-07") == (["open"] if wrong else [])


def test_a_step_after_the_end_names_both() -> None:
    end, late = cancelled(50), step(BatchStarted, 51, BATCH)
    alert = the_alert(heard(end, late), "SQ-07")
    assert (alert.severity, alert.owner) == (Severity.S2, "manufacturer-quality")
    assert (alert.object, alert.anchor) == ("manufacture.BatchStarted", str(late.event_id))
    assert alert.raised_at == at(51)
    assert alert.evidence == tuple(sorted((end.event_id, late.event_id)))
    assert "order cancelled" in alert.detail


def test_a_changed_order_and_another_batch_go_on() -> None:
    changed = cancelled(50, OrderChange.CHANGED)
    assert states(heard(changed, step(BatchStarted, 51, BATCH)), "SQ-07") == []
    rejected = step(BatchRejected, 50, BATCH)
    assert states(heard(rejected, step(BatchStarted, 51, "BATCH:B-2")), "SQ-07") == []


def test_a_rejected_batch_on_the_path_out_of_specification_is_watched_elsewhere() -> None:
    case = said(OosCaseChanged, BATCH, coi=COURSE, hour=40, state=OosState.PHYSICIAN_REQUESTED)
    rejected, thaw = step(BatchRejected, 50, BATCH), thawed(51, BAG, BATCH)
    assert states(heard(rejected, thaw), "SQ-07") == ["open"]
    assert states(heard(rejected, thaw, case), "SQ-07") != ["open"]


def test_a_withdrawn_cancellation_takes_it_back() -> None:
    end = cancelled(50)
    replay = heard(end, step(BatchStarted, 51, BATCH), withdrawn(end))
    assert lived(replay, "SQ-07") == ["open", "retracted"]
