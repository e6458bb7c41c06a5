"""How it was kept: temperature, position, loggers."""

from __future__ import annotations

from schemas.exceptions.kind import HOUR, ExceptionKind, kind

KINDS: tuple[ExceptionKind, ...] = (
    kind(
        "TC-02",
        "Cryogenic limit exceeded",
        "S1",
        "logistics-quality",
        "full trace, disposition",
        (15, HOUR),
    ),
)
