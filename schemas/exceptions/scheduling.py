"""Plans that do not hold: slots, pick-ups, sites, and stops that not everybody has heard of."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "SC-01",
        "Slot double-booked",
        "S2",
        "planner",
        "corrected slots",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "SC-02",
        "Collection without a manufacturing slot",
        "S2",
        "planner",
        "new slot, or decision to freeze the cells",
        (30, 4 * HOUR),
    ),
    kind(
        "SC-03",
        "Pick-up missed",
        "S2",
        "logistics",
        "another courier, time windows reckoned anew",
        (15, HOUR),
    ),
    kind(
        "SC-04",
        "Treatment centre is not ready",
        "S2",
        "clinic",
        "checklist of readiness",
        (4 * HOUR, DAY),
    ),
    kind(
        "SC-05",
        "Patient's change has not come through",
        "S1",
        "patient-operations",
        "decision to stop or to hold",
        (30, 4 * HOUR),
    ),
    kind(
        "SC-06",
        "Cancellation has not come through",
        "S2",
        "erp-manufacturing",
        "closed orders",
        (4 * HOUR, DAY),
    ),
    kind(
        "SC-07",
        "Reservation without an answer",
        "S2",
        "integration-planner",
        "how the slot stands, looked up",
        (15, HOUR),
    ),
)
