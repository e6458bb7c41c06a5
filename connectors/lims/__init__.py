"""The laboratory's information system: HL7 v2 result messages."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.lims.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(
    System.LIMS, "HL7 v2 results (ORU, OUL) in ER7", translate, (".hl7", ".txt", ".er7", ".oru")
)
