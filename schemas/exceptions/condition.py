"""How it was kept: temperature, position, loggers."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "TC-01",
        "Excursion of fresh material",
        "S1",
        "logistics-quality",
        "full trace, stability judgement",
        (15, HOUR),
    ),
    kind(
        "TC-02",
        "Cryogenic limit exceeded",
        "S1",
        "logistics-quality",
        "full trace, disposition",
        (15, HOUR),
    ),
    kind(
        "TC-03",
        "Warming trend",
        "S2",
        "logistics-desk",
        "plan to cool again or to swap the shipper",
        (15, HOUR),
    ),
    kind(
        "TC-04",
        "Logger silent",
        "S2",
        "logistics",
        "the logger's readings and its downloaded file",
        (30, 4 * HOUR),
    ),
    kind(
        "TC-05",
        "Wrong or uncalibrated logger",
        "S2",
        "logistics-quality",
        "calibration certificate of the logger that travelled",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "TC-06",
        "Tilt, shock or open lid",
        "S2",
        "logistics-receiver",
        "inspection, hold time computed again",
        (HOUR, 4 * HOUR),
    ),
    kind(
        "TC-07",
        "Thawed and frozen again",
        "S1",
        "quality-assurance",
        "decision to discard",
        (15, HOUR),
    ),
    kind(
        "TC-08",
        "Freezing curve deviates",
        "S2",
        "manufacturing-quality",
        "freezing curve, viability",
        (4 * HOUR, DAY),
    ),
    kind(
        "TC-09",
        "Storage tank alarm",
        "S1",
        "facility-quality",
        "list of all courses in the tank, transfer record",
        (15, 30),
    ),
)
