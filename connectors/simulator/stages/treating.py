"""The clinic receives the product, prepares the patient, thaws each bag, checks at the bedside, infuses, follows up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.simulator.course import Course
from connectors.simulator.script import HOSPITAL, Delay, Line, Pen
from schemas.collection import CheckContext, IdentityVerified
from schemas.envelope import Capture, Scheme, System
from schemas.treatment import (
    InfusionCompleted,
    InfusionOutcome,
    InfusionStarted,
    LymphodepletionCompleted,
    LymphodepletionStarted,
    OutcomeRecorded,
    ProductReceived,
    ProductStored,
    SiteReadinessConfirmed,
    ThawPhase,
    ThawRecorded,
)

BEDSIDE: Delay = (0.5, 2.5)
"""At the bedside every step is scanned and sent at once."""


def tell_treatment(course: Course) -> Iterator[Line]:
    """From receipt of the product to the first follow-up."""
    when, names = course.timeline, course.names
    chance, taken_out = course.chance("treatment"), course.chance("taken out")
    clinic = Pen(course, System.CLINIC, names_course=True)
    order = ((Scheme.ORDER, names.order),)
    bags = tuple((Scheme.CONTAINER, dose) for dose in names.doses)
    batch = ((Scheme.BATCH, names.batch),)

    yield clinic.line(
        "product_received",
        ProductReceived,
        when["product_received"],
        (*batch, (Scheme.SHIPMENT, names.shipment("home")), *bags),
        delay=(2, 60),
        seal=f"SEAL-{names.serial:06d}-HOME",
        seal_intact=True,
        certificate_present=True,
    )
    yield clinic.line(
        "stored",
        ProductStored,
        when["stored"],
        (*batch, *bags, (Scheme.TANK, f"TANK-{chance.randrange(1, 4):02d}")),
        position=f"R{chance.randrange(1, 9)}-B{chance.randrange(1, 20)}",
        out_of_storage_at=when["stored"] - timedelta(minutes=taken_out.randrange(3, 11)),
    )
    yield clinic.line(
        "ready",
        SiteReadinessConfirmed,
        when["ready"],
        order,
        bed=True,
        tocilizumab_doses=2,
        staff=True,
    )
    yield clinic.line("depletion_started", LymphodepletionStarted, when["depletion_started"], order)
    yield clinic.line(
        "depletion_completed", LymphodepletionCompleted, when["depletion_completed"], order
    )
    for number in range(1, len(names.doses) + 1):
        yield from _infuse(course, clinic, number)
    yield clinic.line(
        "followed_up",
        OutcomeRecorded,
        when["followed_up"],
        order,
        adverse_event=chance.random() < 0.15,
        outcome="WEEK-1-SEEN",
    )


def _infuse(course: Course, clinic: Pen, number: int) -> Iterator[Line]:
    """One bag, from the check before the thaw to the end of its infusion."""
    when, names = course.timeline, course.names
    container = names.doses[number - 1]
    bag = ((Scheme.BATCH, names.batch), (Scheme.CONTAINER, container))
    # a bag that comes close to its limit is written down afterwards, its end first, so that nobody
    # is warned in between; a warning then would be right, and the journey not a clean one
    late = f"infused:{number}" if course.near == "infused" else None
    yield clinic.line(
        f"checked:thaw:{number}",
        IdentityVerified,
        when[f"thaw:{number}"] - timedelta(minutes=2),
        bag,
        delay=BEDSIDE,
        context=CheckContext.THAW,
        comparisons=(
            {"scheme": Scheme.COI, "expected": names.coi, "found": names.coi},
            {"scheme": Scheme.CONTAINER, "expected": container, "found": container},
        ),
        second_actor=clinic.staff(),
        capture=Capture.SCAN,
    )
    for phase, step in ((ThawPhase.STARTED, "thaw"), (ThawPhase.COMPLETED, "thawed")):
        yield clinic.line(
            f"{step}:{number}",
            ThawRecorded,
            when[f"{step}:{number}"],
            bag,
            delay=BEDSIDE,
            after=late,
            phase=phase,
            capture=Capture.SCAN,
        )
    yield clinic.line(
        f"bedside:{number}",
        IdentityVerified,
        when[f"bedside:{number}"],
        bag,
        delay=BEDSIDE,
        context=CheckContext.BEDSIDE,
        comparisons=(
            {"scheme": Scheme.COI, "expected": names.coi, "found": names.coi},
            {"scheme": Scheme.BATCH, "expected": names.batch, "found": names.batch},
        ),
        second_actor=clinic.staff(),
        capture=Capture.SCAN,
    )
    yield clinic.line(
        f"infusion:{number}", InfusionStarted, when[f"infusion:{number}"], bag, delay=BEDSIDE
    )
    yield clinic.line(
        f"infused:{number}",
        InfusionCompleted,
        when[f"infused:{number}"],
        bag,
        delay=BEDSIDE,
        outcome=InfusionOutcome.COMPLETE,
        site=HOSPITAL,
    )
