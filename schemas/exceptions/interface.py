"""What comes from partners, or does not: silence, what cannot be read, contradictions, what changes after the fact."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, Ends, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "IF-01",
        "Partner silent",
        "S2",
        "integration-on-call",
        "word of the partner, or its status page with what is entered by hand meanwhile",
        (15, HOUR),
    ),
    kind(
        "IF-02",
        "Processing lags behind",
        "S2",
        "platform",
        "lag back to normal",
        (15, HOUR),
    ),
    kind(
        "IF-03",
        "Message that cannot be read",
        "S2",
        "event-producer",
        "mended message, proof that it was taken in",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "IF-04",
        "Late arrival changes a gate",
        "S2",
        "gate-owner",
        "decision on what was known and what was true",
        (HOUR, 8 * HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "IF-05",
        "Two systems of record disagree",
        "S1",
        "data-owners",
        "signed reconciliation",
        (15, 4 * HOUR),
    ),
    kind(
        "IF-06",
        "Manual bridge active",
        "S3",
        "integration",
        "end of the bridge, check of what was entered by hand",
        (8 * HOUR, DAY),
    ),
    kind(
        "IF-07",
        "Clock skew",
        "S3",
        "partner-it",
        "proof that the clock is right",
        (8 * HOUR, DAY),
    ),
)
