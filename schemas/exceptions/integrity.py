"""Whether what is written can be right: times that cannot be, and corrections that nobody explains."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "DI-02",
        "Same event with two contents",
        "S1",
        "security-producer",
        "both contents, release of the right one",
        (15, 4 * HOUR),
    ),
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
    kind(
        "DI-11",
        "Test data in production",
        "S2",
        "platform",
        "plan for the purge",
        (HOUR, 8 * HOUR),
    ),
)
