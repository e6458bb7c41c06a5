"""Whether what is written can be right: times that cannot be, and corrections that nobody explains."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, Ends, ExceptionKind, kind

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
        "DI-05",
        "Wrong producer for a fact",
        "S1",
        "security",
        "review of who may write, keys changed where in doubt",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "DI-08",
        "Significant incident",
        "S1",
        "security-lead",
        "early warning, notification and final report, or the decision that none is owed",
        (HOUR, DAY),
    ),
    kind(
        "DI-09",
        "Personal-data breach",
        "S1",
        "data-protection-officer",
        "notification, or the assessment that none is owed",
        (HOUR, 3 * DAY),
    ),
    kind(
        "DI-10",
        "Gap after a restore",
        "S2",
        "platform",
        "list of what was missing, proof that it was taken in",
        (HOUR, 8 * HOUR),
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
