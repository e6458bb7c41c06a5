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
    kind(
        "RE-02",
        "Certified although a critical deviation or a hold was open",
        "S1",
        "qualified-person",
        "statement of the qualified person",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "RE-03",
        "Certified by somebody who may not release",
        "S1",
        "head-of-quality",
        "proof of authority",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "RE-04",
        "Out-of-specification path incomplete at supply or infusion",
        "S1",
        "quality-physician",
        "request, risk evaluation, notice and acceptance",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "RE-05",
        "Notice of out-of-specification use to the authority is due",
        "S2",
        "regulatory-quality",
        "reference of the notice",
        (HOUR, 12 * HOUR),
    ),
    kind(
        "RE-06",
        "Evidence is not the one that was certified",
        "S1",
        "quality-information-technology",
        "original file",
        (15, 4 * HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "RE-07",
        "Test failed after the product had been supplied",
        "S1",
        "quality-physician",
        "notification and plan",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    kind(
        "RE-08",
        "Release certificate missing or mismatched at the treatment centre",
        "S1",
        "pharmacy-quality",
        "correct certificate",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
)
