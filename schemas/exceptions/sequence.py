"""Steps that come in the wrong order, or not at all."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "SQ-01",
        "Step before its precondition",
        "S2",
        "manufacturing-quality",
        "order of the times at which the steps happened, and an explanation",
        (HOUR, 4 * HOUR),
    ),
    kind(
        "SQ-02",
        "Expected milestone is missing",
        "S2",
        "owner-of-next-step",
        "the event, or a new plan",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "SQ-03",
        "Irreversible step done twice",
        "S1",
        "site-quality",
        "reconciliation of both statements",
        (15, HOUR),
    ),
    kind(
        "SQ-04",
        "Lymphodepletion before the product was confirmed available",
        "S1",
        "physician-manufacturer",
        "availability statement or clinical plan",
        (15, HOUR),
    ),
    kind(
        "SQ-05",
        "Product shipped before certification",
        "S1",
        "quality-logistics",
        "decision of the quality unit, stop of delivery",
        (15, HOUR),
    ),
    kind(
        "SQ-06",
        "Thaw or infusion without an identity check before it",
        "S1",
        "bedside-team",
        "immediate check by two persons",
        (5, 15),
    ),
    kind(
        "SQ-07",
        "Step after the course or the batch had ended",
        "S2",
        "manufacturer-quality",
        "reason for the step",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "SQ-08",
        "Collection before consent, order or chain of identity",
        "S2",
        "clinic",
        "proof of consent, late link of the chain of identity",
        (HOUR, 8 * HOUR),
    ),
)
