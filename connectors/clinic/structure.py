"""What FHIR itself demands of the resources we read: the elements that must be there, and the statuses.

Not the whole standard: what we read is read with care, and what we do not read may be as it likes.
Pure: a table and a look.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.clinic.node import Node
from connectors.connector import CannotUnderstand
from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Shape:
    """Elements that one kind of resource must have, and the codes that its status may be."""

    required: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()


def _shape(required: str, statuses: str = "") -> Shape:
    return Shape(tuple(required.split()), frozenset(statuses.split()))


SHAPES: dict[str, Shape] = {
    "AdverseEvent": _shape("actuality subject"),
    "Appointment": _shape(
        "status participant",
        "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in"
        " waitlist",
    ),
    "BiologicallyDerivedProduct": _shape("", "available unavailable"),
    "BiologicallyDerivedProductDispense": _shape(
        "status product patient",
        "preparation in-progress allocated issued unfulfilled returned entered-in-error unknown",
    ),
    "Consent": _shape(
        "status scope category", "draft proposed active rejected inactive entered-in-error"
    ),
    "MedicationAdministration": _shape(
        "status subject",
        "in-progress not-done on-hold completed entered-in-error stopped unknown",
    ),
    "Observation": _shape(
        "status code",
        "registered preliminary final amended corrected cancelled entered-in-error unknown",
    ),
    "Patient": _shape(""),
    "Procedure": _shape(
        "status subject",
        "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    ),
    "ResearchSubject": _shape(
        "status study individual",
        "candidate eligible follow-up ineligible not-registered off-study on-study"
        " on-study-intervention on-study-observation pending-on-study potential-candidate"
        " screening withdrawn",
    ),
    "ServiceRequest": _shape(
        "status intent subject",
        "draft active on-hold revoked completed entered-in-error unknown",
    ),
    "Specimen": _shape("", "available unavailable unsatisfactory entered-in-error"),
    "SupplyDelivery": _shape("", "in-progress completed abandoned entered-in-error"),
    "Task": _shape(
        "status intent",
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed"
        " completed entered-in-error",
    ),
}
"""The kinds of resource that we read."""


def check(kind: str, resource: Node) -> str:
    """The status of the resource, once its shape is that of R4; empty where it states none."""
    shape = SHAPES[kind]
    for name in shape.required:
        if not resource.has(name):
            detail = f"{resource.path}: a {kind} needs {name}"
            raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    status = resource.text("status") or ""
    if status and shape.statuses and status not in shape.statuses:
        detail = f"{resource.path}.status: {status[:40]!r} is no status of a {kind}"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    return status
