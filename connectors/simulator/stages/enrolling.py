"""A patient is enrolled, a treatment is ordered, the course gets its identity and its slot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.simulator.course import Course
from connectors.simulator.script import HOSPITAL, Line, Pen
from schemas.enrolment import ConsentChanged, ConsentState, PatientEnrolled
from schemas.envelope import Scheme, System
from schemas.ordering import CoiAssigned, OrderApproved, OrderCreated, SlotReserved

SOON = (2.0, 40.0)


def tell_enrolment(course: Course) -> Iterator[Line]:
    """From enrolment to a manufacturing slot."""
    when, names = course.timeline, course.names
    clinic = Pen(course, System.CLINIC, names_course=True)
    erp = Pen(course, System.ERP)
    registry = Pen(course, System.ERP, names_course=True)
    order = ((Scheme.ORDER, names.order),)

    # the clinic names the course on its forms, so it sends them once the registry has answered
    yield clinic.line(
        "enrolled",
        PatientEnrolled,
        when["enrolled"],
        order,
        after="coi_assigned",
        product=course.product,
        site=HOSPITAL,
    )
    yield clinic.line(
        "consented",
        ConsentChanged,
        when["consented"],
        order,
        after="coi_assigned",
        state=ConsentState.GIVEN,
        version="consent-3",
    )
    yield erp.line(
        "ordered",
        OrderCreated,
        when["ordered"],
        order,
        product=course.product,
        collection_planned_at=when["collection_started"],
        infusion_planned_at=when["thaw_day"],
    )
    yield registry.line(
        "coi_assigned", CoiAssigned, when["coi_assigned"], order, delay=SOON, issuer="A9999"
    )
    yield erp.line(
        "slot_reserved",
        SlotReserved,
        when["slot_reserved"],
        (*order, (Scheme.SLOT, names.slot)),
        starts_at=when["batch_started"] - timedelta(hours=2),
        ends_at=when["batch_started"] + timedelta(days=10),
    )
    yield erp.line("approved", OrderApproved, when["approved"], order, product=course.product)
