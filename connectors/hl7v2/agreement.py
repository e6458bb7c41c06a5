"""What HL7 v2 leaves open, and how it is agreed with everybody who sends it.

HL7 knows patients, visits, orders and specimens, and has no field for a course or a batch. So:

- An identifier says what it names by its assigning authority: the universal id
  `https://vein-to-vein.org/id/<scheme>` with type URI (`S-1^QC^https://vein-to-vein.org/id/sample^URI`),
  or a namespace or universal id in the partner's `identifier_systems`.
- An OBX whose OBX-3 is `<SCHEME>^^V2V-ID` names an identifier in OBX-5 (`BATCH^^V2V-ID`).
- A code of the coding system `V2V-STEP` says which step of the therapy something is.
- The segment ZVV holds what HL7 has no field for (see `ZVV`).

Data; decides nothing.
"""

from __future__ import annotations

from enum import IntEnum

UNIVERSAL_ID = "https://vein-to-vein.org/id/"
IDENTIFIER_CODES = "V2V-ID"
STEP_CODES = "V2V-STEP"

FINAL = frozenset("FUVB")
PRELIMINARY = frozenset("PRS")
CORRECTED = frozenset("CA")
DELETED = frozenset("DW")
UNOBTAINABLE = frozenset("X")
NO_RESULT = frozenset("ION")
"""Statuses of a result (OBX-11, HL7 table 0085)."""


class ZVV(IntEnum):
    """The fields of our own segment."""

    CAPTURE = 1
    ACTOR_ROLE = 2
    SECOND_ACTOR = 3
    REASON_CODE = 4
    REASON_TEXT = 5
    SPECIFICATION = 6
    CORRECTS = 7
    """MSH-10 of the message that said what this one replaces, and the event type it had."""
    SIGNATURE = 8
    """Signer, meaning, time, sha256 of the signed content, algorithm."""
    EVIDENCE = 9
    """Repeating: address, sha256, kind."""
    SITE = 10
    DEVICE = 11
    ACTOR = 12
    WITHDRAWS = 13
    """Y where the message only takes back what the message named in CORRECTS said."""
