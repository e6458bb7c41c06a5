"""Steps that come in the wrong order, or not at all."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "SQ-02",
        "Expected milestone is missing",
        "S2",
        "owner-of-next-step",
        "the event, or a new plan",
        (HOUR, 8 * HOUR),
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
)
