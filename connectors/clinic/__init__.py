"""The treatment centre and its apheresis unit: FHIR in JSON, and HL7 v2."""

from __future__ import annotations

from connectors.clinic.translate import translate
from connectors.clinic.words import check
from connectors.connector import Connector
from schemas.envelope import System

CONNECTOR = Connector(
    System.CLINIC,
    "FHIR R4 JSON and products of R5, single or in bundles; HL7 v2 (ADT, SIU, OML, OMG, ORM, ORU, RAS, BTS) in ER7",
    translate,
    (".json", ".hl7", ".er7", ".txt"),
    check=check,
    reads_hl7=True,
)
