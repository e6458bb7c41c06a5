"""Plans and steps that miss a window: infusion after lymphodepletion, shelf life, age of frozen cells.

A plan often names a day and no hour, so a plan is judged only where every hour of its day is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted
from schemas.envelope import Event, Precision
from schemas.manufacture import BatchStarted, ProductFilled
from schemas.ordering import (
    AvailabilityConfirmed,
    OrderCreated,
    SlotChanged,
    SlotReserved,
)
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionCompleted,
    InfusionStarted,
    LymphodepletionCompleted,
)
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.plans import ENDS_OF_COURSE, over, planned_infusion, planned_start
from streams.view import View, when

DAY = timedelta(days=1)


def infusions(view: View, since: datetime) -> list[Event]:
    """Every beginning of an infusion from a moment on; its end where nobody has told of a beginning."""
    begun: list[Event] = [e for e in view.of(InfusionStarted) if e.occurred_at >= since]
    return begun or [e for e in view.of(InfusionCompleted) if e.occurred_at >= since]


def _latest(event: Event) -> datetime:
    """The latest moment at which it can have happened, where only its day is known."""
    by_day = event.occurred_precision is Precision.DAY
    return event.occurred_at + DAY if by_day else event.occurred_at


@detector(
    "TW-07",
    LymphodepletionCompleted,
    InfusionStarted,
    InfusionChanged,
    OrderCreated,
    AvailabilityConfirmed,
    *ENDS_OF_COURSE,
)
def infusion_outside_its_window(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The infusion is planned, or was begun, outside its window after lymphodepletion, or the window closes.

    Why: too early the drugs still harm the cells, too late the patient's own cells are back.
    Act: the physician plans the infusion inside the window, or decides on a second lymphodepletion.
    """
    if view.profile is None or view.profile.infusion_window is None:
        return
    window = view.profile.infusion_window
    given = view.first(InfusionStarted) or view.first(InfusionCompleted)
    prepared = [
        e
        for e in view.of(LymphodepletionCompleted)
        if given is None or e.occurred_at <= given.occurred_at
    ]
    if not prepared:
        return
    end = prepared[-1]
    opens = end.occurred_at + timedelta(hours=window.earliest_hours)
    closes = _latest(end) + timedelta(hours=window.latest_hours)

    def finding(raised_at: datetime, detail: str, *evidence: UUID) -> Finding:
        return Finding(
            object="infusion",
            anchor=str(end.event_id),
            raised_at=raised_at,
            detail=f"{detail}; the window is {opens.isoformat()} to {closes.isoformat()}",
            severity=Severity.S2,
            harm_at=closes,
            evidence=(end.event_id, *evidence),
            missing=("clinical decision",),
        )

    if given is not None:
        early, late = _latest(given) < opens, given.occurred_at > closes
        if early or late:
            how = "before its window opened" if early else "after its window had closed"
            yield finding(given.occurred_at, f"the infusion was begun {how}", given.event_id)
        return
    change = view.last(InfusionChanged)
    if over(view) or (change is not None and change.change is InfusionChange.CANCELLED):
        return
    plan = planned_infusion(view)
    if plan is not None:
        known = max(end.occurred_at, plan.said.occurred_at)
        if plan.at > closes:
            yield finding(known, f"planned for {plan.at.isoformat()}", plan.said.event_id)
            return
        if plan.at + DAY < opens and now < micros(opens):
            yield AskAgain(micros(opens))
            yield finding(known, f"planned for {plan.at.isoformat()}", plan.said.event_id)
            return
    warn_at = closes - timedelta(hours=window.warn_hours)
    if now < micros(warn_at):
        yield AskAgain(micros(warn_at))
        return
    yield finding(warn_at, "the infusion has not begun")


@detector(
    "TW-05",
    ProductFilled,
    InfusionStarted,
    InfusionChanged,
    OrderCreated,
    AvailabilityConfirmed,
    *ENDS_OF_COURSE,
)
def product_expires_before_infusion(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The product expires before, or too shortly after, the day for which the infusion is planned.

    Why: an expired product may not be infused, and there is no second one.
    Act: site and manufacturer agree on an earlier day, or decide what is done instead.
    """
    filled = max((e for e in view.of(ProductFilled) if e.expires_at), key=when, default=None)
    if view.profile is None or view.profile.expiry_margin is None or filled is None:
        return
    assert filled.expires_at is not None
    expires_at, margin = filled.expires_at, timedelta(hours=view.profile.expiry_margin.hours)
    given = infusions(view, filled.occurred_at)
    expired = [e for e in given if e.occurred_at > expires_at]
    plan = planned_infusion(view)
    raised_at, detail, evidence = expires_at, "", filled.event_id
    if expired:
        raised_at, evidence = expired[0].occurred_at, expired[0].event_id
        detail = f"infused on {raised_at.isoformat()}"
    elif given or over(view) or plan is None or plan.at + margin <= expires_at:
        return
    else:
        raised_at, evidence = max(filled.occurred_at, plan.said.occurred_at), plan.said.event_id
        detail = f"the infusion is planned for {plan.at.isoformat()}"
    yield Finding(
        object="product",
        anchor=str(filled.event_id),
        raised_at=raised_at,
        detail=f"expires on {expires_at.isoformat()}, {detail}",
        severity=Severity.S2,
        harm_at=expires_at,
        evidence=(filled.event_id, evidence),
        missing=("new date, or decision of site and manufacturer",),
    )


@detector(
    "TW-02",
    CollectionCompleted,
    SlotReserved,
    SlotChanged,
    BatchStarted,
    *ENDS_OF_COURSE,
)
def frozen_cells_too_old(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Manufacture is planned, or has begun, from frozen cells that are older than their limit.

    Why: cells frozen for too long may not grow, and the product is out of specification from the start.
    Act: plan an earlier slot, or show a stability basis, or collect again.
    """
    collected = view.last(CollectionCompleted)
    if view.profile is None or view.profile.frozen_material_age is None or collected is None:
        return
    limit = collected.ended_at + timedelta(hours=view.profile.frozen_material_age.hours)
    begun = [e for e in view.of(BatchStarted) if e.occurred_at >= collected.ended_at]
    plan = planned_start(view)
    if begun:
        if begun[0].occurred_at <= limit:
            return
        raised_at, evidence = begun[0].occurred_at, begun[0].event_id
        detail = f"manufacture began on {raised_at.isoformat()}"
    elif over(view) or plan is None or plan.at <= limit:
        return
    else:
        raised_at = max(collected.occurred_at, plan.said.occurred_at)
        evidence = plan.said.event_id
        detail = f"manufacture is planned for {plan.at.isoformat()}"
    yield Finding(
        object="starting material",
        anchor=str(collected.event_id),
        raised_at=raised_at,
        detail=f"collected until {collected.ended_at.isoformat()}, usable until "
        f"{limit.isoformat()}, {detail}",
        severity=Severity.S2,
        harm_at=limit,
        evidence=(collected.event_id, evidence),
        missing=("stability basis, or a new collection",),
    )


DETECTORS: tuple[Detector, ...] = (
    infusion_outside_its_window,
    product_expires_before_infusion,
    frozen_cells_too_old,
)
