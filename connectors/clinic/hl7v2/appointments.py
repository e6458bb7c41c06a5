"""What a clinic's SIU messages say: a collection is planned, an infusion is moved or cancelled. Pure.

| trigger | of a collection | of an infusion |
| --- | --- | --- |
| S12 booked, S13 moved, S14 changed | CollectionScheduled | InfusionChanged for S13, or by `infusion-rescheduled` |
| S15 cancelled, S16 ended, S17 deleted, S26 missed | nothing: the plan that was said last is overdue | InfusionChanged, cancelled |
| S18 to S24 | nothing | nothing |

The step is named in AIS-3, SCH-7 or SCH-8, the beginning in AIS-4, TQ1-7 or SCH-11.
"""

from __future__ import annotations

from connectors.clinic.codes import Step
from connectors.clinic.hl7v2.steps import steps_of
from connectors.clinic.hl7v2.told import Told
from connectors.clinic.said import SaysNothing
from connectors.connector import CannotUnderstand
from connectors.hl7v2.message import part
from connectors.times import When, parse_hl7
from schemas.collection import CollectionScheduled
from schemas.envelope import Event
from schemas.reasons import Reason
from schemas.treatment import InfusionChange, InfusionChanged

PLANNING = frozenset({"S12", "S13", "S14"})
ENDING = frozenset({"S15", "S16", "S17", "S26"})

UNSURE = frozenset({"PENDING", "WAITLIST", "OVERBOOK"})
OVER = frozenset({"CANCELLED", "DC", "DELETED", "NOSHOW"})
"""Statuses of an appointment (SCH-25, HL7 table 0278)."""


def appointment(told: Told) -> tuple[Event, ...]:
    """What one SIU message says."""
    message, partner = told.message, told.partner
    sch = message.first("SCH")
    if sch is None:
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, "SCH: a SIU message needs it")
    if told.trigger not in PLANNING | ENDING:
        raise SaysNothing(f"a message of the kind SIU^{told.trigger[:5]}: no change of a plan")
    services = [(s, 3) for s in message.segments if s.name == "AIS"]
    steps = steps_of(partner, *services, (sch, 7), (sch, 8))
    if not told.leads or not steps & {
        Step.COLLECTION,
        Step.INFUSION,
        Step.INFUSION_RESCHEDULED,
    }:
        raise SaysNothing("an appointment for no step of the therapy")
    status = sch.text(25).upper()
    if status in UNSURE and told.trigger in PLANNING:
        raise SaysNothing(f"an appointment that is {status.lower()}, not booked")
    over = told.trigger in ENDING or status in OVER
    if Step.COLLECTION in steps:
        return (_collection(told, over),)
    return (_infusion(told, steps, over),)


def _collection(told: Told, over: bool) -> Event:
    if over:
        raise SaysNothing("an appointment for collection that is cancelled or missed")
    planned = _begins(told)
    if planned is None:
        detail = "AIS-4, TQ1-7 and SCH-11: the appointment does not say when it begins"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return told.event(CollectionScheduled, told.happened(), planned_at=planned.instant)


def _infusion(told: Told, steps: frozenset[Step], over: bool) -> Event:
    if over:
        change = InfusionChange.CANCELLED
    elif told.trigger == "S13" or Step.INFUSION_RESCHEDULED in steps:
        change = InfusionChange.RESCHEDULED
    else:
        raise SaysNothing("an appointment for infusion that is booked: no change of plan")
    planned = _begins(told)
    instant = None if planned is None else planned.instant
    return told.event(InfusionChanged, told.happened(), change=change, planned_at=instant)


def _begins(told: Told) -> When | None:
    """When the appointment begins; by its services, its timing, or the older field of both."""
    ais, tq1, sch = (told.message.first(name) for name in ("AIS", "TQ1", "SCH"))
    found = told.said.when((ais, 4), (tq1, 7))
    if found is not None or sch is None:
        return found
    start = part(sch.parts(11), 4)
    return parse_hl7(start, told.partner.clock, "SCH-11.4") if start else None
