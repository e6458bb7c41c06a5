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
)
