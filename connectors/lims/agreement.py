"""What HL7 v2 leaves open, and how it is agreed with a laboratory.

HL7 knows patients and specimens, and has no field for a batch or a course. So:

- An identifier says what it names by its assigning authority: the universal id
  `https://vein-to-vein.org/id/<scheme>` with type URI (`S-1^QC^https://vein-to-vein.org/id/sample^URI`),
  or a namespace or universal id in the partner's `identifier_systems`. Read in ORC-2, ORC-3, ORC-4, OBR-2,
  OBR-3, SPM-2, SPM-3, SAC-3 and SAC-4.
- An OBX whose OBX-3 is `<SCHEME>^^V2V-ID` names an identifier in OBX-5 (`BATCH^^V2V-ID`), for its OBR.
- An OBR whose OBR-4 is `COA^^V2V-STEP`, or a code of the partner's `mapping["certificates"]`, is the
  certificate of analysis; an OBX with `COA-VERSION^^V2V-STEP` names its version.
- OBX-7 holds the limits of the specification, and OBX-8 is the laboratory's verdict by them: N passes; L, H,
  LL, HH, <, >, A and AA are out of specification; everything else, and nothing, is pending. The
  partner's `mapping["verdicts"]` may say otherwise of a flag.
- PID-3 is made a token only where the partner's `mapping["patients"]` says which issuing system its
  authority stands for; otherwise the patient's number is dropped.
- The segment ZVV behind an OBX, or behind an OBR, holds what HL7 has no field for (see `ZVV`).

A message about a patient that names no batch, course or agreed sample is a clinical one and ignored:
hospital laboratories send thousands of them. One without a patient is a laboratory's own sample, and
SPM-2, or else OBR-3, is its number. Data; decides nothing.
"""

from __future__ import annotations

from enum import IntEnum

from schemas.laboratory import Verdict

UNIVERSAL_ID = "https://vein-to-vein.org/id/"
IDENTIFIER_CODES = "V2V-ID"
STEP_CODES = "V2V-STEP"
CERTIFICATE = "COA"
CERTIFICATE_VERSION = "COA-VERSION"

VERDICTS: dict[str, Verdict] = {"N": Verdict.PASS} | dict.fromkeys(
    ("L", "H", "LL", "HH", "<", ">", "A", "AA"), Verdict.OUT_OF_SPECIFICATION
)
"""What a flag of OBX-8 says by the agreement; every other flag leaves the verdict pending."""

FINAL = frozenset("FUVB")
PRELIMINARY = frozenset("PRS")
CORRECTED = frozenset("CA")
DELETED = frozenset("DW")
UNOBTAINABLE = frozenset("X")
NO_RESULT = frozenset("ION")
"""Statuses of a result (OBX-11, HL7 table 0085)."""

SPECIMEN_RECEIVED = "I"
"""OBR-25: the specimen is there, and no result yet."""


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
