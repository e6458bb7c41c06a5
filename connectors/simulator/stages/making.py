"""The maker receives the cells, decides, and makes the product: batch, steps, controls, labels, fill, record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.simulator.course import Course
from connectors.simulator.script import Line, Pen
from schemas.collection import CheckContext, IdentityVerified
from schemas.envelope import Capture, Scheme, System
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchRecordCompleted,
    BatchStarted,
    InProcessControlRecorded,
    LabelsPrinted,
    LabelsReconciled,
    LineClearanceRecorded,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)
from schemas.ordering import BatchNumberAssigned

UNIT_OPERATIONS: tuple[tuple[str, float, str | None], ...] = (
    # the operation, the share of the whole process at which it ends, the material it uses
    ("ENRICHMENT", 0.03, "BEADS"),
    ("ACTIVATION", 0.12, "ACTIVATOR"),
    ("TRANSDUCTION", 0.22, "VECTOR"),
    ("EXPANSION", 0.88, "MEDIUM"),
    ("HARVEST", 0.94, None),
    ("FORMULATION", 0.985, "CRYOPROTECTANT"),
)

CONTROLS: tuple[tuple[str, float, str, float, float, float, float], ...] = (
    # test, share of the process, unit, value from, to, low, high
    ("CELL_COUNT", 0.04, "10*6/mL", 0.8, 2.5, 0.5, 5.0),
    ("VIABILITY", 0.13, "%", 88, 97, 70, 100),
    ("CELL_COUNT", 0.3, "10*6/mL", 0.9, 2.8, 0.5, 8.0),
    ("GLUCOSE", 0.45, "mmol/L", 6, 14, 3, 25),
    ("CELL_COUNT", 0.6, "10*6/mL", 1.5, 6, 0.5, 20.0),
    ("GLUCOSE", 0.75, "mmol/L", 5, 12, 3, 25),
    ("VIABILITY", 0.9, "%", 86, 96, 70, 100),
)

PROMPT = (2.0, 25.0)


def tell_manufacture(course: Course) -> Iterator[Line]:
    """From receipt of the starting material to the reviewed batch record."""
    yield from _receipt(course)
    yield from _process(course)
    yield from _finish(course)


def _receipt(course: Course) -> Iterator[Line]:
    when, names = course.timeline, course.names
    chance = course.chance("receipt")
    mes = Pen(course, System.MES)
    donation = ((Scheme.DIN, names.din),)
    yield mes.line(
        "material_received",
        MaterialReceived,
        when["material_received"],
        (*donation, (Scheme.SHIPMENT, names.shipment("out"))),
        delay=PROMPT,
        temperature=round(
            chance.uniform(3.5, 6.5) if course.fresh else chance.uniform(-188, -176), 1
        ),
        seal=f"SEAL-{names.serial:06d}-OUT",
        seal_intact=True,
    )
    yield mes.line(
        "checked:receipt",
        IdentityVerified,
        when["material_checked"],
        donation,
        context=CheckContext.RECEIPT,
        comparisons=(
            {"scheme": Scheme.COI, "expected": names.coi, "found": names.coi},
            {"scheme": Scheme.DIN, "expected": names.din, "found": names.din},
        ),
        second_actor=mes.staff(),
        capture=Capture.SCAN,
    )
    yield mes.line(
        "material_decided",
        MaterialDecided,
        when["material_decided"],
        donation,
        delay=(1, 10) if course.fresh else PROMPT,
        decision=MaterialDecision.ACCEPTED,
    )


def _process(course: Course) -> Iterator[Line]:
    when, names = course.timeline, course.names
    chance = course.chance("process")
    mes, erp = Pen(course, System.MES), Pen(course, System.ERP, names_course=True)
    batch = ((Scheme.BATCH, names.batch),)
    began, whole = when["batch_started"], when["filled"] - when["batch_started"]
    room = f"GR-{chance.randrange(1, 7):02d}"

    yield erp.line(
        "batch_assigned",
        BatchNumberAssigned,
        when["batch_assigned"],
        (*batch, (Scheme.ORDER, names.order)),
        delay=(5, 80),
    )
    yield mes.line(
        "line_cleared", LineClearanceRecorded, began - timedelta(minutes=8), batch, room=room
    )
    yield mes.line(
        "batch_started",
        BatchStarted,
        began,
        (*batch, (Scheme.DIN, names.din)),
        delay=PROMPT,
        room=room,
    )
    for operation, share, material in UNIT_OPERATIONS:
        ended = (began + whole * share).replace(microsecond=0)
        lots = ((Scheme.MATERIAL_LOT, _lot(course, material)),) if material else ()
        yield mes.line(
            f"step:{operation}",
            StepCompleted,
            ended,
            (*batch, *lots),
            step=operation,
            started_at=(ended - whole * 0.02).replace(microsecond=0),
        )
    for number, (test, share, unit, least, most, low, high) in enumerate(CONTROLS, start=1):
        yield mes.line(
            f"control:{number}",
            InProcessControlRecorded,
            (began + whole * share).replace(microsecond=0),
            batch,
            test=test,
            value=round(chance.uniform(least, most), 2),
            unit=unit,
            low=float(low),
            high=float(high),
            capture=Capture.INSTRUMENT,
        )
    if chance.random() < 0.25:
        raised = (began + whole * chance.uniform(0.3, 0.8)).replace(microsecond=0)
        for state, at in (
            (AlarmState.RAISED, raised),
            (AlarmState.CLEARED, raised + timedelta(minutes=chance.randrange(4, 40))),
        ):
            yield mes.line(
                f"alarm:{state.value}",
                AlarmChanged,
                at,
                batch,
                alarm="INCUBATOR-CO2",
                state=state,
                critical=False,
                message="carbon dioxide outside its band",
                device=f"INC-{room}",
            )


def _finish(course: Course) -> Iterator[Line]:
    when, names = course.timeline, course.names
    mes = Pen(course, System.MES)
    batch = ((Scheme.BATCH, names.batch),)
    doses = names.doses
    labels = tuple(
        (Scheme.LABEL, names.numbered("LBLP", number)) for number in range(1, len(doses) + 2)
    )
    yield mes.line(
        "labels_printed",
        LabelsPrinted,
        when["labels_printed"],
        (*batch, *labels),
        delay=PROMPT,
        label_version="FIN-7",
        printed=len(labels),
    )
    yield mes.line(
        "filled",
        ProductFilled,
        when["filled"],
        (*batch, *((Scheme.CONTAINER, dose) for dose in doses)),
        delay=PROMPT,
        doses=len(doses),
        expires_at=when["filled"] + timedelta(days=270),
    )
    yield mes.line(
        "labels_reconciled",
        LabelsReconciled,
        when["labels_reconciled"],
        batch,
        applied=len(doses),
        destroyed=len(labels) - len(doses),
        second_actor=mes.staff(),
    )
    yield mes.line("recorded", BatchRecordCompleted, when["recorded"], batch, delay=PROMPT)


def _lot(course: Course, material: str) -> str:
    """Lots serve several courses in turn; a new one is opened after every dozen."""
    return f"{material}-{1 + course.journey // 12:03d}"
