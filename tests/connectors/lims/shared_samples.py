"""What becomes of every public laboratory sample, reviewed file by file.

All five result messages are clinical: blood counts, a stool culture, a skin biopsy, each of a named
patient. None names a batch or a course, so none may become a result of a therapy.
"""

from __future__ import annotations

from schemas.reasons import Reason

Row = tuple[str, str]

CLINICAL: Row = (
    "ignored",
    "a result about a patient that names no batch, course or agreed sample",
)

DECISIONS: dict[str, Row] = {
    # blood count of a hospital patient; UTF-8 with a byte order mark, ranges written "4.3 to 6.2"
    "hl7v2/LRI_2.0-NG_CBC_Typ_Message.hl7": CLINICAL,
    # stool culture reported to a health department; OBX before the first OBR, RP and ED values
    "hl7v2/ORU-R01-01.hl7": CLINICAL,
    # slides of a skin biopsy: specimen before order, results are images; patient number in PID-3
    "hl7v2/OUL-R22-01.hl7": CLINICAL,
    "hl7v2/OUL-R22-02.hl7": CLINICAL,
    # the same slides, order before specimen
    "hl7v2/OUL-R24-01.hl7": CLINICAL,
}
"""The first format: HL7 v2 results."""

OTHER_FORMATS: dict[str, Row] = {
    "asm_allotrope/*": ("refused", Reason.UNKNOWN_FORMAT.value),
    "oagis_bod/*": ("refused", Reason.UNKNOWN_FORMAT.value),
}
"""Formats that this connector does not read, and says so."""
