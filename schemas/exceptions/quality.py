"""Results, deviations and the suspicion that something is wrong with the product."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "QU-01",
        "Result out of specification",
        "S2",
        "quality-control",
        "out-of-specification investigation",
        (HOUR, DAY),
    ),
    kind(
        "QU-02",
        "Viability below its limit",
        "S2",
        "quality-control",
        "retest, impact",
        (HOUR, DAY),
    ),
    kind(
        "QU-03",
        "Contamination found",
        "S1",
        "quality-physician",
        "identification of what was found, treatment plan",
        (15, HOUR),
    ),
    kind(
        "QU-04",
        "Batch terminated without a new plan",
        "S1",
        "planner-clinic",
        "plan for another batch or another apheresis",
        (HOUR, DAY),
    ),
    kind(
        "QU-05",
        "Critical alarm without a deviation",
        "S2",
        "quality-assurance",
        "deviation or rationale",
        (4 * HOUR, DAY),
    ),
    kind(
        "QU-06",
        "Weak starting material",
        "S2",
        "manufacturer-clinic",
        "acceptance at risk, or a second collection",
        (4 * HOUR, DAY),
    ),
    kind(
        "QU-07",
        "Result amended after certification",
        "S1",
        "quality-assurance",
        "impact assessment",
        (15, 4 * HOUR),
    ),
    kind(
        "QU-08",
        "Material lot recalled",
        "S1",
        "quality-assurance",
        "genealogy list, impact assessment",
        (HOUR, DAY),
    ),
    kind(
        "QU-09",
        "Deviation has to be reported",
        "S3",
        "regulatory",
        "reference of the report",
        (DAY, 3 * DAY),
    ),
)
