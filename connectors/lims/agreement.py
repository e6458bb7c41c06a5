"""What HL7 v2 leaves open about results, and how it is agreed with a laboratory.

HL7 knows patients and specimens, and has no field for a batch or a course. Beside what
`connectors.hl7v2.agreement` says:

- Identifiers are read in ORC-2, ORC-3, ORC-4, OBR-2, OBR-3, SPM-2, SPM-3, SAC-3 and SAC-4, and in OBX.
- An OBR whose OBR-4 is `COA^^V2V-STEP`, or a code of the partner's `mapping["certificates"]`, is the
  certificate of analysis; an OBX with `COA-VERSION^^V2V-STEP` names its version.
- OBX-7 holds the limits of the specification, and OBX-8 is the laboratory's verdict by them: N passes; L, H,
  LL, HH, <, >, A and AA are out of specification; everything else, and nothing, is pending. The
  partner's `mapping["verdicts"]` may say otherwise of a flag.
- PID-3 is made a token only where the partner's `mapping["patients"]` says which issuing system its
  authority stands for; otherwise the patient's number is dropped.
- The segment ZVV stands behind an OBX, or behind an OBR.

A message about a patient that names no batch, course or agreed sample is a clinical one and ignored:
hospital laboratories send thousands of them. One without a patient is a laboratory's own sample, and
SPM-2, or else OBR-3, is its number. Data; decides nothing.
"""

from __future__ import annotations

from schemas.laboratory import Verdict

CERTIFICATE = "COA"
CERTIFICATE_VERSION = "COA-VERSION"

VERDICTS: dict[str, Verdict] = {"N": Verdict.PASS} | dict.fromkeys(
    ("L", "H", "LL", "HH", "<", ">", "A", "AA"), Verdict.OUT_OF_SPECIFICATION
)
"""What a flag of OBX-8 says by the agreement; every other flag leaves the verdict pending."""

SPECIMEN_RECEIVED = "I"
"""OBR-25: the specimen is there, and no result yet."""
