"""The clinic collects the patient's cells, proves whose they are, labels them and, for some products, freezes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.simulator.course import Course
from connectors.simulator.script import HOSPITAL, Line, Pen
from schemas.collection import (
    CheckContext,
    CollectionCompleted,
    CollectionScheduled,
    IdentityVerified,
    LabelApplied,
    MaterialCryopreserved,
)
from schemas.envelope import Capture, Scheme, System


def tell_collection(course: Course) -> Iterator[Line]:
    """From the planned apheresis to labelled bags."""
    when, names = course.timeline, course.names
    chance = course.chance("collection")
    clinic = Pen(course, System.CLINIC, names_course=True)
    order = ((Scheme.ORDER, names.order),)
    donation = ((Scheme.DIN, names.din),)

    yield clinic.line(
        "scheduled",
        CollectionScheduled,
        when["scheduled"],
        order,
        planned_at=when["collection_started"],
    )
    yield clinic.line(
        "checked:collection",
        IdentityVerified,
        when["collection_started"] - timedelta(minutes=12),
        order,
        context=CheckContext.COLLECTION,
        comparisons=(
            {"scheme": Scheme.COI, "expected": names.coi, "found": names.coi},
            {"scheme": Scheme.ORDER, "expected": names.order, "found": names.order},
        ),
        second_actor=clinic.staff(),
        capture=Capture.SCAN,
    )
    european = ((Scheme.SEC, names.sec),) if not course.fresh else ()
    yield clinic.line(
        "collected",
        CollectionCompleted,
        when["collected"],
        (*order, *donation, *european),
        delay=(5, 45),
        started_at=when["collection_started"],
        ended_at=when["collected"],
        volume=float(chance.randrange(180, 320)),
        bags=len(names.collected_bags),
        nucleated_cells=chance.randrange(40, 180) * 1e8,
        site=HOSPITAL,
    )
    for number, bag in enumerate(names.collected_bags, start=1):
        yield clinic.line(
            f"labelled:{number}",
            LabelApplied,
            when["labelled"] + timedelta(minutes=2 * (number - 1)),
            (*donation, (Scheme.CONTAINER, bag), (Scheme.LABEL, names.numbered("LBL", number))),
            delay=(2, 60),
            second_actor=clinic.staff(),
            label_version="COL-4",
            capture=Capture.SCAN,
        )
    if not course.fresh:
        yield clinic.line(
            "cryopreserved",
            MaterialCryopreserved,
            when["cryopreserved"],
            (*donation, *((Scheme.CONTAINER, bag) for bag in names.collected_bags)),
            delay=(5, 60),
            completed_at=when["cryopreserved"],
        )
