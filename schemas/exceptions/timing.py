"""Windows that close."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, ExceptionKind, kind

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
        "TW-06",
        "Thaw-to-infusion clock runs out",
        "S1",
        "bedside-team",
        "times, decision to infuse or discard by physician and manufacturer",
        (5, 15),
    ),
)
