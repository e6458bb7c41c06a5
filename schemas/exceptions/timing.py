"""Windows that close."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "TW-01",
        "Fresh apheresis runs out of hold time",
        "S2",
        "logistics-planner",
        "acceptance decision, viability at receipt",
        (15, HOUR),
    ),
    kind(
        "TW-02",
        "Frozen starting material is too old",
        "S2",
        "manufacturing-planner",
        "stability basis, or a new collection",
        (DAY, 3 * DAY),
    ),
    kind(
        "TW-03",
        "Shipper does not hold until arrival",
        "S1",
        "logistics-desk",
        "record of a refill or a swap",
        (15, HOUR),
    ),
    kind(
        "TW-04",
        "Vein-to-vein time will be overrun",
        "S3",
        "patient-operations",
        "new plan, told to the clinic",
        (8 * HOUR, DAY),
    ),
    kind(
        "TW-05",
        "Product expires before its planned infusion",
        "S2",
        "clinic",
        "new date, or decision of site and manufacturer",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "TW-06",
        "Thaw-to-infusion clock runs out",
        "S1",
        "bedside-team",
        "times, decision to infuse or discard by physician and manufacturer",
        (5, 15),
    ),
    kind(
        "TW-07",
        "Infusion outside its window after lymphodepletion",
        "S2",
        "clinic",
        "clinical decision, or a second lymphodepletion",
        (4 * HOUR, DAY),
    ),
    kind(
        "TW-08",
        "Too long out of storage",
        "S2",
        "holder",
        "step times, stability basis",
        (HOUR, 4 * HOUR),
    ),
    kind(
        "TW-09",
        "Release overdue for the ship date",
        "S2",
        "quality-planner",
        "pending list, new date",
        (4 * HOUR, DAY),
    ),
    kind(
        "TW-10",
        "Stuck at a hub or customs",
        "S2",
        "logistics-desk",
        "reply of the carrier, another plan",
        (30, 2 * HOUR),
    ),
)
