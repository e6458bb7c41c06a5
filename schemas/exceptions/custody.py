"""Who has it: every hand-over has two sides, and no gap between."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "CU-01",
        "Gap in the chain of custody",
        "S2",
        "logistics-desk",
        "both hand-over records, logger trace",
        (HOUR, 4 * HOUR),
    ),
    kind(
        "CU-03",
        "Hand-over confirmed by one side only",
        "S2",
        "logistics-desk",
        "the signature of the other side",
        (HOUR, 4 * HOUR),
    ),
)
