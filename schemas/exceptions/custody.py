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
        "CU-02",
        "Two custodians at once",
        "S2",
        "both-parties",
        "corrected times or parties",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "CU-03",
        "Hand-over confirmed by one side only",
        "S2",
        "logistics-desk",
        "the signature of the other side",
        (HOUR, 4 * HOUR),
    ),
    kind(
        "CU-04",
        "Unqualified custodian",
        "S2",
        "supplier-quality",
        "proof of the qualification",
        (HOUR, 8 * HOUR),
    ),
    kind(
        "CU-05",
        "Seal broken, or not the one that was set",
        "S1",
        "receiver-quality",
        "photographs, inspection",
        (15, 2 * HOUR),
    ),
    kind(
        "CU-06",
        "Delivered to the wrong place",
        "S1",
        "logistics-desk",
        "plan of the way on, condition trace",
        (15, HOUR),
    ),
    kind(
        "CU-07",
        "Contents differ from the packing list",
        "S1",
        "receiver-sender",
        "second count, scans",
        (15, HOUR),
    ),
    kind(
        "CU-08",
        "Lane not qualified",
        "S2",
        "logistics",
        "transport plan, or documented exception",
        (HOUR, 8 * HOUR),
    ),
)
