"""The laboratory's information system and its instruments: HL7 v2, Allotrope ASM and ASTM E1394."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.lims.translate import translate
from connectors.lims.words import check
from schemas.envelope import System

CONNECTOR = Connector(
    System.LIMS,
    "HL7 v2 results (ORU, OUL) in ER7; Allotrope simple model (ASM) as JSON; ASTM E1394 (LIS2) records",
    translate,
    (".hl7", ".txt", ".er7", ".oru", ".json", ".astm", ".lis", ".lis2"),
    check=check,
    reads_hl7=True,
)
