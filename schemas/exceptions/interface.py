"""What comes from partners: what it contradicts, and what it changes after the fact."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, Ends, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
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
)
