"""Therapies that go on although the patient or the order has stopped them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Event, System
from schemas.manufacture import BatchStarted, BatchTerminated, ProductFilled, StepCompleted
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import platform_limits
from schemas.quality import BatchRejected, HoldPlaced
from schemas.transport import PackagePacked, ShipmentKind
from schemas.treatment import (
    InfusionChanged,
    InfusionStarted,
    LymphodepletionStarted,
    ThawRecorded,
)
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros
from streams.view import View, when

ONWARDS: tuple[type[Event], ...] = (
    BatchStarted,
    StepCompleted,
    ProductFilled,
    PackagePacked,
    LymphodepletionStarted,
    ThawRecorded,
    InfusionStarted,
)
"""Steps by which a therapy goes on; what travels already may be on its way back, and is left aside."""

SENDERS = {
    ShipmentKind.STARTING_MATERIAL: System.CLINIC,
    ShipmentKind.FINAL_PRODUCT: System.MES,
}

STOPPING = frozenset({PatientState.UNFIT, PatientState.WITHDRAWN, PatientState.DECEASED})


def _onwards(view: View, since: Event) -> list[Event]:
    """The steps that were taken when the news had had its time to come through, in order."""
    known_by = since.occurred_at + timedelta(minutes=platform_limits().stop_spread.minutes)
    steps = (event for kind in ONWARDS for event in view.of(kind))
    return sorted((s for s in steps if s.occurred_at > known_by and _forward(s)), key=when)


def _forward(step: Event) -> bool:
    """A package counts where its sender itself says that it packed it; another may be packed to go back."""
    return not isinstance(step, PackagePacked) or SENDERS.get(step.kind) is step.system


@detector(
    "SC-05",
    PatientStateChanged,
    ConsentChanged,
    OrderChanged,
    HoldPlaced,
    BatchTerminated,
    BatchRejected,
    InfusionChanged,
    *ONWARDS,
)
def patient_state_not_propagated(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The patient can or will not go on, and the therapy goes on all the same.

    Why: a product may be made or given for somebody who has died, left or become too ill for it.
    Act: patient operations have the therapy stopped or held, and tell everybody who works on it.
    """
    news = _standing_news(view)
    if news is None or _decided(view, news):
        return
    steps = _onwards(view, news)
    if not steps:
        return
    yield Finding(
        object="patient",
        anchor=str(news.event_id),
        raised_at=steps[0].occurred_at,
        detail=f"{_told(news)} since {news.occurred_at.isoformat()}; "
        f"{steps[0].type_name()} at {steps[0].occurred_at.isoformat()}",
        severity=Severity.S1,
        evidence=(news.event_id, steps[0].event_id),
        missing=("decision to stop or to hold",),
    )


def _standing_news(view: View) -> PatientStateChanged | ConsentChanged | None:
    """The first word since which the patient has not been stated to be fit and willing again."""
    states = view.of(PatientStateChanged)
    consents = view.of(ConsentChanged)
    standing: list[PatientStateChanged | ConsentChanged] = []
    for place, state in enumerate(states):
        again = any(later.state is PatientState.FIT for later in states[place:])
        if state.state in STOPPING and not again:
            standing.append(state)
    for place, consent in enumerate(consents):
        again = any(later.state is ConsentState.GIVEN for later in consents[place:])
        if consent.state is ConsentState.WITHDRAWN and not again:
            standing.append(consent)
    return min(standing, key=when, default=None)


def _decided(view: View, news: PatientStateChanged | ConsentChanged) -> bool:
    """Whether somebody has stopped or held the therapy since; for an unfit patient a new date is enough."""
    decisions: list[Event] = [
        *(o for o in view.of(OrderChanged) if o.change is OrderChange.CANCELLED),
        *view.of(HoldPlaced),
        *view.of(BatchTerminated),
        *view.of(BatchRejected),
    ]
    if news.state is PatientState.UNFIT:
        decisions += view.of(InfusionChanged)
    return any(decision.occurred_at >= news.occurred_at for decision in decisions)


def _told(news: PatientStateChanged | ConsentChanged) -> str:
    if isinstance(news, ConsentChanged):
        return "consent withdrawn"
    return f"patient {news.state.value}"


@detector("SC-06", OrderChanged, BatchTerminated, BatchRejected, *ONWARDS)
def cancellation_not_propagated(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The order was cancelled, and the therapy goes on all the same.

    Why: a slot, a courier and a clinic work for nobody, and a product may reach a patient unordered.
    Act: order desk and production close what still runs.
    """
    cancelled = [o for o in view.of(OrderChanged) if o.change is OrderChange.CANCELLED]
    if not cancelled:
        return
    steps = _onwards(view, cancelled[0])
    if not steps:
        return
    closed: list[Event] = [*view.of(BatchTerminated), *view.of(BatchRejected)]
    if any(end.occurred_at >= steps[-1].occurred_at for end in closed):
        return
    yield Finding(
        object="order",
        anchor=str(cancelled[0].event_id),
        raised_at=steps[0].occurred_at,
        detail=f"order cancelled since {cancelled[0].occurred_at.isoformat()}; "
        f"{steps[0].type_name()} at {steps[0].occurred_at.isoformat()}",
        severity=Severity.S2,
        evidence=(cancelled[0].event_id, steps[0].event_id),
        missing=("closed orders",),
    )


DETECTORS: tuple[Detector, ...] = (
    patient_state_not_propagated,
    cancellation_not_propagated,
)
