"""The catalogue of exceptions, by hazard. A code that is not listed here does not exist.

Codes, hazards, severities and times follow the taxonomy in the reference material; all times are
proposals until a user of the pipeline approves them.
"""

from __future__ import annotations

from schemas.exceptions.condition import KINDS as CONDITION
from schemas.exceptions.custody import KINDS as CUSTODY
from schemas.exceptions.identity import KINDS as IDENTITY
from schemas.exceptions.integrity import KINDS as INTEGRITY
from schemas.exceptions.interface import KINDS as INTERFACE
from schemas.exceptions.kind import HAZARD_OF, Ends, ExceptionKind
from schemas.exceptions.quality import KINDS as QUALITY
from schemas.exceptions.release import KINDS as RELEASE
from schemas.exceptions.scheduling import KINDS as SCHEDULING
from schemas.exceptions.sequence import KINDS as SEQUENCE
from schemas.exceptions.timing import KINDS as TIMING

EXCEPTIONS: tuple[ExceptionKind, ...] = (
    *IDENTITY,
    *CUSTODY,
    *TIMING,
    *CONDITION,
    *SEQUENCE,
    *QUALITY,
    *RELEASE,
    *SCHEDULING,
    *INTERFACE,
    *INTEGRITY,
)

EXCEPTION_BY_CODE: dict[str, ExceptionKind] = {kind.code: kind for kind in EXCEPTIONS}

__all__ = ["EXCEPTIONS", "EXCEPTION_BY_CODE", "HAZARD_OF", "Ends", "ExceptionKind"]
