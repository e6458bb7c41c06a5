"""Whether what is written can be right: times that cannot be, and corrections that nobody explains."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "DI-03",
        "Implausible time",
        "S2",
        "producer-quality",
        "explanation, corrected time",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "DI-04",
        "Correction without a reason",
        "S2",
        "event-producer",
        "reason for the correction",
        (8 * HOUR, DAY),
    ),
)
