"""What a clinic's orders and reports say, order by order. Pure.

| message | order or report | says |
| --- | --- | --- |
| OML, OMG, ORM with ORC-1 = NW or XO | OBR-4 `therapy-order`, SNOMED CT CAR-T | PatientEnrolled |
| ORU | OBR-4 `identity-check-*`, an OBX `<scheme>^^V2V-CHECK` for each identifier | IdentityVerified |
| ORU | OBR-4 `collection`; OBR-25 = X | CollectionCompleted; CollectionFailed |
| ORU | OBR-4 `lymphodepletion`, `thaw`, `infusion` | as the step began (OBR-7) and ended (OBR-8) |
| ORU | OBX-3 `patient-state`, `outcome` | PatientStateChanged, OutcomeRecorded |
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clinic import codes
from connectors.clinic.codes import IDENTITY_CHECKS, Step
from connectors.clinic.hl7v2 import observations
from connectors.clinic.hl7v2.steps import steps_of
from connectors.clinic.hl7v2.told import Told
from connectors.clinic.said import SaysNothing
from connectors.connector import CannotUnderstand
from connectors.hl7v2.agreement import UNOBTAINABLE
from connectors.hl7v2.identifiers import identifiers_of
from connectors.hl7v2.message import Segment
from connectors.hl7v2.orders import Order, orders_of
from connectors.times import When
from schemas.collection import CollectionCompleted, CollectionFailed, IdentityVerified
from schemas.enrolment import PatientEnrolled
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.treatment import (
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionCompleted,
    LymphodepletionStarted,
    ThawPhase,
    ThawRecorded,
)

PLACED = frozenset({"NW", "XO"})
"""ORC-1 of an order that the clinic places, or changes."""

ORDERED = {codes.CAR_T_IMMUNOTHERAPY[1]: Step.THERAPY_ORDER}
"""What the public code of the therapy means in an order."""

OFF = frozenset({"CA", "DC", "ER", "HD", "RP"})
"""ORC-5 of an order that is cancelled, held or replaced."""


def ordered(told: Told) -> tuple[Event, ...]:
    """What the orders of one message say."""
    events: list[Event] = []
    why = "an order that orders no therapy of ours"
    for number, order in enumerate(orders_of(told.message), start=1):
        of_order = _of(told, order)
        places = ((order.obr, 4), (order.obr, 44))
        steps = steps_of(told.partner, *places, public=ORDERED)
        if not of_order.leads or Step.THERAPY_ORDER not in steps:
            continue
        orc = order.orc
        control = "" if orc is None else orc.text(1)
        status = "" if orc is None else orc.text(5)
        if control not in PLACED or status in OFF:
            why = "an order that is not placed: what becomes of the order, its ERP says"
            continue
        events.append(_enrolled(of_order, order, number))
    if not events:
        raise SaysNothing(why)
    return tuple(events)


def _of(told: Told, order: Order) -> Told:
    """The message as far as it is about one order; our own segment may stand behind any part of it."""
    behind = (observation.agreed for observation in order.observations)
    return told.naming(identifiers_of(order, told.partner)).with_agreed(order.agreed, *behind)


def _enrolled(told: Told, order: Order, number: int) -> Event:
    orc = order.orc
    assert orc is not None  # an order is placed by its ORC
    return told.event(
        PatientEnrolled,
        told.happened((orc, 9), (order.obr, 6)),
        str(number),
        product=observations.product_of([o.obx for o in order.observations]),
        actor=told.said.staff(orc.text(10), orc.text(10, 9)),
        second_actor=told.said.staff(orc.text(11), orc.text(11, 9)),
        site=orc.text(21, 10) or orc.text(21) or None,
    )


def reported(told: Told) -> tuple[Event, ...]:
    """What the reports of one message say."""
    events: list[Event] = []
    why = "a report about a patient that names no course, or tells no step of the therapy"
    for number, order in enumerate(orders_of(told.message), start=1):
        of_order = _of(told, order)
        if not of_order.leads:
            continue
        found = list(_report(of_order, order, str(number)))
        if not found and steps_of(told.partner, (order.obr, 4)):
            why = "a report that is not final, and says nothing that began"
        events += found
    if not events:
        raise SaysNothing(why)
    return tuple(events)


def _report(told: Told, order: Order, number: str) -> Iterator[Event]:
    steps = steps_of(told.partner, (order.obr, 4))
    status = order.obr.text(25)
    check = next((step for step in IDENTITY_CHECKS if step in steps), None)
    segments = [o.obx for o in order.observations]
    if check is not None:
        yield from _checked(told, order, check, number)
    elif Step.COLLECTION in steps:
        yield from _collected(told, order, status, segments, number)
    elif steps & {Step.LYMPHODEPLETION, Step.THAW, Step.INFUSION}:
        started, ended = span(told, (order.obr, 7), (order.obr, 8), _complete(told, order))
        outcome = infusion_outcome(segments)
        yield from treated(told, steps, started, ended, number, outcome)
    for place, observation in enumerate(order.observations, start=1):
        own = told.with_agreed(observation.agreed)
        yield from observations.state(own, observation.obx, f"{number}/{place}", order.obr)


def _complete(told: Told, order: Order) -> bool:
    """Whether the report says that what it is about is done."""
    return observations.standing(told, order.obr.text(25), "OBR-25")


def _checked(told: Told, order: Order, check: Step, number: str) -> Iterator[Event]:
    if not _complete(told, order):
        return
    found = (observations.comparison(o.obx) for o in order.observations)
    compared = tuple(each for each in found if each is not None)
    first = order.observations[0].obx if order.observations else None
    obr = order.obr
    by = first if first is not None and first.text(16) else None
    yield told.event(
        IdentityVerified,
        told.happened((first, 19), (first, 14), (obr, 8), (obr, 7), (obr, 22)),
        number,
        context=IDENTITY_CHECKS[check],
        comparisons=compared,
        actor=None if by is None else told.said.staff(by.text(16), by.text(16, 9)),
    )


def _collected(
    told: Told, order: Order, status: str, segments: list[Segment], number: str
) -> Iterator[Event]:
    obr = order.obr
    if status in UNOBTAINABLE:
        yield told.event(CollectionFailed, told.happened((obr, 8), (obr, 7), (obr, 22)), number)
        return
    if not _complete(told, order):
        return
    ended = told.said.when((obr, 8), (obr, 7))
    if ended is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "OBR-8: the collection does not say its end")
    started = told.said.when((obr, 7)) if obr.text(8) else None
    yield told.event(
        CollectionCompleted,
        ended,
        number,
        started_at=None if started is None else started.instant,
        ended_at=ended.instant,
        volume=observations.volume(observations.detail_of(segments, observations.VOLUME)),
        bags=observations.count(observations.detail_of(segments, observations.BAGS)),
        nucleated_cells=observations.cells(observations.detail_of(segments, observations.CELLS)),
    )


Place = tuple[Segment | None, int]


def span(told: Told, start: Place, end: Place, done: bool) -> tuple[When | None, When | None]:
    """When a step began and ended; one that is not done has no end, and one moment is the end."""
    started, ended = told.said.when(start), told.said.when(end)
    if not done:
        return started, None
    return (started, ended) if ended is not None else (None, started)


def infusion_outcome(segments: list[Segment]) -> InfusionOutcome:
    """How the infusion ended, where an OBX says that it was not complete."""
    stated = observations.detail_of(segments, observations.ENDED_HOW)
    if stated is None:
        return InfusionOutcome.COMPLETE
    known = codes.word(InfusionOutcome, stated.text(5))
    if known is None:
        detail = f"OBX-5: {stated.text(5)[:40]!r} is no outcome of an infusion"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return known


def treated(
    told: Told,
    steps: frozenset[Step],
    started: When | None,
    ended: When | None,
    number: str,
    outcome: InfusionOutcome,
) -> Iterator[Event]:
    """A step of the treatment, as far as it has come."""
    if started is None and ended is None:
        detail = "the step of the treatment states neither its beginning nor its end"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    if Step.LYMPHODEPLETION in steps:
        if started is not None:
            yield told.event(LymphodepletionStarted, started, number)
        if ended is not None:
            yield told.event(LymphodepletionCompleted, ended, number)
    elif Step.THAW in steps:
        for at, phase in ((started, ThawPhase.STARTED), (ended, ThawPhase.COMPLETED)):
            if at is not None:
                yield told.event(ThawRecorded, at, f"{number}/{phase.value}", phase=phase)
    else:
        if started is not None:
            yield told.event(InfusionStarted, started, number)
        if ended is not None:
            yield told.event(InfusionCompleted, ended, number, outcome=outcome)
