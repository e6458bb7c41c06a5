"""Faults of plans: slots that are missing or freed, couriers that never come, sites that are not ready, stops unheard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.custody_shipment import read_out
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.faults.sequence import rejected
from connectors.simulator.script import Line, Pen, Script
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Scheme, System
from schemas.ordering import OrderChange, OrderChanged, SlotChange, SlotChanged

SOON = (2.0, 30.0)


def _whole(moment: datetime) -> datetime:
    """The moment without its fraction of a second: partners do not write one."""
    return moment.replace(microsecond=0)


def _slot(course: Course, name: str, at: datetime, change: SlotChange) -> Line:
    names = course.names
    return Pen(course, System.ERP).line(
        name,
        SlotChanged,
        at,
        ((Scheme.ORDER, names.order), (Scheme.SLOT, names.slot)),
        delay=SOON,
        change=change,
    )


def _freed(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = course.timeline["material_decided"] + timedelta(minutes=chance.randrange(20, 70))
    line = _slot(course, "slot_freed", at, SlotChange.RELEASED).saying(reason_code="PLANT-STOPPED")
    kept = script.until(at).having(*read_out(script, "out"), line)
    return kept, About("manufacturing slot")


def _reserved_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    at = script.line("scheduled").at + timedelta(hours=chance.randrange(14, 24))
    late = replace(script.line("slot_reserved"), at=at).saying(recorded_at=at)
    return script.having(late), About("manufacturing slot")


def _no_answer(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    at = course.timeline["approved"] + timedelta(hours=chance.randrange(2, 30))
    line = _slot(course, "slot_unknown", at, SlotChange.OUTCOME_UNKNOWN)
    return script.having(line), About(f"{Scheme.SLOT}:{course.names.slot}")


def _answer_looked_up(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    bent, about = _no_answer(script, other, chance)
    course, asked = script.course, bent.line("slot_unknown").at
    starts = course.timeline["batch_started"] - timedelta(hours=2)
    at = asked + timedelta(hours=chance.randrange(14, 20))
    answer = _slot(course, "slot_moved", at, SlotChange.MOVED).saying(starts_at=starts)
    return bent.having(answer), about


def _never_picked_up(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    leaves = script.line("home_handed_over").at
    shipment = script.course.names.shipment("home")
    return script.until(leaves - timedelta(minutes=2)), About(f"{Scheme.SHIPMENT}:{shipment}")


def _picked_up_late(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    leaves = script.line("out_handed_over").at
    planned = leaves - timedelta(hours=chance.randrange(13, 17))
    shipment = script.course.names.shipment("out")
    booked = script.line("out_booked").saying(pick_up_planned_at=planned)
    return script.having(booked), About(f"{Scheme.SHIPMENT}:{shipment}")


def _nobody_ready(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    stored = script.line("stored").at
    return script.until(stored).having(*read_out(script, "home")), About("treatment centre")


def _no_bed(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    said = script.line("ready")
    short = chance.choice(({"bed": False}, {"staff": False}, {"tocilizumab_doses": 1}))
    kept = script.until(said.at).having(*read_out(script, "home"), said.saying(**short))
    return kept, About("treatment centre")


def _bed_found(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    said = script.line("ready")
    at = _whole(script.course.timeline["thaw_day"] - timedelta(hours=chance.uniform(6, 10)))
    found = replace(said, name="ready:again", at=at, delay=SOON).saying(recorded_at=at)
    return script.having(said.saying(bed=False), found), About("treatment centre")


def _unfit(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    line = Pen(course, System.CLINIC, names_course=True).line(
        "unfit",
        PatientStateChanged,
        course.timeline["ready"] + timedelta(hours=2),
        ((Scheme.ORDER, course.names.order),),
        delay=SOON,
        state=PatientState.UNFIT,
    )
    return script.having(line), About("patient")


def _share_of_process(course: Course, share: float) -> datetime:
    began, filled = course.timeline["batch_started"], course.timeline["filled"]
    return _whole(began + (filled - began) * share)


def _cancelled(course: Course, at: datetime, reason: str) -> Line:
    return Pen(course, System.ERP).line(
        "order_cancelled",
        OrderChanged,
        at,
        ((Scheme.ORDER, course.names.order),),
        delay=SOON,
        change=OrderChange.CANCELLED,
        reason_code=reason,
    )


def _consent_withdrawn(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    """Production works on for days; then the order is cancelled, and with that everything ends."""
    course = script.course
    end = _share_of_process(course, 0.9)
    withdrawn = Pen(course, System.CLINIC, names_course=True).line(
        "consent_withdrawn",
        ConsentChanged,
        _share_of_process(course, 0.06),
        ((Scheme.ORDER, course.names.order),),
        delay=SOON,
        state=ConsentState.WITHDRAWN,
    )
    stop = _cancelled(course, end, "CONSENT-WITHDRAWN")
    return script.until(end).having(withdrawn, stop), About("patient")


def _worked_on(*more: Callable[[Course, datetime], Line]) -> BendScript:
    """The order is cancelled early in production, which works on until its last tenth."""

    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        course = script.course
        end = _share_of_process(course, 0.9)
        stop = _cancelled(course, _share_of_process(course, 0.06), "PATIENT-REQUEST")
        last = (line(course, end) for line in more)
        return script.until(end).having(stop, *last), About("order")

    return bend


def _rejected(course: Course, at: datetime) -> Line:
    return rejected(course, at, "ORDER-CANCELLED")


FAULTS: tuple[Fault, ...] = (
    Fault(
        "SC-02",
        "slot-freed",
        "the slot is freed when the cells have been accepted, and no other one is reserved",
        script=_freed,
        brings=("SQ-02",),
    ),
    Fault(
        "SC-02",
        "slot-reserved-late",
        "the collection is planned before anybody has reserved a slot",
        script=_reserved_late,
        stays=False,
    ),
    Fault(
        "SC-03",
        "courier-never-comes",
        "the product is packed, and no courier ever picks it up",
        script=_never_picked_up,
        strands="home",
        brings=("SQ-02", "TC-04", "TW-03"),
    ),
    Fault(
        "SC-03",
        "courier-late",
        "the cells are picked up many hours after the planned time",
        script=_picked_up_late,
        stays=False,
    ),
    Fault(
        "SC-04",
        "nobody-says-ready",
        "the product lies in store, and the clinic never states that it is ready for the infusion",
        script=_nobody_ready,
    ),
    Fault(
        "SC-04",
        "something-is-missing",
        "the clinic states that bed, staff or tocilizumab is missing, and nothing follows",
        script=_no_bed,
    ),
    Fault(
        "SC-04",
        "bed-found-late",
        "the clinic has no bed until some hours before the infusion",
        script=_bed_found,
        stays=False,
    ),
    Fault(
        "SC-05",
        "unfit-and-treated",
        "the clinic writes down that the patient is unfit, and goes on to the infusion",
        script=_unfit,
    ),
    Fault(
        "SC-05",
        "consent-withdrawn",
        "the patient withdraws consent, and production works on until the order is cancelled",
        script=_consent_withdrawn,
        stays=False,
    ),
    Fault(
        "SC-06",
        "worked-on",
        "the order is cancelled, and production works on for days",
        script=_worked_on(),
    ),
    Fault(
        "SC-06",
        "worked-on-and-rejected",
        "the order is cancelled, production works on, and the batch is rejected at last",
        script=_worked_on(_rejected),
        stays=False,
    ),
    Fault(
        "SC-07",
        "no-answer",
        "the answer to a change of the slot never comes, and nobody looks it up",
        script=_no_answer,
    ),
    Fault(
        "SC-07",
        "answer-looked-up",
        "the answer to a change of the slot never comes, and is looked up the next day",
        script=_answer_looked_up,
        stays=False,
    ),
)
