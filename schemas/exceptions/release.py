"""Evidence, certification, and what may follow a release."""

from __future__ import annotations

from schemas.exceptions.kind import DAY, HOUR, Ends, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "RE-01",
        "Release evidence incomplete at planned certification",
        "S2",
        "quality-assurance",
        "the missing items",
        (4 * HOUR, DAY),
        Ends.BY_FACT,
    ),
)
