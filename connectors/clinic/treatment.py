"""Bringing the product back to the patient, as a clinic's FHIR says it.

A completed step that states both its start and its end says two facts. Pure.
"""

from __future__ import annotations

from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.clinic.collection import FINAL, effective
from connectors.clinic.node import Node
from connectors.clinic.said import Said, SaysNothing, SomeEvent
from connectors.connector import CannotUnderstand
from connectors.times import When
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.treatment import (
    InfusionChange,
    InfusionChanged,
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionCompleted,
    LymphodepletionStarted,
    OutcomeRecorded,
    ProductStored,
    SiteReadinessConfirmed,
    ThawPhase,
    ThawRecorded,
)

STARTS = ("performedPeriod.start", "effectivePeriod.start")
ENDS = ("performedPeriod.end", "effectivePeriod.end")
MOMENTS = ("performedDateTime", "effectiveDateTime")
DONE = frozenset({"completed", "stopped"})


def _span(said: Said, what: str) -> tuple[When | None, When | None]:
    """When the step began and ended, as far as its status lets either be a fact."""
    moment = said.when(*MOMENTS)
    if said.status == "in-progress":
        return said.happened(said.when(*STARTS) or moment), None
    if said.status not in DONE:
        raise SaysNothing(f"{what} that is {said.status}: nothing began or ended")
    start = said.when(*STARTS)
    end = said.when(*ENDS) or moment
    # a provenance tells one time: it is the step's, unless the step tells two itself
    return start, end if start is not None and end is not None else said.happened(end)


def _began(
    said: Said, cls: type[SomeEvent], at: When, part: str = "", **fields: object
) -> SomeEvent:
    """The beginning of a step; why it was stopped later is no reason of its beginning."""
    why: dict[str, object] = {"reason_code": None, "reason_text": None}
    return said.event(cls, at, part, **(fields | (why if said.status == "stopped" else {})))


def lymphodepletion(said: Said) -> tuple[Event, ...]:
    """Lymphodepleting chemotherapy, as one step and not dose by dose."""
    start, end = _span(said, "a lymphodepletion")
    events: list[Event] = []
    if start is not None:
        events.append(_began(said, LymphodepletionStarted, start))
    if end is not None and said.status == "completed":
        events.append(said.event(LymphodepletionCompleted, end))
    if not events:
        raise SaysNothing("a lymphodepletion that was stopped without saying when it began")
    return tuple(events)


def thaw(said: Said) -> tuple[Event, ...]:
    """A thaw begins, and is complete."""
    start, end = _span(said, "a thaw")
    events = []
    if start is not None:
        events.append(_began(said, ThawRecorded, start, "start", phase=ThawPhase.STARTED))
    if end is not None and said.status == "completed":
        events.append(said.event(ThawRecorded, end, "end", phase=ThawPhase.COMPLETED))
    if not events:
        raise SaysNothing("a thaw that was stopped without saying when it began")
    return tuple(events)


def infusion(said: Said) -> tuple[Event, ...]:
    """The infusion begins, and ends: complete, in part, or stopped."""
    start, end = _span(said, "an infusion")
    events: list[Event] = []
    if start is not None:
        events.append(_began(said, InfusionStarted, start))
    if end is not None:
        outcomes = {c for o in said.resource.each("outcome") for c in o.codings()}
        outcome = InfusionOutcome.COMPLETE
        if codes.PARTIALLY_SUCCESSFUL in outcomes:
            outcome = InfusionOutcome.PARTIAL
        elif said.status == "stopped":
            outcome = InfusionOutcome.STOPPED
        events.append(said.event(InfusionCompleted, end, outcome=outcome))
    return tuple(events)


def infusion_appointment(said: Said) -> tuple[Event, ...]:
    """The planned infusion is cancelled, or moved where the clinic says so by its code."""
    planned = said.when("start")
    if said.status in ("cancelled", "noshow"):
        change = InfusionChange.CANCELLED
    elif said.status == "booked" and Step.INFUSION_RESCHEDULED in said.steps("serviceType"):
        change = InfusionChange.RESCHEDULED
    else:
        raise SaysNothing(f"an Appointment for infusion that is {said.status}: no change of plan")
    at = said.happened(said.when("created"))
    instant = None if planned is None else planned.instant
    return (said.event(InfusionChanged, at, change=change, planned_at=instant),)


def storage(said: Said) -> tuple[Event, ...]:
    """Where the product has been put: its storage in R4, a property of the type storage in R5."""
    events = []
    places = [*said.resource.nodes("storage"), *said.properties(Step.STORAGE)]
    alone = len(places) == 1  # else a provenance cannot time them
    for index, stored in enumerate(places):
        period = stored.node("timePeriod") or stored.node("valuePeriod")
        start = None if period is None else period.when("start", said.partner.clock)
        at = said.happened(start) if alone else said.needed(start)
        named = stored.extension(codes.EXTENSION + "storage-position")
        position = stored.text("description") if named is None else named.text("valueString")
        out = said.out_of_storage_at()
        stated = {"position": position, "out_of_storage_at": out}
        events.append(said.event(ProductStored, at, f"storage/{index}", **stated))
    return tuple(events)


def site_readiness(said: Said) -> tuple[Event, ...]:
    """Bed, medication and staff, as the outputs of a completed task."""
    if said.status != "completed":
        raise SaysNothing(f"a readiness task that is {said.status}, not completed")
    outputs: dict[str, Node] = {}
    for output in said.resource.nodes("output"):
        for concept in output.each("type"):
            outputs |= {
                code: output
                for system, code in concept.codings()
                if system == codes.READINESS_SYSTEM
            }
    bed, doses, staff = (outputs.get(name) for name in ("bed", "tocilizumab-doses", "staff"))
    return (
        said.event(
            SiteReadinessConfirmed,
            said.happened(said.when("executionPeriod.end", "lastModified")),
            bed=None if bed is None else bed.flag("valueBoolean"),
            tocilizumab_doses=None if doses is None else doses.count("valueInteger"),
            staff=None if staff is None else staff.flag("valueBoolean"),
        ),
    )


def outcome(said: Said) -> tuple[Event, ...]:
    """A follow-up outcome, and whether it is an adverse event."""
    if said.status not in FINAL:
        raise SaysNothing(f"an outcome that is {said.status}, not final")
    adverse = False
    for component in said.resource.nodes("component"):
        for concept in component.each("code"):
            if codes.ADVERSE_EVENT in concept.codings():
                adverse = bool(component.flag("valueBoolean"))
    found = said.without_patient(said.resource.code("valueCodeableConcept"))
    at = said.happened(effective(said))
    return (said.event(OutcomeRecorded, at, adverse_event=adverse, outcome=found),)


def adverse_event(said: Said) -> tuple[Event, ...]:
    """An adverse event that did happen, on a course."""
    if said.resource.text("actuality") != "actual":
        raise SaysNothing("an AdverseEvent that might have happened and did not")
    if not said.identifiers:
        raise SaysNothing("an AdverseEvent that names no course")
    at = said.happened(said.when("date", "detected"))
    if said.resource.has("event"):
        found = said.without_patient(said.resource.code("event"))
        return (said.event(OutcomeRecorded, at, adverse_event=True, outcome=found),)
    raise CannotUnderstand(Reason.FIELD_MISSING, "AdverseEvent.event is missing")
